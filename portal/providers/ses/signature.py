"""How a call to Amazon is signed: its page "Create a signed AWS API request" (Version 4)."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"


class Key(NamedTuple):
    """An access key, with the region and the service of Amazon's that it is used at."""

    name: str
    secret: str
    region: str
    service: str


def headers(key: Key, method: str, url: str, kind: str, content: bytes) -> Mapping[str, str]:
    """The headers that sign a call, whose content has this media type."""
    parts, stamp = urlsplit(url), datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    signed = {"content-type": kind, "host": parts.netloc, "x-amz-date": stamp}
    names = ";".join(signed)
    pairs = sorted(map(_pair, parse_qsl(parts.query, keep_blank_values=True)))
    request = [method, quote(parts.path or "/", safe="/~"), "&".join(pairs)]
    request += [*(f"{name}:{value}" for name, value in signed.items()), "", names, _digest(content)]
    scope = (stamp[:8], key.region, key.service, "aws4_request")
    told = [ALGORITHM, stamp, "/".join(scope), _digest("\n".join(request).encode())]
    secret = f"AWS4{key.secret}".encode()
    for one in (*scope, "\n".join(told)):
        secret = hmac.digest(secret, one.encode(), hashlib.sha256)
    credential = f"{key.name}/{'/'.join(scope)}"
    value = f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={secret.hex()}"
    return {"X-Amz-Date": stamp, "Authorization": value}


def _pair(pair: tuple[str, str]) -> str:
    return "=".join(quote(one, safe="~") for one in pair)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
