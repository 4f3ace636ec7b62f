"""The sweep: files that no row names and rows without a file are found, and nothing else."""

import ast
import os
import time
from datetime import timedelta
from pathlib import Path

import fsspec
import pytest

from portal import storage
from portal.config import ROOT
from portal.delivery import leftovers
from portal.delivery.models import Outgoing
from portal.extensions import db, now
from portal.inbox.models import Attachment, Keeping, Original
from portal.newsletter.transfer.models import JobKind, JobState, ListJob
from portal.storage import files, orphans
from portal.storage.columns import columns
from portal.storage.models import OrphanFile
from portal.stories.files.models import StoryFile
from tests.inbox import a_conversation
from tests.stored import drop_files
from tests.stories import a_draft

DAY = timedelta(days=1)
# What writes files, and where their rows name them.
KEEPERS = {
    "inbox/desk/enclosures.py": {"attachment.place"},
    "inbox/incoming/attachments.py": {"attachment.place", "original.place"},
    "newsletter/transfer/jobs.py": {"list_job.place"},
    "stories/files/checking.py": {"story_file.place", "story_file.widths"},
    "stories/files/cleaning.py": {"story_file.public_place"},
    "stories/files/receiving.py": {"story_file.place", "story_file.parts"},
    "surroundings/stores.py": set(),  # it tries whether it can, and removes it
}


def test_whatever_keeps_files_names_them_in_columns_that_the_sweep_knows():
    keepers = set()
    for module in (ROOT / "portal").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if ast.unparse(node) in {"storage.keep", "storage.keep_stream"}:
                keepers.add(str(module.relative_to(ROOT / "portal")))
    known = {str(column) for some in columns().values() for column in some}

    assert keepers == KEEPERS.keys(), "add the new one, with its columns of type Place"
    assert known == set().union(*KEEPERS.values())


def test_a_column_with_the_name_of_one_is_one():
    named = {
        str(column)
        for table in db.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("place") and table.name not in {"dropped_file", "orphan_file"}
    }
    assert named <= {str(column) for some in columns().values() for column in some}


@pytest.fixture(params=["folder", "bucket"])
def app(make_app, request):
    elsewhere = {"UPLOADS_URL": "memory://bucket/prefix"} if request.param == "bucket" else {}
    app = make_app(**elsewhere)
    with app.app_context():
        yield app
    fsspec.filesystem("memory").store.clear()


def kept(age=2 * DAY) -> str:
    """A file that was written so long ago."""
    place = storage.keep(b"words")
    if folder := storage.folder():
        moment = time.time() - age.total_seconds()
        os.utime(f"{folder}/{place}", (moment, moment))
    else:
        fsspec.filesystem("memory").store[f"/bucket/prefix/{place}"].created = now() - age
    return place


def with_rows() -> list[str]:
    """Files that are named in each of the columns, among what is no place."""
    places = [kept() for _ in range(9)]
    one, two, three, four, five, six, seven, eight, nine = places
    conversation, story = a_conversation(), a_draft()
    message = conversation.messages[0].id
    odd = Attachment(name="b", state=Keeping.FETCHING, place="brevo:secret", message_id=message)
    mine = {"story_id": story.id, "kind": "picture", "state": "kept", "name": "c"}
    db.session.add_all(
        [
            Attachment(name="a", state=Keeping.KEPT, place=one, message_id=message),
            odd,
            Original(message_id=message, place=two, size=1),
            ListJob(kind=JobKind.IMPORT, state=JobState.CHOOSING, place=three),
            StoryFile(key="1", **mine, parts=[four, five]),
            StoryFile(key="2", **mine, widths={"400": six, "800": seven}),
            StoryFile(key="3", **mine, place=eight, public_place=nine),
        ]
    )
    db.session.commit()
    return places


def compared():
    with storage.Comparison() as comparison:
        comparison.run()
        left = [place for place, _ in comparison.orphans()]
        gone = comparison.drop_old()
    return comparison.found, left, gone


def sweep(app, *options, typed=""):
    db.session.commit()
    result = app.test_cli_runner().invoke(args=["files", "sweep", *options], input=typed)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.output


@pytest.mark.usefixtures("each_database")
def test_what_a_row_names_is_no_orphan_and_what_none_names_is(app, monkeypatch):
    monkeypatch.setattr("portal.storage.columns.AT_ONCE", 2)
    places = with_rows()
    orphan, going, _young = kept(), kept(), kept(DAY / 2)
    storage.drop(going)
    db.session.commit()

    found, left, gone = compared()
    assert (found.files, left, gone) == (12, [orphan], 0)
    assert (found.young, found.missing) == (1, 0)

    for place in (places[0], places[4]):
        storage.discard(place)
    found, left, _ = compared()
    assert (found.missing, sorted(found.missing_of)) == (2, ["attachment 1", "story_file 1"])
    assert left == [orphan]


@pytest.mark.usefixtures("each_database")
def test_an_orphan_goes_once_it_was_one_for_long(app, clock):
    row = ListJob(kind=JobKind.IMPORT, state=JobState.CHOOSING, place=kept())
    db.session.add(row)
    db.session.commit()
    orphan, later = kept(), kept()
    leftovers.sweep.call_local()
    row.place, was = later, row.place  # as one whose database was restored
    db.session.commit()
    clock.shift(orphans.KEPT - DAY)
    assert compared()[2] == 0
    clock.shift(2 * DAY)
    assert compared()[2] == 1
    drop_files(app)

    assert not files.is_there(orphan)
    assert files.is_there(later)
    assert files.is_there(was), "it has been an orphan for a shorter time"
    assert [one.place for one in db.session.query(OrphanFile)] == [was]


def test_where_too_much_is_left_over_nothing_goes_by_itself(app, clock, monkeypatch):
    monkeypatch.setattr(orphans, "MANY", 3)
    for _ in range(4):
        kept()
    leftovers.sweep.call_local()
    clock.shift(orphans.KEPT + DAY)
    assert compared()[2] == 0
    assert "is UPLOADS_URL that of another portal" in sweep(app, "--drop", typed="n\n")
    assert len(compared()[1]) == 4


def test_a_person_sees_what_is_left_over_and_may_drop_it_now(app):
    with_rows()
    orphan = kept()
    if folder := storage.folder():
        Path(folder, "notes.txt").write_text("not ours")

    said = sweep(app)
    assert f"left over: {orphan}, 5 bytes" in said
    assert "10 files. Left over: 1 (" in said
    assert not storage.folder() or "not ours, left alone: notes.txt" in said
    drop_files(app)
    assert files.is_there(orphan)

    sweep(app, "--drop")
    drop_files(app)
    assert not files.is_there(orphan)
    assert "9 files. Left over: 0" in sweep(app)


def test_the_team_hears_of_a_file_that_is_missing_once_in_a_while(make_app):
    app = make_app(ALERT_URLS="json://alerts.example")
    with app.app_context():
        place = with_rows()[0]
        storage.discard(place)
        leftovers.sweep.call_local()
        leftovers.sweep.call_local()
        told = [str(row.payload) for row in db.session.query(Outgoing)]
        words = "1 row names a file that UPLOADS_URL does not have"
        assert sum(words in one for one in told) == 1
