"""Where providers tell us things: answers for a machine, in few words."""

import logging
from collections.abc import Callable
from urllib.parse import parse_qsl

from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import BadRequest, ClientDisconnected, RequestEntityTooLarge

from portal import metrics, providers
from portal.delivery import events
from portal.delivery.alerts import alert_again
from portal.delivery.providers import get_providers
from portal.extensions import csrf, db
from portal.floods import over_limit
from portal.providers.errors import SetupError, TryLater, Unreadable
from portal.providers.protocols import ConfirmedCaller, EventProvider, SignedCaller
from portal.providers.values import HookCall

log = logging.getLogger(__name__)

bp = Blueprint("hooks", __name__, url_prefix="/hooks")
csrf.exempt(bp)  # the caller is a machine, which shows a secret instead

MB = 1024 * 1024
EVENTS_MAX_MB = 5
SAID = "30/hour"  # of a provider, and of what is wrong
NOBODY = "There is no such provider."
# A provider repeats after a 5xx only: what is our own fault is one, or is lost.
OK, BAD, FORBIDDEN, NOT_FOUND, TOO_LARGE, FAULT = 200, 400, 403, 404, 413, 503

Handler = Callable[[SignedCaller, HookCall], Response]


@bp.get("/<name>/events")
def look(name: str) -> Response:
    """Say that somebody is here: some providers look before they save the address."""
    return say_hello(name, "Events")


@bp.post("/<name>/events")
def take_events(name: str) -> Response:
    """Keep what a provider tells us. A repeat of the call changes nothing."""
    return answer(name, EVENTS_MAX_MB, keep_events)


def keep_events(provider: SignedCaller, call: HookCall) -> Response:
    """Keep the events in a call that is the provider's. Raises Unreadable."""
    if not isinstance(provider, EventProvider):
        return say(NOBODY, NOT_FOUND)
    if isinstance(provider, ConfirmedCaller) and provider.confirm(call):
        return say("Confirmed.", OK)
    number = events.save(provider.name, provider.parse_events(call))
    return say(f"Kept; {number} new.", OK)


def answer(name: str, most_mb: int, handle: Handler) -> Response:
    """Let `handle` answer a call, if it is one of the provider's and can be read."""
    if name not in providers.ADAPTERS:
        return say(NOBODY, NOT_FOUND)
    request.max_content_length = most_mb * MB
    response = _answer_or_put_off(name, handle)
    metrics.count("portal_webhook_calls", name, response.status_code)
    return response


def _answer_or_put_off(name: str, handle: Handler) -> Response:
    try:
        return _answer(name, handle)
    except (SetupError, TryLater, SQLAlchemyError) as error:
        db.session.rollback()
        log.error("A call to %s could not be taken: %s", request.path, error)
        return say("This cannot be taken for now. Send it again.", FAULT)


def _answer(name: str, handle: Handler) -> Response:
    try:
        provider = get_providers().caller(name)
        if provider is None:
            return say(NOBODY, NOT_FOUND)
        call = _call()
        if not provider.verify(call):
            return _refuse(name, "The secret or signature is not right.", FORBIDDEN)
        return handle(provider, call)
    except Unreadable as error:
        return _refuse(name, str(error), BAD)
    except RequestEntityTooLarge:
        return _refuse(name, "This is too large.", TOO_LARGE)
    except BadRequest:
        log.warning("A call to %s ended too early", request.path)
        return say("The call ended too early. Send it again.", FAULT)


def _refuse(name: str, words: str, status: int) -> Response:
    """Answer a call that will not be made again: what it told is lost, so the team hears of it.

    Anybody can send such calls: it is said so often that it cannot be missed, and no more.
    """
    if over_limit(SAID, "refused call", name, str(status)):
        return say(words, status)
    log.warning("A call to %s was refused: %s", request.path, words)
    text = f"{words} On the server, “flask providers check” says what is set up wrongly."
    alert_again(f"The portal refuses what {name} tells it", text, f"refused {name} {status}")
    db.session.commit()
    return say(words, status)


def _call() -> HookCall:
    text = request.query_string.decode()
    # Providers sign the address that they were given, which is the public one.
    address = f"{current_app.config['SITE_URL']}{request.path}" + (f"?{text}" if text else "")
    body = request.get_data(cache=False)
    request.stream.read(1)  # of a body in chunks, Werkzeug says only here that it was cut
    if len(body) < (request.content_length or 0):  # gunicorn does not say so
        raise ClientDisconnected
    return HookCall(address, dict(request.headers), dict(parse_qsl(text)), body)


def say_hello(name: str, what: str) -> Response:
    """Answer a provider that only looks, whatever it asks for."""
    known = name in providers.ADAPTERS
    return say(f"{what} go here, by POST.", OK) if known else say(NOBODY, NOT_FOUND)


def say(words: str, status: int) -> Response:
    """A short answer in plain text."""
    return Response(f"{words}\n", status, mimetype="text/plain")
