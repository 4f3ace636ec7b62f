"""Who lets an issue go on, and who ends a consent, wait for each other at the stories, in order.

So it is for who opens a batch too, who did not wait. Who only stops an issue waits for no story:
two storytellers who took theirs back in one moment waited for each other. SQLite has one writer.
"""

from alembic import op

revision = "0050"
down_revision = "0049"

# When each rule locks the stories of which issue.
GOES_ON = {
    "issue_needs_yes": (
        "NEW.state IN ('approved', 'scheduled', 'sending') AND {changes}",
        "NEW.id",
    ),
    "batch_opens_when_agreed": (
        "NEW.is_open AND NOT OLD.is_open",
        "(SELECT issue_id FROM edition WHERE batch_id = NEW.id)",
    ),
}
LOCK = """IF {when} THEN
    PERFORM 1 FROM story WHERE id IN (SELECT story_id FROM issue_part WHERE issue_id = {issue})
    ORDER BY id FOR UPDATE;
END IF;"""


def upgrade():
    issues = rules_of_issues()
    changes = issues.changes("state", "digest")
    for name, (when, issue) in GOES_ON.items():
        _demand(issues, name, LOCK.format(when=when.format(changes=changes), issue=issue))


def downgrade():
    issues = rules_of_issues()
    for name in GOES_ON:
        _demand(issues, name, issues.LOCKS.get(name, ""))


def rules_of_issues():
    return op.get_context().opts["script"].get_revision("0041").module


def _demand(issues, name, lock):
    """Let the rule lock like this before it looks."""
    if issues.is_sqlite():
        return
    condition, why = next(rule[2:] for rule in issues.RULES if rule[0] == name)
    refuse = f"RAISE EXCEPTION '{why}' USING ERRCODE = 'integrity_constraint_violation';"
    op.execute(f"""CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        {lock}
        IF {condition} THEN {refuse} END IF;
        RETURN NEW;
    END $$""")
