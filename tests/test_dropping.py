"""A file goes after its row: not if that stays, and for certain, whatever breaks meanwhile."""

import logging
from datetime import timedelta

import pytest

from portal import storage
from portal.extensions import db, now
from portal.storage import dropping, files
from portal.storage.models import DroppedFile
from portal.transaction import one_transaction
from tests.stored import stored_files

pytestmark = pytest.mark.usefixtures("each_database")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def rows():
    db.session.expire_all()
    found = db.session.query(DroppedFile).order_by(DroppedFile.id).all()
    db.session.expunge_all()
    db.session.rollback()
    return found


@pytest.fixture
def bucket(monkeypatch):
    """One whose `broken` files cannot be removed now, "*" for all; it notes what is `tried`."""

    class Bucket:
        broken, tried = set(), []

    def remove(place):
        Bucket.tried.append(place)
        if Bucket.broken & {place, "*"}:
            raise OSError("the bucket is away")
        real(place)

    Bucket.broken, Bucket.tried, real = set(), [], files.remove
    monkeypatch.setattr(dropping, "remove", remove)
    return Bucket


def test_a_file_stays_where_the_transaction_was_undone_and_goes_with_its_commit(app):
    place = storage.keep(b"one")

    @one_transaction
    def drop(*, fails):
        storage.drop(place, place, "")
        if fails:
            raise LookupError

    with pytest.raises(LookupError):
        drop(fails=True)
    assert len(stored_files(app)) == 1
    drop(fails=False)
    assert stored_files(app) == rows() == []


def test_what_cannot_be_removed_is_tried_again_later_and_later_and_holds_up_nothing(
    app, bucket, clock
):
    stuck, other = storage.keep(b"one"), storage.keep(b"two")
    bucket.broken = {stuck}
    storage.drop(stuck, other)
    db.session.commit()
    assert len(stored_files(app)) == 1

    waits = []
    for _ in range(20):
        (row,) = rows()
        waits.append(row.due_at - now())
        clock.shift(waits[-1] - timedelta(seconds=1))
        before = len(bucket.tried)
        storage.step()
        assert len(bucket.tried) == before
        clock.shift(timedelta(seconds=1))
        storage.step()
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (dropping.FIRST_WAIT, dropping.LONGEST_WAIT)
    assert bucket.tried.count(other) == 1

    bucket.broken = set()
    clock.shift(dropping.LONGEST_WAIT)
    assert stored_files(app) == rows() == []


def test_a_step_has_an_end_and_says_whether_there_is_more(app, bucket, monkeypatch):
    monkeypatch.setattr(dropping, "AT_ONCE", 3)
    storage.drop(*(storage.keep(b"%d" % number) for number in range(5)))
    db.session.commit()

    assert (storage.step(), len(bucket.tried)) == (True, 3)
    assert (storage.step(), len(bucket.tried)) == (False, 5)
    assert rows() == []


def test_what_a_worker_left_that_was_killed_is_taken_up_by_another(app, bucket, clock):
    storage.drop(storage.keep(b"one"))
    db.session.commit()
    assert len(dropping._claim()) == 1  # and then it is no more

    assert dropping._claim() == []
    assert len(stored_files(app)) == 1
    clock.shift(dropping.CLAIMED)
    assert stored_files(app) == []


def test_what_no_row_named_is_removed_at_once_if_it_can_be(app, monkeypatch, caplog):
    gone, stays = storage.keep(b"one"), storage.keep(b"two")
    storage.discard(gone, "")
    assert len(stored_files(app)) == 1

    def away(_place):
        raise OSError("the bucket is away")

    monkeypatch.setattr(files, "remove", away)
    with caplog.at_level(logging.WARNING):
        storage.discard(stays)
    assert "the bucket is away" in caplog.text
    assert stays not in caplog.text


def test_a_person_hears_of_what_could_not_be_removed_for_a_day(app, bucket, clock):
    bucket.broken = {"*"}
    storage.drop(storage.keep(b"one"), storage.keep(b"two"))
    db.session.commit()
    storage.step()
    clock.shift(DAY - HOUR)
    assert storage.stuck() == 0
    clock.shift(2 * HOUR)
    assert storage.stuck() == 2
