"""What looks like a machine is kept for a person to look at, and is not told so."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from limits.errors import StorageError

from portal import floods
from portal.newsletter.models import HeldSignup
from tests.contact import FORM, GOOD, conversations, hidden, press
from tests.newsletter import EMBED, JOIN, NINE

ADA = "ada@example.org"


@dataclass(frozen=True)
class Open:
    """A form that anybody can open."""

    path: str
    good: dict
    done: str
    """The heading after it was sent."""
    reasons: Callable[[], list[str]]
    """Why each of what is held is so."""


def held_conversations():
    return [one.doubts for one in conversations() if one.doubts]


def held_signups():
    return [row.reasons for row in HeldSignup.query]


OPEN = [
    Open(FORM, GOOD, "We have your message", held_conversations),
    Open(JOIN, {"email": ADA, "topics": "ideas"}, "Check your email", held_signups),
    Open(EMBED, {"email": ADA, "topics": "ideas"}, "Check your email", held_signups),
]
each_form = pytest.mark.parametrize("form", OPEN, ids=lambda form: form.path)


@pytest.fixture
def limited(env):
    env["RATELIMIT_ENABLED"] = "1"


@pytest.fixture
def two_seconds(env):
    env["FORM_MIN_SECONDS"] = "2"


@pytest.fixture
def clock(clock):
    clock.move_to(NINE)
    return clock


def send(visit, form, *, after=lambda: None, network="192.0.2.1", **changes):
    """Fill in the form and send it, also where the answers are checked first."""
    options = {"environ_overrides": {"REMOTE_ADDR": network}}
    page = hidden(visit(form.path))
    after()
    answer = visit.post(form.path, page | form.good | changes, **options)
    return press(visit, answer) if answer.heading == "Check your answers" else answer


@each_form
def test_who_fills_in_the_hidden_field_is_held_and_answered_like_any_other(visit, mailbox, form):
    (trap,) = visit(form.path).page.query("[name=extra_note]")
    assert "hidden" in trap.parent.attrs  # nobody sees or hears it
    assert (trap.attrs["tabindex"], trap.attrs["autocomplete"]) == ("-1", "off")
    ordinary, mails = send(visit, form), len(mailbox())
    held = send(visit, form, email="eve@example.org", extra_note="Hi")

    assert (held.status, held.heading) == (ordinary.status, ordinary.heading) == (200, form.done)
    assert form.reasons() == ["A field that people do not see was filled in"]
    assert len(mailbox()) == mails


@each_form
@pytest.mark.parametrize(("seconds", "is_held"), [(1, True), (2, False)])
def test_who_is_quicker_than_a_person_is_held(
    two_seconds, visit_plain, clock, form, seconds, is_held
):
    answer = send(visit_plain, form, after=lambda: clock.shift(seconds))

    assert answer.heading == form.done
    assert bool(form.reasons()) is is_held


@each_form
@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("MANY_FROM_ONE_PLACE", {"from one place"}),
        ("MANY_FROM_ONE_CONTACT", {"from one person", "for one address"}),
    ],
)
def test_many_are_held(limited, visit_plain, monkeypatch, form, limit, words):
    monkeypatch.setattr(floods, limit, "2/hour")
    for number in range(3):
        other = f"{number}@example.org" if limit == "MANY_FROM_ONE_PLACE" else "ADA@example.org"
        email = other if number else ADA
        assert send(visit_plain, form, email=email).heading == form.done

    (reason,) = form.reasons()
    assert reason in {f"Many came {one} in an hour" for one in words}


def test_many_from_one_network_are_none_of_anothers_and_a_household_is_one(
    limited, visit_plain, monkeypatch
):
    monkeypatch.setattr(floods, "MANY_FROM_ONE_PLACE", "1/hour")
    for number, network in enumerate(
        ("192.0.2.1", "192.0.2.2", "2001:db8:1:1::1", "2001:db8:1:1:ffff::9", "2001:db8:1:2::1")
    ):
        send(visit_plain, OPEN[1], network=network, email=f"{number}@example.org")

    assert [row.email for row in HeldSignup.query] == ["3@example.org"]


def test_what_is_counted_may_be_more_than_one(limited, app):
    def bytes_of(who, number):
        return floods.use(floods.Wanted("100/day", ("bytes", who), number))

    with app.test_request_context():
        assert [bytes_of("ada", one) for one in (60, 40, 1)] == [[0.6], [1], [1.01]]
        assert bytes_of("eve", 100) == [1]


def test_when_nothing_can_be_counted_nobody_is_turned_away(
    limited, visit_plain, monkeypatch, mailbox
):
    class Broken:
        """A store of counts that is down."""

        def incr(self, *_):
            raise StorageError(OSError("no answer"))

    monkeypatch.setitem(visit_plain.client.application.extensions, "counts", Broken())
    send(visit_plain, OPEN[1])

    assert len(mailbox()) == 1


def test_what_was_counted_before_a_large_body_came_is_not_counted_again(make_app):
    app, counted = make_app(RATELIMIT_ENABLED="1"), {}
    told = []
    for told_by_the_server in ({"portal.counting": counted}, {"portal.counted": counted}, {}):
        with app.test_request_context(environ_overrides=told_by_the_server):
            told.append(floods.over_limit("1/hour", "a test"))

    assert told == [False, False, True]
