"""What all small providers for tests share: they keep their state, and misbehave when told to.

One is reached without a socket (`Transport`), or runs in a thread.
"""

import io
import json
import re
import socket
import threading
from base64 import b64decode
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

REFUSALS = {
    "busy": (429, "too_many_requests", "Slow down"),
    "error": (500, "internal_error", "Something broke"),
    "unavailable": (503, "unavailable", "Come back later"),
    "forbidden": (401, "unauthorized", "Key not found"),
    "refuse": (400, "invalid_parameter", "email is not valid in to"),
    "redirect": (302, "moved", "Elsewhere"),
    "html": (200, "<!doctype html><title>Sign in</title>", ""),
    "nowhere": (404, "<!doctype html><title>Not here</title>", ""),
    "down": (None, "", ""),  # closes the connection without acting or answering
}
NUMBERS = "id", "ID", "Name"  # what rows are changed by
ACTS = "ok", "lose", "stall"  # and "lose" never answers, "stall" once told to behave otherwise


def hook_is(**to):
    """A change of a webhook, made by hand."""
    return lambda fake: fake.hooks[0].update(to)


class FakeProvider:
    """The state, and the server around it. Use as a context, or `start` and `stop`.

    `mode` is one of ACTS or REFUSALS; with `times` it holds for so many
    calls and then becomes "ok". `after` is the Retry-After of refusals.

    A subclass acts as its provider does. `acts` gives the method for each kind
    of call, such as `GET|PUT /contacts/*`; it takes the call and what stands for
    each star, and gives (status, JSON), or JSON alone for a 200. Mails go into
    `mails` and contacts, by lower-case address, into `contacts`; `hooks` and
    `fields` are what the set-up makes. A call has `method`, `path` (without
    `prefix`), `query`, `target` (both as one), `host`, `headers` (names in lower case),
    `raw` and `body`: its JSON, or the fields of a form, else text or bytes.
    """

    prefix, other_id = "", 99

    def __init__(self, api_key=""):
        self.api_key, self.port, self.server = api_key, 0, None
        self.calls, self.mails, self.keys, self.contacts = [], [], {}, {}
        self.hooks, self.fields = [], []
        self.mode, self.times, self.after, self.told = "ok", None, None, 0
        self.changed = threading.Condition(threading.RLock())
        self.begin()

    def begin(self):
        """What else it has at first."""

    def acts(self):
        raise NotImplementedError

    def shows_key(self, call):
        """Whether our key is in a header, also as a user or password, or in the body."""
        scheme, _, shown = call["headers"].get("authorization", "").partition(" ")
        shown = b64decode(shown).decode() if scheme == "Basic" else shown
        return self.api_key in f"{shown} {call['headers']} {call['body']}"

    def key_of(self, call):
        """The idempotency key of a call."""
        return ""

    def complaint(self, status, code, words):
        """What a refusal looks like."""
        return {"code": code, "message": words}

    def headers_of(self, call, status):
        """What is in the headers of an answer, such as its type where it is no JSON."""
        return {}

    def gone(self):
        """The answer where there is nothing."""
        return 404, self.complaint(404, "not_found", "Not here")

    def act(self, call):
        for kind, deed in self.acts().items():
            methods, path = kind.split()
            wanted = f"({methods}) " + re.escape(path).replace(r"\*", "([^/]+)")
            if found := re.fullmatch(wanted, f"{call['method']} {call['path']}"):
                answer = deed(call, *map(unquote, found.groups()[1:]))
                return answer if isinstance(answer, tuple) else (200, answer)
        return self.gone()

    def add_to(self, rows, **more):
        """A deed that puts what comes into these rows, with a number."""

        def add(call):
            rows.append({"id": str(len(rows)), **more, **call["body"]})
            return rows[-1]

        return add

    def change_in(self, rows):
        """A deed that changes the row of that number, or removes it."""

        def change(call, number):
            row = next(one for one in rows if number in {str(one.get(name)) for name in NUMBERS})
            return rows.remove(row) if call["method"] == "DELETE" else row.update(call["body"])

        return change

    def double(self):
        """A webhook is there once more, as somebody made it by hand."""
        self.hooks.append({**self.hooks[-1], **dict.fromkeys(NUMBERS, self.other_id)})

    def contact(self, call, email):
        """A deed: a contact is read, changed or deleted."""
        email = email.lower()
        if email not in self.contacts:
            return self.gone()
        if call["method"] == "DELETE":
            return self.contacts.pop(email)
        self.contacts[email] |= call["body"] or {}
        return self.contacts[email]

    @property
    def url(self):
        host = f"127.0.0.1:{self.port}" if self.port else "fake.test"
        return f"http://{host}{self.prefix}"

    def start(self):
        self.server = _Server(("127.0.0.1", self.port), _Handler)
        self.server.fake = self
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        return self

    def stop(self):
        """Stop listening and drop all connections; `start` opens the same port again."""
        if self.server:
            self.behave("ok")
            self.server.shutdown()
            self.thread.join()
            for connection in self.server.open:
                with suppress(OSError):  # it has gone by itself
                    connection.shutdown(socket.SHUT_RDWR)
            self.server.server_close()
            self.server = None

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    def behave(self, mode="ok", times=None, after=None):
        with self.changed:
            self.mode, self.times, self.after = mode, times, after
            self.told += 1
            self.changed.notify_all()

    def wait_for_calls(self, number, timeout=10):
        """Whether so many calls have come within the time."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.calls) >= number, timeout)

    def take(self, method, url, headers, body, *, waits=True):
        """Answer one request: (status, headers, body), with None for a status without an answer."""
        parts = urlsplit(url)
        call = {
            "method": method,
            "path": (path := parts.path.removeprefix(self.prefix)),
            "target": f"{path}?{parts.query}" if parts.query else path,
            "query": dict(parse_qsl(parts.query)),
            "host": parts.netloc or headers.get("Host"),
            "headers": {name.lower(): value for name, value in headers.items()},
            "raw": body,
            "body": _read(body, headers.get("Content-Type") or ""),
        }
        with self.changed:
            mode = self._mode(call)
            if mode in ACTS:
                status, data = self.act(call)
            else:
                status, code, words = REFUSALS[mode]
                data = self.complaint(status, code, words) if words else code
            more = {"key": self.key_of(call), "status": status, "answer": data}
            self.calls.append({**call, **more})
            self.changed.notify_all()
            if mode == "stall" and not waits:
                raise requests.ReadTimeout
            if mode == "stall":
                told = self.told
                self.changed.wait_for(lambda: self.told != told)
        if status is None or mode == "lose":
            return None, {}, b""
        is_page = isinstance(data, str)
        if not isinstance(data, bytes):
            data = b"" if data is None else (data if is_page else json.dumps(data)).encode()
        told = {"Content-Type": "text/html" if is_page else "application/json"}
        told |= {"Location": "/elsewhere"} if mode == "redirect" else {}
        told |= {"Retry-After": str(self.after)} if self.after is not None else {}
        return status, told | dict(self.headers_of(call, status)), data

    def _mode(self, call):
        mode = self.mode
        if self.times is not None:
            self.times -= 1
            if self.times <= 0:
                self.mode, self.times = "ok", None
        return mode if self.shows_key(call) else "forbidden"


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close() waits for them
    request_queue_size = 128

    def __init__(self, *args):
        super().__init__(*args)
        self.open = []

    def process_request(self, request, client_address):
        self.open.append(request)
        super().process_request(request, client_address)

    def handle_error(self, request, client_address):
        """Say nothing: clients of this server hang up on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_call(self):
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fake = self.server.fake
        status, headers, body = fake.take(self.command, self.path, self.headers, content)
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_call  # noqa: N815 - the library's names

    def log_message(self, *_):
        """Say nothing: the calls tell more."""


def _read(body, kind):
    with suppress(ValueError):
        if kind == "application/x-www-form-urlencoded":
            return dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
        return json.loads(body) if body else {}
    with suppress(ValueError):
        return body.decode()
    return body


class Transport(HTTPAdapter):
    """The way to a fake without a socket, for a session of `requests`.

    `exchanged` keeps all requests, each once, as they could be made again.
    """

    def __init__(self, fake):
        super().__init__()
        self.fake, self.exchanged = fake, {}

    def send(self, request, **_):
        body = request.body.read() if request.body else b""
        key = (request.method, request.url.partition(self.fake.url)[2], body)
        if request.url.startswith(self.fake.url):
            self.exchanged[key] = request.headers
        answer = self.fake.take(request.method, request.url, request.headers, body, waits=False)
        status, headers, content = answer
        if status is None:
            raise requests.ConnectionError
        raw = urllib3.HTTPResponse(io.BytesIO(content), headers, status, preload_content=False)
        return self.build_response(request, raw)
