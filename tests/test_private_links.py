"""Private links: whoever has one needs no account, so nobody else may get anything by one.

A feature adds a row to LINKS, and to ENDS how such a link ends. A public page with something in
its address that is in no row fails here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from urllib.parse import unquote

import pytest
import time_machine
from itsdangerous import URLSafeTimedSerializer

from portal import storage
from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.inbox import links as inbox_links
from portal.inbox.desk import services as triage
from portal.inbox.models import Attachment, Direction, Keeping, Message
from portal.newsletter import links as newsletter_links
from portal.newsletter import services as newsletter_services
from portal.newsletter.links import read_leaver
from portal.newsletter.models import SubscriberState
from portal.stories import links as story_links
from portal.stories import reach, withdrawal
from portal.stories import texts as story_texts
from portal.stories.files import store
from portal.stories.guardian import services as guardians
from portal.stories.models import Version
from portal.stories.press import services as press
from portal.stories.telling import services as telling
from portal.team import links as team_links
from portal.team import services as team_services
from portal.team.models import Role
from portal.ways import Way
from portal.your_details import links as detail_links
from portal.your_details import services as details
from tests import sender
from tests.inbox import a_conversation
from tests.newsletter import NINE, a_subscriber, tables
from tests.page_lint import lint
from tests.stories import a_draft, a_story, an_editor, approved, edited, handed_over
from tests.stories.desk import with_file
from tests.team import PASSWORD

STAFF = (*sender.STAFF, "/team/session/")
# What is in an address and for everybody, or comes from machines, or is on a laptop alone.
PUBLIC = (
    *("assets.", "hooks.", "inbound.", "mailbox.", "downloads."),
    *("stories.topic", "stories.story", "stories.version", "reporting.report"),
    *("issues.issue", "issues.picture"),
    "files.abilities",  # what the server can do, the same at every address
)
OVER = {404, 410}
AGAIN = "/again"  # who has an old link of their own may have a new one mailed
LEAVE = "/newsletter/unsubscribe/"
SEEN = {200, 204, 303}
FORGED = ("....", "\0", "💚", "' OR 1=1", "<b>", "\r\nX: y", "a" * 5000)
# What mail programs take for a part of a link, or nothing.
ENDINGS = ("", ".", ")", ">", ",", "\t", "%20", ").", "&gt;", "%E2%80%9D")
# What the forms behind the links take, so that a link that opened something would do something.
TYPED = {"message": "One thing more", "name": "Eve", "password": "four other words here"}
TYPED |= {"email": "eve@example.org", "reply_by": "email", "files": "delete", "seen": "1"}


@dataclass(frozen=True)
class Link:
    """A kind of private link: the endpoints it opens, how to make one, and what only it shows."""

    endpoints: tuple[str, ...]
    make: Callable[[str], object]
    """Makes a record whose owner has this word in what they wrote."""
    token: Callable[[object], str]
    values: Callable[[object], dict[str, object]] = lambda record: {}
    """What else is in the addresses."""
    is_for_once: bool = False
    """Whether it ends when it is used: its form has a cookie, and robots are told nothing of it."""


def answered_with_file(word):
    talk = a_conversation(name=word, text=word, email=f"{word}@example.org")
    file = Attachment(name=word, state=Keeping.KEPT, size=6, place=storage.keep(word.encode()))
    answer = {"direction": Direction.OUTGOING, "way": Way.WEB, "text": word}
    talk.messages.append(Message(attachments=[file], **answer))
    db.session.commit()
    return talk


def subscriber(word, state=SubscriberState.SUBSCRIBED):
    return a_subscriber(f"{word}@example.org", state, name=word)


def asked_for_details(word):
    one = subscriber(word)
    details.send_link(one.email)
    return one


def details_token(one):
    row = db.session.query(Outgoing).filter_by(name="your_details", address=one.email).one()
    return last(detail_links.url(row.key))


def invited(word):
    team_services.invite(f"{word}@team.example", Role.EDITOR)
    return team_services.find(f"{word}@team.example")


def forgetful(word):
    member = invited(word)
    team_services.accept(member, word, PASSWORD)
    return member


def draft_with_file(word):
    story = a_draft(title=word, name=word, email=f"{word}@example.org")
    file = with_file(story, f"{word}.png")
    file.place = file.public_place = next(iter(file.widths.values()))  # as if no picture, too
    db.session.commit()
    return story


def file_of(story):
    (file,) = store.files_of(story)
    return {"key": file.key, "width": int(next(iter(file.widths)))}


def sent_with_version(word):
    story = a_story(title=word, name=word, email=f"{word}@example.org")
    edited(story)
    press.ask(story, a_conversation(kind="press"), word, an_editor())
    return with_captions(story)


def of_reach(word, email):
    story = sent_with_version(word)
    reach.ask(story, reach.Reach("phone", email, "0161 496 0000", "", ""))
    return story


def asked_of_guardian(word):
    story = draft_with_file(word)
    guardian = {"guardian_name": word, "guardian_email": f"{word}-too@example.org"}
    answers = story.answers | {"under_18": "yes", "guardian_consent": "yes"}
    telling.save(story, story.version, answers=answers, **guardian)
    telling.submit(story)
    return with_captions(approved(handed_over(story)))


def with_captions(story):
    """The story, with a sound that its storyteller said yes to."""
    revision = story_texts.latest(story)
    words = {"title": "Sound", "text": "Words", "captions": "WEBVTT", "digest": "0"}
    sound = Version(story_id=story.id, revision_id=revision.id, kind="audio", **words)
    db.session.add(sound)
    db.session.flush()
    sound.approved_digest = sound.digest
    db.session.commit()
    return story


def version_of(story):
    return {"version_id": story.versions[0].id}


def last(url):
    return unquote(url.rpartition("/")[2])


STORY_PAGES = (
    *("show", "comment", "call", "consents", "still", "withdraw", "erase", "stop", "save_copy"),
    *("change_reach", "name_guardian", "press"),
    *("decide", "rewrite", "approve", "unapprove", "version", "say_not_yet"),
    *("all_texts", "earlier_text", "undo", "captions"),
)
GUARDIAN_PAGES = (
    *("show", "approve", "version", "unapprove", "talk_first"),
    *("picture", "file", "captions"),
)
STEPS = ("way", "story", "files", "you", "consent", "check")
LINKS = {
    "message": Link(
        (
            *("contact.own", "contact.sent", "contact.stop", "contact.file"),
            "your_details.ask_sender",
        ),
        answered_with_file,
        inbox_links.own_token,
        lambda one: {"row_id": one.messages[-1].attachments[0].id},
    ),
    "subscriber": Link(
        (
            *(f"newsletter.{page}" for page in ("preferences", "erase", "unsubscribe")),
            "your_details.ask_reader",
        ),
        subscriber,
        lambda one: last(newsletter_links.preferences_url(one)),
    ),
    "sign-up": Link(
        ("newsletter.confirm", "newsletter.confirm_again"),
        lambda word: subscriber(word, SubscriberState.PENDING),
        lambda one: last(newsletter_links.confirm_url(one, ["ideas"], "plain")),
    ),
    "invitation": Link(
        ("team.accept",), invited, lambda one: last(team_links.invite_url(one)), is_for_once=True
    ),
    "new password": Link(
        ("team.reset",), forgetful, lambda one: last(team_links.reset_url(one)), is_for_once=True
    ),
    "draft": Link(
        (
            *("telling.steps", "telling.link", "telling.words", "telling.delete", "telling.step"),
            *("telling.keep", "telling.send", "telling.sent"),
            *("files.add", "files.describe", "files.remove", "files.item", "files.own"),
            *("files.own_picture", "files.create", "files.how_far"),
            *("files.piece", "files.stop"),
        ),
        draft_with_file,
        story_links.token,
        file_of,
    ),
    "story": Link(
        (*(f"storyteller.{page}" for page in STORY_PAGES), "your_details.ask_storyteller"),
        sent_with_version,
        story_links.token,
        lambda story: version_of(story) | {"number": 2, "question_id": story.press_questions[0].id},
    ),
    "new address": Link(
        ("storyteller.new_address",),
        lambda word: of_reach(word, "New@example.org"),
        lambda story: last(story_links.new_address_url(story, reach.wanted(story).code)),
    ),
    "undoing": Link(
        ("storyteller.undo_reach",),
        lambda word: of_reach(word, ""),
        lambda story: last(story_links.undo_url(story, reach.former(story)[-1].code)),
    ),
    "guardian": Link(
        tuple(f"guardian.{page}" for page in GUARDIAN_PAGES),
        asked_of_guardian,
        lambda story: last(story_links.guardian_url(story)),
        lambda story: file_of(story) | version_of(story),
    ),
    "your details": Link(
        tuple(f"your_details.{page}" for page in ("show", "data", "erase")),
        asked_for_details,
        details_token,
    ),
}
each_kind = pytest.mark.parametrize("kind", LINKS)


def made(kind, word="secret"):
    """A record of that kind, its token, and what else is in its addresses."""
    link = LINKS[kind]
    record = link.make(word)
    return record, link.token(record), link.values(record)


def anew(member, clock):
    clock.shift(1)
    team_services.invite(member.email, Role.EDITOR)


def disabled_and_enabled(member, _):
    team_services.disable(member)
    team_services.enable(member, member)


def of_another(story):
    guardians.set_guardian(story, "Bo", "bo@example.org", "")


# How a link ends: the kind, in which way, what does it, and what it answers from then on.
ENDS = [
    ("message", "stopped", lambda one, _: triage.revoke_link(one), OVER),
    # Leaving twice is no mistake, and neither is erasing twice: both are answered as the first.
    ("subscriber", "erased", lambda one, _: newsletter_services.erase(one), OVER | {200, 303}),
    ("your details", "old", lambda _, clock: clock.shift(timedelta(days=1, seconds=1)), OVER),
    ("your details", "erased", lambda one, _: details.erase(one.email), OVER),
    ("sign-up", "old", lambda _, clock: clock.shift(timedelta(days=7, seconds=1)), OVER),
    ("sign-up", "erased", lambda one, _: newsletter_services.erase(one), OVER),
    ("invitation", "used", lambda one, _: team_services.accept(one, "Ada", PASSWORD), OVER),
    ("invitation", "made anew", anew, OVER),
    ("invitation", "disabled", lambda one, _: team_services.disable(one), OVER),
    ("invitation", "old", lambda _, clock: clock.shift(timedelta(days=7, seconds=1)), OVER),
    ("new password", "used", lambda one, _: team_services.change_password(one, "x" * 12), OVER),
    ("new password", "disabled", disabled_and_enabled, OVER),
    ("new password", "old", lambda _, clock: clock.shift(timedelta(hours=2, seconds=1)), OVER),
    ("draft", "deleted", lambda one, _: withdrawal.erase(one), OVER),
    ("story", "stopped", lambda one, _: withdrawal.stop_link(one), OVER),
    ("story", "erased", lambda one, _: withdrawal.erase(one), OVER),
    ("new address", "old", lambda _, clock: clock.shift(timedelta(days=7, seconds=1)), OVER),
    ("new address", "asked anew", lambda one, _: reach.ask(one, reach.current(one)), OVER),
    ("new address", "used", lambda one, _: reach.confirm(one, reach.wanted(one).code), OVER),
    ("undoing", "old", lambda _, clock: clock.shift(timedelta(days=30, seconds=1)), OVER),
    ("undoing", "used", lambda one, _: reach.undo(one, reach.former(one)[-1].code), OVER),
    ("guardian", "another address", lambda one, _: of_another(one), OVER),
    ("guardian", "erased", lambda one, _: withdrawal.erase(one), OVER),
]


def requests_to(app, kind, token, values):
    """Each method and address that a link of this kind opens, with this token."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in LINKS[kind].endpoints:
            continue
        given = {"token": token} | values
        for step in STEPS if "step" in rule.arguments else ("",):
            filled = {name: (given | {"step": step})[name] for name in rule.arguments}
            for method in rule.methods - {"OPTIONS"} or rule.methods:
                build = app.url_map.bind("localhost").build
                yield method, build(rule.endpoint, filled, method)


