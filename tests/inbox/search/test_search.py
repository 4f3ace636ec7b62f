"""Search: what is found, in which order, and how it is shown, on both databases."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text, update

from portal.extensions import db, now
from portal.inbox import intake, search
from portal.inbox.desk import erasing, services
from portal.inbox.models import Conversation, ConversationState, Direction, Kind, Message, Tag
from portal.inbox.search.marking import excerpt as excerpt_of
from portal.ways import Way
from tests.inbox import a_conversation
from tests.team import a_member

pytestmark = pytest.mark.usefixtures("each_database")

SCRIPTS, TEN = "The pool: 游泳 سباحة हिन्दी", "a b c d e f g h i j"
WELL_FORMED = re.compile(r"(?:[^<>&\"]|&(?:amp|lt|gt|#34|#39);|<mark>[^<>]*</mark>)*")


def ids(words, *wanted):
    found = search.find(words, wanted)
    db.session.commit()
    return found.ids


def excerpt(conversation, words):
    found = search.excerpts([conversation.id], search.find(words))
    db.session.commit()
    return found.get(conversation.id)


def say(conversation, words, direction=Direction.INCOMING):
    message = Message(direction=direction, way=Way.EMAIL, text=words)
    message.conversation_id = conversation.id
    db.session.add(message)
    db.session.commit()
    return message


def test_conversation_is_found_by_each_thing_that_it_says(app):
    a_conversation(text="Nothing else", name="Eve", email="eve@example.net")
    said = {"subject": "Boats", "text": "We sail on Sundays", "name": "Ada Lovelace"}
    said |= {"email": "ada.l@mail.example.org", "phone": "020 7946 0958", "outlet": "Harbour Radio"}
    one = a_conversation(kind=Kind.PRESS, **said)
    one.tags = [Tag(name="on water")]
    db.session.commit()
    say(one, "The hoist works again", Direction.OUTGOING)
    say(one, "She prefers mornings", Direction.NOTE)

    for words in (
        *("boats", "sundays", "lovelace", "Ada Lovelace", "ada.l@mail.example.org"),
        *("020 7946 0958", "02079460958", "harbour radio", "on water", "water", "hoist"),
        *("mornings", one.reference, one.reference.lower(), one.reference.replace("-", "")),
        "sunday ada HOIST mornings boats",
    ):
        assert ids(words) == [one.id], words
    assert ids("sunday ada row") == []


@pytest.mark.parametrize(
    ("name", "text", "found", "lost"),
    [
        (
            *("Zoë Brânză", "I was swimming in the cafe"),
            *(["zoe", "ZOË", "Zoe\u0308", "branza swims", "swim café"], "shallow"),
        ),
        ("Will May", "Ще раз дякую", ["will", "may", "дякую"], "shall"),
        (
            *("", "Swim/gym (step-free), <b>bold</b> and/or https://example.org/a_b?c=d"),
            ["gym", "step free", "free", "step-free", "bold", "or", "a_b", "example.org"],
            "free-step",
        ),
        ("", SCRIPTS, ["pool*", '"pool', "pool 🏊", "(pool)", "游泳", "سباحة", "हिन्दी"], "泳"),
        (
            *("", "I am ada@bücher.example. Once I was bob@xn--bcher-kva.example"),
            *(["ada@xn--bcher-kva.example", "<BOB@BÜCHER.example>,", "ada@bücher.example"], "@x"),
        ),
        ("", f"{TEN} k", [f"{TEN} nowhere"], f"{TEN[2:]} nowhere"),
    ],
    ids=[
        "accents and forms",
        "common words",
        "between words",
        "scripts and marks",
        "addresses",
        "ten words",
    ],
)
def test_what_does_not_matter_to_a_reader_does_not_matter_to_a_search(app, name, text, found, lost):
    one = a_conversation(name=name, text=text)

    for words in found:
        assert ids(words) == [one.id], words
        assert "<mark>" in excerpt(one, words)
    assert ids(lost) == []


def test_what_stands_in_the_subject_comes_before_what_is_only_said(app):
    named = a_conversation(subject="Archery", text="Is there any?")
    said = [a_conversation(subject="Hello", text="I like archery") for _ in range(4)]
    found = ids("archery")

    assert found[:2] == [named.id, said[-1].id]
    assert len(found) == 5


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("She likes swimming", "swim swimm swimmi swimmin SWIMM liki lik"),
        ("The activities of our communities", "activ activit activiti communit communitie our"),
        ("Accessibility of organisations", "acces accessibilit organisa organisation"),
        ("Ask zoe.branza@mail.example or 0161 496 0000", "zoe.branza@mai zoe.bran 4960"),
        ("Café Brânză", "caf CAF brân bran"),
    ],
)
def test_part_of_a_word_finds_it(app, text, typed):
    a_conversation(text="Nothing", name="Eve", email="eve@else.example")
    one = a_conversation(text=text)

    for part in typed.split():
        assert ids(part) == [one.id], part
        assert "<mark>" in excerpt(one, part)


def test_very_word_comes_before_those_that_begin_so(app):
    very, _ = a_conversation(text="Is Sam there?"), a_conversation(subject="Samantha")

    assert ids("sam")[0] == very.id


@pytest.mark.parametrize("typed", ["wheelchiar", "wheelchar", "wheelchaix", "whelchairs"])
def test_word_that_is_nowhere_stands_for_the_one_near_it_and_this_is_said(app, typed):
    one = a_conversation(text="My wheelchair is in the boat")

    assert ids(f"boat {typed}") == [one.id]
    ((word, near),) = ((said.word, said.near) for said in search.find(typed).missing)
    assert word == typed
    assert near[0].startswith("wheelchair")
    assert not search.find("boat wheelchair").missing
    assert ids("boat xylophone") == []


def test_who_wrote_and_when_it_came_can_be_asked_for(app):
    says, wrote = (
        a_conversation(text="For Ada Lovelace"),
        a_conversation(name="Ada Lovelace", email="ada@mail.example"),
    )
    wrote.phone = "07700 900123"
    db.session.commit()
    say(says, "Me too").sender = "Grace <grace@mail.example>"
    for days_ago, one in enumerate((wrote, says)):
        one.created_at = datetime(2030, 3, 10 - days_ago, 12, tzinfo=UTC)
    db.session.commit()

    for words, found in {
        "lovelace": [wrote, says],
        "from:lovelace": [wrote],
        "FROM:lovel": [wrote],
        "from:lovelase": [wrote],
        'from:"ada lovelace"': [wrote],
        "from:07700900123": [wrote],
        "from:grace@mail.example me": [says],
        "from:grace from:ada": [],
        "from:": [],
        "lovelace before:10/3/2030": [says],
        "before:10/3/2030": [says],
        "lovelace after:2030-03-10": [wrote],
        'after:"9 March 2030" before:11/3/2030': [wrote, says],
        "lovelace before:9/3/2030": [],
    }.items():
        assert {*ids(words)} == {one.id for one in found}, words
    assert search.find("lovelace before:sometime").unread == "sometime"


@pytest.mark.parametrize("text", ["1/3", "monday", "1 march"])
@time_machine.travel(datetime(2030, 3, 6, 12, tzinfo=UTC), tick=False)
def test_day_that_was_meant_is_the_last_one(app, text):
    """It is Wednesday, 6 March 2030."""
    assert search.read(f'after:"{text}"').after <= now()


def test_newest_first_is_by_the_last_change(app):
    made = [a_conversation(text="pool"), a_conversation(subject="Pool", text="pool")]
    made[0].changed_at = now() + timedelta(minutes=1)
    db.session.commit()

    assert ids("pool") == [made[1].id, made[0].id]
    assert search.find("pool", newest=True).ids == [made[0].id, made[1].id]


def test_other_filters_hold_too(app):
    one, two = a_conversation(text="pool", needs="Short sentences"), a_conversation(text="pool")
    two.state = ConversationState.CLOSED
    db.session.commit()

    assert ids("pool", Conversation.folder == "active") == [one.id]
    assert ids("pool", Conversation.folder == "closed") == [two.id]
    assert ids("pool", Conversation.folder != "merged", Conversation.needs != "") == [one.id]


def test_every_change_is_found_at_once_and_what_is_gone_is_not(app):
    one = a_conversation(subject="Before", text="first", name="Lovelace")
    message = say(one, "second")
    one.tags = [Tag(name="green"), Tag(name="blue")]
    db.session.commit()
    assert ids("first second green blue before") == [one.id]

    one.subject, message.text, one.tags = "After", "third", [one.tags[1]]
    db.session.commit()
    message.quoted = "folded"
    db.session.commit()
    assert ids("after third green") == ids("first") == ids("folded third") == [one.id]
    assert ids("before") == ids("second") == ids("blue") == []

    two = a_conversation(subject="After", text="again", name="", email="")
    erasing.erase(one, a_member())
    assert ids("lovela") == ids("thir") == ids("folde") == []
    assert ids("afte") == [two.id]
    assert ids("lovelace") == ids("third") == ids("folded") == ids("grace@example.org") == []


def test_deleted_conversation_is_not_found(app):
    reference = a_conversation(text="gone").reference
    for table in ("sending", "change", "message", "conversation"):
        db.session.execute(text(f"DELETE FROM {table}"))
    db.session.commit()

    assert ids("gone") == ids(reference) == []


def test_merged_conversation_is_found_as_the_one_that_goes_on(app):
    ada = a_member()
    last = a_conversation(text="about boats")
    middle = a_conversation(text="about trains")
    first = a_conversation(text="about planes")
    services.merge(first.id, middle.reference, ada, {})
    services.merge(middle.id, last.reference, ada, {})
    everything = Conversation.folder != "merged"

    assert ids("planes", everything) == ids("trains", everything) == [last.id]
    assert ids(first.reference, everything) == [last.id]
    assert ids("about", everything) == [last.id]
    assert excerpt(last, "planes") == "about <mark>planes</mark>"
    assert excerpt(last, "about") == "<mark>about</mark> boats"

    services.take_apart(first, ada, {})

    assert ids("planes", everything) == [first.id]


def test_excerpt_marks_what_was_found_and_nothing_in_it_is_html(app):
    one = a_conversation(text='<script>"Zoë"</script> & swimming\x02 \x03', subject="Hello")
    html = excerpt(one, "zoe swim")

    assert "<script" not in html
    for part in ("<mark>Zoë</mark>", "<mark>swimming</mark>", "&amp;"):
        assert part in html
    assert WELL_FORMED.fullmatch(html)
    assert excerpt(one, "pool") is None


def test_excerpt_of_a_long_text_is_short_and_around_the_words(app):
    text = "start " + "left " * 200 + "needle in a haystack " + "right " * 200
    html = excerpt(a_conversation(text=text, subject="Hello"), "needle haystack")

    assert "<mark>needle</mark> in a <mark>haystack</mark>" in html
    assert (html[:6], html[-7:]) == ("… left", "right …")
    assert len(html) < 300


def test_excerpt_shows_the_sender_where_only_that_was_found(app):
    html = excerpt(a_conversation(name="Ada Lovelace", text="Hello", outlet=""), "ada")

    assert html == "<mark>Ada</mark> Lovelace"


@pytest.fixture
def limits(monkeypatch):
    """Only the newest three finds are looked at, but all of a folder that has four."""
    monkeypatch.setattr(search, "LOOKED_AT", 3)
    monkeypatch.setattr(search, "FEW", 4)


def test_common_word_says_that_only_the_newest_were_looked_at(app, limits):
    made = [a_conversation(text="pool") for _ in range(6)]
    found = search.find("pool")
    db.session.commit()

    assert found == search.Found([one.id for one in made[:2:-1]], only_newest=True)
    assert not search.find("grace pool warm").only_newest


def test_small_folder_is_searched_as_a_whole(app, limits):
    active, child = a_conversation(text="pool"), a_conversation(text="pool and boats")
    services.merge(child.id, active.reference, a_member(), {})
    for _ in range(5):
        a_conversation(text="pool").state = ConversationState.CLOSED
    db.session.commit()
    found = search.find("pool", [Conversation.folder == "active"])

    assert found == search.Found([active.id], only_newest=False)


def test_more_than_is_shown_is_said(app, monkeypatch):
    monkeypatch.setattr(search, "SHOWN", 2)
    made = [a_conversation(text="pool") for _ in range(3)]

    assert search.find("pool") == search.Found([made[2].id, made[1].id], only_newest=True)


def test_oldest_of_very_many_is_found(app):
    """On PostgreSQL one block of numbers after the other is looked at."""
    one = a_conversation(text="needle")
    newest = a_conversation(text="pool")
    for table in ("sending", "message", "change"):
        db.session.execute(text(f"DELETE FROM {table} WHERE conversation_id = 2"))
    db.session.execute(
        update(Conversation).where(Conversation.id == newest.id).values(id=900_000),
        execution_options={"synchronize_session": False},
    )
    db.session.commit()
    db.session.expire_all()

    assert ids("needle") == [one.id]
    assert ids(one.reference) == [one.id]
    assert ids("grace") == [900_000, one.id]


HOSTILE = [
    *("", " ", '"', "'", '"pool', "pool*", "*", "^pool", "-pool", "pool AND", "OR", "NOT pool"),
    *("((", "NEAR(pool warm)", "text:pool", "{head}:pool", "a:b:c", "pool+", "\\", "%", "_"),
    *("\x00", "pool\x00", "🏊", "a", "&|!<->:*", "pool:*", "#12:0", "'#12:0'", "\u0301"),
    *("\u0301a", "हिन्दी", "游泳", "سباحة", "x" * 100_000, "a-" * 5000, "pool " * 10_000),
    *("é" * 3000, "\ud800", "\u2028", "😀 pool 😀"),
]


def test_no_words_are_an_error(app):
    one = a_conversation(text=SCRIPTS, subject="Hello")

    for words in HOSTILE:
        assert ids(words) in ([], [one.id]), words[:20]
        assert WELL_FORMED.fullmatch(excerpt(one, words) or "")


@given(words=st.text(), said=st.text(st.characters(exclude_characters="\x00", codec="utf-8")))
def test_any_words_and_any_text_go_together(app, words, said):
    one = intake.open_conversation(
        intake.Enquiry(kind=Kind.MESSAGE, text=said, subject="Any", reply_by=Way.EMAIL)
    )
    assert set(search.find(words).ids) <= {one.id}
    for asked in (words, said):
        assert WELL_FORMED.fullmatch(search.excerpts([one.id], search.find(asked)).get(one.id, ""))
    db.session.rollback()


@given(st.text(st.sampled_from("ab <&\x02\x03\n"), max_size=600))
def test_excerpt_is_well_formed_and_keeps_every_letter(marked):
    html = excerpt_of(marked)
    shown = unescape(re.sub("</?mark>", "", html)).removeprefix("… ").removesuffix(" …")

    assert WELL_FORMED.fullmatch(html)
    assert shown in marked.replace("\x02", "").replace("\x03", "")


def test_very_long_text_is_kept_and_found_by_its_newest_part(app):
    one = a_conversation(text=" ".join(f"w{number}ö" for number in range(60_000)))
    say(one, "needle")

    assert ids("needle") == ids("w5o") == [one.id]
