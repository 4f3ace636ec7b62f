"""One request, its answer, and what must be true of every answer."""

from __future__ import annotations

import logging
import re
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from sqlalchemy import event
from werkzeug.datastructures import Headers

from portal.extensions import SAFE_METHODS, db
from portal.web import ASK_AGAIN
from tests.fuzzing.seeing import Seen, shown

FORM, FILES = "application/x-www-form-urlencoded", "multipart/form-data"
BOUNDARY = b"b0undary"
# What a refused request may leave: who has a page open, and what they typed or added, for them.
MAY_BE_NOTED = {"presence", "kept_form", "attachment"}
WRITES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) \"?(\w+)")
CUTTING = {"Content-Length", "Transfer-Encoding"}
SHOWN = 300  # letters of a value


@dataclass(frozen=True)
class File:
    """A file in a field."""

    name: bytes
    content: bytes
    kind: bytes = b"application/octet-stream"


@dataclass(frozen=True)
class Sent:
    """A request. Addresses and values are bytes, since they may be no text."""

    method: str
    path: bytes
    fields: tuple[tuple[bytes, bytes | File], ...] = ()
    query: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    kind: str = FORM
    body: bytes | None = None
    """In place of the fields."""
    who: str = "nobody"
    cookie: str = ""

    def with_fields(self, fields) -> Sent:
        return replace(self, fields=tuple(fields))

    def content(self) -> bytes:
        """What is sent as the body."""
        if self.body is not None:
            return self.body
        if any(isinstance(value, File) for _, value in self.fields) or self.kind == FILES:
            return b"".join(map(_part, self.fields)) + b"--%b--\r\n" % BOUNDARY
        return b"&".join(b"%b=%b" % (_quote(name), _quote(value)) for name, value in self.fields)

    def content_type(self) -> str:
        """How the body says that it is to be read."""
        is_files = any(isinstance(value, File) for _, value in self.fields) or self.kind == FILES
        whole = f"{FILES}; boundary={BOUNDARY.decode()}"
        return whole if is_files and self.kind in {FORM, FILES} else self.kind

    def __str__(self) -> str:
        """To be read by whoever mends it."""
        lines = [f"{self.method} {self.path!r} ?{self.query!r} as {self.who}"]
        lines += [f"  {name}: {value}" for name, value in self.headers]
        lines += [f"  {name!r} = {value!r}"[:SHOWN] for name, value in self.fields]
        if self.body is not None:
            lines.append(f"  {self.content_type()}: {self.body!r}"[:SHOWN])
        return "\n".join(lines)


def _quote(text: bytes) -> bytes:
    return b"".join(
        b"%c" % one if chr(one).isalnum() and one < 128 else b"%%%02X" % one for one in text
    )


def _part(item) -> bytes:
    name, value = item
    head = b'--%b\r\nContent-Disposition: form-data; name="%b"' % (BOUNDARY, _in_head(name))
    if isinstance(value, File):
        said = b'%b; filename="%b"\r\nContent-Type: %b' % (head, _in_head(value.name), value.kind)
        return said + b"\r\n\r\n%b\r\n" % value.content
    return b"%b\r\n\r\n%b\r\n" % (head, value)


def _in_head(text: bytes) -> bytes:
    return text.replace(b"\r", b"%0D").replace(b"\n", b"%0A").replace(b'"', b"%22")


