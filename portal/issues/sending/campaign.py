"""A campaign, and what a step of it needs: read at one go, with nothing left open."""

from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import func, select

from portal.addresses import address_key
from portal.delivery.models import Outgoing, OutgoingState
from portal.delivery.providers import get_providers
from portal.extensions import db, read_only
from portal.issues.mail.rendering import MailLook
from portal.issues.models import Edition, Issue, Recipient
from portal.newsletter import services as newsletter
from portal.newsletter.models import Subscriber, SubscriberState
from portal.providers.campaigns import Campaign, CampaignProvider
from portal.providers.values import Address, Contact


@dataclass(frozen=True)
class Going:
    """An edition on its way out, as the steps see it."""

    edition_id: int
    since: datetime
    audience: str
    campaign: str
    content: Campaign

    @property
    def name(self) -> str:
        """What audience and campaign are called at the provider: no other has that name."""
        return self.content.name


def campaigner() -> CampaignProvider | None:
    """Who sends campaigns for us, if anybody does and is to."""
    keeper = get_providers().audience
    if isinstance(keeper, CampaignProvider) and current_app.config["CAMPAIGNS"]:
        return keeper
    return None


def read(row: Outgoing) -> Going:
    """The edition that a step is of. No transaction is open afterwards."""
    read_only()
    edition = db.session.get_one(Edition, row.payload["edition"])
    config, issue = current_app.config, edition.issue
    begun = issue.started_at or row.created_at
    content = Campaign(
        name=_name(issue, edition, begun),
        sender=Address.of(config["MAIL_FROM"], config["ORG_NAME"]),
        reply_to=Address.of(config["TEAM_EMAIL"], config["ORG_NAME"]),
        subject=edition.subject,
        html=edition.html,
        text=edition.text,
        is_plain=edition.format == MailLook.PLAIN,
    )
    found = Going(edition.id, begun, edition.audience, edition.campaign, content)
    db.session.rollback()
    return found


def _name(issue: Issue, edition: Edition, begun: datetime) -> str:
    """Of the issue, its moment and its digest: a copy of the database that tries it has another."""
    return f"Issue {issue.id} {edition.format} {begun:%Y-%m-%d %H:%M:%S} {issue.digest[:8]}"


def next_people(going: Going, most: int) -> tuple[list[tuple[int, Contact]], list[int], int]:
    """The next who are to be put into the audience, with their numbers; and those who left.

    And up to which number both go. No transaction is open afterwards.
    """
    read_only()
    mine = (Recipient.edition_id == going.edition_id) & (Recipient.state == OutgoingState.QUEUED)
    query = select(Recipient.id, Subscriber).outerjoin(Recipient.subscriber).where(mine)
    rows = db.session.execute(query.order_by(Recipient.id).limit(most)).all()
    here = [
        (number, Contact.from_json(newsletter.contact(person).to_json()))
        for number, person in rows
        if person and person.state is SubscriberState.SUBSCRIBED
    ]
    gone = [number for number, _ in rows if number not in {one for one, _ in here}]
    db.session.rollback()
    return here, gone, max((row[0] for row in rows), default=0)


def addresses(going: Going) -> tuple[set[str], dict[str, int]]:
    """All who were put into the audience, and the numbers of those who are on our list still.

    By the keys of their addresses. No transaction is open afterwards.
    """
    read_only()
    mine = (Recipient.edition_id == going.edition_id) & (Recipient.state == OutgoingState.WAITING)
    query = select(Recipient.id, Subscriber.email, Subscriber.state).join(Recipient.subscriber)
    rows = db.session.execute(query.where(mine)).all()
    db.session.rollback()
    here = SubscriberState.SUBSCRIBED
    still = {address_key(email): number for number, email, state in rows if state is here}
    return {address_key(email) for _, email, _ in rows}, still


def bounds(going: Going) -> tuple[int, int]:
    """How many people the provider must have in the audience at least, and at most.

    Who left since they were put there may be in it still, or not.
    """
    read_only()
    mine = (Recipient.edition_id == going.edition_id) & (Recipient.state == OutgoingState.WAITING)
    all_ = db.session.scalar(select(func.count()).where(mine)) or 0
    on_list = Subscriber.state == SubscriberState.SUBSCRIBED
    here = select(func.count()).select_from(Recipient).join(Recipient.subscriber)
    still = db.session.scalar(here.where(mine, on_list)) or 0
    db.session.rollback()
    return still, all_
