"""What of all that the team can do is noted: each form and each command is in a table here.

A new one fails until it is in one of them: as what it is noted as, or among the others.
"""

import click
import pytest

from portal import storage
from portal.audit import AuditEntry, Deed
from portal.delivery import brake, enqueue, restored
from portal.delivery.models import Outgoing, OutgoingState
from portal.delivery.restored import Restoration
from portal.extensions import db, now, write_rows
from portal.inbox.desk import conversation_routes
from portal.inbox.models import Attachment, Keeping, Original
from portal.issues.models import EditionState
from portal.newsletter import services as newsletter
from portal.newsletter.models import SubscriberState
from portal.newsletter.transfer.models import JobKind, JobState, ListJob
from portal.team.models import Role
from portal.web import is_for_team
from portal.words import local
from tests import every_form
from tests.delivery import mail
from tests.inbox import a_conversation
from tests.issues import an_open_issue
from tests.newsletter import a_subscriber
from tests.sender import Sender
from tests.stories import approved, published
from tests.stories.desk import with_file
from tests.team import a_member, put_in

# Forms with a row in tests/every_form.py, by its name; and what more is a good answer.
ROWS = {
    "export": (Deed.EXPORTED, {}),
    "put on the list": (Deed.CONSENT_NOTED, {"proof": "kept"}),
    "taken off": (Deed.CONSENT_ENDED, {}),
    "erased from the list": (Deed.ERASED, {}),
    "held": (Deed.DISCARDED, {}),
    "invite": (Deed.INVITED, {}),
    "member": (Deed.ACCESS_CHANGED, {"do": "disable"}),
    "issue, when it leaves": (Deed.ISSUE_SENT, {}),
    "noted yes": (Deed.CONSENT_NOTED, {"way": "in_person", "said": ""}),
    "one person": (Deed.LOOKED_UP, {}),
    "one person, erased": (Deed.ERASED, {"sure": "y"}),
    "noted answer": (Deed.CONSENT_NOTED, {}),
}


def a_file():
    """A file that somebody sent to us."""
    number = a_conversation().messages[0].id
    file = Attachment(message_id=number, name="a.txt", content_type="text/plain", size=1)
    file.state, file.place = Keeping.KEPT, storage.keep(b"a")
    db.session.add(file)
    db.session.commit()
    return f"/inbox/attachments/{file.id}"


def a_whole_mail():
    number = a_conversation().messages[0].id
    db.session.add(Original(message_id=number, content={}))
    db.session.commit()
    return f"/inbox/attachments/mails/{number}/whole"


def a_job(end, state, kind=JobKind.IMPORT):
    def start():
        db.session.add(job := ListJob(kind=kind, state=state))
        db.session.commit()
        return f"/newsletter/list/jobs/{job.id}/{end}"

    return start


def a_story_file():
    story = published()
    file = with_file(story, "pool.txt", b"I swim.")
    return f"/inbox/{story.conversation_id}/story/files/{file.key}"


def of_issue(end):
    def start():
        edition = an_open_issue(published())
        if end == "again":
            edition.state = EditionState.FAILED
            db.session.commit()
            end_ = f"editions/{edition.id}/again"
        else:
            end_ = end
        return f"/newsletter/issues/desk/{edition.issue_id}/{end_}"

    return start


def held(end):
    """A conversation that looks like a machine's, and the form that lets it through."""

    def start():
        talk = a_conversation(doubts=["Too quick"])
        was = {"was": conversation_routes.quick_was(talk)}
        return {
            "bulk": ("/inbox/bulk", {"do": "open", "chosen": f"{talk.id}.held."}),
            "quick": (f"/inbox/{talk.id}/quick", {"do": "open"} | was),
        }[end]

    return start


def of_story(end, make):
    return lambda: f"/inbox/{make().conversation_id}/story/{end}"


def after_restore():
    """What waits for a decision since a backup was brought back."""
    enqueue(mail())
    restored.hold()
    db.session.add(Restoration(backup_at=now(), at=now()))
    db.session.commit()
    return "/team/restored/", {"do": "go"}