def ask(client, method, path):
    db.session.commit()
    answer = client.open(path, method=method, data=TYPED, headers={"Tus-Resumable": "1.0.0"})
    assert answer.status_code < 500, (method, path)
    return answer


def gives_nothing(app, kind, token, values, statuses=OVER, most=None, *, has_ended=False):
    """Expect that a link opens and changes nothing, and says nothing of its record."""
    before = tables()
    for method, path in islice(requests_to(app, kind, token, values), most):
        if path.endswith(AGAIN) and has_ended:
            continue
        if path.startswith(LEAVE) and not has_ended and read_leaver(token):
            continue  # whoever knows somebody's public id has the link: tests/test_keys.py
        answer = ask(app.test_client(), method, path)
        assert answer.status_code in statuses, (method, path, answer.status_code)
        assert b"secret" not in answer.data, (method, path)
        if token == "x" and answer.mimetype == "text/html" and answer.data:
            lint(answer.text)
        assert answer.headers["Cache-Control"] == "private, no-store", (method, path)
        assert "X" not in answer.headers
    assert tables() == before


def test_every_address_that_is_for_one_person_is_in_a_row(app):
    known = {endpoint for link in LINKS.values() for endpoint in link.endpoints}
    with_more = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.arguments
        and not rule.rule.startswith(STAFF)
        and not rule.endpoint.startswith(PUBLIC)
    }

    assert with_more == known


