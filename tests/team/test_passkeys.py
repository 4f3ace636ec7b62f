"""Passkeys: a device proves who somebody is, and nothing else that is sent does."""

import json
from datetime import timedelta
from functools import partial

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


def asked(page):
    """The form for a passkey on a page: what the browser is asked for, and what it sends along."""
    (form,) = page.page.query("form[data-passkey]")
    token = form.query("[name=csrf_token]")[0].attrs["value"]
    return form.attrs["data-options"], form.attrs["action"], {"csrf_token": token}


def answer(visit, page, act, **more):
    """Let the device answer what a page asks for, and send that."""
    options, action, form = asked(visit(page) if isinstance(page, str) else page)
    return visit.post(action, form | {"credential": act(options)} | more)


@pytest.fixture
def ada(app, visit_plain, device):
    """A member with a passkey, who is signed out."""
    member = sign_in(visit_plain, app)
    member.tf_totp_secret = None  # the passkey alone is enough
    answer(visit_plain, OWN, device.make, name="My laptop")
    visit_plain.client.delete_cookie("portal")
    assert not is_in(visit_plain)
    return member


def is_in(visit) -> bool:
    db.session.commit()  # a test that looked into the database holds SQLite's lock
    return visit.client.get(INBOX).status_code == 200


def is_refused(page, words=WRONG):
    """Whether a page says so, in the same words for everything."""
    return page.status == 422 and words in page.text


def kept():
    found = db.session.scalars(select(Passkey).order_by(Passkey.id)).all()
    db.session.commit()
    return found


def remove(visit, key):
    _, _, form = asked(visit(OWN))
    visit.post(f"{OWN}/{key.id}/remove", form)


@pytest.mark.usefixtures("each_database")
def test_passkey_alone_signs_in_after_any_use_and_leads_where_was_wanted(visit_plain, ada, device):
    often = 2**32 - 1
    page = answer(visit_plain, f"{SIGN_IN}?next=/team/account/", partial(device.use, count=often))

    assert page.heading == "Your account"
    assert is_in(visit_plain)


def test_passkeys_have_names_and_the_only_second_step_cannot_be_removed(visit_plain, ada, device):
    answer(visit_plain, SIGN_IN, device.use)
    laptop = kept()[0]
    remove(visit_plain, laptop)
    assert len(kept()) == 1

    page = answer(visit_plain, OWN, Authenticator().make, name="My phone")
    assert "My laptop" in page.text
    assert "My phone" in page.text
    remove(visit_plain, laptop)
    assert [key.name for key in kept()] == ["My phone"]


def test_passkey_of_somebody_else_is_not_removed_or_kept_twice(app, visit_plain, ada, device):
    sign_in(visit_plain, app, name="Ben")
    assert is_refused(answer(visit_plain, OWN, device.make), NOT_MADE)
    answer(visit_plain, OWN, Authenticator().make, name="Of Ben")
    remove(visit_plain, kept()[0])

    assert [key.name for key in kept()] == ["My laptop", "Of Ben"]


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


def test_answer_that_proves_nothing_or_is_of_a_disabled_member_is_refused(visit_plain, ada, device):
    page = visit_plain(SIGN_IN)
    for name, lie in LIES.items():
        page = answer(visit_plain, page, partial(device.use, **lie))
        assert is_refused(page), name
        assert not is_in(visit_plain)
    page = answer(visit_plain, page, Authenticator().use)
    assert is_refused(page), "it is unknown"

    services.disable(db.session.get(Member, ada.id))
    assert is_refused(answer(visit_plain, page, device.use))


def test_new_passkey_made_for_another_site_or_without_proof_is_not_kept(app, visit_plain, device):
    sign_in(visit_plain, app)
    for lie in ({"origin": "https://evil.example"}, {"site": "evil.example"}, {"flags": PRESENT}):
        assert is_refused(answer(visit_plain, OWN, partial(device.make, **lie)), NOT_MADE)
    assert kept() == []


def test_answer_without_a_challenge_or_to_one_of_yesterday_is_refused(visit_plain, ada, device):
    page = visit_plain(SIGN_IN)
    with visit_plain.client.session_transaction() as session:
        del session["challenge"]
    empty = json.dumps({"challenge": ""})
    assert is_refused(answer(visit_plain, page, lambda _: device.use(empty)))

    kept()[0].lastuse_datetime -= timedelta(days=2)
    db.session.commit()
    with time_machine.travel(now() - timedelta(hours=25)):
        options, action, form = asked(visit_plain(SIGN_IN))
    assert is_refused(visit_plain.post(action, form | {"credential": device.use(options)}))
    assert not is_in(visit_plain)


@pytest.mark.parametrize("count", [1, 0], ids=["counts", "shared by devices, without a counter"])
def test_same_answer_counts_once_even_with_the_session_of_then(visit_plain, ada, device, count):
    options, action, form = asked(visit_plain(SIGN_IN))
    then = visit_plain.client.get_cookie("portal").value
    form["credential"] = device.use(options, count=2 * count)
    kept()[0].sign_count = count
    db.session.commit()
    visit_plain.post(action, form)
    assert is_in(visit_plain)

    visit_plain.client.set_cookie("portal", then)
    assert is_refused(visit_plain.post(action, form))
    assert not is_in(visit_plain)


GARBAGE = [
    *("", "x", "null", "5", "[]", "{}", '"text"', DEEP, '{"rawId": 5}', '{"rawId": null}'),
    *('{"rawId": "AAAA"}', '{"rawId": "\u2603"}', '{"rawId": {"a": 1}}', '{"rawId": []}', "\0"),
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}',
    '{"id": 1, "rawId": "AA", "type": [], "response": "x"}',
]
each_page = pytest.mark.parametrize(("path", "words"), [(SIGN_IN, WRONG), (OWN, NOT_MADE)])


@each_page
def test_what_is_no_answer_is_refused_in_the_same_words(app, visit_plain, path, words):
    if path == OWN:
        sign_in(visit_plain, app)
    page = visit_plain(path)
    for text in GARBAGE:
        page = answer(visit_plain, page, lambda _, text=text: text)
        assert is_refused(page, words), text[:20]
    assert kept() == []


SPOILT = [None, 5, "", "AAAA", "\u2603", "oWNmbXRkbm9uZQ", "f" * 5000, [], {"a": 1}, "g2M"]


@each_page
@pytest.mark.parametrize("field", ["id", "rawId", "type", "clientDataJSON", "the rest"])
def test_answer_of_which_a_part_is_spoilt_is_refused(app, visit_plain, device, path, words, field):
    sign_in(visit_plain, app)
    act = device.make
    if path == SIGN_IN:
        answer(visit_plain, OWN, device.make)
        visit_plain.client.delete_cookie("portal")
        act = device.use
    before, page = len(kept()), visit_plain(path)
    for value in SPOILT:

        def spoilt(options, value=value):
            read = json.loads(act(options))
            part = read["response"] if field not in read else read
            part[field if field in part else PROOF[path]] = value
            return json.dumps(read)

        page = answer(visit_plain, page, spoilt)
        assert is_refused(page, words)
    assert len(kept()) == before


PROOF = {SIGN_IN: "authenticatorData", OWN: "attestationObject"}
