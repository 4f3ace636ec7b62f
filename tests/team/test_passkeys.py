"""Passkeys: a device proves who somebody is, and nothing else that is sent does."""

import json
from datetime import timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from portal.extensions import db, now
from portal.team import services
from portal.team.models import Member, Passkey
from tests.team import sign_in
from tests.team.authenticator import PRESENT, Authenticator

SIGN_IN, OWN, INBOX = "/team/sign-in", "/team/account/passkeys", "/inbox/"
WRONG = "That passkey did not work."
NOT_MADE = "Your browser made no passkey."
DEEP = "[" * 20_000


@pytest.fixture
def device():
    return Authenticator()


def asked(visit_plain, path):
    """The form for a passkey on a page: what the browser is asked for, and what it sends along."""
    (form,) = visit_plain(path).page.query("form[data-passkey]")
    token = form.query("[name=csrf_token]")[0].attrs["value"]
    return form.attrs["data-options"], form.attrs["action"], {"csrf_token": token}


def answer(visit_plain, path, act, **more):
    """See a page, let the device answer it, and send that."""
    options, action, form = asked(visit_plain, path)
    return visit_plain.post(action, form | {"credential": act(options)} | more)


@pytest.fixture
def ada(app, visit_plain, device):
    """A member with a passkey, who is signed out."""
    member = sign_in(visit_plain, app)
    member.tf_totp_secret = None  # the passkey alone is enough
    answer(visit_plain, OWN, device.make, name="My laptop")
    visit_plain.client.delete_cookie("portal")
    assert not is_in(visit_plain)
    return member


def is_in(visit_plain) -> bool:
    db.session.commit()  # a test that looked into the database holds SQLite's lock
    return visit_plain.client.get(INBOX).status_code == 200


def kept():
    found = db.session.scalars(select(Passkey).order_by(Passkey.id)).all()
    db.session.commit()
    return found


def remove(visit_plain, key):
    _, _, form = asked(visit_plain, OWN)
    visit_plain.post(f"{OWN}/{key.id}/remove", form)


@pytest.mark.usefixtures("each_database")
def test_counter_of_a_passkey_may_be_as_large_as_it_can_be(app, visit_plain, device):
    sign_in(visit_plain, app)
    answer(visit_plain, OWN, device.make)
    visit_plain.client.delete_cookie("portal")
    answer(visit_plain, SIGN_IN, lambda options: device.use(options, count=2**32 - 1))

    assert is_in(visit_plain)


def test_passkey_alone_signs_in_and_leads_to_the_page_that_was_wanted(visit_plain, ada, device):
    page = answer(visit_plain, f"{SIGN_IN}?next=/team/account/", device.use)

    assert page.heading == "Your account"
    assert is_in(visit_plain)


def test_passkeys_are_listed_by_name_and_another_one_is_added(visit_plain, ada, device):
    answer(visit_plain, SIGN_IN, device.use)
    page = answer(visit_plain, OWN, Authenticator().make, name="My phone")

    assert page.status == 200
    assert "My laptop" in page.text
    assert "My phone" in page.text


def test_only_second_step_cannot_be_removed(visit_plain, ada, device):
    answer(visit_plain, SIGN_IN, device.use)
    laptop = kept()[0]
    remove(visit_plain, laptop)
    assert len(kept()) == 1

    answer(visit_plain, OWN, Authenticator().make, name="My phone")
    remove(visit_plain, laptop)
    assert [key.name for key in kept()] == ["My phone"]


def test_passkey_of_somebody_else_is_not_removed(app, visit_plain, ada):
    mine, phone = sign_in(visit_plain, app, name="Ben"), Authenticator()
    answer(visit_plain, OWN, phone.make, name="Of Ben")
    (theirs,) = [key for key in kept() if key.user_id != mine.id]
    remove(visit_plain, theirs)

    assert len(kept()) == 2


LIES = {
    "other origin": {"origin": "https://evil.example"},
    "origin on another port": {"origin": "http://localhost:8000"},
    "other site's key": {"site": "evil.example"},
    "other challenge": {"challenge": "AAAA"},
    "no challenge": {"challenge": ""},
    "made and not used": {"type": "webauthn.create"},
    "nobody proved to be there": {"flags": PRESENT},
    "nobody there": {"flags": 0},
    "counter went back": {"count": 1},
    "other key": {"key": ec.generate_private_key(ec.SECP256R1())},
}


def test_answer_that_does_not_prove_it_is_refused(visit_plain, ada, device):
    for name, lie in LIES.items():
        page = answer(visit_plain, SIGN_IN, lambda options, lie=lie: device.use(options, **lie))

        assert page.status == 422, name
        assert WRONG in page.text
        assert not is_in(visit_plain)


def test_unknown_passkey_is_refused_in_the_same_words(visit_plain, ada, device):
    page = answer(visit_plain, SIGN_IN, Authenticator().use)

    assert page.status == 422
    assert WRONG in page.text


