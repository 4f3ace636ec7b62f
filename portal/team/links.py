"""The links in the team's mails. Each ends when it was used, or when another was sent."""

from datetime import timedelta
from hashlib import sha256

from portal.extensions import db
from portal.signing import read_signed, signer
from portal.team.models import Member
from portal.web import public_address

INVITE_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=2)
RESET_PAUSE = RESET_LASTS  # between two mails to one address: anybody may ask, and the first works


def invite_url(member: Member) -> str:
    """Where somebody who was invited makes their account."""
    return _url("team.accept", "invite", member)


def read_invite(token: str) -> Member | None:
    """Who was invited by a link that still counts."""
    member = _read("invite", token, INVITE_LASTS)
    return member if member and member.invited_at else None


def reset_url(member: Member) -> str:
    """Where somebody who forgot their password makes a new one."""
    return _url("team.reset", "reset", member)


def read_reset(token: str) -> Member | None:
    """Who may make a new password by a link that still counts."""
    return _read("reset", token, RESET_LASTS)


def _url(endpoint: str, purpose: str, member: Member) -> str:
    token = signer(purpose).dumps([member.id, _state(member)])
    return public_address(endpoint, token=token)


def _read(purpose: str, token: str, lasts: timedelta) -> Member | None:
    signed = read_signed(purpose, token, lasts)
    member = db.session.get(Member, signed[0]) if signed else None
    return member if member and member.active and _state(member) == signed[1] else None


def _state(member: Member) -> str:
    """What changes when a link is used: the password, or when they were invited."""
    invited = member.invited_at.timestamp() if member.invited_at else ""  # in any time zone
    parts = (member.fs_uniquifier, member.password or "", str(invited))
    return sha256("\n".join(parts).encode()).hexdigest()[:16]
