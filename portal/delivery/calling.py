"""The one call of a provider that a row of the outbox stands for."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from portal.addresses import to_ascii, to_unicode
from portal.delivery import late
from portal.delivery.models import Action, Outgoing
from portal.providers.errors import Refused
from portal.providers.values import Contact, Receipt


def call(provider: Any, rows: list[Outgoing]) -> Receipt:
    """Make the one call that the rows stand for, with no transaction open."""
    receipt: Receipt
    row = rows[0]
    if len(rows) > 1:
        receipt = provider.upsert_many([Contact.from_json(each.payload) for each in rows])
        return receipt
    match row.action:
        case Action.EMAIL:
            receipt = provider.send(late.mail(row), row.key)
        case Action.UPSERT:
            receipt = provider.upsert(Contact.from_json(row.payload))
        case Action.UNSUBSCRIBE:
            receipt = _both_forms(provider.unsubscribe, row.address)
        case Action.ERASE:
            receipt = _both_forms(provider.erase, row.address)
        case Action.CAMPAIGN:
            receipt = late.step(row, provider)
        case Action.ALERT:
            receipt = provider.send(**row.payload)
    return receipt


def _both_forms(call: Callable[[str], Receipt], address: str) -> Receipt:
    """Stop or erase an address; an international one also as a list may have got it elsewhere."""
    receipt = call(to_ascii(address))
    if (written := to_unicode(address)) != to_ascii(address):
        with suppress(Refused):  # by who takes no such address, and so has none
            call(written)
    return receipt