def test_challenge_is_asked_for_and_is_not_answered_after_a_day(visit_plain, ada, device):
    visit_plain.client.delete_cookie("portal")
    with time_machine.travel(now() - timedelta(hours=25)):
        options, action, form = asked(visit_plain, SIGN_IN)
    page = visit_plain.post(action, form | {"credential": device.use(options)})

    assert WRONG in page.text


def test_answer_without_any_challenge_in_the_session_is_refused(visit_plain, ada, device):
    _, action, form = asked(visit_plain, SIGN_IN)
    with visit_plain.client.session_transaction() as session:
        del session["challenge"]
    empty = json.dumps({"challenge": ""})
    page = visit_plain.post(action, form | {"credential": device.use(empty)})

    assert page.status == 422
    assert not is_in(visit_plain)


@pytest.mark.parametrize("counts", [True, False])
def test_same_answer_does_not_count_twice_even_with_the_session_of_then(
    visit_plain, ada, device, counts
):
    options, action, form = asked(visit_plain, SIGN_IN)
    then = visit_plain.client.get_cookie("portal").value
    form["credential"] = device.use(options, **({} if counts else {"count": 0}))
    kept()[0].sign_count = 1 if counts else 0  # a passkey that is shared by devices has no counter
    db.session.commit()
    visit_plain.post(action, form)
    assert is_in(visit_plain)

    visit_plain.client.set_cookie("portal", then)
    page = visit_plain.post(action, form)
    assert WRONG in page.text
    assert not is_in(visit_plain)


def test_disabled_members_passkey_is_refused_in_the_same_words(visit_plain, ada, device):
    services.disable(db.session.get(Member, ada.id))
    page = answer(visit_plain, SIGN_IN, device.use)

    assert page.status == 422
    assert WRONG in page.text


GARBAGE = [
    *("", "x", "null", "5", "[]", "{}", '"text"', DEEP, '{"rawId": 5}', '{"rawId": null}'),
    *('{"rawId": "AAAA"}', '{"rawId": "\u2603"}', '{"rawId": {"a": 1}}', '{"rawId": []}', "\0"),
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}',
    '{"id": 1, "rawId": "AA", "type": [], "response": "x"}',
]


@pytest.mark.parametrize(("path", "words"), [(SIGN_IN, WRONG), (OWN, NOT_MADE)])
def test_what_is_no_answer_is_refused_in_the_same_words(app, visit_plain, path, words):
    if path == OWN:
        sign_in(visit_plain, app)
    for text in GARBAGE:
        page = answer(visit_plain, path, lambda _, text=text: text)

        assert page.status == 422, text[:20]
        assert words in page.text
    assert kept() == []


def spoilt(credential, field, value):
    """The answer with one of its parts changed."""
    read = json.loads(credential)
    part = read["response"] if field in read["response"] else read
    part[field] = value
    return json.dumps(read)


SPOILT = [None, 5, "", "AAAA", "\u2603", "oWNmbXRkbm9uZQ", "f" * 5000, [], {"a": 1}, "g2M"]


@pytest.mark.parametrize("field", ["id", "rawId", "type", "clientDataJSON", "attestationObject"])
def test_spoilt_new_passkey_is_not_kept(app, visit_plain, device, field):
    sign_in(visit_plain, app)
    for value in SPOILT:
        page = answer(visit_plain, OWN, lambda asks, v=value: spoilt(device.make(asks), field, v))
        assert page.status == 422
        assert NOT_MADE in page.text
    assert kept() == []


@pytest.mark.parametrize("field", ["id", "rawId", "type", "clientDataJSON", "authenticatorData"])
def test_spoilt_answer_signs_nobody_in(app, visit_plain, device, field):
    sign_in(visit_plain, app)
    answer(visit_plain, OWN, device.make)
    visit_plain.client.delete_cookie("portal")
    for value in SPOILT:
        page = answer(
            visit_plain, SIGN_IN, lambda asks, v=value: spoilt(device.use(asks), field, v)
        )
        assert page.status == 422
        assert WRONG in page.text


def test_passkey_that_is_known_is_not_kept_for_somebody_else(app, visit_plain, ada, device):
    sign_in(visit_plain, app, name="Ben")
    page = answer(visit_plain, OWN, device.make)

    assert page.status == 422
    assert NOT_MADE in page.text
    assert [key.user_id for key in kept()] == [ada.id]


def test_new_passkey_made_for_another_site_or_without_proof_is_not_kept(app, visit_plain, device):
    sign_in(visit_plain, app)
    for lie in ({"origin": "https://evil.example"}, {"site": "evil.example"}, {"flags": PRESENT}):
        page = answer(visit_plain, OWN, lambda options, lie=lie: device.make(options, **lie))
        assert page.status == 422
    assert kept() == []
