"""A part of an issue that loses its story or text shuts the batches of that issue.

An erasure takes both away, so the database lets that happen after the yes. Then nothing more of
the issue may leave, whatever took them away.
"""

from alembic import op

revision = "0059"
down_revision = "0058"

RULE = (
    "issue_part_gone_shuts_batches",
    "UPDATE ON issue_part",
    """(OLD.story_id IS NOT NULL AND NEW.story_id IS NULL)
    OR (OLD.revision_id IS NOT NULL AND NEW.revision_id IS NULL)""",
    """UPDATE batch SET is_open = false WHERE is_open
    AND id IN (SELECT batch_id FROM edition WHERE issue_id = NEW.issue_id);""",
)


def upgrade():
    for statement in _made():
        op.execute(statement)


def downgrade():
    _issues().drop(_made())


def _issues():
    return op.get_context().opts["script"].get_revision("0041").module


def _made():
    issues, (name, event, condition, deed) = _issues(), RULE
    if issues.is_sqlite():
        return [issues._sqlite(name, f"AFTER {event}", condition, deed)]
    return list(issues._postgresql(name, f"AFTER {event}", condition, deed))
