"""The second step: codes from an app, and recovery codes."""

import io
import logging
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any

from cryptography.fernet import InvalidToken
from flask_security import Security, Totp
from markupsafe import Markup
from passlib.totp import TOTP, AppWallet, TotpMatch

from portal.extensions import db
from portal.letters import normal_form
from portal.team.models import Member

log = logging.getLogger(__name__)

WINDOW = 30  # seconds that a phone's clock may be wrong
RECOVERY_LENGTH = 12  # digits


class WrongCode(Exception):
    """A code, or a passkey, that does not prove who somebody is."""


def _keys(config: Mapping[str, Any]) -> list[str]:
    """The present key first; what was locked with others can still be opened."""
    names = ("SECRET_KEY_FALLBACKS", "SECRET_KEY_RETIRED")
    return [config["SECRET_KEY"], *(key for name in names for key in config[name])]


def secrets_of(config: Mapping[str, Any]) -> dict[str, str]:
    """The keys that codes' secrets are locked with, the present one first, by a name each."""
    keys = _keys(config)
    return {sha256(key.encode()).hexdigest()[:12]: key for key in keys}


def recovery_keys(config: Mapping[str, Any]) -> list[bytes]:
    """The keys that recovery codes are locked with, the present one first."""
    keys = _keys(config)
    return [urlsafe_b64encode(sha256(b"recovery codes " + key.encode()).digest()) for key in keys]


class Codes(Totp):
    """Flask-Security's codes, with each taken once, and with keys that may be changed."""

    def __init__(self, keys: dict[str, str], issuer: str) -> None:
        wallet = AppWallet(keys, default_tag=next(iter(keys)))
        self._totp = TOTP.using(issuer=issuer, wallet=wallet)

    def relocked(self, secret: str) -> str:
        """A secret locked with the key of today. Raises KeyError, ValueError."""
        return str(self._totp.from_source(secret).to_json(encrypt=True))

    def get_last_counter(self, user: Any) -> int | None:
        """The newest code that the member has used."""
        last: int | None = user.tf_last_counter
        return last

    def set_last_counter(self, user: Any, tmatch: TotpMatch) -> None:
        """Note the newest code that the member has used, in the caller's transaction."""
        user.tf_last_counter = tmatch.counter

    def generate_recovery_codes(self, number: int) -> list[str]:
        """Digits alone: easy to read out, and to type on a phone."""
        most = 10**RECOVERY_LENGTH
        return [f"{secrets.randbelow(most):0{RECOVERY_LENGTH}}" for _ in range(number)]


# Made here and not with the other extensions, because it must be told of Codes when it is made.
security = Security(register_blueprint=False, totp_cls=Codes)


def normal(password: str) -> str:
    """The password as it is hashed: keyboards write one letter differently (NIST SP 800-63B)."""
    return normal_form("NFKD", password)


def new_secret() -> str:
    """A new secret for an app, locked with our key, so that it may lie in a cookie."""
    return str(security.totp_factory.generate_totp_secret())


def key_to_type(secret: str) -> str:
    """The secret as people type it into an app, in groups."""
    return str(security.totp_factory.get_totp_pretty_key(secret))


def picture(member: Member, secret: str) -> Markup:
    """The secret as a QR code, drawn in the page itself."""
    import qrcode  # noqa: PLC0415 - rarely needed
    from qrcode.image.svg import SvgPathImage  # noqa: PLC0415

    uri = security.totp_factory.get_totp_uri(member.email, secret)
    file = io.BytesIO()
    qrcode.make(uri, image_factory=SvgPathImage).save(file)
    svg = file.getvalue().decode()
    return Markup(svg[svg.index("<svg") :])  # noqa: S704 - made of the code's squares alone


def check_code(member: Member, code: str, secret: str | None = None) -> None:
    """Take a code of the member's app, or one of their recovery codes; each works once.

    In the caller's transaction. Raises WrongCode. With `secret`, that of an
    app that is being set up.
    """
    db.session.refresh(member, with_for_update=True)  # two tries at once must not both count
    typed = "".join(code.split()).replace("-", "")
    if len(typed) == RECOVERY_LENGTH and secret is None:
        right = _takes_recovery_code(member, typed)
    else:
        right = _takes_code_of_app(member, typed, secret or member.tf_totp_secret)
    if not right:
        raise WrongCode


def _takes_recovery_code(member: Member, typed: str) -> bool:
    kept = security.mf_recovery_codes_util
    right = bool(member.mf_recovery_codes and kept.check_recovery_code(member, typed))
    return right and bool(kept.delete_recovery_code(member, typed))


def _takes_code_of_app(member: Member, typed: str, locked: str | None) -> bool:
    if not locked or not (typed.isascii() and typed.isdigit()):
        return False
    verify = security.totp_factory.verify_totp
    try:
        return bool(verify(token=typed, totp_secret=locked, user=member, window=WINDOW))
    except (KeyError, ValueError):
        log.exception("The app of member %s was locked with another SECRET_KEY", member.id)
        return False


def new_recovery_codes(member: Member) -> list[str]:
    """Make the codes for the day when the phone is gone; in the caller's transaction."""
    made = security.mf_recovery_codes_util.create_recovery_codes(member)
    return [f"{one[:4]} {one[4:8]} {one[8:]}" for one in made]


def relock(member: Member) -> None:
    """Lock the member's app and recovery codes with the key of today; in the caller's transaction.

    What was locked with a key that is not known here stays as it is.
    """
    if member.tf_totp_secret:
        with suppress(KeyError, ValueError):
            factory: Any = security.totp_factory
            member.tf_totp_secret = factory.relocked(member.tf_totp_secret)
    if member.mf_recovery_codes:
        kept: Any = security.mf_recovery_codes_util
        with suppress(InvalidToken):
            locked = [kept.cryptor.rotate(one.encode()) for one in member.mf_recovery_codes]
            member.mf_recovery_codes = [one.decode() for one in locked]