def changed(token):
    """The token with one letter changed, here and there; cut off; and with a bit more."""
    for at in range(0, len(token) - 1, 7):
        yield f"{token[:at]}{'B' if token[at] == 'A' else 'A'}{token[at + 1 :]}"
    yield token.rpartition(".")[0]
    yield f"{token}A"


@each_kind
def test_forged_link_opens_and_changes_nothing(app, kind):
    _, token, values = made(kind)
    one_changed, *more_changed = changed(token)
    for bad in ("x", one_changed, URLSafeTimedSerializer("made up", salt="made up").dumps("x")):
        gives_nothing(app, kind, bad, values)
    for bad in (*FORGED, *more_changed):
        gives_nothing(app, kind, bad, values, most=3)


@pytest.mark.parametrize(
    ("kind", "how", "end", "statuses"), ENDS, ids=[f"{kind} {how}" for kind, how, *_ in ENDS]
)
def test_link_that_has_ended_opens_and_changes_nothing(app, kind, how, end, statuses):
    with time_machine.travel(NINE, tick=False) as clock:
        record, token, values = made(kind)
        end(record, clock)
        gives_nothing(app, kind, token, values, statuses, has_ended=True)


def test_every_kind_of_link_has_an_end(app):
    assert {kind for kind, *_ in ENDS} == {*LINKS}


