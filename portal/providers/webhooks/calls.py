"""How a provider's call to one of our hooks is known to be the provider's, and how it is read.

All comparisons take the same time whatever is wrong, and are made on the raw
bytes, before anything of them is parsed.
"""

import binascii
import hashlib
import hmac
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any
from urllib.parse import parse_qsl, quote

from portal.providers.errors import Unreadable
from portal.providers.values import HookCall
from portal.providers.webhooks import mime

TOLERANCE = 300  # seconds that a signed moment may differ from ours: Standard Webhooks' own figure
MOST_FIELDS = 1000


def same(given: str, expected: str) -> bool:
    """Whether two texts are the same, found out in constant time."""
    return hmac.compare_digest(*(text.encode("utf-8", "replace") for text in (given, expected)))


def header(call: HookCall, name: str) -> str:
    """A header of the call, or nothing."""
    return next((v for key, v in call.headers.items() if key.lower() == name.lower()), "")


def carries(secrets: Iterable[str], call: HookCall) -> bool:
    """Whether a call has one of our secrets: as bearer token, as password, or as `?secret=`.

    For providers that sign nothing.
    """
    scheme, _, value = header(call, "Authorization").partition(" ")
    given = [call.query.get("secret", "")]
    match scheme.lower():
        case "bearer":
            given.append(value.strip())
        case "basic":
            given.append(_password(value))
    matches = [same(one, secret) for one in given for secret in secrets]
    return any(matches)


def _password(credentials: str) -> str:
    try:
        return b64decode(credentials.strip(), validate=True).partition(b":")[2].decode()
    except (binascii.Error, ValueError):
        return ""


def is_fresh(timestamp: str) -> bool:
    """Whether a moment in Unix seconds is near enough to now not to be a replay."""
    moment = datetime.now(UTC).timestamp()
    return (
        timestamp.isascii()
        and timestamp.isdigit()
        and len(timestamp) <= 12  # noqa: PLR2004 - the year 33658; more is no moment
        and abs(int(timestamp) - moment) <= TOLERANCE
    )


def hmac_hex(secrets: Iterable[str], signed: bytes, given: str) -> bool:
    """Whether `given` is the hex HMAC-SHA256 of `signed` with one of the secrets."""
    matches = [
        same(given.lower(), hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest())
        for secret in secrets
    ]
    return any(matches)


def standard(secrets: Iterable[str], call: HookCall, prefix: str = "webhook") -> bool:
    """Whether a call is signed as Standard Webhooks 1.0.0 says ("Signature scheme").

    HMAC-SHA256 over "id.timestamp.body" with what follows `whsec_`, from
    base64; the header may hold several signatures. `prefix` is that of the
    headers: Svix writes `svix`.
    """
    names = ("id", "timestamp", "signature")
    mark, stamp, given = (header(call, f"{prefix}-{name}") for name in names)
    signed = b".".join([mark.encode(), stamp.encode(), call.body])
    signatures = [one[3:] for one in given.split() if one.startswith("v1,")]
    matches = [
        same(one, b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode())
        for one in signatures
        for key in filter(None, map(_standard_key, secrets))
    ]
    return bool(mark) and is_fresh(stamp) and any(matches)


def _standard_key(secret: str) -> bytes:
    """The bytes of a `whsec_…` secret; nothing, which signs nothing, where it is none."""
    try:
        return b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return b""


def with_password(url: str, secret: str) -> str:
    """The address with our secret as the password in it, for providers that call it so."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://portal:{quote(secret, safe='')}@{rest}"


def with_secret(url: str, secret: str) -> str:
    """The address with our secret as `?secret=`, for providers that know no other way."""
    return f"{url}?secret={quote(secret, safe='')}"


def bare(url: str) -> str:
    """The address without what may be a secret in it."""
    return re.sub(r"(?<=://)[^/@]*@|[?#].*", "", url)


def parse_json(content: bytes | str) -> Any:
    """The JSON that a provider wrote. Raises Unreadable."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"This is no JSON ({type(error).__name__}).") from None


def items(data: Any) -> list[dict[str, Any]]:
    """The objects in a call that has one, or a list of them. Raises Unreadable."""
    found = data if isinstance(data, list) else [data]
    if not all(isinstance(one, dict) for one in found):
        raise Unreadable("This is not a list of objects.")
    return found


def form(call: HookCall) -> list[tuple[str, str]]:
    """The fields of a call that is a form (x-www-form-urlencoded). Raises Unreadable."""
    try:
        return parse_qsl(
            call.body.decode(errors="replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise Unreadable("This form has too many fields.") from error


def parts(call: HookCall) -> list[tuple[str, str, bytes]]:
    """The parts of a multipart form (RFC 7578): name, file name or nothing, content.

    What is in a part is content, whatever its headers say of it. Raises Unreadable.
    """
    kind = header(call, "Content-Type")
    border = mime.header_of("Content-Type", kind).get_boundary()
    if not kind.lower().startswith("multipart/form-data") or not border:
        raise Unreadable("This is no multipart form.")
    _, *found = (b"\n" + call.body).split(b"\n--" + border.encode(), MOST_FIELDS + 2)
    if len(found) > MOST_FIELDS + 1:
        raise Unreadable("This form has too many fields.")
    written = takewhile(lambda one: not one.startswith(b"--"), found)
    return [mime.form_part(one.partition(b"\n")[2].removesuffix(b"\r")) for one in written]


def moment(value: Any, *, per_second: int = 1) -> datetime | None:
    """A moment given as a number since 1970 or in ISO 8601; None where it is neither."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / per_second, UTC)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return datetime.fromtimestamp(int(value) / per_second, UTC)
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
