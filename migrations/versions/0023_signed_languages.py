"""No text is in a language that is signed: that stays with the film.

A story whose teller chose such a language gives it to its films, and its own words are English
until somebody says otherwise. Texts (revisions) and other forms that were made before stay as they
are: their yes is to exactly that. Only what is written from now on is refused.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

# As in stories/languages.toml.
SIGNED = (
    *("bfi", "isg", "ase", "asf", "nzs", "fsl", "gsg", "dse", "pso", "ise", "ssp", "psr", "rsl"),
    *("ukl", "rms", "ins", "pks", "xki", "sgn"),
)
IS_SIGNED = f"lower(substr(NEW.language, 1, 3)) IN {SIGNED}"
RULES = {
    "story": ("language", IS_SIGNED),
    "revision": ("language", IS_SIGNED),
    "story_version": ("language, kind", f"{IS_SIGNED} AND NEW.kind <> 'bsl'"),
}
EVENTS = ("INSERT", "UPDATE")
WORDS = "this language is signed, and no text can be in it"


def upgrade():
    column = sa.Column("language", sa.Text(), nullable=False, server_default=sa.text("''"))
    op.add_column("story_file", column)
    bind = op.get_bind()
    mend(bind)
    is_sqlite = bind.dialect.name == "sqlite"
    make = sqlite_triggers if is_sqlite else postgres_triggers
    for table, (columns, rule) in RULES.items():
        for statement in make(table, columns, rule):
            op.execute(statement)


def mend(bind):
    """Give the signed language of a story to its films, and call its words English."""
    rows = bind.execute(sa.text("SELECT id, language, answers FROM story")).all()
    for number, language, answers in rows:
        if language[:3].lower() not in SIGNED:
            continue
        said = answers if isinstance(answers, dict) else json.loads(answers)
        values = {"id": number, "language": language}
        values["answers"] = json.dumps(said | {"language_name": ""})
        films = "UPDATE story_file SET language = :language WHERE story_id = :id AND kind = 'film'"
        bind.execute(sa.text(films), values)
        words = "UPDATE story SET language = 'en', answers = :answers WHERE id = :id"
        bind.execute(sa.text(words), values)


def sqlite_triggers(table, columns, rule):
    for event in EVENTS:
        name = f"{table}_language_is_written_{event.lower()}"
        when = f"UPDATE OF {columns}" if event == "UPDATE" else event
        yield f"""CREATE TRIGGER {name} BEFORE {when} ON {table} WHEN {rule}
            BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"""


def postgres_triggers(table, columns, rule):
    name = f"{table}_language_is_written"
    yield f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF {rule} THEN RAISE EXCEPTION '{WORDS}'; END IF; RETURN NEW; END $$"""
    yield f"""CREATE TRIGGER {name} BEFORE INSERT OR UPDATE OF {columns} ON {table}
        FOR EACH ROW EXECUTE FUNCTION {name}()"""


def downgrade():
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in RULES:
        if is_sqlite:
            for event in EVENTS:
                op.execute(f"DROP TRIGGER {table}_language_is_written_{event.lower()}")
        else:
            op.execute(f"DROP FUNCTION {table}_language_is_written CASCADE")
    op.drop_column("story_file", "language")
