"""Taking it back, erasing it, and changing what we may do: on the storyteller's page."""

from __future__ import annotations

import pytest

from portal import storage
from portal.extensions import db
from portal.inbox.models import Conversation
from portal.stories import consents, links, shaping, withdrawal
from portal.stories import texts as stories_texts
from portal.stories.files import store
from portal.stories.files.models import FileKind, FileState, StoryFile
from portal.stories.models import Approval, Revision, Story, StoryConsent
from portal.stories.states import StoryState
from tests.contact import mails_to
from tests.newsletter import tables
from tests.stories import (
    ADA,
    TEXT,
    a_story,
    an_editor,
    approved,
    deeds,
    fresh,
    handed_over,
    published,
)

ALL = ("photo", "place", "condition", "newsletter", "social", "funders", "press")


def url_of(story):
    url = links.storyteller_url(story)
    db.session.commit()
    return url


def with_a_file(story):
    """The story, with a document that came with it; returns where that is."""
    place = storage.keep(b"A letter.")
    db.session.add(
        StoryFile(
            key=f"key-{story.id}",
            story_id=story.id,
            name="letter.txt",
            kind=FileKind.DOCUMENT,
            content_type="text/plain",
            size=9,
            state=FileState.KEPT,
            place=place,
        )
    )
    db.session.commit()
    return place


def is_there(place):
    try:
        storage.read(place).close()
    except FileNotFoundError:
        return False
    return True


def said(story):
    """What is allowed now, by purpose."""
    story = fresh(story)
    found = {key: (one.given, one.value) for key, one in consents.current(story).items()}
    db.session.commit()
    return found


def texts(story):
    """The names that the texts of a story show, oldest first."""
    names = [one.name for one in fresh(story).revisions]
    db.session.commit()
    return names


@pytest.mark.parametrize("make", [a_story, handed_over, approved, published])
def test_a_story_can_be_taken_back_at_any_time(visit, make):
    story = make()
    url = url_of(story)
    ask = visit(f"{url}/withdraw")
    assert ask.heading == "Take your story back"
    assert ask.has("[name=files][value=delete][checked]")
    assert fresh(story).state is not StoryState.WITHDRAWN

    answer = visit.send(f"{url}/withdraw", {"files": "delete"})

    assert answer.heading == "Your story"
    assert "Nobody can read it on this site any more." in answer.text
    assert fresh(story).state is StoryState.WITHDRAWN
    assert stories_texts.valid_approval(fresh(story)) is None


def test_the_public_page_is_gone_at_once(visit, client):
    story = published()
    url, path = url_of(story), f"/stories/{story.slug}/"
    assert client.get(path).status_code == 200

    visit.send(f"{url}/withdraw", {"files": "delete"})

    assert client.get(path).status_code == 410
    assert story.slug not in client.get("/stories/").text
    db.session.commit()


def test_the_receipt_says_what_stays_elsewhere(visit, mailbox):
    story = published()
    shaping.add_use(story, an_editor(), "In the newsletter of March.")
    url = url_of(story)
    before = len(mails_to(mailbox, ADA))

    visit.send(f"{url}/withdraw", {"files": "delete"})
    answer = visit(url)

    for words in (
        "You took your story back",
        "This is your receipt. You can print it.",
        "A newsletter that was mailed already.",
        "A report that was printed.",
        "search engines keep for a while",
        "In the newsletter of March.",
        "Deleted, or there were none",
    ):
        assert words in answer.text
    assert TEXT.split("\n", maxsplit=1)[0] not in answer.page.query(".receipt")[0].to_text()
    assert not answer.has("#choices, #yes, #files, #allowed")
    assert len(mails_to(mailbox, ADA)) == before + 1


def test_a_story_that_was_never_public_gets_no_untrue_receipt(visit):
    url = url_of(handed_over())

    answer = visit.send(f"{url}/withdraw", {"files": "delete"})

    assert "Your story was never on this site" in answer.text
    assert "A newsletter that was mailed already." not in answer.text


