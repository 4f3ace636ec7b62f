"""The secret key may be changed: what was made with the one before still works for a while."""

import pytest

from portal.extensions import db
from portal.team import codes, services
from portal.team.codes import WrongCode
from portal.team.models import Member, Role
from tests.team import a_member, sign_in

OLD, NEW = "the-old-key-that-is-long-enough-too", "the-new-key-that-is-long-enough-too"


@pytest.fixture
def change_key(make_app):
    """Does something with the old key, then restarts the portal with a new one."""
    contexts = []

    def change(before, fallbacks=OLD):
        with make_app(SECRET_KEY=OLD).app_context():
            done = before(a_member(Role.MANAGER))
            db.session.commit()
        app = make_app(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=fallbacks)
        contexts.append(app.app_context())
        contexts[-1].push()
        return done, db.session.get(Member, 1)

    yield change
    for context in contexts:
        context.pop()


def set_up(member):
    member.tf_totp_secret = codes.new_secret()
    return codes.new_recovery_codes(member)


def code_of(member):
    return codes.security.totp_factory.generate_totp_password(member.tf_totp_secret)


def test_app_and_recovery_codes_work_on(change_key):
    spare, member = change_key(set_up)

    codes.check_code(member, code_of(member))
    codes.check_code(member, spare[0])
    assert len(member.mf_recovery_codes) == len(spare) - 1


def test_without_the_old_key_codes_are_refused_and_the_log_says_why(change_key, caplog):
    def make(member):
        return set_up(member), code_of(member)

    (spare, code), member = change_key(make, fallbacks="")
    for typed in (code, spare[0]):
        with pytest.raises(WrongCode):
            codes.check_code(member, typed)

    assert "locked with another SECRET_KEY" in caplog.text


def test_passwords_do_not_depend_on_the_key(change_key):
    words = "four words that count"
    _, member = change_key(lambda member: services.change_password(member, words), fallbacks="")

    assert services.check_password(member.email, words) is member


def test_who_is_signed_in_stays_so(make_app):
    old = make_app(SECRET_KEY=OLD)
    with old.app_context():
        client = old.test_client()
        sign_in(client, old)
    client.application = make_app(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=OLD)

    assert client.get("/inbox/").status_code == 200
