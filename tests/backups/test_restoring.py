"""What comes back of a backup, and what does not: no withdrawal is undone, no mail goes twice."""

import shutil
from collections import Counter
from datetime import UTC, datetime

import pytest
from flask import current_app
from sqlalchemy import func, select

from portal import checks, delivery, journal, people, storage
from portal.audit import AuditEntry, Deed
from portal.backups import again, databases
from portal.backups.manifest import BackupError
from portal.delivery import enqueue, ledger, restored, sent
from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db
from portal.inbox.incoming import services as incoming
from portal.newsletter import services as newsletter
from portal.newsletter.models import Subscriber
from portal.people import Person
from portal.providers.webhooks import mime
from portal.team import services as team
from portal.team.models import Role
from portal.transaction import one_transaction
from portal.your_details.desk import services as people_erased
from tests.backups import back_up, bring_back, empty
from tests.backups.histories import HISTORIES
from tests.delivery import mail
from tests.inbox import a_conversation
from tests.inbox.mails import reply_address
from tests.issues import an_issue, let_out
from tests.newsletter import a_subscriber, put_on
from tests.stories import a_draft, a_story, handed_over
from tests.stories.desk import with_file
from tests.team import a_member

pytestmark = pytest.mark.usefixtures("own_database")


def test_each_kind_of_the_journal_has_a_history_here():
    assert set(HISTORIES) == {str(name) for name in journal.KINDS}


def test_what_was_ended_since_the_backup_has_ended_and_nobody_hears_of_it_twice(app, folder):
    running = {kind: steps() for kind, steps in HISTORIES.items()}
    for steps in running.values():
        next(steps)
    backup = back_up(folder)
    for steps in running.values():
        next(steps)
    db.session.commit()
    known = lines()
    for _ in range(2):
        empty()
        bring_back(app, backup)
    assert lines() == known  # or each restore would double it
    undone = {}
    for kind, steps in running.items():
        try:
            next(steps, None)
        except AssertionError as error:
            undone[kind] = str(error)
        db.session.rollback()

    assert undone == {}
    assert ledger.read().balances
    leaving = select(func.count()).where(
        Outgoing.state == OutgoingState.QUEUED, Outgoing.action == "email"
    )
    assert db.session.scalar(leaving) == 0


def lines():
    """How often the journal has what, and of whom."""
    since = datetime.min.replace(tzinfo=UTC)
    return Counter(line[1:] for line in journal.read(journal.folder(), since))


def a_mail(name):
    return mail(to=f"{name}@example.org", name=name)


def row_of(name):
    row = db.session.scalar(select(Outgoing).where(Outgoing.name == name))
    db.session.refresh(row)
    return row


def test_what_has_left_since_never_leaves_again_and_the_rest_waits_for_a_person(app, folder, work):
    """Whatever the journal knows of a mail: that it was taken, may have been, was not, nothing."""
    for name in ("taken", "unknown", "put_off", "waits"):
        enqueue(a_mail(name))
    backup = back_up(folder)
    sent.note(sent.LEAVING, [row_of(name) for name in ("taken", "unknown", "put_off")])
    sent.note(sent.LEFT, [row_of("taken")])
    sent.note(sent.STAYED, [row_of("put_off")])
    younger = enqueue(a_mail("digest"), key=delivery.key_of("the digest of today"))
    sent.note(sent.LEAVING, [db.session.get(Outgoing, younger)])
    empty()
    numbers = bring_back(app, backup)
    work()
    before = {row.name: row.state for row in db.session.scalars(select(Outgoing))}
    enqueue(a_mail("digest"), key=delivery.key_of("the digest of today"))
    number = one_transaction(restored.release)()
    work()

    assert before == {
        "taken": "accepted",
        "unknown": "uncertain",
        "put_off": "waiting",
        "waits": "waiting",
    }
    assert (numbers["held"], numbers["mails that had left"], number) == (2, 2, 2)
    assert row_of("digest").state == "uncertain"
    assert {row_of(name).state for name in ("put_off", "waits")} == {"accepted"}
    assert row_of("unknown").payload != {}  # a person may send it again
    assert ledger.read().balances


def test_nothing_is_written_over(app, folder):
    backup = back_up(folder)
    with pytest.raises(BackupError, match="already"):
        bring_back(app, backup)


@pytest.mark.parametrize("part", ["database", "files", "manifest.json"])
def test_backup_that_is_damaged_is_refused_before_anything_is_written(app, folder, part):
    place = storage.keep(b"somebody's picture")
    backup = back_up(folder)
    path = backup / part / place if part == "files" else backup / part
    path.write_bytes(path.read_bytes()[:-1])
    empty()
    with pytest.raises(BackupError):
        bring_back(app, backup)

    databases.must_be_empty()


def test_restore_without_its_journal_is_refused_unless_somebody_says_that_it_is_lost(app, folder):
    backup = back_up(folder)
    shutil.rmtree(app.config["JOURNAL_DIR"])
    empty()
    with pytest.raises(BackupError, match="journal"):
        bring_back(app, backup)
    command = ["restore", str(folder), "--without-journal"]
    done = app.test_cli_runner().invoke(args=command)

    deeds = db.session.scalars(select(AuditEntry.deed)).all()
    assert done.exit_code == 0, done.output
    assert deeds == [Deed.RESTORED]
    assert "Lost is what came" in done.output


