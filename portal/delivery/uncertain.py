"""Asks a provider, where it can be asked, whether it took the mails of which we do not know."""

import logging
from datetime import timedelta

from huey import crontab
from sqlalchemy import select

from portal.addresses import to_ascii
from portal.delivery import claims, routing
from portal.delivery.models import Action, Outgoing, OutgoingState
from portal.extensions import db, huey, now
from portal.providers.errors import ProviderError
from portal.providers.protocols import MailFinder

log = logging.getLogger(__name__)

ASK_FOR = timedelta(days=2)  # after that a person has decided, or the provider has forgotten
AT_ONCE = 50


@huey.periodic_task(crontab(minute="*/10"))  # type: ignore[untyped-decorator]
def prove() -> None:
    """Every ten minutes: settle the uncertain mails that their provider knows.

    That it knows none of a mail proves nothing: what it can be asked for may
    come late. So such a mail stays uncertain, for a person or a webhook.
    """
    mine = Outgoing.is_open(OutgoingState.UNCERTAIN) & (Outgoing.action == Action.EMAIL)
    lately = (Outgoing.unsure_since > now() - ASK_FOR) & (Outgoing.address != "")
    query = select(Outgoing).where(mine, lately).order_by(Outgoing.id.desc()).limit(AT_ONCE)
    silent = set()
    for row in claims.detached(query):
        provider = routing.usual(row)
        if not isinstance(provider, MailFinder) or provider.name in silent:
            continue
        try:
            receipt = provider.find(row.key, to_ascii(row.address))
        except ProviderError as error:
            log.warning("Uncertain rows could not be asked for: %s", error)
            silent.add(provider.name)
            continue
        if receipt:
            _settle(row.id, provider.name, receipt.message_id)


def _settle(row_id: int, provider: str, message_id: str) -> None:
    """Save that the provider has a mail, unless its fate was learnt meanwhile; commits."""
    row = db.session.get(Outgoing, row_id, with_for_update=True, populate_existing=True)
    if row and row.state is OutgoingState.UNCERTAIN:
        claims.learn(row, OutgoingState.ACCEPTED, "", provider=provider, message_id=message_id)
    db.session.commit()
