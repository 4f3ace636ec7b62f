"""Asks a provider, where it can be asked, whether it took the mails of which we do not know."""

from __future__ import annotations

import logging
from datetime import timedelta

from huey import crontab
from sqlalchemy import select

from portal.delivery import outbox, routes
from portal.delivery.models import Action, Outgoing, State
from portal.extensions import db, huey, now
from portal.providers.base import MailFinder, ProviderError

log = logging.getLogger(__name__)

ASK_FOR = timedelta(days=2)  # after that a person has decided, or the provider has forgotten
AT_ONCE = 50


@huey.periodic_task(crontab(minute="*/10"))  # type: ignore[untyped-decorator]
def prove() -> None:
    """Every ten minutes: settle the uncertain mails that their provider knows.

    That it knows none of a mail proves nothing: what it can be asked for may
    come late. So such a mail stays uncertain, for a person or a webhook.
    """
    for row in _uncertain():
        provider = routes.usual(row)
        if not isinstance(provider, MailFinder):
            continue
        try:
            receipt = provider.find(row.key, row.address)
        except ProviderError as error:
            log.warning("Uncertain rows could not be asked for: %s", error)
            return
        if receipt:
            outbox.settle(
                row,
                State.ACCEPTED,
                provider=provider.name,
                message_id=receipt.message_id,
                reason="",
            )


def _uncertain() -> list[Outgoing]:
    mine = (Outgoing.state == State.UNCERTAIN) & (Outgoing.action == Action.EMAIL)
    lately = (Outgoing.unsure_since > now() - ASK_FOR) & (Outgoing.address != "")
    query = select(Outgoing).where(mine, lately).order_by(Outgoing.id.desc()).limit(AT_ONCE)
    rows = list(db.session.scalars(query))
    for row in rows:
        db.session.expunge(row)
    db.session.commit()
    return rows