def test_site_does_not_start_with_half_a_restore_and_goes_on_with_it(app, folder, monkeypatch):
    """Killed while the journal is read: what was withdrawn since may still be there."""
    public_id = a_subscriber().public_id
    backup = back_up(folder)
    newsletter.unsubscribe(public_id, "web")
    empty()
    with monkeypatch.context() as patch:
        patch.setattr(again, "replay", killed)
        with pytest.raises(KeyboardInterrupt):
            bring_back(app, backup)
    db.session.rollback()
    stops = refusals()
    done = app.test_cli_runner().invoke(args=["restore", "--again"])

    assert "restore --again" in stops[0]
    assert done.exit_code == 0, done.output
    assert refusals() == []
    assert Subscriber.with_public_id(public_id).state == "unsubscribed"


@pytest.mark.parametrize(
    "step",
    [
        "portal.backups.databases.copy_in",
        "flask_migrate.upgrade",
        "portal.delivery.restored.hold",
        "portal.retention.services.tell_anew",
        "portal.backups.again.replay",
        "portal.audit.note",
    ],
)
def test_restore_that_was_killed_anywhere_holds_the_queue_and_undoes_no_withdrawal(
    app, folder, monkeypatch, step
):
    """Gone on with, or refused and begun anew: no third way lets the site start."""
    public_id = a_subscriber().public_id
    enqueue(a_mail("waits"))
    backup = back_up(folder)
    newsletter.unsubscribe(public_id, "web")
    empty()
    with monkeypatch.context() as patch:
        patch.setattr(step, killed)
        with pytest.raises(KeyboardInterrupt):
            bring_back(app, backup)
    db.session.rollback()
    done = app.test_cli_runner().invoke(args=["restore", "--again"])
    if done.exit_code:
        assert "Empty the database" in done.output
        empty()
        bring_back(app, backup)

    assert refusals() == []
    assert Subscriber.with_public_id(public_id).state == "unsubscribed"
    assert row_of("waits").due_at == restored.NEVER


def test_going_on_with_a_restore_asks_for_each_journal_that_it_was_begun_with(
    app, folder, monkeypatch, tmp_path
):
    """The same command without its --journal would bring back who left by the other machine."""
    public_id = a_subscriber().public_id
    backup = back_up(folder)
    newsletter.unsubscribe(public_id, "web")
    elsewhere = shutil.move(app.config["JOURNAL_DIR"], tmp_path / "of the old server")
    empty()
    with monkeypatch.context() as patch:
        patch.setattr(again, "replay", killed)
        with pytest.raises(KeyboardInterrupt):
            bring_back(app, backup, elsewhere)
    db.session.rollback()
    run, command = app.test_cli_runner().invoke, ["restore", "--again"]
    without, stops = run(args=command), refusals()
    whole = run(args=[*command, "--journal", elsewhere])

    assert "--journal" in without.output
    assert len(stops) == 1
    assert whole.exit_code == 0, whole.output
    assert Subscriber.with_public_id(public_id).state == "unsubscribed"


def refusals():
    """Why web and worker would not start here."""
    db.session.rollback()
    starts = [one for one in checks.all_of_them() if one.title == "Restore"]
    return [f"{it.words} {it.cure}" for one in starts for it in one.at_start()]


def killed(*_):
    raise KeyboardInterrupt


def test_what_the_journal_has_and_cannot_be_done_keeps_the_site_from_starting(
    app, folder, monkeypatch
):
    public_id = a_subscriber().public_id
    backup = back_up(folder)
    newsletter.unsubscribe(public_id, "web")
    empty()
    monkeypatch.setattr(journal.KINDS["left"], "replay", killed_by_a_fault)
    with pytest.raises(BackupError, match="1 thing"):
        bring_back(app, backup)
    assert len(refusals()) == 1


def killed_by_a_fault(*_):
    raise ValueError("a fault")


def test_who_was_erased_everywhere_is_erased_in_all_that_a_feature_holds(app, folder):
    """Asked of each holder, so that one which is new cannot forget to note what it erases."""
    ada = Person.of(["ada@example.org"], ["07700 900123"], whole=True)
    has_something_of_each_kind()
    held = what_is_held(ada)
    backup = back_up(folder)
    people_erased.erase(ada, people.holders, "They asked")
    kept = what_is_held(ada)
    db.session.commit()
    empty()
    bring_back(app, backup)
    db.session.rollback()

    assert held > kept
    assert what_is_held(ada) == kept


def what_is_held(person):
    """How much of each holder's is about somebody, but for what the audit has of that."""
    holders = (one for one in people.holders.values() if one.name != "audit")
    return Counter({one.name: one.count(person) for one in holders})


def has_something_of_each_kind():
    put_on("ada@example.org", "Ada", ["stories"])
    newsletter.hold("ada@example.org", [], "plain", ["Too quick"])
    a_conversation(email="ada@example.org")
    a_conversation(email="", phone="+44 7700 900123")
    with_file(handed_over(a_story(title="The pool")), "me.txt", b"My whole life")
    a_draft(title="Not sent")
    team.disable(a_member(Role.READER, "Ada L", "ada@example.org"))
    eve = a_conversation(email="eve@example.org")
    current_app.config["INBOUND_EMAIL"] = "reply@in.example.org"
    mail = f"From: ada@example.org\r\nTo: {reply_address(eve)}\r\nMessage-ID: <a@b>\r\n\r\nHi"
    incoming.receive(mime.read(mail.encode()), "local")
    db.session.commit()


def test_an_issue_that_was_leaving_waits_too_though_no_mail_of_it_was_queued(app, folder):
    let_out(an_issue())
    backup = back_up(folder)
    empty()
    bring_back(app, backup)

    assert restored.held() == {}
    assert restored.is_open()
