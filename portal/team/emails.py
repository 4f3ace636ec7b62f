"""The team's mails. Their words are in `templates/email/`."""

from portal import delivery
from portal.providers.values import Address, Email
from portal.team import links
from portal.team.models import Member
from portal.web import public_address


def invitation(member: Member) -> Email:
    """Invite somebody to the team."""
    return _mail("team_invite", member, links.invite_url(member))


def new_password(member: Member) -> Email:
    """Let somebody make a new password."""
    return _mail("team_reset", member, links.reset_url(member))


def tries(member: Member, *, knows_password: bool) -> Email:
    """Say that somebody tries to sign in as the member, and whether they have the password."""
    url = public_address("team.forgot")
    return _mail("team_tries", member, url, knows_password=knows_password)


def _mail(name: str, member: Member, url: str, *, knows_password: bool = False) -> Email:
    to = Address(member.email, member.name)
    return delivery.compose(name, to, member=member, url=url, knows_password=knows_password)
