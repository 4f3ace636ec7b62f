"""Published stories are found by the name that is shown too, and signs part words."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

APOSTROPHES = dict.fromkeys(map(ord, "'`\u00b4\u2018\u2019\u02bc\u2032"))
PUBLISHED = sa.text("""
    SELECT story.id, story.search, revision.name, said.given, said.value
    FROM story JOIN revision ON revision.id = story.published_revision_id
    LEFT JOIN story_consent AS said ON said.id = (
        SELECT max(id) FROM story_consent WHERE story_id = story.id AND purpose = 'name')
""")


def upgrade():
    db = op.get_bind()
    for story_id, search, name, given, value in db.execute(PUBLISHED).all():
        shown = name if given and value == name else ""
        folded = sa.text("UPDATE story SET search = :words WHERE id = :id")
        db.execute(folded, {"words": fold(f"{search} {shown}"), "id": story_id})


def fold(words):
    letters = unicodedata.normalize("NFKD", words.translate(APOSTROPHES)).casefold()
    kept = (
        " " if unicodedata.category(mark).startswith("P") else mark
        for mark in letters
        if not unicodedata.combining(mark) and unicodedata.category(mark) != "Cf"
    )
    return " ".join("".join(kept).split())


def downgrade():
    """The words are found as they are."""
