"""Taking it back, erasing it, and changing what we may do: on the storyteller's page."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from portal.stories import consents, shaping
from portal.stories import texts as stories_texts
from portal.stories.files.models import StoryFile
from portal.stories.models import Approval, Revision, Story, StoryConsent
from portal.stories.states import StoryState
from portal.stories.uses import services as uses
from portal.stories.uses.models import Channel
from tests import stories
from tests.contact import mails_to
from tests.newsletter import tables
from tests.stories import ADA, a_story, an_editor, approved, fresh, handed_over, published
from tests.stories.desk import with_file
from tests.stories.media import PDF, rows, stored
from tests.stories.storyteller import url_of

ALL = ("photo", "place", "condition", "newsletter", "social", "funders", "press")


def said(story):
    """What is allowed now, by purpose."""
    found = consents.current(fresh(story)).items()
    return {key: (one.given, one.value) for key, one in found}


def choose(visit, url, *allowed, **typed):
    """Say what is allowed from now on."""
    return visit.post(f"{url}/consents", {"allowed": [*allowed], "name_shown": "first"} | typed)


@pytest.mark.parametrize("make", [a_story, handed_over, approved, published])
def test_a_story_can_be_taken_back_at_any_time(visit_plain, client, make):
    url = url_of(story := make())
    path, was_public = f"/stories/{story.slug}/", make is published
    ask = visit_plain(f"{url}/withdraw")
    assert ask.heading == "Take your story back"
    assert not ask.has("[name=files]")  # there are none
    assert fresh(story).state is not StoryState.WITHDRAWN

    answer = visit_plain.send(f"{url}/withdraw", {"files": "delete"})
    assert answer.heading == "Your story"
    assert "Nobody can read it on this site any more." in answer.text
    assert fresh(story).state is StoryState.WITHDRAWN
    assert client.get(path).status_code == (410 if was_public else 404)
    # What was never public gets no untrue receipt.
    assert ("Your story was never on this site" in answer.text) is not was_public
    assert ("A newsletter that was mailed already." in answer.text) is was_public


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("delete", "We deleted 1 file. Nobody can bring them back."),
        ("", "We keep 1 file privately."),
    ],
    ids=["delete", "as it is ticked"],
)
def test_the_receipt_says_what_was_done_and_the_files_go_or_stay(
    app, visit, mailbox, choice, words
):
    url, kept = url_of(story := published()), not choice
    with_file(story, "letter.pdf", PDF)
    page = visit(f"{url}/withdraw")
    assert "This cannot be undone." in page.text
    assert page.has("a[download][href$=copy]")
    ticked = page.form()["files"]
    uses.add(story, Channel.NEWSLETTER, "In the newsletter of March.", an_editor())
    before = len(mails_to(mailbox, ADA))
    answer = visit.send(f"{url}/withdraw", {"files": choice or ticked})

    said = ("You took your story back", "This is your receipt. You can print it.")
    elsewhere = ("A report that was printed.", "search engines keep", "In the newsletter of")
    assert all(part in answer.text for part in (*said, *elsewhere, words))
    assert stories.TEXT.split("\n", maxsplit=1)[0] not in answer.page.query(".receipt")[0].to_text()
    assert not answer.has("#choices, #yes, #files, #allowed")
    assert bool(stored(app)) is bool(rows()) is kept
    assert len(mails_to(mailbox, ADA)) == before + 1
    # Taking back twice is taking back once.
    at = fresh(story).withdrawn_at
    assert visit.post(f"{url}/withdraw", {"files": "delete"}).has(".receipt")
    assert fresh(story).withdrawn_at == at
    assert len(mails_to(mailbox, ADA)) == before + 1


def test_a_copy_has_every_text_and_file(client):
    url = url_of(story := handed_over(a_story(text="# The pool\n\nI swim.")))
    with_file(story, "letter.pdf", PDF, transcript="Dear Ada")
    with_file(story, "letter.pdf", PDF)
    with_file(story, "../pool.png")
    archive = ZipFile(BytesIO(client.get(f"{url}/copy").data))

    assert archive.testzip() is None
    names = {one.split(" ", 1)[-1]: one for one in archive.namelist()}
    assert names.keys() >= {"1, by you.txt", "2, by our team.txt", "letter.pdf", "pool.png.webp"}
    assert sum("letter.pdf" in one for one in archive.namelist()) == 2
    assert b"Heading: The pool\n\nI swim." in archive.read("Text 1, by you.txt")
    assert archive.read(names["letter.pdf"]) == PDF
    assert b"Dear Ada" in archive.read("Words for the files.txt")


def test_what_is_over_can_only_be_talked_about_and_erased(visit_plain):
    url = url_of(stories.withdrawn(published()))
    before = tables()
    for leaf in ("rewrite", "consents", "withdraw"):
        assert visit_plain(f"{url}/{leaf}", follow_redirects=True).has(".receipt")
    for end in ("consents", "unapprove", "still", "approve"):
        visit_plain.post(f"{url}/{end}", {"name_shown": "none"})
    assert tables() == before
    answer = visit_plain.send(url, {"message": "Hello"}, button="Send")
    assert "Your message is saved." in answer.text
    assert answer.has("a[href$=erase]")


@pytest.mark.parametrize("make", [a_story, published])
def test_everything_can_be_erased(app, visit, make):
    url = url_of(story := make())
    with_file(story, "letter.pdf", PDF)
    assert "This cannot be undone." in visit(f"{url}/erase").text
    assert fresh(story)

    answer = visit.send(f"{url}/erase")
    assert answer.heading == "Everything is erased"
    assert "one last email may come" in answer.text
    assert "your four words no longer work" in answer.text
    assert not any(map(stories.count, (Story, Revision, Approval, StoryConsent, StoryFile)))
    assert stored(app) == []
    assert visit("/stories/mine/erased").status == 200  # the last page belongs to nobody


def test_each_thing_that_is_allowed_is_listed_with_its_words(visit_plain):
    story = a_story(answers={"name_shown": "first", "consents": {"publish": "yes"}})
    answer = visit_plain(url_of(story))

    rows = [" ".join(row.to_text().split()) for row in answer.page.query("#allowed details div")]
    assert len(rows) == len(consents.PURPOSES)
    assert "Yes" in rows[0]
    assert "You agreed to: “You may publish my story on the Get Yourself Active site.”" in rows[0]
    assert "You agreed to: “Show this name with my story: Ada.”" in rows[1]
    assert "You said no to: “You may show the pictures that I sent.”" in rows[2]


def test_what_is_allowed_can_be_changed_and_is_dated(visit, mailbox):
    url = url_of(story := handed_over())
    before = len(mailbox())
    page = visit(f"{url}/consents")
    assert [box.attrs["value"] for box in page.page.query("[name=allowed][checked]")] == [*ALL]
    assert not page.has("[name=allowed][value=publish]")
    assert page.has("[name=name_shown][value=first][checked]")

    answer = choose(visit, url, "photo")
    assert "Your choices are saved. They count from now on." in answer.text
    given = {key for key, (given, _) in said(story).items() if given}
    assert given == {"publish", "name", "photo"}
    assert len(mailbox()) == before + 1
    assert "consents changed" in stories.deeds(story)
    before = tables()
    choose(visit, url, "photo")
    assert tables() == before


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ({"name_shown": "full"}, "Ada Lovelace"),
        ({"name_shown": "other", "other_name": " Captain Splash "}, "Captain Splash"),
        ({"name_shown": "none"}, ""),
    ],
    ids=["full", "other", "none"],
)
def test_another_name_is_a_new_text_that_needs_a_new_yes(visit_plain, client, typed, name):
    url = url_of(story := published())
    path = f"/stories/{story.slug}/"
    assert "that needs a new yes from you" in visit_plain(f"{url}/consents").text
    assert "Ada" in client.get(path).text

    choose(visit_plain, url, *ALL, **typed)
    assert [one.name for one in fresh(story).revisions] == ["Ada", name]
    assert said(story)["name"] == (bool(name), name)
    assert stories_texts.valid_approval(fresh(story)) is None
    shown = visit_plain(f"{url}/consents")
    assert shown.has(f"[name=name_shown][value={typed['name_shown']}][checked]")
    # Readers see no name until there is a yes to it.
    assert "Ada" not in client.get(path).text


def test_publishing_can_be_allowed_later_and_is_taken_back_on_a_page_of_its_own(visit_plain):
    url = url_of(story := approved(a_story(answers=stories.NO_CONSENT)))
    page = visit_plain(f"{url}/consents")
    assert page.has("[name=allowed][value=publish]:not([checked])")

    choose(visit_plain, url, "publish")
    assert said(story)["publish"] == (True, "")
    assert fresh(story).state is StoryState.APPROVED
    says_neither = {"place": False, "condition": False}
    shaping.publish(fresh(story), an_editor(), says_neither)
    assert visit_plain(f"{url}/consents").has("a[href$=withdraw]")
    choose(visit_plain, url)
    assert fresh(story).state is StoryState.PUBLISHED
    assert said(story)["publish"] == (True, "")


def test_somebody_who_gave_no_name_is_offered_none_of_theirs(visit_plain):
    url = url_of(a_story(name="", answers={"name_shown": "none", "consents": {}}))
    page = visit_plain(f"{url}/consents")

    offered = [one.attrs["value"] for one in page.page.query("[name=name_shown]")]
    assert offered == ["other", "none"]


@pytest.mark.parametrize("start", [a_story, stories.declined])
def test_answers_to_a_text_without_changes_that_cannot_be_read_are_asked_for_again(visit, start):
    sent = {"seen": "1", "base": ["1", "2"], "digest": "x", "revision": "1"}
    answer = visit.post(f"{url_of(start())}/decide", sent)

    assert answer.status == 422
    assert "Send them again." in answer.text
    assert answer.has("[role=alert] a[href='#main']")