class Watch:
    """What the app does while it answers: which tables it writes for good, what faults it logs."""

    def __init__(self) -> None:
        self.written: set[str] = set()
        self.pending: set[str] = set()
        self.faults: list[str] = []

    def clear(self) -> None:
        self.written, self.pending, self.faults = set(), set(), []

    @contextmanager
    def looking(self):
        """Look on, from now to the end of the block."""
        handler = logging.Handler(logging.ERROR)
        handler.emit = self._note
        listeners = {
            "before_cursor_execute": self._execute,
            "commit": self._commit,
            "rollback": self._rollback,
        }
        logging.getLogger().addHandler(handler)
        for name, function in listeners.items():
            event.listen(db.engine, name, function)
        try:
            yield self
        finally:
            logging.getLogger().removeHandler(handler)
            for name, function in listeners.items():
                event.remove(db.engine, name, function)

    def _note(self, record) -> None:
        where = record.exc_info and "".join(traceback.format_exception(*record.exc_info))
        self.faults.append(f"{record.getMessage()}\n{where or ''}")

    def _execute(self, _connection, _cursor, statement, *_) -> None:
        if found := WRITES.match(statement):
            self.pending.add(found[1])

    def _commit(self, _connection) -> None:
        self.written |= self.pending
        self.pending = set()

    def _rollback(self, _connection) -> None:
        self.pending = set()


def send(app, sent: Sent):
    """The answer, read to its end."""
    headers = Headers([(name, value) for name, value in sent.headers])
    overrides = {
        "PATH_INFO": sent.path.decode("latin-1"),
        "QUERY_STRING": sent.query.decode("latin-1"),
    }
    if length := headers.pop("Content-Length", None):
        overrides["CONTENT_LENGTH"] = length
    if sent.cookie and "Cookie" not in headers:
        headers["Cookie"] = f"{app.config['SESSION_COOKIE_NAME']}={sent.cookie}"
    client = app.test_client(use_cookies=False)
    return client.open(
        "/",
        method=sent.method,
        data=sent.content(),
        content_type=sent.content_type(),
        headers=headers,
        environ_overrides=overrides,
        buffered=True,
    )


def wrong(app, sent: Sent, watch: Watch) -> str:
    """What is wrong with how this is answered, or nothing."""
    watch.clear()
    try:
        answer = send(app, sent)
    except Exception:
        return traceback.format_exc()
    if watch.faults:
        return watch.faults[0]
    if answer.status_code >= 500 and not _is_a_machines(sent, answer):
        return f"{answer.status}\n{answer.get_data()!r}"
    refused = answer.status_code >= 400 or sent.method in SAFE_METHODS
    if refused and watch.written - MAY_BE_NOTED and not _is_a_machines(sent, answer):
        return f"{answer.status}, and it wrote {sorted(watch.written)}"
    ours = urlsplit(app.config["SITE_URL"]).netloc
    for name in ("Location", "HX-Redirect"):
        leads_to = urlsplit(answer.headers.get(name, ""))
        if leads_to.netloc not in {"", ours, "localhost"} or leads_to.scheme not in {"", "http"}:
            return f"It leads to {leads_to.geturl()}"
    return _lost(sent, answer) if answer.status_code in ASK_AGAIN else ""


def _lost(sent: Sent, answer) -> str:
    """What was typed once and does not stand in its field of the form that comes back."""
    is_page = answer.mimetype == "text/html" and "Content-Encoding" not in answer.headers
    if not _is_whole(sent) or not is_page:
        return ""
    forms = [form for form in Seen(answer.text).forms if form[0]["action"].encode() == sent.path]
    fields = [field for _, fields in forms for field in fields]
    for name, value in sent.fields:
        again = [now.encode() for one, now, is_typed in fields if is_typed and one.encode() == name]
        is_once = sum(one == name for one, _ in sent.fields) == 1
        is_text = isinstance(value, bytes) and is_once
        if again and is_text and shown(value) not in map(shown, again):
            return f"{answer.status}, and {name!r} came back as {again[0][:SHOWN]!r}"
    return ""


def _is_whole(sent: Sent) -> bool:
    """Whether all of it came, and it is text."""
    is_cut = sent.body is not None or CUTTING & dict(sent.headers).keys()
    texts = [text for field in sent.fields for text in field if isinstance(text, bytes)]
    return not is_cut and all(text.decode(errors="replace").encode() == text for text in texts)


def _is_a_machines(sent: Sent, answer) -> bool:
    """Whether it tells a provider to call again, or why not to, of which the team hears."""
    return sent.path.startswith(b"/hooks/") and answer.mimetype == "text/plain"
