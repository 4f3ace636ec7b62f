"""Where providers tell us things: answers for a machine, in few words."""

import logging
from collections.abc import Callable
from urllib.parse import parse_qsl

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from portal import providers
from portal.delivery import events
from portal.delivery.providers import get_providers
from portal.extensions import csrf
from portal.providers.errors import SetupError, Unreadable
from portal.providers.protocols import EventProvider, SignedCaller
from portal.providers.values import HookCall

log = logging.getLogger(__name__)

bp = Blueprint("hooks", __name__, url_prefix="/hooks")
csrf.exempt(bp)  # the caller is a machine, which shows a secret instead

MB = 1024 * 1024
EVENTS_MAX_MB = 5
NOBODY = "There is no such provider."
OK, BAD, FORBIDDEN, NOT_FOUND, TOO_LARGE, FAULT = 200, 400, 403, 404, 413, 500

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
    number = events.save(provider.name, provider.parse_events(call))
    return say(f"Kept; {number} new.", OK)


def answer(name: str, most_mb: int, handle: Handler) -> Response:
    """Let `handle` answer a call, if it is one of the provider's and can be read."""
    request.max_content_length = most_mb * MB
    try:
        return _verified(name, handle)
    except SetupError as error:
        log.error("A call to %s was refused: %s", request.path, error)
        return say("This is not set up.", FORBIDDEN)
    except Unreadable as error:
        return say(str(error), BAD)
    except RequestEntityTooLarge:
        return say("This is too large.", TOO_LARGE)
    except BadRequest:
        return say("The call ended too early.", BAD)


def _verified(name: str, handle: Handler) -> Response:
    provider, call = get_providers().caller(name), _call()
    if provider is None:
        return say(NOBODY, NOT_FOUND)
    if not provider.verify(call):
        return say("The secret or signature is not right.", FORBIDDEN)
    return handle(provider, call)


def _call() -> HookCall:
    text = request.query_string.decode()
    # Providers sign the address that they were given, which is the public one.
    address = f"{current_app.config['SITE_URL']}{request.path}" + (f"?{text}" if text else "")
    body = request.get_data(cache=False)
    return HookCall(address, dict(request.headers), dict(parse_qsl(text)), body)


def say_hello(name: str, what: str) -> Response:
    """Answer a provider that only looks, whatever it asks for."""
    known = name in providers.ADAPTERS
    return say(f"{what} go here, by POST.", OK) if known else say(NOBODY, NOT_FOUND)


def say(words: str, status: int) -> Response:
    """A short answer in plain text."""
    return Response(f"{words}\n", status, mimetype="text/plain")