@pytest.mark.parametrize(
    ("choice", "kept"), [("delete", False), ("keep", True)], ids=["delete", "keep"]
)
def test_the_files_go_or_stay_as_was_chosen(visit, choice, kept):
    story = published()
    place = with_a_file(story)
    url = url_of(story)

    answer = visit.send(f"{url}/withdraw", {"files": choice})

    assert is_there(place) is kept
    assert bool(store.files_of(fresh(story))) is kept
    assert ("Kept privately." in answer.text) is kept


@pytest.mark.parametrize("choice", ["x", ""])
def test_a_choice_that_we_do_not_offer_takes_nothing_back(visit, choice):
    story = published()
    url = url_of(story)

    answer = visit.send(f"{url}/withdraw", {"files": choice})

    assert answer.status == 422
    assert "Choose what we do with your files." in answer.text
    assert fresh(story).state is StoryState.PUBLISHED


def test_taking_back_twice_is_taking_back_once(visit, mailbox):
    story = published()
    url = url_of(story)
    visit.send(f"{url}/withdraw", {"files": "delete"})
    at, mails = fresh(story).withdrawn_at, len(mailbox())

    for _ in range(2):
        answer = visit.post(f"{url}/withdraw", {"files": "delete"})
        assert answer.has(".receipt")
    assert fresh(story).withdrawn_at == at
    assert len(mailbox()) == mails


def test_what_is_over_can_only_be_talked_about_and_erased(visit):
    story = published()
    url = url_of(story)
    withdrawal.withdraw(story, keep_files=True)
    before = tables()

    for leaf in ("rewrite", "consents", "withdraw"):
        assert visit(f"{url}/{leaf}", follow_redirects=True).has(".receipt")
    for end, sent in (
        ("consents", {"name_shown": "none"}),
        ("unapprove", {}),
        ("still", {}),
        ("approve", {}),
    ):
        visit.post(f"{url}/{end}", sent)
    assert tables() == before
    assert "Your message is saved." in visit.send(url, {"message": "Hello"}, button="Send").text
    assert visit(url).has("a[href$=erase]")


@pytest.mark.parametrize("make", [a_story, published])
def test_everything_can_be_erased(visit, make):
    story = make()
    place = with_a_file(story)
    url = url_of(story)
    talk_id = story.conversation_id
    db.session.commit()
    ask = visit(f"{url}/erase")
    assert "This cannot be undone." in ask.text
    assert fresh(story)

    answer = visit.send(f"{url}/erase")

    assert answer.heading == "Everything is erased"
    assert "one last email may come" in answer.text
    db.session.expire_all()
    for model in (Story, Revision, Approval, StoryConsent, StoryFile):
        assert db.session.query(model).count() == 0
    talk = db.session.get(Conversation, talk_id)
    assert (talk.email, talk.name, talk.subject) == ("", "", "Erased")
    assert not is_there(place)
    db.session.commit()
    assert visit(url).status == 404


def test_the_last_page_belongs_to_nobody(visit):
    answer = visit("/stories/mine/erased")

    assert answer.status == 200
    assert "your four words no longer work" in answer.text


def test_each_thing_that_is_allowed_is_listed_with_its_words(visit):
    story = a_story(answers={"name_shown": "first", "consents": {"publish": "yes"}})

    answer = visit(url_of(story))

    rows = [" ".join(row.to_text().split()) for row in answer.page.query("#allowed dl div")]
    assert len(rows) == len(consents.PURPOSES)
    assert "Yes" in rows[0]
    assert "You agreed to: “You may publish my story on the Get Yourself Active site.”" in rows[0]
    assert "You agreed to: “Show this name with my story: Ada.”" in rows[1]
    assert "You said no to: “You may show the pictures that I sent.”" in rows[2]


