"""What all small providers for tests share: they keep their state, and misbehave when told to.

One is reached without a socket (`Transport`), runs in a thread, or as a process of its own:

    python -m tests.providers.fake_brevo --port 8025 --record calls.jsonl

prints its address once it listens. Each call is appended to the record, on the
disk, before it is answered; a fake started on an old record knows what it took.
`/fake/behave` changes its behaviour and `/fake/state` tells what it holds.
"""

import argparse
import io
import json
import os
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

MODES = {
    "ok": "does its work",
    "down": "closes the connection without acting or answering",
    "lose": "acts, and closes the connection without answering",
    "slow": "does not act, and answers 503 only when told to behave otherwise",
    "stall": "acts, and answers only when told to behave otherwise",
    "busy": "answers 429",
    "error": "answers 500",
    "unavailable": "answers 503",
    "forbidden": "answers 401, as for a wrong key",
    "refuse": "answers 400",
    "redirect": "answers 302",
    "html": "answers 200 with a page",
}
REFUSALS = {
    "busy": (429, "too_many_requests", "Slow down"),
    "error": (500, "internal_error", "Something broke"),
    "slow": (503, "unavailable", "Come back later"),
    "unavailable": (503, "unavailable", "Come back later"),
    "forbidden": (401, "unauthorized", "Key not found"),
    "refuse": (400, "invalid_parameter", "email is not valid in to"),
    "redirect": (302, "moved", "Elsewhere"),
}


