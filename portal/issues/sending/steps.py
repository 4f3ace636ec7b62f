"""The steps by which a campaign is made and leaves at a provider: what is asked of it in each.

All but the sending may be repeated: what has a name is looked for before it is made.
"""

from datetime import timedelta

from portal.addresses import address_key
from portal.delivery import late
from portal.delivery.models import SEND, Outgoing
from portal.extensions import now
from portal.issues.sending import campaign
from portal.issues.sending.campaign import Going
from portal.providers.campaigns import AudienceReader, CampaignProvider, CampaignState
from portal.providers.errors import Refused, StillAtWork
from portal.providers.values import Receipt

AUDIENCE, ADD, COUNT, CREATE, FILL = "audience", "add", "count", "create", "fill"
CHECK, STATUS = "check", "status"
NOTHING = "Nothing was sent."
LOOK = f"{NOTHING} Look at that list at the provider, then try again."
FEW = 500
"""So many people at most may be left out of a campaign: more of them look like another fault."""
FRESH = timedelta(minutes=1)
SENT_WITHIN = timedelta(days=1)
LEFT = (CampaignState.SENDING, CampaignState.SENT)


def audience(row: Outgoing, provider: CampaignProvider) -> Receipt:
    """Find the audience of that name, or make it."""
    name = campaign.read(row).name
    return _made(row, provider.find_audience(name) or provider.create_audience(name))


def add(row: Outgoing, provider: CampaignProvider) -> Receipt:
    """Put some more people into it."""
    going = campaign.read(row)
    people, gone, last = campaign.next_people(going, provider.most_added)
    contacts = [contact for _, contact in people]
    refused = set(provider.add_to_audience(going.audience, contacts)) if contacts else set()
    not_taken = [number for number, contact in people if contact.email in refused]
    row.payload |= {"refused": not_taken, "gone": gone, "last": last}
    return Receipt()


def count(row: Outgoing, provider: CampaignProvider) -> Receipt:
    """See that exactly these people are in it. A few who are not go without, and are named."""
    going = campaign.read(row)
    try:
        _compare(row, provider, going)
    except Refused:
        if not isinstance(provider, AudienceReader):
            raise
    if isinstance(provider, AudienceReader):
        row.payload["refused"] = _missing(provider, going)
    return Receipt()


def _missing(provider: AudienceReader, going: Going) -> list[int]:
    """The numbers of those who are not in the audience. Raises Refused where others are in it."""
    there = {address_key(one) for one in provider.who_is_in(going.audience)}
    ours, still = campaign.addresses(going)
    missing = [number for address, number in still.items() if address not in there]
    if strangers := len(there - ours):
        raise Refused(f"There are others than ours in “{going.name}”: {strangers}. {LOOK}")
    if len(missing) > FEW:
        raise Refused(f"Of our people {len(missing)} are not in “{going.name}”. {LOOK}")
    return missing


def _compare(row: Outgoing, provider: CampaignProvider, going: Going) -> None:
    """Raises StillAtWork while that may change by itself, then Refused."""
    number, (least, most) = provider.count_audience(going.audience), campaign.bounds(going)
    if number is not None and least <= number <= most:
        return
    said = "does not say yet how many" if number is None else f"has {number}"
    words = f"{provider.name} {said} of the {most} people in “{going.name}”. "
    if (number or 0) > most or now() > row.created_at + provider.settles:
        raise Refused(words + LOOK)
    raise StillAtWork(words + NOTHING)


def create(row: Outgoing, provider: CampaignProvider) -> Receipt:
    """Find the campaign of that name, or make it."""
    going = campaign.read(row)
    found = provider.find_campaign(going.name, going.since)
    return _made(row, found or provider.create_campaign(going.content, going.audience))


def fill(row: Outgoing, provider: CampaignProvider) -> Receipt:
    """Give it its texts and its audience."""
    going = campaign.read(row)
    provider.fill_campaign(going.campaign, going.content, going.audience)
    return Receipt()


def check(row: Outgoing, provider: CampaignProvider) -> Receipt:
    """Read the draft and its audience back, and see that both are ours."""
    row.payload["left"] = _has_left(row, provider, campaign.read(row))
    return Receipt()


def send(row: Outgoing, provider: CampaignProvider) -> Receipt:
    """Let it leave: once.

    It was looked at this very moment; if it was not, it is looked at again. Where an earlier
    try may have been heard it is only looked at: a late call may still arrive.
    """
    going = campaign.read(row)
    is_fresh = row.attempts == 1 and now() < row.created_at + FRESH
    if is_fresh or not _has_left(row, provider, going):
        provider.send_campaign(going.campaign)
    return Receipt(going.campaign)


def _has_left(row: Outgoing, provider: CampaignProvider, going: Going) -> bool:
    """Whether it has left; where it has not, it is a draft of ours, for those whom it is for.

    Raises Refused or StillAtWork where it is not, or may be leaving.
    """
    status = provider.read_campaign(going.campaign)
    if status.state in LEFT:
        return True
    if row.name == SEND and row.unsure_since:
        raise StillAtWork(f"{provider.name} was asked to send it and says: {status.state}.")
    if status.state is not CampaignState.DRAFT:
        raise Refused(f"{provider.name} does not send it: {status.state}. {status.reason}".strip())
    if status.everybody or status.audiences != (going.audience,):
        raise Refused(f"At {provider.name} it would go to others. Nothing was sent.")
    _compare(row, provider, going)
    return False


def status(row: Outgoing, provider: CampaignProvider) -> Receipt:
    """Read whether it has left. Whoever takes it and never says so has a day."""
    found = provider.read_campaign(campaign.read(row).campaign)
    is_late = now() > row.created_at + SENT_WITHIN
    row.payload |= {"counts": found.counts}
    if found.state is CampaignState.SENT or (found.state is CampaignState.SENDING and is_late):
        return Receipt()
    words = f"{provider.name} took it, and says: {found.state}. {found.reason}".strip()
    if found.state is CampaignState.STOPPED or is_late:
        raise Refused(words)
    raise StillAtWork(words)


def _made(row: Outgoing, number: str) -> Receipt:
    row.payload["made"] = number
    return Receipt(number)


CALLS = {
    AUDIENCE: audience,
    ADD: add,
    COUNT: count,
    CREATE: create,
    FILL: fill,
    CHECK: check,
    SEND: send,
    STATUS: status,
}
late.STEPS |= CALLS
