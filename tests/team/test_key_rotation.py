"""The secret key may be changed: what was made with the one before still works for a while."""

import pytest

from portal.extensions import db
from portal.team import codes, services
from portal.team.codes import WrongCode
from portal.team.models import Member, Role
from tests.team import PASSWORD, App, a_member, sign_in, with_password

OLD, NEW = "the-old-key-that-is-long-enough-too", "the-new-key-that-is-long-enough-too"


@pytest.fixture
def change_key(make_app):
    """Makes a member with the old key, then restarts the portal with a new one.

    Gives the member, a code of their app, and their recovery codes.
    """
    contexts = []

    def change(fallbacks):
        with make_app(SECRET_KEY=OLD).app_context():
            member = a_member(Role.MANAGER)
            code, spare = with_password(member).code(), codes.new_recovery_codes(member)
            db.session.commit()
        contexts.append(make_app(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=fallbacks).app_context())
        contexts[-1].push()
        return db.session.get(Member, 1), code, spare

    yield change
    for context in contexts:
        context.pop()


def test_app_and_recovery_codes_work_on(change_key):
    member, _, spare = change_key(OLD)

    codes.check_code(member, App(member.tf_totp_secret).code())
    codes.check_code(member, spare[0])
    assert len(member.mf_recovery_codes) == len(spare) - 1


def test_without_the_old_key_no_code_counts_the_log_says_why_and_passwords_do(change_key, caplog):
    member, code, spare = change_key("")
    for typed in (code, spare[0]):
        with pytest.raises(WrongCode):
            codes.check_code(member, typed)

    assert "locked with another SECRET_KEY" in caplog.text
    assert services.check_password(member.email, PASSWORD) is member


def test_who_is_signed_in_stays_so(make_app):
    old = make_app(SECRET_KEY=OLD)
    with old.app_context():
        client = old.test_client()
        sign_in(client, old)
    client.application = make_app(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=OLD)

    assert client.get("/inbox/").status_code == 200
