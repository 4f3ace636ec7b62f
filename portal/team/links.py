"""The links in the team's mails. Each ends when it was used, or when another was sent."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from flask import current_app
from itsdangerous import BadSignature

from portal.extensions import db
from portal.forms import signer
from portal.team.models import Member

INVITE_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=2)
RESET_PAUSE = timedelta(minutes=15)  # between two mails to one address


def invite_url(member: Member) -> str:
    """Where somebody who was invited makes their account."""
    return _address("team.accept", signer("invite").dumps([member.id, _state(member)]))


def read_invite(token: str) -> Member | None:
    """Who was invited by a link that still counts."""
    member = _read("invite", token, INVITE_LASTS)
    return member if member and member.invited_at else None


def reset_url(member: Member) -> str:
    """Where somebody who forgot their password makes a new one."""
    return _address("team.reset", signer("reset").dumps([member.id, _state(member)]))


def read_reset(token: str) -> Member | None:
    """Who may make a new password by a link that still counts."""
    return _read("reset", token, RESET_LASTS)


def _read(purpose: str, token: str, lasts: timedelta) -> Member | None:
    try:
        member_id, state = signer(purpose).loads(token, max_age=int(lasts.total_seconds()))
    except BadSignature:
        return None
    member = db.session.get(Member, member_id)
    return member if member and member.active and _state(member) == state else None


def _state(member: Member) -> str:
    """What changes when a link is used: the password, or when they were invited."""
    invited = member.invited_at.timestamp() if member.invited_at else ""  # in any time zone
    parts = (member.fs_uniquifier, member.password or "", str(invited))
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def _address(endpoint: str, token: str) -> str:
    path = current_app.url_map.bind("").build(endpoint, {"token": token})
    return f"{current_app.config['SITE_URL']}{path}"
