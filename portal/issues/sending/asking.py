"""What is asked of providers now and then: what is uncertain, what they count, what may go there.

Nothing is open while they are asked, and nothing depends on an answer: it is asked for again.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select

from portal.extensions import db, now
from portal.issues.models import Edition, EditionState
from portal.issues.sending import campaign, deciding, stopping
from portal.issues.sending.steps import LEFT
from portal.providers.campaigns import AUDIENCE_LASTS, CampaignProvider
from portal.providers.errors import ProviderError

log = logging.getLogger(__name__)

COUNTED_AFTER = (timedelta(minutes=10), timedelta(hours=1), timedelta(days=1))
"""After an edition has left the provider is asked so often: some allow few calls."""
ASK_FOR = timedelta(days=2)
OVER = (EditionState.STOPPED, EditionState.FAILED)
Ask = Callable[[Edition, CampaignProvider], dict[str, Any]]


def prove() -> None:
    """Settle the editions of unknown fate that their provider says have left."""
    lately = (Edition.state == EditionState.UNCERTAIN) & (Edition.finished_at > now() - ASK_FOR)
    for edition in _each(lately & (Edition.campaign != "")):
        found = _ask(edition, lambda it, keeper: {"is": keeper.read_campaign(it.campaign).state})
        if found.get("is") in LEFT:
            deciding.has_left(db.session.get_one(Edition, edition.id))


def count() -> None:
    """Read what providers count of what has left."""
    sent = (Edition.state == EditionState.SENT) & (Edition.campaign != "")
    for edition in _each(sent & (Edition.finished_at > now() - ASK_FOR)):
        if _is_due(edition):
            found = _ask(edition, lambda it, keeper: keeper.read_campaign(it.campaign).counts)
            _note(edition.id, found)


def _is_due(edition: Edition) -> bool:
    begun: datetime = edition.finished_at or now()
    last = edition.told_at or begun
    return any(last < begun + after <= now() for after in COUNTED_AFTER)


def _note(edition_id: int, found: dict[str, Any]) -> None:
    edition = db.session.get_one(Edition, edition_id)
    if found:
        edition.told, edition.told_at = found, now()
    db.session.commit()


def tidy() -> None:
    """Remove drafts that are not to be sent, and audiences that nobody needs any more."""
    for edition in _each(Edition.state.in_(OVER) & (Edition.campaign != "")):
        if stopping.is_cleared(edition):
            _drop(edition, "campaign")
    old = Edition.finished_at < now() - AUDIENCE_LASTS
    for edition in _each(Edition.state.in_((*OVER, EditionState.SENT)) & old):
        if edition.audience:
            _drop(edition, "audience")


def _drop(edition: Edition, what: str) -> None:
    def ask(it: Edition, keeper: CampaignProvider) -> dict[str, Any]:
        if what == "campaign":
            keeper.delete_campaign(it.campaign)
        else:
            keeper.delete_audience(it.audience)
        return {"is": "gone"}

    if _ask(edition, ask):
        kept = db.session.get_one(Edition, edition.id)
        setattr(kept, what, "")
        db.session.commit()


def _each(which: ColumnElement[bool]) -> list[Edition]:
    """These editions, free of any transaction."""
    found = list(db.session.scalars(select(Edition).where(which).order_by(Edition.id)))
    for one in found:
        db.session.expunge(one)
    db.session.commit()
    return found


def _ask(edition: Edition, call: Ask) -> dict[str, Any]:
    """What the provider says; nothing where it is another by now, or does not say."""
    keeper = campaign.campaigner()
    if keeper is None or keeper.name != edition.provider:
        return {}
    try:
        return call(edition, keeper)
    except ProviderError as error:
        log.warning("Edition %s could not be asked for: %s", edition.id, error)
        return {}