# Forms that take nothing but that they were sent: where they go, and what else is in them.
BUTTONS = {
    "inbox.erase": (Deed.ERASED, lambda: f"/inbox/{a_conversation().id}/erase"),
    "inbox.bulk": (Deed.RELEASED, held("bulk")),
    "inbox.quick": (Deed.RELEASED, held("quick")),
    "attachments.download": (Deed.DOWNLOADED, a_file),
    "attachments.whole": (Deed.DOWNLOADED, a_whole_mail),
    "editor.file": (Deed.DOWNLOADED, a_story_file),
    "editor.still_happy": (Deed.CONSENT_NOTED, of_story("stays", published)),
    "editor.note_end": (Deed.CONSENT_ENDED, of_story("yes/storyteller/end", approved)),
    "list_jobs.start": (Deed.IMPORTED, a_job("start", JobState.TRIED)),
    "list_jobs.start, of both lists": (Deed.MATCHED, a_job("start", JobState.TRIED, JobKind.SYNC)),
    "list_jobs.report": (Deed.DOWNLOADED, a_job("report.csv", JobState.DONE)),
    "person_desk.give": (Deed.GIVEN, lambda: ("/team/person/file", every_form.LOOKED_FOR)),
    "list_jobs.export_list": (Deed.EXPORTED, lambda: "/newsletter/list/export"),
    "restored.decide": (Deed.RELEASED, after_restore),
    "issue_desk.stop": (Deed.ISSUE_STOPPED, of_issue("stop")),
    "issue_desk.send_again": (Deed.ISSUE_SENT, of_issue("again")),
}
# What is in a history of its own, or changes what one person sees alone.
OTHERS = {
    *(f"inbox.{one}" for one in ("answer", "ask", "clear_danger", "details_of", "draft")),
    *(f"inbox.{one}" for one in ("merge", "again", "correct", "take_back", "note", "keep_note")),
    *(f"inbox.{one}" for one in ("over", "here", "sort", "keys", "begin", "edit_reply", "undo")),
    *("inbox.remove_reply", "inbox.new_reply", "finding_team.words", "press.ask"),
    *(f"editor.{one}" for one in ("hand_over", "decline", "use_file", "set_guardian", "revise")),
    *(f"editor.{one}" for one in ("ask_guardian", "level", "use_link", "preview", "publish")),
    *(f"editor.{one}" for one in ("answer_reach", "check_public", "add_use", "clean_up")),
    *(f"editor.{one}" for one in ("add_version", "remove_version", "set_words")),
    *(f"issue_desk.{one}" for one in ("save", "copy", "delete", "has_left", "hide", "keep")),
    *(f"issue_desk.{one}" for one in ("here", "send_test", "reopen", "list_again", "stories")),
    *("issue_desk.yes", "issue_desk.new"),
    *(f"newsletter_desk.{one}" for one in ("allow", "ask", "change")),
    *(f"list_jobs.{one}" for one in ("compare", "bring", "choose", "again", "delete")),
    *(f"account.{one}" for one in ("show", "app", "recovery", "passkeys", "remove_passkey")),
    *("account.password", "account.end", "account.end_all"),
    *(f"team.{one}" for one in ("code", "accept", "passkey", "forgot", "reset", "set_up")),
    *("team.set_up_passkey", "team.sign_in", "team.sign_out", "team.verify"),
    *("session.go_on", "session.drop", "clearing.keep", "clearing.let_go"),
}


@pytest.fixture
def noted(app):
    """The deeds so far, each with its member's number."""

    def read():
        found = [(one.deed, one.member_id) for one in db.session.query(AuditEntry)]
        db.session.commit()  # SQLite's lock
        return found

    return read


def test_each_form_of_the_team_is_noted_or_in_the_table_of_others(app):
    forms = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods and is_for_team(rule.rule)
    }
    match = app.url_map.bind("").match
    by_row = {match(Sender(app, row).path, method="POST")[0] for row in rows(ROWS)}
    named = {name.partition(",")[0] for name in BUTTONS}

    assert forms == by_row | named | OTHERS
    assert OTHERS.isdisjoint(by_row | named)


def rows(names):
    found = [row for row in every_form.ROWS if row.name in names]
    assert len(found) == len(names)
    return found