def test_what_is_allowed_can_be_changed_and_is_dated(visit, mailbox):
    story = handed_over()
    url = url_of(story)
    before = len(mailbox())
    page = visit(f"{url}/consents")
    ticked = {box.attrs["value"] for box in page.page.query("[name=allowed][checked]")}
    assert ticked == set(ALL)
    assert not page.has("[name=allowed][value=publish]")
    assert page.has("[name=name_shown][value=first][checked]")

    answer = visit.post(f"{url}/consents", {"allowed": ["photo"], "name_shown": "first"})

    assert "Your choices are saved. They count from now on." in answer.text
    now = said(story)
    assert {key for key, (given, _) in now.items() if given} == {"publish", "name", "photo"}
    assert len(mailbox()) == before + 1
    assert "consents changed" in deeds(story)


def test_saving_without_a_change_notes_nothing(visit):
    story = handed_over()
    url = url_of(story)
    before = tables()

    visit.post(f"{url}/consents", {"allowed": list(ALL), "name_shown": "first"})

    assert tables() == before


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ({"name_shown": "full"}, "Ada Lovelace"),
        ({"name_shown": "other", "other_name": " Captain Splash "}, "Captain Splash"),
        ({"name_shown": "none"}, ""),
    ],
)
def test_another_name_is_a_new_text_that_needs_a_new_yes(visit, typed, name):
    story = approved()
    url = url_of(story)
    assert "that needs a new yes from you" in visit(f"{url}/consents").text

    visit.post(f"{url}/consents", {"allowed": list(ALL)} | typed)

    assert texts(story) == ["Ada", "Ada", name]
    assert said(story)["name"] == (bool(name), name)
    assert stories_texts.valid_approval(fresh(story)) is None
    shown = visit(f"{url}/consents")
    assert shown.has(f"[name=name_shown][value={typed['name_shown']}][checked]")


def test_readers_see_no_name_until_there_is_a_yes_to_it(visit, client):
    story = published()
    url, path = url_of(story), f"/stories/{story.slug}/"
    assert "Ada" in client.get(path).text

    visit.post(f"{url}/consents", {"allowed": list(ALL), "name_shown": "full"})

    assert "Ada" not in client.get(path).text
    db.session.commit()


def test_publishing_can_be_allowed_later(visit):
    story = approved(a_story(answers={"name_shown": "first", "consents": {}}))
    url = url_of(story)
    assert visit(f"{url}/consents").has("[name=allowed][value=publish]:not([checked])")

    visit.post(f"{url}/consents", {"allowed": ["publish"], "name_shown": "first"})

    assert said(story)["publish"] == (True, "")
    assert fresh(story).state is StoryState.APPROVED


def test_publishing_is_taken_back_on_a_page_of_its_own(visit):
    story = published()
    url = url_of(story)
    page = visit(f"{url}/consents")
    assert page.has("a[href$=withdraw]")

    visit.post(f"{url}/consents", {"allowed": [], "name_shown": "first"})

    assert fresh(story).state is StoryState.PUBLISHED
    assert said(story)["publish"] == (True, "")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Choose which name readers see."),
        ({"name_shown": "x"}, "Choose which name readers see."),
        ({"name_shown": "other"}, "Enter the name that readers see."),
        ({"name_shown": "other", "other_name": "x" * 201}, "200 letters or fewer"),
        ({"name_shown": "other", "other_name": "a\u202eb"}, "hidden marks"),
        ({"name_shown": "none", "allowed": ["everything"]}, "Choose from the list."),
        ({"name_shown": ["none", "first"]}, "We got two answers to this."),
    ],
)
def test_choices_that_cannot_be_used_come_back(visit, typed, words):
    story = handed_over()
    url = url_of(story)
    before = tables()

    answer = visit.post(f"{url}/consents", {"allowed": ["photo"]} | typed)

    assert answer.status == 422
    assert words in answer.text
    assert tables() == before


def test_somebody_who_gave_no_name_is_offered_none_of_theirs(visit):
    answers = {"name_shown": "none", "consents": {}}
    url = url_of(a_story(name="", answers=answers))

    page = visit(f"{url}/consents")

    offered = [one.attrs["value"] for one in page.page.query("[name=name_shown]")]
    assert offered == ["other", "none"]
