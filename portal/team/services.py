"""What can be done with the team's members. One call is one transaction and one commit."""

from __future__ import annotations

import logging
import uuid

from flask_security.utils import hash_password, verify_and_update_password
from sqlalchemy import func, select

from portal import delivery
from portal.extensions import db, now
from portal.team import codes, emails, links
from portal.team.models import Member, Role

log = logging.getLogger(__name__)


class LastManager(Exception):
    """There would be no manager left."""


def find(email: str) -> Member | None:
    """The member with that address."""
    return db.session.scalar(select(Member).where(Member.email_key == email.strip().lower()))


def active_members() -> list[Member]:
    """Everybody who can sign in, by name."""
    query = select(Member).where(Member.active.is_(True), Member.invited_at.is_(None))
    return list(db.session.scalars(query.order_by(Member.name, Member.id)))


def all_members() -> list[Member]:
    """Everybody who is, was or is to be of the team."""
    return list(db.session.scalars(select(Member).order_by(Member.email_key)))


def invite(email: str, role: Role, name: str = "", by: Member | None = None) -> str:
    """Invite somebody, or again with a new link; mails it; commits. Returns the link.

    Somebody who has an account already only gets the role, and no link works for them.
    """
    member = find(email)
    if member is None:
        member = Member(
            email=email, email_key=email.lower(), name=name, fs_uniquifier=uuid.uuid4().hex
        )
        db.session.add(member)
    member.role, member.active = role, True
    if member.password is None and not member.webauthn:
        member.invited_at = now()
    db.session.flush()
    if member.invited_at:
        delivery.enqueue(emails.invitation(member))
    db.session.commit()
    log.info("Member %s was invited as %s by %s", member.id, role, by.id if by else "a command")
    return links.invite_url(member)


def accept(member: Member, name: str, password: str) -> None:
    """Somebody who was invited makes their account; commits."""
    member.name, member.invited_at = name, None
    _set_password(member, password)
    db.session.commit()


def change_password(member: Member, password: str) -> None:
    """A new password, which ends every session of the member; commits."""
    _set_password(member, password)
    db.session.commit()


def _set_password(member: Member, password: str) -> None:
    member.password = hash_password(codes.normal(password))
    member.fs_uniquifier = uuid.uuid4().hex


def check_password(email: str, password: str) -> Member | None:
    """The member with that address and password; commits. It takes as long for any address."""
    member = find(email)
    if member is None or not member.password or not member.active:
        hash_password(codes.normal(password))
        return None
    right = verify_and_update_password(codes.normal(password), member)
    db.session.commit()
    return member if right else None


def send_reset(email: str) -> None:
    """Mail a link for a new password, if there is such a member; commits. The same work for all."""
    member = find(email)
    wanted = member is not None and member.active and member.invited_at is None
    person = member if member and wanted else Member(**{**_blank(), "email": email})
    since = now() - links.RESET_LASTS / 8
    often = delivery.recently_sent("team_reset", email, since)
    reason = "" if wanted else "There is no such member"
    mail = emails.new_password(person)
    delivery.enqueue(mail, cancelled=reason or ("Asked for again at once" if often else ""))
    db.session.commit()


def _blank() -> dict[str, object]:
    return {"id": 0, "email_key": "", "name": "", "role": Role.READER, "fs_uniquifier": ""}


def set_role(member: Member, role: Role, by: Member) -> None:
    """Change what a member may do; commits. Raises LastManager."""
    if member.role is Role.MANAGER and role is not Role.MANAGER:
        _keep_a_manager(member)
    member.role = role
    db.session.commit()
    log.info("Member %s became %s by %s", member.id, role, by.id)


def disable(member: Member, by: Member | None = None) -> None:
    """Let a member in no more, and end their sessions at once; commits. Raises LastManager."""
    if member.role is Role.MANAGER:
        _keep_a_manager(member)
    member.active, member.fs_uniquifier = False, uuid.uuid4().hex
    db.session.commit()
    log.info("Member %s was disabled by %s", member.id, by.id if by else "a command")


def enable(member: Member, by: Member) -> None:
    """Let a member in again; commits."""
    member.active = True
    db.session.commit()
    log.info("Member %s was enabled by %s", member.id, by.id)


def _keep_a_manager(member: Member) -> None:
    others = (
        select(func.count())
        .select_from(Member)
        .where(Member.role == Role.MANAGER, Member.active.is_(True), Member.id != member.id)
        .where(Member.invited_at.is_(None))
    )
    if not db.session.scalar(others):
        raise LastManager


def forget_second_step(member: Member, by: Member) -> None:
    """For somebody who lost their phone: they set it up anew; ends their sessions; commits."""
    member.tf_totp_secret = member.tf_primary_method = member.tf_last_counter = None
    member.mf_recovery_codes = None
    member.webauthn.clear()
    member.fs_uniquifier = uuid.uuid4().hex
    db.session.commit()
    log.info("The second step of member %s was removed by %s", member.id, by.id)


def keep_app(member: Member, secret: str) -> list[str]:
    """Keep the app that a member has set up, and return recovery codes; the caller commits."""
    member.tf_totp_secret, member.tf_primary_method = secret, "authenticator"
    return codes.new_recovery_codes(member)


def invite_first_manager(email: str) -> str:
    """The link for the first manager, who is invited once; empty when somebody has accepted."""
    if db.session.scalar(select(Member.id).where(Member.invited_at.is_(None)).limit(1)):
        return ""
    query = select(Member).where(Member.role == Role.MANAGER, Member.active.is_(True))
    invited = db.session.scalar(query.order_by(Member.id).limit(1))
    return links.invite_url(invited) if invited else invite(email, Role.MANAGER)
