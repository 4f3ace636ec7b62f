"""Files that there is no room for are refused in words, before a byte of them is taken."""

import errno
import os

import pytest

from portal import room, storage
from portal.stories.files import allowed
from portal.stories.telling import services
from tests.newsletter import settings
from tests.stories import a_draft
from tests.stories.files.test_tus import Sender
from tests.stories.media import MB, a_film, address, form, rows, stored

LARGE = 4 * MB


def a_low_disk(app, monkeypatch):
    def disks():
        used = sum(map(len, stored(app)))
        yield room.Disk("VAR_DIR", free=4 * MB - used, reserve=MB)

    monkeypatch.setattr(room, "_disks", disks)


def the_site(app, _):
    app.config["FILES_SITE_MB"] = 3


def what_is_unsent(app, _):
    app.config["FILES_UNSENT_MB"] = 3


def the_network(app, _):
    app.config["FILES_NETWORK_MB"] = 3


LIMITS = {
    a_low_disk: allowed.NO_ROOM,
    the_site: allowed.NO_ROOM,
    what_is_unsent: allowed.NO_ROOM,
    the_network: allowed.MUCH_FROM_NETWORK,
}
pytestmark = settings(RATELIMIT_ENABLED="1")


@pytest.fixture(params=LIMITS, ids=lambda limit: limit.__name__)
def words(request, app, monkeypatch):
    """Lets a limit leave room for 3 MB; what is said beyond it."""
    monkeypatch.setattr(room, "LASTS", 0)
    request.param(app, monkeypatch)
    return LIMITS[request.param]


@pytest.fixture
def sender(client, story):
    return Sender(client, story)


def test_what_does_not_fit_is_refused_before_it_is_read_and_less_is_taken(
    visit_plain, story, sender, words, add, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.delattr(storage, "keep_stream")
        answer = visit_plain.post(address(story, "add"), **form(("sign.mp4", a_film(LARGE))))
        announced = sender.create("sign.mp4", LARGE)

    assert (answer.status, announced.status_code) == (422, 413)
    assert words in answer.text
    assert announced.text == words
    assert rows() == []
    assert add(story, ("words.txt", b"words")).status_code == 303
    assert sender.create("sign.mp4", MB).status_code == 201


def test_the_page_says_so_beforehand_and_shows_no_form(visit, story, add, words):
    pages = address(story, "add"), address(story)
    for is_room, size in ((True, 2 * MB + MB // 2), (False, 0)):
        for path in pages:
            page = visit(path)
            assert page.has("[data-upload]") is page.has("#files-new") is is_room
            assert page.has("#record") is (is_room and path == pages[1])
            assert (words in page.text) is not is_room
        if size:
            add(story, ("sign.mp4", a_film(size)))


def test_a_piece_waits_for_room_with_what_has_come(app, sender, monkeypatch):
    sender.create("sign.mp4", 3 * MB)
    sender.send(b"x" * MB, 0)
    a_low_disk(app, monkeypatch)
    answer = sender.send(b"x" * (2 * MB + 1), MB)
    assert (answer.status_code, answer.text) == (413, allowed.NO_ROOM)
    assert sender.offset() == MB

    monkeypatch.undo()
    assert sender.send(b"x" * MB, MB).status_code == 204


def test_what_is_announced_counts_until_the_story_is_sent(app, client):
    app.config["FILES_UNSENT_MB"] = 3
    first, second = a_draft(), Sender(client, a_draft())
    add_whole(client, first)
    assert second.create("sign.mp4", 2 * MB).text == allowed.NO_ROOM

    services.submit(first)
    assert second.create("sign.mp4", 2 * MB).status_code == 201


def test_the_next_day_a_network_is_let_in_again_and_another_was_never_shut_out(app, sender, clock):
    app.config["FILES_NETWORK_MB"] = 3
    said = [sender.create("sign.mp4", 2 * MB).status_code for _ in range(2)]
    sender.client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    said.append(sender.create("sign.mp4", 2 * MB).status_code)
    sender.client.environ_base["REMOTE_ADDR"] = "127.0.0.1"
    for _ in range(3):
        clock.shift(24 * 3600 + 1)
        said.append(sender.create("sign.mp4", 2 * MB).status_code)

    assert said == [201, 413, 201, 201, 201, 413]  # in 30 days, as much as in two


def test_a_day_centre_sends_a_film_for_each_of_40_people(app, story, monkeypatch):
    monkeypatch.setattr(room, "fits_disk", lambda _: True)
    with app.test_request_context():
        assert [allowed.problem(story, 200 * MB) for _ in range(40)] == [""] * 40
        assert allowed.problem(story, 2_500 * MB) == allowed.MUCH_FROM_NETWORK


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_disk_that_is_full_after_all_is_said_in_the_same_words(
    visit_plain, story, sender, monkeypatch, error
):
    def full(_):
        raise OSError(error, "full")

    sender.create("sign.mp4", 2 * MB)
    monkeypatch.setattr(os, "fsync", full)
    answer = visit_plain.post(address(story, "add"), **form(("a.txt", b"words")))

    assert answer.status == 422
    assert f"{allowed.NO_ROOM} Not added: a.txt." in answer.text
    assert sender.send(b"x", 0).text == allowed.NO_ROOM
    assert (len(rows()), sender.offset()) == (1, 0)


def add_whole(client, story):
    return client.post(address(story, "add"), **form(("sign.mp4", a_film(2 * MB))))
