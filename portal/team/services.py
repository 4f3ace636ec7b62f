"""What can be done with the team's members. One call is one transaction and one commit."""

import logging
import uuid

from blinker import Signal
from sqlalchemy import select

from portal import audit, delivery, journal
from portal.addresses import address_key
from portal.audit import Deed
from portal.extensions import db, now
from portal.team import browsers, codes, emails, links, passwords
from portal.team.models import Member, Passkey, Role

log = logging.getLogger(__name__)


MEMBER_STOPPED = journal.JournalKind("member-stopped", Member)
ROLE_CHANGED = journal.JournalKind("role-changed", Member)
PASSWORD_CHANGED = journal.JournalKind("password-changed", Member)
SECOND_STEP_REMOVED = journal.JournalKind("second-step-removed", Member)
PASSKEY_REMOVED = journal.JournalKind("passkey-removed", Passkey)
# Sent with a member who can own nothing any more, and `by` whom, in the same transaction: a
# feature takes from them what they look after.
left = Signal()


class LastManager(Exception):
    """There would be no manager left."""


def find(email: str) -> Member | None:
    """The member with that address."""
    return db.session.scalar(select(Member).where(Member.email_key == address_key(email.strip())))


def active_members() -> list[Member]:
    """Everybody who can sign in, by name."""
    query = select(Member).where(Member.active.is_(True), Member.invited_at.is_(None))
    return list(db.session.scalars(query.order_by(Member.name, Member.id)))


def editors() -> list[Member]:
    """Everybody who can sign in and answer, by name."""
    return [one for one in active_members() if one.can_own]


def names() -> dict[int, str]:
    """What to call everybody who is, was or is to be of the team, by their numbers."""
    return {one.id: one.who for one in all_members()}


def all_members() -> list[Member]:
    """Everybody who is, was or is to be of the team."""
    return list(db.session.scalars(select(Member).order_by(Member.email_key)))


def invite(email: str, role: Role, name: str = "", by: Member | None = None) -> str:
    """Invite somebody, or again with a new link; mails it; commits. Returns the link.

    Somebody who has an account already only gets the role: for them there is
    no link, and "" is returned. Raises LastManager.
    """
    member = find(email)
    if member is not None and member.invited_at is None:
        set_role(member, role, by)
        return ""
    if member is None:
        member = Member(
            email=email, email_key=address_key(email), name=name, fs_uniquifier=uuid.uuid4().hex
        )
        db.session.add(member)
    member.role, member.active, member.invited_at = role, True, now()
    member.left_at = None
    db.session.flush()
    delivery.enqueue(emails.invitation(member))
    audit.note(Deed.INVITED, f"member {member.id}", f"as {role}")
    db.session.commit()
    log.warning("Member %s was invited as %s by %s", member.id, role, by.id if by else "a command")
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
    PASSWORD_CHANGED.note(member)
    member.password = passwords.hashed(password)
    _end_sessions(member)


def end_password(member: Member) -> None:
    """Let nobody in by the member's password until they make a new one; commits."""
    member.password = None
    _end_sessions(member)
    db.session.commit()


def sign_out_everywhere(member: Member) -> None:
    """End every session of the member, here too, and know none of their browsers; commits."""
    _end_sessions(member)
    db.session.commit()


def sign_out_there(member: Member, number: int) -> None:
    """End one of the member's sessions, and know that browser no more; commits."""
    browsers.forget(member, number)
    db.session.commit()


def _end_sessions(member: Member) -> None:
    """End all that lets somebody in as the member: sessions, known browsers, links in mails."""
    member.fs_uniquifier = uuid.uuid4().hex
    browsers.forget(member)


def check_password(email: str, password: str, *, is_known: bool = False) -> Member | None:
    """The member with that address and password; commits. It takes as long for any address.

    Nobody waits for the database while it is worked out. Raises LineIsFull; not where the browser
    `is_known`.
    """
    member = find(email)
    kept = member.password if member and member.active else None
    db.session.commit()
    right, newer = passwords.check(password, kept, is_known=is_known)
    if not right or member is None or not member.active or member.password != kept:
        return None
    if newer:
        member.password = newer
        db.session.commit()
    return member


def send_reset(email: str) -> None:
    """Mail a link for a new password, if there is such a member; commits. The same work for all."""
    person, reason = _person(email)
    often = delivery.recently_sent("team_reset", email, now() - links.RESET_PAUSE)
    reason = reason or ("The last link still works" if often else "")
    mail = emails.new_password(person)
    delivery.enqueue(mail, urgency=delivery.Urgency.URGENT, cancelled=reason)
    db.session.commit()


