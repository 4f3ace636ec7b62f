"""A mail as mail programs write it (RFC 5322, MIME), read into our own values.

Every leaf of it becomes text or a file, however it is nested; nothing is left out, and nothing
is too broken to be kept.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32
from functools import reduce
from itertools import islice
from mimetypes import guess_extension
from typing import cast

from portal.providers.values import InboundAttachment, InboundEmail
from portal.providers.webhooks import charsets, html_text, values

DEEPEST = 50  # parts in parts: what lies deeper is one file
MOST_PARTS, MOST_VERSIONS, MOST_HEADERS = 2_000, 5, 1_000
MOST_LINES = 2_000_000  # the library takes each by itself; files of 75 MB have half as many
LONGEST = 500_000  # letters that are read of one mail: some times what a page shows of it
# Of a header that says how a part is written: the library copies all of it for each parameter.
PARAMETERS_LONGEST, MOST_PARAMETERS = 5_000, 50
WITH_PARAMETERS = frozenset({"content-type", "content-disposition"})
SHOWN = frozenset(
    {"text/plain", "text/html", "text/enriched", "text/markdown", "text/rfc822-headers"}
)
# What machines say of a mail: lines like those of headers, and no mail in the mail.
REPORTS = frozenset({"delivery-status", "disposition-notification", "feedback-report"})
LOCKED = re.compile("multipart/encrypted|application/(x-)?pkcs7-mime")
ENCODING = "content-transfer-encoding"
ENCODED = re.compile("base64|quoted-printable", re.IGNORECASE)
CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"' ]*([\w.:-]+)", re.IGNORECASE)
BLANK = re.compile(rb"\r?\n\r?\n")
MAIL_END = ".eml"
PGP = "-----BEGIN PGP MESSAGE-----"
MEDIA = frozenset({"image", "audio", "video", "text"})
IS_LOCKED = "[This mail is encrypted. We cannot open it here. It is kept as a file.]"
IS_BROKEN = "[This mail is broken. Here is what it holds, as it came.]"


class _AsWritten(Compat32):
    """Headers as they came: the library fails in many ways where it reads them itself.

    Bytes beyond ASCII are half pairs in them, which `values.decoded` takes.
    """

    verify_generated_headers = False  # newer Pythons refuse what came broken

    def header_fetch_parse(self, name: str, value: str) -> str:
        if name.lower() in WITH_PARAMETERS:
            return ";".join(
                value[:PARAMETERS_LONGEST].split(";", MOST_PARAMETERS)[:MOST_PARAMETERS]
            )
        # What stands behind it would hide the encoding from the library: a space, a comment.
        return (value.split() or [""])[0].rstrip(";") if name.lower() == ENCODING else value

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}{self.linesep}".encode("utf-8", "surrogateescape")


POLICY = _AsWritten(linesep="\r\n", mangle_from_=False)


def read(content: bytes, recipients: Iterable[str] = ()) -> InboundEmail:
    """The mail that these bytes are, whatever they are; `recipients` are known from elsewhere."""
    leaves = _Leaves()
    try:
        if content.count(b"\n--") > MOST_PARTS and b"boundary" in content.lower():
            raise ValueError  # each would be an object: they would fill the memory
        if content.count(b"\n") > MOST_LINES:
            raise ValueError
        message = message_from_bytes(content.lstrip(b"\r\n"), policy=POLICY)
        text = leaves.text(message)
    except Exception:  # nested too deep for it; and the library fails as it likes
        head, *body = re.split(BLANK, content, maxsplit=1)
        message = message_from_bytes(head + b"\n\n", policy=POLICY)
        leaves.left = LONGEST  # what was read of it is read again
        text = leaves.some(f"{IS_BROKEN}\n\n{values.text(charsets.decode(b''.join(body)))}")
    head = {name.lower(): value for name, value in reversed([*_pairs(message)])}
    found = values.recipients(_pairs(message, values.HEAD_LONGEST))
    # Its words are read after the address was found: they may look like one.
    sender = values.address(values.unhidden(str(message.get("From", ""))))
    return InboundEmail(
        sender=replace(sender, name=values.line(values.decoded(sender.name))),
        recipients=tuple(dict.fromkeys([*found, *recipients])),
        subject=values.line(head.get("subject")),
        text=text,
        message_id=values.line(head.get("message-id")),
        headers=tuple(_pairs(message)),
        attachments=tuple(leaves.files),
        whole=content,
    )


def in_another(content: bytes) -> str:
    """The words of a mail that came with another one."""
    return read(b"Content-Type: message/rfc822\r\n\r\n" + content).text


def headers(content: bytes) -> list[tuple[str, str]]:
    """The headers of the mail that starts so, as people read them."""
    return [*_pairs(message_from_bytes(re.split(BLANK, content)[0] + b"\n\n", policy=POLICY))]


def _pairs(message: Message, longest: int = values.HEADER_LONGEST) -> Iterator[tuple[str, str]]:
    """The headers, as lines of so many letters."""
    for name, value in islice(message.raw_items(), MOST_HEADERS):
        yield values.line(name), values.line(values.decoded(str(value)), longest)


def header_of(name: str, value: str) -> Message:
    """A message that has this header alone, for what it says in its parameters."""
    return message_from_bytes(
        f"{name}: {values.line(value, PARAMETERS_LONGEST)}\n\n".encode(), policy=POLICY
    )


def form_part(content: bytes) -> tuple[str, str, bytes]:
    """A part of a form: the name of its field, that of its file or nothing, and its content."""
    head, *rest = re.split(BLANK, content, maxsplit=1)
    part = message_from_bytes(head + b"\n\n", policy=POLICY)
    part.set_payload(b"".join(rest).decode("ascii", "surrogateescape"))
    name = part.get_param("name", "", "content-disposition")
    return values.unhidden(str(name)), _name(part), _content(part)


def as_written(content: object, recipients: Iterable[str]) -> InboundEmail | None:
    """The mail in a text of JSON that has it whole; None where there is none, or not all of it."""
    if not isinstance(content, str) or not content or "\ufffd" in content:
        return None
    return read(content.encode("utf-8", "replace"), recipients)


class _Leaves:
    """Collects what a mail is made of: the files, and how much may still be read."""

    def __init__(self) -> None:
        self.files: list[InboundAttachment] = []
        self.left, self.html_left = LONGEST, html_text.LONGEST

    def some(self, text: str) -> str:
        """As much of a text as there is room for; it says so where it is cut."""
        room, self.left = self.left, max(0, self.left - len(text))
        return text if len(text) <= room else f"{text[:room]}\n\n{html_text.CUT}" if room else ""

    def text(self, part: Message, depth: int = 0, *, forwarded: bool = False) -> str:
        """The words in a part, in their order; its files are collected."""
        kind = part.get_content_type().split()[0]
        if LOCKED.match(kind):
            self._add(part.as_bytes(), "encrypted mail.eml")
            return IS_LOCKED
        if not part.is_multipart():
            return self._leaf(part, kind, depth, forwarded=forwarded)
        if depth == DEEPEST:
            self._add(part.as_bytes(), "deep inside.eml")
            return ""
        parts = cast("list[Message]", part.get_payload())
        if part.get_content_maintype() == "message":
            if part.get_content_subtype() in REPORTS:
                told = (charsets.decode(one.as_bytes()) for one in parts)
                return self.some(_joined(values.text(one) for one in told))
            return self._inner(part, depth, forwarded=forwarded)
        texts = [self.text(one, depth + 1, forwarded=forwarded) for one in parts]
        if kind == "multipart/alternative" and len(texts) <= MOST_VERSIONS:
            texts = [reduce(html_text.best, texts)]
        return _joined([*texts, self.some(values.text(charsets.decode(_raw(part.epilogue))))])

    def _inner(self, part: Message, depth: int, *, forwarded: bool) -> str:
        """The mail that a part is."""
        (inner, *_) = cast("list[Message]", part.get_payload())
        if ENCODED.match(str(part.get(ENCODING, ""))):  # against RFC 2046, 5.2.1
            part.set_type("text/plain")
            part.set_payload(inner.as_bytes().decode("ascii", "surrogateescape"))
            return self._mail(_content(part), _name(part), depth, forwarded=forwarded)
        return self._mail(inner, _name(part), depth, forwarded=forwarded)

    def _mail(self, mail: Message | bytes, name: str, depth: int, *, forwarded: bool) -> str:
        """A mail in the mail: a file, and its words. The mails in it are in that file."""
        content = mail if isinstance(mail, bytes) else b""
        if isinstance(mail, bytes):
            mail = message_from_bytes(mail, policy=POLICY)
        told = {one: values.decoded(str(mail.get(one, ""))) for one in ("from", "to", "date")}
        subject = values.line(values.decoded(str(mail.get("Subject", ""))))
        if not forwarded:
            name = name or subject or "mail"
            content = content or mail.as_bytes()
            self._add(content, name if name.lower().endswith(MAIL_END) else name + MAIL_END)
        about = [f"“{subject}”"] if subject else []
        about += [
            f"{name} {values.line(word, values.HEADER_LONGEST)}"
            for name, word in told.items()
            if word
        ]
        opening = f"[A mail that came with this one{': ' if about else ''}{', '.join(about)}]"
        return _joined([opening, self.text(mail, depth + 1, forwarded=True)])

    def _leaf(self, part: Message, kind: str, depth: int, *, forwarded: bool) -> str:
        content, name = _content(part), _name(part)
        is_file = part.get_content_disposition() == "attachment"
        if name.lower().endswith(MAIL_END) and depth < DEEPEST:
            return self._mail(content, name, depth, forwarded=forwarded)
        if kind not in SHOWN and part.get_content_maintype() != "multipart":
            return self._add(content, name or _usual_name(kind))
        if depth and (is_file or (name and kind != "text/html")):
            self._add(content, name or _usual_name(kind))
        if depth and is_file:
            return ""
        label = part.get_content_charset("")
        if kind != "text/html":
            text = values.text(charsets.decode(content, label)).strip()
            if PGP in text[:200]:
                return self._add(content, "encrypted.asc") or IS_LOCKED
            return self.some(text)
        named = CHARSET.search(content[:1024])
        html = charsets.decode(content, label or (named[1].decode() if named else ""))
        for media, base64 in html_text.PICTURE.findall(html):
            self.files.append(values.file(_usual_name(media), base64))
        longest, self.html_left = self.html_left, max(0, self.html_left - html_text.cost(html))
        return self.some(html_text.as_text(values.text(html), longest))

    def _add(self, content: bytes, name: str) -> str:
        self.files.append(InboundAttachment(values.line(name, values.NAME_LONGEST), content))
        return ""


def _joined(texts: Iterable[str]) -> str:
    return "\n\n".join(filter(None, (text.strip("\n") for text in texts)))


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else _raw(part.get_payload())


def _raw(payload: object) -> bytes:
    return payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""


def _name(part: Message) -> str:
    return values.line(values.decoded(part.get_filename() or ""), values.NAME_LONGEST)


def _usual_name(kind: str) -> str:
    media = kind.partition("/")[0]
    return f"{media if media in MEDIA else 'file'}{guess_extension(kind) or ''}"
