"""What comes too often: a flood is turned away in words, and a person looks at what is much."""

import hmac
import ipaddress
import logging
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import storage_from_string

from portal.counts import Count, CountsInFile, count
from portal.words import per, span

log = logging.getLogger(__name__)

NETWORK_PREFIX = 64  # what one household gets in IPv6 (RFC 6177)
WIDER_PREFIX = 48  # what an organisation gets: 65,536 of those
NETWORKS_OF_ONE = 10  # so many times the rate, as a phone company may have many people in it
MANY_FROM_ONE_PLACE = "60/hour"  # more than a day centre would send: a person looks at the rest
MANY_FROM_ONE_CONTACT = "5/hour"
UNTRUSTED_PROXY = (
    "X-Forwarded-For came, and TRUSTED_PROXIES is 0. If a proxy stands in front of the portal, all "
    f"visitors count as one place: after {MANY_FROM_ONE_PLACE.partition('/')[0]} sign-ups in an "
    "hour of all of them together, the next are held for a person to look at. Set TRUSTED_PROXIES "
    "to the number of proxies in front, and start the portal again."
)
SEEN = "proxy-seen"
COUNTS, RESTS = "counts", "counts-rest"  # in the app: their storage, and until when it rests
REST = 2.0  # seconds in which nothing is counted, once it could not be
MANY_CAME = "Many came from one place in {an_hour}"
MANY_FROM_THEM = "Many came from one person in {an_hour}"


def init_app(app: Flask) -> None:
    """Count where RATELIMIT_STORAGE_URI says; raises ConfigurationError if that is nowhere."""
    uri = app.config["RATELIMIT_STORAGE_URI"]
    is_file = uri.startswith("sqlite:")
    storage = CountsInFile(uri) if is_file else storage_from_string(uri, wrap_exceptions=True)
    app.extensions[COUNTS] = storage
    if not app.config["TRUSTED_PROXIES"]:
        app.before_request(_look_for_a_proxy)


def _look_for_a_proxy() -> None:
    """Say once that all visitors may count as one; leave a mark for `flask check`."""
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


def home_of(network: str) -> str:
    """The wider network that an IPv6 one is of, as a site or an attacker has it (RFC 6177)."""
    with suppress(ValueError):  # no address at all, and of IPv4 there is none that is wider
        return str(ipaddress.IPv6Network(network).supernet(new_prefix=WIDER_PREFIX))
    return ""


def widest_of(place: str) -> str:
    """The widest network of an address that one site or attacker may have to themselves."""
    here = network_of(place)
    return home_of(here) or here


class Wanted(NamedTuple):
    """What is counted: against which rate ("5/hour"), for whom, and how many more.

    With `is_look` it is only told whether there is room for so many.
    """

    rate: str
    who: tuple[str, ...]
    amount: int = 1
    is_look: bool = False


def from_network(rate: str, *what: str) -> list[Wanted]:
    """What is counted for the visitor's network; in IPv6 also for the wider one that it is of."""
    here = network()
    wanted = [Wanted(rate, (*what, here))]
    if home := home_of(here):
        most, per_, period = rate.partition("/")
        wanted.append(Wanted(f"{int(most) * NETWORKS_OF_ONE}{per_}{period}", (*what, home)))
    return wanted


def use(*wanted: Wanted) -> list[float]:
    """Count each; which share of its rate is used up now: above 1 it is over.

    Nobody can read in the counts who it was. When their storage is down nobody is over a limit,
    and nobody waits for it again for a while: a lost count does less harm than a lost message.
    """
    if not wanted or not current_app.config["RATELIMIT_ENABLED"] or _rests():
        return [0.0] * len(wanted)
    environ = request.environ if request else {}
    # Of a large body the app was asked before: what it counted then is not counted again.
    if known := environ.get("portal.counted", {}).pop(wanted, None):
        return [*known]
    environ.get("portal.counting", {})[wanted] = used = _used(wanted)
    return used


def _used(wanted: tuple[Wanted, ...]) -> list[float]:
    items = [_rate(one.rate) for one in wanted]
    pairs = list(zip(items, wanted, strict=True))
    asked = [
        Count(item.key_for(_hidden(one.who)), item.get_expiry(), 0 if one.is_look else one.amount)
        for item, one in pairs
    ]
    try:
        numbers = count(current_app.extensions[COUNTS], asked)
    except StorageError as error:
        log.error("No limit counts now: what RATELIMIT_STORAGE_URI names does not work: %s", error)
        current_app.extensions[RESTS] = time.monotonic() + REST
        return [0.0] * len(wanted)
    times = current_app.config["RATELIMIT_TIMES"]
    return [
        (number + one.amount * one.is_look) / (item.amount * times)
        for number, (item, one) in zip(numbers, pairs, strict=True)
    ]


def _rests() -> bool:
    return bool(current_app.extensions.get(RESTS, 0) > time.monotonic())


@lru_cache
def _rate(text: str) -> RateLimitItem:
    return parse(text)


def _hidden(who: tuple[str, ...]) -> str:
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.new(key, "\n".join(who).encode(errors="replace"), "sha256").hexdigest()


def over_limit(rate: str, *who: str) -> bool:
    """Count one more for `who`; whether that is over `rate` ("5/hour")."""
    return use(Wanted(rate, who))[0] > 1


def seconds(rate: str) -> int:
    """The period of a rate."""
    return _rate(rate).get_expiry()


def timed(words: str, rate: str) -> str:
    """The words with the period of a rate such as 5/hour for `{hour}` and `{an_hour}`."""
    period = timedelta(seconds=seconds(rate))
    hour, an_hour = span(period).removeprefix("1 "), per(period).removeprefix("in ")
    return words.format(hour=hour, an_hour=an_hour)


def many(
    what: str,
    contacts: Iterable[str] = (),
    place: str = MANY_CAME,
    person: str = MANY_FROM_THEM,
    *,
    by_network: bool = True,
) -> list[str]:
    """Count one more of `what`; why a person should look at it, as many came from there.

    From outside an answer to it looks no different. What a provider hands on comes from its
    network, so it is counted not `by_network`, but as all from one place.
    """
    all_of_it = [Wanted(MANY_FROM_ONE_PLACE, (what,))]
    here = from_network(MANY_FROM_ONE_PLACE, what) if by_network else all_of_it
    used = use(*here, *(Wanted(MANY_FROM_ONE_CONTACT, (what, one)) for one in contacts if one))
    found = {
        timed(place, MANY_FROM_ONE_PLACE): used[: len(here)],
        timed(person, MANY_FROM_ONE_CONTACT): used[len(here) :],
    }
    return [words for words, some in found.items() if any(one > 1 for one in some)]
