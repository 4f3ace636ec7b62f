"""The mails of an issue can be emptied once nothing more leaves, and change in no other way.

So what was erased, or taken back, does not stay in them.
"""

from alembic import op

revision = "0049"
down_revision = "0048"

NAME, EVENT, WHY = "edition_is_final", "UPDATE ON edition", "what was agreed to does not change"
WORDS = ("html", "text")
EMPTIED = """(NEW.html = '' AND NEW.text = ''
    AND NOT EXISTS (SELECT 1 FROM batch WHERE id = OLD.batch_id AND is_open))"""


def upgrade():
    issues = op.get_context().opts["script"].get_revision("0041").module
    same = (name for name in issues.SAME_EDITION if name not in WORDS)
    changed = f"{issues.changes(*same)} OR ({issues.changes(*WORDS)} AND NOT {EMPTIED})"
    _demand(issues, changed)


def downgrade():
    issues = op.get_context().opts["script"].get_revision("0041").module
    _demand(issues, issues.changes(*issues.SAME_EDITION))


def _demand(issues, condition):
    """Put this condition into the rule."""
    if issues.is_sqlite():
        deed = f"SELECT RAISE(ABORT, '{WHY}');"
        statements = [issues._sqlite(NAME, f"BEFORE {EVENT}", condition, deed)]
    else:
        deed = f"RAISE EXCEPTION '{WHY}' USING ERRCODE = 'integrity_constraint_violation';"
        statements = [*issues._postgresql(NAME, f"BEFORE {EVENT}", condition, deed)]
    issues.drop(statements)
    for statement in statements:
        op.execute(statement)