def just_now(more):
    """The present minute, where a form asks when something was said."""
    return {"said": f"today at {local(now()):%H:%M}"} if "said" in more else {}


@pytest.mark.parametrize("name", ROWS)
def test_what_is_done_by_a_form_is_noted_with_who_did_it(app, noted, name):
    (row,), (deed, more) = rows([name]), ROWS[name]
    sender = Sender(app, row)
    before = len(noted())
    answer = sender.send(sender.hidden | sender.good | more | just_now(more))

    assert answer.status_code in {200, 302, 303}, answer.text
    ((done, member_id),) = noted()[before:]
    assert (done, bool(member_id)) == (deed, True)


@pytest.mark.parametrize("name", BUTTONS)
def test_what_is_done_by_a_button_is_noted_with_who_did_it(app, client, noted, name):
    app.config["WTF_CSRF_ENABLED"] = False
    deed, start = BUTTONS[name]
    started = start()
    path, sent = started if isinstance(started, tuple) else (started, {})
    member = a_member(Role.MANAGER, email="mo@team.example")
    number = member.id
    put_in(client, member)
    before = len(noted())
    answer = client.post(path, data=sent)

    assert answer.status_code in {200, 303}, answer.text
    assert noted()[before:] == [(deed, number)]


def braked():
    """A mail that waits for its hour."""
    number = enqueue(mail())
    waits = {"state": OutgoingState.WAITING, "reason": brake.WHY}
    write_rows(db.update(Outgoing).where(Outgoing.id == number).values(waits))
    db.session.commit()


def a_held_signup():
    newsletter.hold("ada@example.org", [], "plain", ["Too quick"])


def a_blocked_subscriber():
    a_subscriber("eve@example.org", SubscriberState.COMPLAINED)


def an_editor():
    a_member(Role.EDITOR, email="ada@team.example")


COMMANDS = {
    "team invite new@team.example": (Deed.INVITED, None),
    "team disable ada@team.example": (Deed.ACCESS_CHANGED, an_editor),
    "newsletter held --release 1": (Deed.RELEASED, a_held_signup),
    "newsletter held --discard 1": (Deed.DISCARDED, a_held_signup),
    "newsletter export": (Deed.EXPORTED, a_subscriber),
    "newsletter import --wording Yes list.csv": (Deed.IMPORTED, None),
    "newsletter sync": (Deed.MATCHED, a_subscriber),
    "newsletter show eve@example.org": (Deed.LOOKED_UP, None),
    "newsletter allow eve@example.org": (Deed.RELEASED, a_blocked_subscriber),
    "delivery restored --go": (Deed.RELEASED, after_restore),
    "delivery restored --drop": (Deed.DISCARDED, after_restore),
    "delivery held --release": (Deed.RELEASED, braked),
    "delivery held --drop": (Deed.DISCARDED, braked),
}
# What only shows, what the portal does by itself, and what has to do with no person.
OTHER_COMMANDS = {
    *("routes", "run", "shell", "worker", "db", "check", "database copy"),
    *("retention", "files sweep"),
    *("backup", "restore", "rotate-key"),  # tests/backups and test_keys.py have their deeds
    "team list",
    *("delivery alert-test", "delivery status", "delivery retry"),
    *("providers check", "providers hooks", "providers send-test", "issues status"),
    *("demo load", "demo stories", "demo clear-stories"),
}


def test_each_command_is_noted_or_in_the_table_of_others(app):
    named = {" ".join(one.split()[:2]) for one in COMMANDS}
    found = set()
    for name, command in app.cli.commands.items():
        inner = command.commands if isinstance(command, click.Group) and name != "db" else {"": 0}
        found |= {f"{name} {one}".strip() for one in inner}

    assert found - OTHER_COMMANDS == named
    assert OTHER_COMMANDS.isdisjoint(named)


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_command_does_is_noted_as_a_commands(app, noted, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.csv").write_text("email\neve@example.org\n")
    deed, start = COMMANDS[command]
    if start:
        start()
    db.session.commit()
    done = app.test_cli_runner().invoke(args=command.split())

    assert done.exit_code == 0, done.output
    assert noted() == [(deed, None)]
