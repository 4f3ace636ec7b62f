"""The second step's codes: from an app, and for the day when the phone is gone."""

import pytest

from portal.extensions import db
from portal.team import codes
from portal.team.codes import WrongCode
from tests.team import App, a_member


@pytest.fixture
def member(app, clock):
    """Somebody with an app and recovery codes."""
    member = a_member()
    member.tf_totp_secret = codes.new_secret()
    member.spare = codes.new_recovery_codes(member)
    db.session.commit()
    return member


@pytest.fixture
def phone(member):
    return App(member.tf_totp_secret)


def takes(member, code, secret=None) -> bool:
    try:
        codes.check_code(member, code, secret)
    except WrongCode:
        db.session.rollback()
        return False
    db.session.commit()
    return True


@pytest.mark.parametrize(
    ("wrong_by", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2.5, False)]
)
def test_code_of_a_clock_that_is_off_by_half_a_minute_is_taken(member, phone, wrong_by, taken):
    assert takes(member, phone.code(wrong_by)) is taken


def test_code_counts_once_and_ends_the_older_ones(member, phone, clock):
    assert takes(member, phone.code())
    assert not takes(member, phone.code())
    assert not takes(member, phone.code(-1))
    clock.shift(30)
    assert takes(member, phone.code())


@pytest.mark.parametrize("typed", ["{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}", " {} ", "{}\n"])
def test_code_may_be_typed_in_groups(member, phone, typed):
    assert takes(member, typed.format(phone.code()))


def test_recovery_code_counts_once_in_any_grouping(member):
    first, second, third = member.spare[:3]

    assert takes(member, first)
    assert not takes(member, first)
    assert takes(member, second.replace(" ", "-"))
    assert takes(member, third.replace(" ", ""))
    assert len(member.mf_recovery_codes) == len(member.spare) - 3
    assert not takes(member, member.spare[3], codes.new_secret()), "it sets no app up"


def test_secret_and_recovery_codes_of_twelve_digits_lie_locked(member):
    assert codes.key_to_type(member.tf_totp_secret).replace("-", "") not in member.tf_totp_secret
    for code in member.spare:
        digits = code.replace(" ", "")
        assert len(digits) == codes.RECOVERY_LENGTH
        assert digits.isdigit()
        assert digits not in str(member.mf_recovery_codes)


@pytest.mark.parametrize(
    "typed", ["", "1", "000000000", "1234567", "١٢٣٤٥٦", "abcdef", "12345\0", "²²²²²²", "9" * 100]
)
def test_what_is_no_code_is_refused(member, typed):
    assert not takes(member, typed)
    member.tf_totp_secret = member.mf_recovery_codes = None
    db.session.commit()
    assert not takes(member, "000000"), "there is no app"
    assert not takes(member, "0" * codes.RECOVERY_LENGTH)


def test_picture_of_the_secret_names_site_and_member(app, member):
    uri = codes.security.totp_factory.get_totp_uri(member.email, member.tf_totp_secret)

    assert uri.startswith("otpauth://totp/Get%20Yourself%20Active:ada@team.example?secret=")
