"""What comes too often: a flood is turned away in words, and a person looks at what is much."""

import hmac
import ipaddress
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request
from flask_wtf import FlaskForm
from limits import parse
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from wtforms import Field

from portal.counts import CountsInFile
from portal.web import UNPROCESSABLE
from portal.words import per, span

log = logging.getLogger(__name__)

OK, TOO_MANY = 200, 429
NETWORK_PREFIX = 64  # what one household gets in IPv6 (RFC 6177)
FLOOD = "600/hour"  # from one network: more than that is turned away before it is read
MANY_FROM_ONE_PLACE = "60/hour"  # more than a day centre would send: a person looks at the rest
MANY_FROM_ONE_CONTACT = "5/hour"
ANSWERS_KEPT = (
    "Many people sent this form from your network in the last {hour}. "
    "Your answers are still here. Send them again in {an_hour}."
)
TRY_AGAIN = (
    "Many people sent this form from your network in the last {hour}. Try again in {an_hour}."
)
UNTRUSTED_PROXY = (
    "X-Forwarded-For came, and TRUSTED_PROXIES is 0. If a proxy stands in front of the portal, all "
    f"visitors count as one place: after {MANY_FROM_ONE_PLACE.partition('/')[0]} sign-ups in an "
    "hour of all of them together, the next are held for a person to look at. Set TRUSTED_PROXIES "
    "to the number of proxies in front, and start the portal again."
)
SEEN = "proxy-seen"
MANY_CAME = "Many came from one place in {an_hour}"
MANY_FROM_THEM = "Many came from one person in {an_hour}"


def init_app(app: Flask) -> None:
    """Count where RATELIMIT_STORAGE_URI says; raises ConfigurationError if that is nowhere."""
    uri = app.config["RATELIMIT_STORAGE_URI"]
    kind = CountsInFile if uri.startswith("sqlite:") else storage_from_string
    storage = kind(uri, wrap_exceptions=True)
    app.extensions["counts"] = FixedWindowRateLimiter(storage)
    if not app.config["TRUSTED_PROXIES"]:
        app.before_request(_look_for_a_proxy)


def _look_for_a_proxy() -> None:
    """Say once that all visitors may count as one; leave a mark for `flask providers check`."""
    mark = proxy_mark(current_app.config)
    if "X-Forwarded-For" in request.headers and not current_app.extensions.get(SEEN):
        current_app.extensions[SEEN] = True
        log.warning(UNTRUSTED_PROXY)
        with suppress(OSError):
            mark.touch()


def proxy_mark(config: Mapping[str, Any]) -> Path:
    """The file that is there once a proxy was seen that TRUSTED_PROXIES does not count."""
    return Path(config["VAR_DIR"]) / SEEN


def network() -> str:
    """The visitor's network."""
    return network_of(request.remote_addr or "")


def network_of(place: str) -> str:
    """The network of an address: itself; of IPv6 only the part that a household shares."""
    try:
        address = ipaddress.ip_address(place)
    except ValueError:  # a proxy may write anything into X-Forwarded-For
        return place
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, NETWORK_PREFIX), strict=False))
    return str(address)


def over_limit(rate: str, *who: str, amount: int = 1, is_look: bool = False) -> bool:
    """Count `amount` more for `who`, such as bytes; whether that is over `rate` ("5/hour").

    With `is_look` it is only told, and nothing counted.
    Nobody can read in the counts who it was. When their storage is down nobody
    is over a limit: a lost count does less harm than a lost message.
    """
    if not current_app.config["RATELIMIT_ENABLED"]:
        return False
    limiter: FixedWindowRateLimiter = current_app.extensions["counts"]
    key = current_app.config["SECRET_KEY"].encode()
    who_it_was = hmac.new(key, "\n".join(who).encode(errors="replace"), "sha256").hexdigest()
    item = parse(rate)
    environ, it = request.environ if request else {}, (rate, who_it_was, amount, is_look)
    if it in (counted := environ.get("portal.counted", {})):
        return bool(counted.pop(it))  # when the app was asked about a large body
    try:
        is_over = not (limiter.test if is_look else limiter.hit)(item, who_it_was, cost=amount)
        environ.get("portal.counting", {})[it] = is_over
        return is_over
    except StorageError:
        log.exception("RATELIMIT_STORAGE_URI does not answer; nothing is being counted")
        return False


def timed(words: str, rate: str) -> str:
    """The words with the period of a rate such as 5/hour for `{hour}` and `{an_hour}`."""
    period = timedelta(seconds=parse(rate).get_expiry())
    hour, an_hour = span(period).removeprefix("1 "), per(period).removeprefix("in ")
    return words.format(hour=hour, an_hour=an_hour)


def flooded(what: str, words: str = ANSWERS_KEPT, rate: str = "") -> str:
    """Count one more of `what` from the visitor's network; the words where it is too many."""
    rate = rate or FLOOD
    return timed(words, rate) if over_limit(rate, what, network()) else ""


def is_flood(field: Field, what: str, words: str = ANSWERS_KEPT, rate: str = "") -> bool:
    """Whether too many such forms came from the visitor's network; then the field says so."""
    if problem := flooded(what, words, rate):
        field.errors = [problem]
    return bool(problem)


def refusal(form: FlaskForm, field: Field, what: str, words: str = ANSWERS_KEPT) -> int:
    """The status to show a form with: 200 until it is sent, 429, 422; 0 where all is good.

    A form that is sent counts as one more of `what`; where that is too many the field says so.
    """
    if request.method != "POST":
        return OK
    if is_flood(field, what, words):
        return TOO_MANY
    return 0 if form.validate() else UNPROCESSABLE


def many(
    what: str, contacts: Iterable[str] = (), place: str = MANY_CAME, person: str = MANY_FROM_THEM
) -> list[str]:
    """Count one more of `what`; why a person should look at it, as many came from there.

    From outside an answer to it looks no different.
    """
    doubts = []
    if over_limit(MANY_FROM_ONE_PLACE, what, network()):
        doubts.append(timed(place, MANY_FROM_ONE_PLACE))
    return doubts + too_many_from(what, contacts, person)


def too_many_from(what: str, contacts: Iterable[str], words: str = MANY_FROM_THEM) -> list[str]:
    """Count one more of `what` for each contact; the words where that is too many for one."""
    often = [over_limit(MANY_FROM_ONE_CONTACT, what, one) for one in contacts if one]
    return [timed(words, MANY_FROM_ONE_CONTACT)] if any(often) else []
