"""A story that is taken back or erased: nobody finds it, and each address says that it is gone."""

import re
from html import unescape
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest

from portal.extensions import db
from portal.inbox.models import ConversationState
from portal.stories import shaping, withdrawal
from portal.stories.models import Story, StoryTopic
from portal.stories.states import StoryState, VersionKind
from tests import stories
from tests.contact import mails_to
from tests.delivery import alerts
from tests.newsletter import settings
from tests.stories import ADA, a_draft, a_story, count, fresh, published, withdrawn
from tests.stories.readers import FEED, LIBRARY, add_recording, add_version, at, put_up

TITLE, WORD = "The volcano and me", "volcano"
SITE = "http://portal.test"
LINK = re.compile(r'(?:href|src|srcset)="([^"]+)"|(?:content=")?(http://portal[.]test[^"<]*)["<]')
CRAWLED = {"text/html", "application/atom+xml", "application/xml"}
STARTS = (
    *("/", LIBRARY, FEED, "/sitemap.xml", "/robots.txt", "/newsletter/", "/contact/"),
    *(f"{LIBRARY}?q={WORD}", f"{LIBRARY}?q=ada", f"{LIBRARY}?format=easy-read"),
    *(f"{LIBRARY}?level=beginner", "/stories/topics/water/"),
)


def crawl(client):
    """Follow every link of the site; returns what each address answered."""
    answers, waiting = {}, [*STARTS]
    while waiting:
        path = waiting.pop()
        if path not in answers:
            db.session.commit()
            answers[path] = client.get(path)
            waiting += _links(path, answers[path])
    return answers


def _links(path, answer):
    if answer.status_code != 200 or answer.mimetype not in CRAWLED:
        return []
    found = [unescape(own or full) for own, full in LINK.findall(answer.text)]
    found = [part.split()[0] for one in found for part in one.split(", ") if part.strip()]
    full = [urldefrag(urljoin(SITE + path, one)).url for one in found]
    parts = [urlsplit(one) for one in full if one.startswith(f"{SITE}/")]
    return [f"{one.path}?{one.query}" if one.query else one.path for one in parts]


def a_whole_story():
    """One with a picture, a recording and an Easy Read text."""
    text, picture = "I roll up the volcano.", "A volcano at night"
    by_editor = {"summary": "How a volcano moved me.", "topics": ("water",)}
    story = put_up(TITLE, text=text, pictures=[picture], **by_editor)
    add_recording(story, text)
    add_version(story, VersionKind.EASY_READ, "The volcano, easy", text="I go up.")
    add_version(story, VersionKind.LANGUAGE, "Y volcano", "cy", text="Volcano.")
    return story


def mentioning(answers, marks):
    """The addresses that have one of the marks, or whose answers do."""
    return {
        path
        for path, answer in answers.items()
        if any(mark.lower().encode() in path.encode() + answer.data.lower() for mark in marks)
        and f"q={WORD}" not in path  # a search page shows what was looked for
    }


DEEDS = {
    "withdrawn": lambda story: withdrawal.withdraw(story, keep_files=False),
    "files kept": withdrawn,
    "not allowed": lambda story: shaping.set_consents(story, {"publish": (False, "")}),
    "erased": withdrawal.erase,
}


@pytest.mark.parametrize("deed", DEEDS)
def test_no_page_and_no_file_of_it_is_left_whoever_kept_a_copy(client, deed):
    story, other = a_whole_story(), put_up("Another one", topics=("water",))
    marks = [story.slug, *(file.key for file in story.files)]
    before = crawl(client)
    own = {path for path in before if any(mark in path for mark in marks)}
    kinds = {before[path].mimetype for path in own}
    assert {"text/html", "image/webp", "audio/mpeg"} <= kinds, "the crawl sees all of it"
    assert len(own) >= 5
    found = mentioning(before, [WORD, *marks])
    assert {LIBRARY, FEED, at(other), "/sitemap.xml", "/stories/topics/water/"} <= found

    DEEDS[deed](fresh(story))
    for path in own | found:
        tag = before[path].headers.get("ETag")
        for headers in ({}, {"If-None-Match": tag} if tag else {}):
            db.session.commit()
            answer = client.get(path, headers=headers)
            gone = {404} if deed == "erased" else {404, 410}
            assert answer.status_code in (gone if path in own else {200}), path
            assert WORD not in answer.text.lower()
            assert path not in own or "ada" not in answer.text.lower()
    after = crawl(client)
    assert mentioning(after, [WORD, *marks]) == set()
    assert "Another one" in after[LIBRARY].text


def test_its_addresses_say_so_in_words_that_respect_the_person(visit_plain):
    story = withdrawn(a_whole_story())
    for address in (at(story), at(story, "easy-read"), at(story, "cy"), at(story, "never-there")):
        page = visit_plain(address)
        assert (page.status, page.heading) == (410, "This story was taken back")
        assert "no longer wants it to be here" in page.text
        assert page.has("a[href='/stories/']")
        assert "no-store" in page.headers["Cache-Control"]
        assert "ETag" not in page.headers
    assert visit_plain.client.head(at(story)).status_code == 410
    # Another story of that title gets another address.
    again = put_up(TITLE)
    assert at(again) == f"/stories/{story.slug}-2/"
    assert visit_plain(at(again)).status == 200
    assert visit_plain(at(story)).status == 410


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("make", [a_story, stories.handed_over, stories.approved, published])
def test_with_a_story_that_is_taken_back_go_its_yes_its_words_and_its_topics(app, make):
    story = a_story()
    stories.edited(story, topics=("water",), text="I swim.")
    if make is not a_story:
        make(story)
    assert bool(story.search) is (make is published)
    withdrawn(story)

    assert fresh(story).state is StoryState.WITHDRAWN
    assert story.withdrawn_at
    assert (story.published, story.search) == (None, "")
    assert all(one.taken_back_at for one in story.approvals)
    assert count(StoryTopic) == 0


@settings(ALERT_URLS="json://127.0.0.1:9")
def test_the_team_is_alerted_once(app):
    story = withdrawn(withdrawn(published()))

    assert [one["title"] for one in alerts()] == ["A story was taken back"]
    assert stories.deeds(story).count("storyteller took it back") == 1
    assert story.conversation.state is ConversationState.OPEN


@settings(ALERT_URLS="json://127.0.0.1:9")
def test_the_team_is_alerted_of_an_erasure(app):
    withdrawal.erase(published())

    assert "A story was erased" in {one["title"] for one in alerts()}


def test_a_draft_is_erased_without_a_word_to_anybody(app, mailbox):
    withdrawal.erase(a_draft())

    assert count(Story) == 0
    assert mails_to(mailbox, ADA) == []
