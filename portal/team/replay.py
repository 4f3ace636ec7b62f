"""What the team's accounts do again of the journal, after a backup was brought back."""

import logging

from portal.extensions import db
from portal.journal import Noted
from portal.team import periods, services
from portal.team.models import Member, Passkey, Role

log = logging.getLogger(__name__)
LAST = "Member %s is the last manager, and stays: look whether that is right"


@services.MEMBER_STOPPED.again
def stop(member: Member, _said: Noted) -> None:
    """Who was let in no more is not."""
    try:
        services.disable(member)
    except services.LastManager:
        db.session.rollback()
        log.error(LAST, member.id)


@services.ROLE_CHANGED.again
def change_role(member: Member, said: Noted) -> None:
    """A member may do what they may do now."""
    try:
        services.set_role(member, Role(said.word))
    except services.LastManager:
        db.session.rollback()
        log.error(LAST, member.id)


@services.PASSWORD_CHANGED.again
def end_password(member: Member, _said: Noted) -> None:
    """A password that was changed counts no more: they make a new one, by a mail."""
    services.end_password(member)


@periods.MEMBER_FORGOTTEN.again
def forget(member: Member, _said: Noted) -> None:
    """Who was of the team and was forgotten is."""
    periods.forget(member)
    db.session.commit()


@services.SECOND_STEP_REMOVED.again
def remove_second_step(member: Member, _said: Noted) -> None:
    """A phone that was lost opens nothing."""
    services.forget_second_step(member)


@services.PASSKEY_REMOVED.again
def remove_passkey(passkey: Passkey, _said: Noted) -> None:
    """Nor does a key that was removed."""
    db.session.delete(passkey)
    db.session.commit()
