"""Where providers hand mail on. What comes to all hooks is done in `delivery.routes`."""

import logging

from flask import Blueprint, Response, current_app, request

from portal.delivery.routes import FAULT, OK, answer, keep_events, say, say_hello
from portal.extensions import csrf, db
from portal.inbox.incoming import services
from portal.providers.errors import Unreadable
from portal.providers.protocols import InboundProvider, SignedCaller
from portal.providers.values import Address, HookCall, InboundEmail

log = logging.getLogger(__name__)

bp = Blueprint("inbound", __name__, url_prefix="/hooks")
csrf.exempt(bp)  # the caller is a machine, which shows a secret instead

UNREAD = "[The mail provider handed on something that we cannot read. All of it is kept.]"


@bp.get("/<name>/inbound")
def look(name: str) -> Response:
    """Say that somebody is here: some providers look before they save the address."""
    return say_hello(name, "Mails")


@bp.post("/<name>/inbound")
def receive(name: str) -> Response:
    """Keep the mails that a provider hands on. A repeat of the call changes nothing."""
    return answer(name, current_app.config["INBOUND_MAX_MB"], _take)


def _take(provider: SignedCaller, call: HookCall) -> Response:
    """Keep each mail by itself. If one fails the provider sends all again; most are known then."""
    if not isinstance(provider, InboundProvider):
        return keep_events(provider, call)  # it only tells us that there is one
    try:
        mails, failed = provider.parse_inbound(call), 0
    except Unreadable as error:
        log.warning("A call to %s is kept as it came: %s", request.path, error)
        mails, failed = [InboundEmail(Address(""), text=UNREAD, whole=call.body)], 0
    for mail in mails:
        try:
            services.receive(mail, provider.name)
        except Exception:
            db.session.rollback()
            log.exception("A mail could not be kept")
            failed += 1
    if failed:
        return say(f"{failed} of {len(mails)} could not be kept. Send this again.", FAULT)
    return say("Kept.", OK)
