"""A backup is whole or is none, readable by nobody else, and costs what is new."""

import stat
from datetime import timedelta

import pytest

from portal import storage
from portal.backups import databases, files, making, manifest
from portal.backups.manifest import BackupError
from portal.delivery import enqueue
from tests.backups import back_up
from tests.delivery import mail

pytestmark = pytest.mark.usefixtures("own_database")


def test_all_of_it_is_for_the_portals_account_alone(app, folder):
    storage.keep(b"somebody's picture")
    back_up(folder)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]}

    assert {path.name for path, mode in modes.items() if mode & 0o077} == set()


def test_files_that_the_backup_before_has_take_no_room_and_erased_ones_stay_in_that_alone(
    app, folder, clock
):
    kept, gone = storage.keep(b"stays"), storage.keep(b"goes")
    first = back_up(folder)
    storage.discard(gone)
    clock.shift(timedelta(days=1))
    second = back_up(folder)

    files = [backup / "files" / kept for backup in (first, second)]
    assert files[0].stat().st_ino == files[1].stat().st_ino
    assert set(manifest.written(second).files) == {kept}
    assert (first / "files" / gone).read_bytes() == b"goes"


def test_what_a_killed_backup_left_is_no_backup_and_goes_with_the_next(app, folder, monkeypatch):
    def killed(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(databases, "copy_out", killed)
        with pytest.raises(KeyboardInterrupt):
            back_up(folder)
    left = manifest.backups(folder)
    whole = back_up(folder)

    assert left == []
    assert {path.name for path in folder.iterdir()} == {"lock", whole.name}


def test_old_backups_go_and_the_newest_stays(app, folder, clock):
    for _ in range(3):
        clock.shift(timedelta(days=20))
        newest = back_up(folder)
    clock.shift(timedelta(days=60))

    assert len(manifest.backups(folder)) == 2
    assert making.make(folder, 30) == manifest.backups(folder)[-1] != newest
    assert len(manifest.backups(folder)) == 1


def test_no_backup_is_kept_for_longer_than_the_journal_can_mend_it(app, folder):
    with pytest.raises(BackupError, match="JOURNAL_DAYS"):
        making.make(folder, 91)


@pytest.mark.parametrize("url", ["", "memory://bucket/prefix"], ids=["folder", "bucket"])
def test_files_come_back_to_where_files_are_kept_now(make_app, folder, url):
    with make_app(UPLOADS_URL=url).app_context():
        kept, there = storage.keep(b"somebody's picture"), storage.keep(b"a film")
        backup = back_up(folder)
        storage.discard(kept)
        told = manifest.written(backup)
        number = files.copy_in(backup / "files", told.files)
        content = b"".join(storage.chunks(kept, there))

    assert (number, content) == (1, b"somebody's picturea film")


def test_rows_are_counted_at_the_moment_of_the_copy(app, folder):
    enqueue(mail())
    counts = manifest.written(back_up(folder)).counts

    assert counts["outgoing"] == 1
    assert counts["subscriber"] == 0
