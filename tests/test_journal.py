"""The journal: what must outlive a restore is on the disk before the commit that makes it true."""

import errno
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from portal import journal
from portal.delivery.models import Outgoing
from portal.extensions import db, now
from portal.inbox import replay as _inbox  # noqa: F401
from portal.issues import replay as _issues  # noqa: F401
from portal.journal import key_of, read
from portal.newsletter import replay as _newsletter  # noqa: F401
from portal.newsletter import services
from portal.newsletter.models import LEFT
from portal.stories import replay as _stories  # noqa: F401
from portal.team import replay as _team  # noqa: F401
from tests.at_once import at_once
from tests.conftest import deliver_next
from tests.delivery import mail, saved
from tests.newsletter import a_subscriber

ADA = "ada@example.org"


def lines(app):
    return list(read(Path(app.config["JOURNAL_DIR"]), now() - timedelta(days=400)))


def test_line_is_there_before_the_commit_and_only_with_it(app):
    LEFT.note(ADA, "web")
    before = lines(app)
    db.session.commit()
    (line,) = lines(app)

    assert before == []
    assert (line.kind, line.word) == ("left", "web")
    assert line.digest == journal.digest(key_of(journal.folder()), ADA)


def test_what_was_rolled_back_is_not_written_later(app):
    LEFT.note(ADA)
    db.session.rollback()
    db.session.commit()

    assert lines(app) == []


def test_nobody_is_named_and_nobody_else_may_read_it(app):
    LEFT.note(ADA)
    db.session.commit()
    folder = journal.folder()

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "ada" not in path.read_text()


def test_who_leaves_is_not_told_so_where_the_journal_cannot_be_written(app, monkeypatch):
    subscriber = a_subscriber(ADA)
    monkeypatch.setattr(os, "write", lambda *_: 0)
    with pytest.raises(OSError, match="journal"):
        services.unsubscribe(subscriber.public_id, "web")
    db.session.rollback()

    assert subscriber.state == "subscribed"


def test_lines_that_a_power_cut_has_torn_are_passed_over(app):
    LEFT.note(ADA)
    db.session.commit()
    (path,) = journal.folder().glob("*.log")
    path.write_bytes(path.read_bytes() + b"2030-01-01T00:00:00+00:00 left 0123")
    LEFT.note("eve@example.org")
    db.session.commit()

    assert len(lines(app)) == 2


def test_processes_that_begin_it_together_share_one_key(app):
    def write():
        LEFT.note(ADA)
        db.session.commit()

    at_once(app, *[write] * 8)

    assert len({line.digest for line in lines(app)}) == 1
    assert len(lines(app)) == 8


def test_days_older_than_any_backup_go(app, clock):
    LEFT.note(ADA)
    db.session.commit()
    clock.shift(timedelta(days=89))
    journal.drop_old()
    kept = len(lines(app))
    clock.shift(timedelta(days=2))
    journal.drop_old()

    assert (kept, lines(app)) == (1, [])


def test_each_kind_can_be_done_again():
    """Whoever notes a new kind writes beside it how it is done again after a restore."""
    assert [kind.name for kind in journal.KINDS.values() if kind.replay is None] == []


def test_mail_that_the_journal_cannot_take_waits_and_was_not_tried(app, monkeypatch):
    row_id = saved(mail())

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(journal, "write", full)
        deliver_next(app)
    row = db.session.get(Outgoing, row_id)

    assert (row.state, row.attempts, row.unsure_since) == ("waiting", 0, None)
    assert "journal" in row.reason
