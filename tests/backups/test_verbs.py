"""Whoever ends or deletes something is in a table here: as what the journal has, or why it has not.

A new such verb fails until somebody has decided whether a restore may undo it.
"""

import ast

from portal import journal
from portal.config import ROOT

PACKAGE = ROOT / "portal"
ENDS = {"taken_back_at", "withdrawn_at", "removed_at", "erased_at", "voided_at", "active"}
NOTED = {
    "newsletter/services.py:end": "left",
    "newsletter/services.py:withdraw": "left",
    "newsletter/services.py:forget": "erased",
    "inbox/desk/erasing.py:_forget": "conversation-erased",
    "inbox/desk/erasing.py:forget": "conversation-erased",
    "inbox/desk/replies.py:take_back": "mail-taken-back",
    "inbox/incoming/attachments.py:_forget": "conversation-erased",
    "stories/approvals.py:take_back": "yes-ended",
    "stories/files/store.py:_delete": "file-deleted",
    "stories/formats.py:remove_version": "version-removed",
    "stories/publication.py:take_down": "story-taken-back",
    "stories/publication.py:_hide": "story-taken-back",
    "stories/withdrawal.py:forget": "story-erased",
    "stories/other_ways.py:forget": "way-erased",
    "stories/press/services.py:_forget_enquiry": "conversation-erased",
    "stories/showing/services.py:_forget": "story-erased",
    "retention/services.py:forget": "story-erased",
    "newsletter/transfer/reports.py:forget": "erased",
    "delivery/erasing.py:_delete_some": "erased",
    "team/services.py:disable": "member-stopped",
    "team/periods.py:forget": "member-forgotten",
    "team/replay.py:remove_passkey": "passkey-removed",
    "issues/drafts.py:begin_again": "issue-begun",
}
# A module alone stands for all of it: nothing there is a person's.
OTHERS = {
    "the clock does it again": {
        *("newsletter/retention.py:_purge", "newsletter/periods.py:end_left"),
        *("team/audit/retention.py:purge", "team/kept.py:tidy", "team/browsers.py:tidy"),
        *("storage/orphans.py:_drop_old", "storage/orphans.py:_forget_found"),
        *("delivery/restored.py:forget", "storage/dropping.py:step"),
        "inbox/desk/erasing.py:end_spam",
        *("retention/services.py:_take_back", "retention/services.py:tell_anew"),
    },
    "it is counted, or worked out, anew": {
        *("delivery/breaker.py", "delivery/heartbeat.py", "delivery/ledger.py"),
        *("delivery/lookout.py", "inbox/figures/numbers.py", "stories/publication.py:put_up"),
    },
    "the team's own words, which somebody writes or decides once more": {
        *("inbox/desk/enclosures.py:remove", "inbox/desk/note_drafts.py:keep"),
        *("inbox/desk/replies.py:_answered", "inbox/desk/replies.py:add_note"),
        *("inbox/desk/saved_reply_routes.py:remove_reply", "newsletter/held.py:_settle"),
        *("newsletter/transfer/jobs.py:begin", "newsletter/transfer/jobs.py:_end"),
        *("stories/formats.py:_reworded", "stories/formats.py:replace_older"),
        *("team/kept.py:drop", "team/kept.py:forget", "team/holdings.py:_erase_forms"),
    },
    "nobody is signed in after a restore": {"team/browsers.py:forget"},
    "it lets somebody in": {"team/services.py:invite", "team/services.py:enable"},
    "made-up data": {"demo/loading.py:remove"},
    "a restore itself": {"backups/restoring.py:_hold", "backups/restoring.py:finish"},
}


def verbs():
    """The functions that delete rows, set one of ENDS, or note a no."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and any(map(ends, ast.walk(node))):
                yield f"{path.relative_to(PACKAGE)}:{node.name}"


def ends(node):
    match node:
        case ast.Call(
            func=ast.Name(id="delete") | ast.Attribute(ast.Attribute(attr="session"), "delete")
        ):
            return True
        case ast.keyword(arg="given", value=ast.Constant(value=False)):
            return True
        case ast.Attribute(attr=name, ctx=ast.Store()):
            return name in ENDS
    return False


def test_each_verb_that_ends_something_is_known_to_the_journal_or_says_why_not():
    others = set().union(*OTHERS.values())
    modules = {one for one in others if one.endswith(".py")}
    found = {verb for verb in verbs() if verb.partition(":")[0] not in modules}

    assert found == NOTED.keys() | (others - modules)
    assert others.isdisjoint(NOTED)
    assert set(NOTED.values()) <= {str(name) for name in journal.KINDS}