def tell_of_tries(email: str, *, knows_password: bool = False) -> None:
    """Tell a member that somebody else tries to sign in as them; commits. The same work for all."""
    person, reason = _person(email)
    mail = emails.tries(person, knows_password=knows_password)
    delivery.enqueue(mail, urgency=delivery.Urgency.URGENT, cancelled=reason)
    db.session.commit()


def _person(email: str) -> tuple[Member, str]:
    """The member to mail; or nobody, and why."""
    member = find(email)
    if member and member.active and member.invited_at is None:
        return member, ""
    blank = Member(id=0, email=email, name="", role=Role.READER, fs_uniquifier="")
    return blank, "There is no such member"


def set_role(member: Member, role: Role, by: Member | None = None) -> None:
    """Change what a member may do, which ends their sessions; commits. Raises LastManager."""
    if member.role is Role.MANAGER and role is not Role.MANAGER:
        _keep_a_manager(member)
    if member.role is not role:
        ROLE_CHANGED.note(member, role)
        audit.note(Deed.ROLE_CHANGED, f"member {member.id}", f"{member.role} became {role}")
        member.role = role
        _end_sessions(member)
    _let_go(member, by)
    db.session.commit()
    log.warning("Member %s became %s by %s", member.id, role, by.id if by else "a command")


def disable(member: Member, by: Member | None = None) -> None:
    """Let a member in no more, and end their sessions at once; commits. Raises LastManager."""
    if member.role is Role.MANAGER:
        _keep_a_manager(member)
    MEMBER_STOPPED.note(member)
    audit.note(Deed.ACCESS_CHANGED, f"member {member.id}", "cannot sign in any more")
    member.active, member.left_at = False, now()
    _end_sessions(member)
    _let_go(member, by)
    db.session.commit()
    log.warning("Member %s was disabled by %s", member.id, by.id if by else "a command")


def _let_go(member: Member, by: Member | None) -> None:
    """Whoever cannot look after things any more has nothing left to look after."""
    if not member.can_own:
        left.send(member, by=by)


def enable(member: Member, by: Member) -> None:
    """Let a member in again; commits."""
    audit.note(Deed.ACCESS_CHANGED, f"member {member.id}", "can sign in again")
    member.active, member.left_at = True, None
    db.session.commit()
    log.warning("Member %s was enabled by %s", member.id, by.id)


def _keep_a_manager(member: Member) -> None:
    query = select(Member.id).where(
        Member.role == Role.MANAGER, Member.active.is_(True), Member.invited_at.is_(None)
    )
    # Two managers could end each other at the same moment: the second waits, and looks again.
    managers = db.session.scalars(query.order_by(Member.id).with_for_update())
    if not {*managers} - {member.id}:
        raise LastManager


def forget_second_step(member: Member, by: Member | None = None) -> None:
    """For somebody who lost their phone: they set it up anew; ends their sessions; commits."""
    SECOND_STEP_REMOVED.note(member)
    member.tf_totp_secret = member.tf_primary_method = member.tf_last_counter = None
    member.mf_recovery_codes = None
    member.webauthn.clear()
    audit.note(Deed.ACCESS_CHANGED, f"member {member.id}", "second step removed")
    _end_sessions(member)
    db.session.commit()
    who = by.id if by else "a command"
    log.warning("The second step of member %s was removed by %s", member.id, who)


def relock(member: Member) -> None:
    """Lock with the key of today what a former one locked, and end the member's sessions.

    In the caller's transaction.
    """
    codes.relock(member)
    _end_sessions(member)


def keep_app(member: Member, secret: str) -> list[str]:
    """Keep the app that a member has set up, and return recovery codes; the caller commits."""
    member.tf_totp_secret, member.tf_primary_method = secret, "authenticator"
    return codes.new_recovery_codes(member)


def invite_first_manager(email: str) -> str:
    """The link for the first manager, who is invited once; empty when one has accepted."""
    managers = select(Member).where(Member.role == Role.MANAGER).order_by(Member.id)
    if db.session.scalar(managers.where(Member.invited_at.is_(None)).limit(1)):
        return ""
    invited = db.session.scalar(managers.where(Member.active.is_(True)).limit(1))
    return links.invite_url(invited) if invited else invite(email, Role.MANAGER)


def choose(member: Member, **choices: object) -> None:
    """Keep what a member chose for themselves, by the names of the columns; commits."""
    for name, value in choices.items():
        setattr(member, name, value)
    db.session.commit()


def remove_passkey(member: Member, passkey_id: int) -> bool:
    """Remove one of the member's passkeys, unless it is the only second step; commits.

    Returns whether it is gone.
    """
    mine = [key for key in member.webauthn if key.id == passkey_id]
    if mine and not member.tf_totp_secret and len(member.webauthn) == 1:
        return False
    for key in mine:
        PASSKEY_REMOVED.note(key)
        member.webauthn.remove(key)
    db.session.commit()
    return True
