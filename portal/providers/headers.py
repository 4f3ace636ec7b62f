"""What a mail is made of on its way to a provider, whichever takes it: headers, addresses."""

import re
from email.charset import BASE64, Charset
from email.header import Header
from typing import Any

from portal.providers.errors import Refused
from portal.providers.values import Address, Email

UTF8 = Charset("utf-8")
UTF8.header_encoding = BASE64  # of ours alone: Apprise changes what is usual for everybody
# RFC 5322, 3.6.8: printable ASCII without the colon.
NAME = re.compile(r"[!-9;-~]+")
BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
# What has a field of its own in `Email`, or follows from how the mail is written.
FIELDS = {"from", "reply-to", "to", "cc", "bcc", "subject", "date"}
OURS = FIELDS | {"mime-version", "content-type", "content-transfer-encoding"}


def one_line(text: str) -> str:
    """The text with line breaks and other control characters turned into spaces."""
    return BREAKS.sub(" ", text).strip()


def ascii_value(text: str) -> str:
    """One line of ASCII; anything else becomes encoded words (RFC 2047)."""
    line = one_line(text)
    return line if line.isascii() else Header(line, UTF8).encode(linesep="")


def mailbox(
    address: Address, email: str = "email", name: str = "name", longest: int | None = None
) -> dict[str, str]:
    """The address with its name, left out where empty, for providers that take it as an object."""
    words = one_line(address.name)[:longest].strip()
    return {email: address.email, name: words} if words else {email: address.email}


def named(address: Address, longest: int = 70) -> str:
    """The address with its name, as `"Name" <address>`, for providers that take it as one text."""
    name = one_line(address.name)[:longest].strip().replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}" <{address.email}>' if name else address.email


def ascii_named(address: Address) -> str:
    """Those of `named` as the value of a header, in which the name alone may be encoded."""
    if one_line(address.name).isascii():
        return named(address)
    return f"{ascii_value(address.name)} <{address.email}>"


def extra_headers(email: Email) -> list[tuple[str, str]]:
    """The mail's own headers, one line each, in order.

    Raises Refused for a name that no mail may carry or that has a field of
    its own in `Email`.
    """
    for name, _ in email.headers:
        if not NAME.fullmatch(name) or name.lower() in OURS:
            raise Refused(f"The header {name!r} cannot be added to a mail.")
    return [(name, one_line(value)) for name, value in email.headers]


def ascii_headers(email: Email) -> dict[str, str]:
    """Those of `extra_headers` for providers that take an object, in ASCII."""
    return {name: ascii_value(value) for name, value in extra_headers(email)}


def files(email: Email, name: str, content: str, kind: str = "") -> list[dict[str, str]]:
    """The mail's files as objects, in which name, content and kind (if wanted) have these names."""
    return [
        {name: one_line(it.name), content: it.base64} | ({kind: it.kind} if kind else {})
        for it in email.attachments
    ]


def present(**fields: Any) -> dict[str, Any]:
    """The fields that hold something: what a mail may have, and this one has."""
    return {name: value for name, value in fields.items() if value}