class FakeProvider:
    """The state, and the server around it. Use as a context, or `start` and `stop`.

    `mode` is one of MODES; with `times` it holds for so many calls and then
    becomes "ok". `after` is the Retry-After of refusals.

    A subclass acts as its provider does: `act(call)` gives (status, JSON), and
    puts mails into `mails` and contacts, by lower-case address, into
    `contacts`. A call has `method`, `path` (without `prefix`), `query`,
    `target` (both as one), `headers` (names in lower case) and `body` (JSON, or
    text where it is none).
    `api_key_of(call)` says which key it shows, `key_of(call)` the idempotency
    key, `complaint(status, code, words)` how a refusal looks, `headers_of(call,
    status)` what is in the headers of an answer.
    """

    settings: ClassVar = {}  # what the adapter needs beside key and address
    prefix = ""

    def __init__(self, port=0, record=None, api_key=""):
        self.port = port
        self.record = Path(record) if record else None
        self.api_key = api_key
        self.calls, self.mails, self.keys, self.contacts = [], [], {}, {}
        self.mode, self.times, self.after, self.told = "ok", None, None, 0
        self.changed = threading.Condition(threading.RLock())
        self.server = None
        if self.record and self.record.exists():
            self._remember()

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
            self.server.drop_connections()
            self.server.server_close()
            self.server = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def behave(self, mode="ok", times=None, after=None):
        if mode not in MODES:
            raise ValueError(f"no such mode: {mode}")
        with self.changed:
            self.mode, self.times, self.after = mode, times, after
            self.told += 1
            self.changed.notify_all()

    def state(self):
        with self.changed:
            return {
                "mode": self.mode,
                "calls": len(self.calls),
                "mails": list(self.mails),
                "contacts": dict(self.contacts),
            }

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
            "headers": {name.lower(): value for name, value in headers.items()},
            "body": _read(body),
        }
        status, data, mode = self._take({**call, "key": self.key_of(call)}, waits=waits)
        if status is None:
            return None, {}, b""
        told = dict(self.headers_of(call, status))
        if mode == "redirect":
            told["Location"] = "/elsewhere"
        if self.after is not None and mode in REFUSALS:
            told["Retry-After"] = str(self.after)
        return status, *_written(data, told)

    def _take(self, call, *, waits):
        with self.changed:
            mode = self._mode()
            if self.api_key and self.api_key_of(call) != self.api_key:
                mode = "forbidden"
            acts = mode in {"ok", "lose", "stall"}
            answer = self.act(call) if acts else self._refuse(mode)
            self._note({**call, "mode": mode, "status": answer[0], "acted": acts})
            if mode in {"slow", "stall"} and waits:
                told = self.told
                self.changed.wait_for(lambda: self.told != told)
            elif mode in {"slow", "stall"}:
                raise requests.ReadTimeout
            return (None, None, mode) if mode in {"down", "lose"} else (*answer, mode)

    def _mode(self):
        mode = self.mode
        if self.times is not None:
            self.times -= 1
            if self.times <= 0:
                self.mode, self.times = "ok", None
        return mode

    def act(self, call):
        raise NotImplementedError

    def api_key_of(self, call):
        return call["headers"].get("authorization", "").removeprefix("Bearer ")

    def key_of(self, call):
        return ""

    def complaint(self, status, code, words):
        return {"code": code, "message": words}

    def headers_of(self, call, status):
        return {}

    def _refuse(self, mode):
        if mode == "html":
            return 200, "<!doctype html><title>Sign in</title>"
        status, code, message = REFUSALS.get(mode, (None, "", ""))
        return status, self.complaint(status, code, message)

    def _note(self, call):
        self.calls.append(call)
        if self.record:
            with self.record.open("a") as file:
                file.write(json.dumps(call) + "\n")
                file.flush()
                os.fsync(file.fileno())
        self.changed.notify_all()

    def _remember(self):
        """Do again what the record says was done; a line cut by a kill is left out."""
        for line in self.record.read_text().splitlines(keepends=True):
            if line.endswith("\n"):
                call = json.loads(line)
                if call["acted"]:
                    self.act(call)
                self.calls.append(call)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close() waits for them
    request_queue_size = 128
    fake: FakeProvider

    def __init__(self, *args):
        super().__init__(*args)
        self.open = set()

    def process_request(self, request, client_address):
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self.open.discard(request)
        super().shutdown_request(request)

    def drop_connections(self):
        for connection in list(self.open):
            with suppress(OSError):  # it has gone by itself
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request, client_address):
        """Say nothing: clients of this server hang up on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_call(self):
        fake = self.server.fake
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        match urlsplit(self.path).path:
            case "/fake/behave":
                fake.behave(**_read(body))
                answer = 204, {}, b""
            case "/fake/state":
                answer = 200, *_written(fake.state(), {})
            case _:
                answer = fake.take(self.command, self.path, self.headers, body)
        self.answer(*answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_call  # noqa: N815 - the library's names

    def answer(self, status, headers, body):
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

    def log_message(self, *_):
        """Say nothing: the record tells more."""


def _read(body):
    try:
        return json.loads(body) if body else {}
    except ValueError:
        return body.decode(errors="replace")


def _written(data, headers):
    """Headers and body of an answer: JSON, a page, or bytes as they are."""
    is_page = isinstance(data, str)
    if not isinstance(data, bytes):
        data = b"" if data is None else (data if is_page else json.dumps(data)).encode()
    return {"Content-Type": "text/html" if is_page else "application/json", **headers}, data


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
        self.exchanged[key] = request.headers
        answer = self.fake.take(request.method, request.url, request.headers, body, waits=False)
        status, headers, content = answer
        if status is None:
            raise requests.ConnectionError
        raw = urllib3.HTTPResponse(io.BytesIO(content), headers, status, preload_content=False)
        return self.build_response(request, raw)


def main(kind):
    """Run one of that kind as a program."""
    parser = argparse.ArgumentParser(description="An email provider for tests.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--record", help="a file of JSON lines, one for each call")
    parser.add_argument("--api-key", default="", help="refuse all other keys")
    parser.add_argument("--mode", choices=MODES, default="ok")
    parser.add_argument("--times", type=int, help="for so many calls, then ok")
    parser.add_argument("--after", type=int, help="Retry-After of refusals, in seconds")
    args = parser.parse_args()
    fake = kind(args.port, args.record, args.api_key)
    fake.behave(args.mode, args.times, args.after)
    with fake:
        print(fake.url, flush=True)  # noqa: T201 - whoever started it reads the address here
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