@each_kind
def test_link_of_another_kind_opens_and_changes_nothing(app, kind):
    _, _, values = made(kind)
    for name in LINKS:
        if {name, kind} not in ({kind}, {"draft", "story"}):
            _, token, _ = made(name, f"other.{name}".replace(" ", "."))
            gives_nothing(app, kind, token, values)


@each_kind
def test_link_of_somebody_else_shows_nothing_of_this_one(app, kind):
    (_, mine, values), (_, token, _) = made(kind), made(kind, "other")
    before = tables()
    for method, path in requests_to(app, kind, token, values):
        is_mine = "key" in values and values["key"] in path
        if is_mine or method in {"GET", "HEAD"}:
            answer = ask(app.test_client(), method, path)
            assert not is_mine or answer.status_code in OVER, (method, path)
            assert b"secret" not in answer.data
            assert mine.encode() not in answer.data
    assert tables() == before


@each_kind
def test_link_works_with_what_a_mail_program_takes_for_a_part_of_it(app, kind):
    _, token, values = made(kind)
    for method, path in requests_to(app, kind, token, values):
        for end in ENDINGS if method == "GET" else ():
            assert ask(app.test_client(), "GET", path + end).status_code in SEEN, path + end


@each_kind
def test_looking_changes_nothing_however_often_and_is_kept_indexed_and_told_nowhere(app, kind):
    is_for_once, (_, token, values) = LINKS[kind].is_for_once, made(kind)
    robots = app.test_client().get("/robots.txt").text
    closed = re.findall("^Disallow: (.*)", robots, re.MULTILINE)
    before = tables()
    for method, path in [*requests_to(app, kind, token, values)] * 2:
        if method not in {"GET", "HEAD", "OPTIONS"}:
            continue
        answer = ask(app.test_client(), method, path)
        assert answer.status_code in SEEN, (method, path, answer.status_code)
        if method != "OPTIONS":
            assert answer.headers["Cache-Control"] == "private, no-store", path
            assert answer.headers["Referrer-Policy"] == "same-origin"
            assert ("Set-Cookie" in answer.headers) is is_for_once, path
            assert any(path.startswith(start) for start in closed) is not is_for_once
            assert not re.search(rb'src="(?!http://portal.test)\w+://', answer.data)
    assert tables() == before


@each_kind
def test_link_works_for_as_long_as_the_key_that_signed_it_is_listed(make_app, kind):
    old, new = "an-old-key-that-is-long-enough", "a-new-key-that-is-long-enough"
    with make_app(SECRET_KEY=old).app_context():
        _, token, values = made(kind)
        db.session.commit()
    for fallbacks, statuses in ((old, SEEN), ("", OVER)):
        app = make_app(SECRET_KEY=new, SECRET_KEY_FALLBACKS=fallbacks)
        with app.app_context():
            looks = (path for how, path in requests_to(app, kind, token, values) if how == "GET")
            look = next(path for path in looks if not path.startswith(LEAVE))
            assert ask(app.test_client(), "GET", look).status_code in statuses
