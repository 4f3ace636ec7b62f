"""Makes members, and signs them in without a password's slow hash."""

from __future__ import annotations

import time
import uuid

from portal.extensions import db
from portal.team.models import Member, Role


def a_member(role=Role.EDITOR, name="Ada", email=None) -> Member:
    """Somebody of the team, committed."""
    email = email or f"{name.lower()}@team.example"
    member = Member(
        email=email,
        email_key=email.lower(),
        name=name,
        role=role,
        active=True,
        fs_uniquifier=uuid.uuid4().hex,
        tf_primary_method="authenticator",
        tf_totp_secret="made up",
    )
    db.session.add(member)
    db.session.commit()
    return member


def signed_in(member, *, fresh=True) -> dict:
    """What Flask-Security keeps in the session of somebody who is signed in."""
    return {
        "_user_id": member.fs_uniquifier,
        "_fresh": True,
        "fs_cc": "set",
        "fs_paa": time.time() if fresh else 0,
        "since": time.time(),
    }


def sign_in(visitor, app, role=Role.EDITOR, name="Ada", email=None, *, fresh=True) -> Member:
    """Make a member and sign a test client in as them, as Flask-Security does."""
    member = a_member(role, name, email)
    client = getattr(visitor, "client", visitor)
    with client.session_transaction() as session:
        session.update(signed_in(member, fresh=fresh))
    return member
