"""Passkeys: what a browser is asked for, and what counts of what it answers (WebAuthn)."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from flask import current_app, request, session
from sqlalchemy import select

from portal.extensions import db, now
from portal.forms import FORM_LASTS
from portal.team.codes import WrongCode
from portal.team.models import Member, Passkey


def to_make(member: Member) -> str:
    """What a browser needs to make a passkey (WebAuthn, 5.4), as JSON."""
    from webauthn import generate_registration_options, options_to_json  # noqa: PLC0415 - heavy
    from webauthn.helpers import structs  # noqa: PLC0415

    options = generate_registration_options(
        rp_id=_site(),
        rp_name=current_app.config["ORG_NAME"],
        user_id=f"member {member.id}".encode(),
        user_name=member.email,
        user_display_name=member.who,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=key.credential_id) for key in member.webauthn
        ],
    )
    session["challenge"] = [options.challenge.hex(), time.time()]
    return options_to_json(options)


def make(member: Member, credential: str, name: str) -> None:
    """Keep a passkey that a browser has made; in the caller's transaction. Raises WrongCode."""
    from webauthn import verify_registration_response  # noqa: PLC0415 - heavy

    with _only_good_answers():
        made = verify_registration_response(
            credential=credential,
            expected_challenge=_challenge()[0],
            expected_rp_id=_site(),
            expected_origin=_origin(),
            require_user_verification=True,
        )
    if _find(made.credential_id):
        raise WrongCode
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


def to_use() -> str:
    """What a browser needs to use a passkey of this site (WebAuthn, 5.5), as JSON."""
    from webauthn import generate_authentication_options, options_to_json  # noqa: PLC0415 - heavy
    from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415

    options = generate_authentication_options(
        rp_id=_site(), user_verification=UserVerificationRequirement.REQUIRED
    )
    session["challenge"] = [options.challenge.hex(), time.time()]
    return options_to_json(options)


def use(credential: str) -> Member:
    """The member whose passkey signed our challenge; in the caller's transaction.

    Raises WrongCode, also for a member who may not sign in.
    """
    from webauthn import verify_authentication_response  # noqa: PLC0415 - heavy
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415

    challenge, asked_at = _challenge()
    with _only_good_answers():
        passkey = _find(base64url_to_bytes(json.loads(credential)["rawId"]))
        # The session lies with the browser: who has an old one could send the old answer to it.
        if passkey is None or passkey.lastuse_datetime.timestamp() >= asked_at:
            raise WrongCode
        used = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_site(),
            expected_origin=_origin(),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    passkey.sign_count, passkey.lastuse_datetime = used.new_sign_count, now()
    member = db.session.get_one(Member, passkey.user_id)
    if not member.active:
        raise WrongCode
    return member


@contextmanager
def _only_good_answers() -> Iterator[None]:
    """Turn what is wrong with a browser's answer into WrongCode, also where it is no answer."""
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 - heavy

    unreadable = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
    try:
        yield
    except (WebAuthnException, *unreadable) as error:
        raise WrongCode from error


def _find(credential_id: bytes) -> Passkey | None:
    query = select(Passkey).where(Passkey.credential_id == credential_id)
    return db.session.scalar(query.with_for_update())


def _challenge() -> tuple[bytes, float]:
    """What the browser was asked to sign, and when. Raises WrongCode."""
    challenge, asked_at = session.pop("challenge", ("", 0))
    if asked_at < time.time() - FORM_LASTS:
        raise WrongCode
    return bytes.fromhex(challenge), asked_at


def _origin() -> str:
    """Where the site is; on a laptop, where it is looked at.

    A browser makes no passkey for a number such as 127.0.0.1, but does for localhost.
    """
    config = current_app.config
    parts = urlsplit(request.host_url if config["DEVELOPMENT"] else config["SITE_URL"])
    return f"{parts.scheme}://{parts.netloc}"


def _site() -> str:
    return urlsplit(_origin()).hostname or ""
