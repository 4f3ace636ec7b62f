"""A mail of which a provider hands on the parts alone: it is written as a mail, and read as one.

So it becomes what any other mail becomes, and the team has it whole.
"""

import re
from base64 import encodebytes
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from portal.providers.headers import NAME, named
from portal.providers.values import Address, InboundAttachment, InboundEmail, Screening
from portal.providers.webhooks import mime, values

# What a mail said of how it was written, before it was taken apart.
FORM = frozenset({"content-type", "content-transfer-encoding", "content-disposition"})
KIND = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


def mail(
    sender: Address, recipients: Iterable[str], headers: Iterable[tuple[str, str]], **fields: Any
) -> InboundEmail:
    """The mail; `fields` are of `InboundEmail`, its texts as the provider wrote them, and `html`.

    Without `message_id` it is that of the headers; `reply_to` counts where they have none.
    """
    pairs, files = tuple(headers), tuple(fields["attachments"])
    known, places = {name.lower() for name, _ in pairs}, [*filter(None, recipients)]
    if "reply-to" not in known and (reply_to := values.line(fields.get("reply_to"))):
        pairs += (("Reply-To", reply_to),)
    told = {
        "From": named(sender),
        "To": ", ".join(places),
        "Subject": values.line(fields["subject"]),
    }
    head = [*pairs, *(one for one in told.items() if one[0].lower() not in known)]
    content = _written(head, values.text(fields["text"]), values.text(fields["html"]), files)
    found = mime.read(content)
    return replace(
        found,
        sender=sender,
        recipients=tuple(dict.fromkeys((*places, *found.recipients))),
        subject=told["Subject"],
        message_id=values.line(fields.get("message_id", found.message_id)),
        headers=pairs,
        attachments=(*found.attachments, *(one for one in files if one.content is None)),
        screening=fields.get("screening", Screening()),
    )


def _written(
    pairs: Iterable[tuple[str, str]], text: str, html: str, files: Iterable[InboundAttachment]
) -> bytes:
    head = [
        f"{'X-Original-' if name.lower() in FORM else ''}{name}: {value}\r\n".encode()
        for name, value in pairs
        if NAME.fullmatch(name)
    ]
    versions = [
        _part(f"text/{kind}; charset=utf-8", words.replace("\n", "\r\n").encode())
        for kind, words in (("plain", text), ("html", html))
        if words
    ]
    kept = [_file(one, one.content) for one in files if one.content is not None]
    return b"".join(head) + _joined("mixed", [_joined("alternative", versions), *kept])


def _part(kind: str, content: bytes, *more: str) -> bytes:
    lines = (f"Content-Type: {kind}", *more, "", "")
    return "\r\n".join(lines).encode() + content


def _file(file: InboundAttachment, content: bytes) -> bytes:
    kind = file.kind if KIND.fullmatch(file.kind) else "application/octet-stream"
    named = f"Content-Disposition: attachment; filename*=utf-8''{quote(file.name, safe='')}"
    return _part(kind, encodebytes(content), "Content-Transfer-Encoding: base64", named)


def _joined(kind: str, parts: list[bytes]) -> bytes:
    """Several parts as one. Nobody can write its border into them: it is made of all of them."""
    border = sha256(b"".join(parts)).hexdigest()
    start = f"\r\n--{border}\r\n".encode()
    whole = b"".join(start + part for part in parts) + f"\r\n--{border}--\r\n".encode()
    return _part(f"multipart/{kind}; boundary={border}", whole)
