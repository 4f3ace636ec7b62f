"""The second step: codes from an app, recovery codes, and passkeys."""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, session
from flask_security import Security, Totp
from markupsafe import Markup
from passlib.totp import TOTP, AppWallet, TotpMatch
from sqlalchemy import select

from portal.extensions import db, now
from portal.team.models import Member, Passkey

WINDOW = 30  # seconds that a phone's clock may be wrong


class WrongCode(Exception):
    """It does not prove who somebody is."""


def secrets_of(config: Mapping[str, Any]) -> dict[str, str]:
    """The keys that codes' secrets are locked with, the present one first, by a name each."""
    keys = [config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]]
    return {sha256(key.encode()).hexdigest()[:12]: key for key in keys}


class Codes(Totp):
    """Flask-Security's codes, with each taken once, and with keys that may be changed."""

    def __init__(self, secrets: dict[str, str], issuer: str) -> None:
        wallet = AppWallet(secrets, default_tag=next(iter(secrets)))
        self._totp = TOTP.using(issuer=issuer, wallet=wallet)

    def get_last_counter(self, user: Any) -> int | None:
        """The newest code that the member has used."""
        last: int | None = user.tf_last_counter
        return last

    def set_last_counter(self, user: Any, tmatch: TotpMatch) -> None:
        """Note it, in the caller's transaction."""
        user.tf_last_counter = tmatch.counter


# Made here and not with the other extensions, because it must be told of Codes when it is made.
security = Security(register_blueprint=False, totp_cls=Codes)


def normal(password: str) -> str:
    """The password as it is hashed: keyboards write one letter differently (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKD", password)


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
    typed = code.replace(" ", "").lower()
    locked = secret or member.tf_totp_secret
    if locked and typed.isascii() and typed.isdigit():
        verify = security.totp_factory.verify_totp
        if verify(token=typed, totp_secret=locked, user=member, window=WINDOW):
            return
    codes = member.mf_recovery_codes or []
    if secret is None and typed in codes:
        member.mf_recovery_codes = [one for one in codes if one != typed]
        return
    raise WrongCode


def new_recovery_codes(member: Member) -> list[str]:
    """Make the codes for the day when the phone is gone; in the caller's transaction."""
    codes = security.totp_factory.generate_recovery_codes(8)
    member.mf_recovery_codes = list(codes)
    return list(codes)


def passkey_to_make(member: Member) -> str:
    """What a browser needs to make a passkey (WebAuthn, 5.4), as JSON."""
    from webauthn import generate_registration_options, options_to_json  # noqa: PLC0415 - heavy
    from webauthn.helpers import structs  # noqa: PLC0415

    options = generate_registration_options(
        rp_id=_site(),
        rp_name=current_app.config["ORG_NAME"],
        user_id=member.fs_webauthn_user_handle.encode() if member.fs_webauthn_user_handle else None,
        user_name=member.email,
        user_display_name=member.name or member.email,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=key.credential_id) for key in member.webauthn
        ],
    )
    session["challenge"] = options.challenge.hex()
    return options_to_json(options)


def make_passkey(member: Member, credential: str, name: str) -> None:
    """Keep a passkey that a browser has made; in the caller's transaction. Raises WrongCode."""
    from webauthn import verify_registration_response  # noqa: PLC0415 - heavy
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=_challenge(),
            expected_rp_id=_site(),
            expected_origin=current_app.config["SITE_URL"],
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise WrongCode from error
    moment = now()
    member.webauthn.append(
        Passkey(
            name=name,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            backup_state=made.credential_backed_up,
            device_type=made.credential_device_type.value,
            usage="first",
            create_datetime=moment,
            lastuse_datetime=moment,
        )
    )


def passkey_to_use() -> str:
    """What a browser needs to use a passkey of this site (WebAuthn, 5.5), as JSON."""
    from webauthn import generate_authentication_options, options_to_json  # noqa: PLC0415 - heavy
    from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415

    options = generate_authentication_options(
        rp_id=_site(), user_verification=UserVerificationRequirement.REQUIRED
    )
    session["challenge"] = options.challenge.hex()
    return options_to_json(options)


def use_passkey(credential: str) -> Member:
    """The member whose passkey signed our challenge; in the caller's transaction.

    Raises WrongCode, also for a member who may not sign in.
    """
    from webauthn import verify_authentication_response  # noqa: PLC0415 - heavy
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        known = base64url_to_bytes(json.loads(credential)["rawId"])
        passkey = db.session.scalar(select(Passkey).where(Passkey.credential_id == known))
        if passkey is None:
            raise WrongCode
        used = verify_authentication_response(
            credential=credential,
            expected_challenge=_challenge(),
            expected_rp_id=_site(),
            expected_origin=current_app.config["SITE_URL"],
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise WrongCode from error
    passkey.sign_count, passkey.lastuse_datetime = used.new_sign_count, now()
    member = db.session.get_one(Member, passkey.user_id)
    if not member.active:
        raise WrongCode
    return member


def _challenge() -> bytes:
    """What the browser was asked to sign. It counts once."""
    return bytes.fromhex(session.pop("challenge", ""))


def _site() -> str:
    return urlsplit(current_app.config["SITE_URL"]).hostname or ""
