"""The team's mails. Their words are in `templates/email/`."""

from portal import delivery
from portal.providers.values import Address, Email
from portal.team import links
from portal.team.models import Member


def invitation(member: Member) -> Email:
    """Invite somebody to the team."""
    return _mail("team_invite", member, links.invite_url(member))


def new_password(member: Member) -> Email:
    """Let somebody make a new password."""
    return _mail("team_reset", member, links.reset_url(member))


def _mail(name: str, member: Member, url: str) -> Email:
    return delivery.compose(name, Address(member.email, member.name), member=member, url=url)
