"""What all providers with an HTTP API have in common: the way there, and what answers mean.

A subclass states its name, address, key header and payloads.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

import requests
from urllib3.exceptions import HTTPError

from portal.providers.errors import (
    Busy,
    Denied,
    ProviderError,
    Refused,
    SetupError,
    TryLater,
    Uncertain,
)
from portal.providers.http.answer import Answer
from portal.providers.http.pace import Pace
from portal.providers.http.transport import Body, open_session, read_body
from portal.providers.parsed import rows

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
IDLE_LIMIT = 20.0
ANSWER_LIMIT = 1_000_000
WORDS_LIMIT = 200
SHORTEST_SECRET = 16
WAIT = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
    }
)
GONE = (int(HTTPStatus.NOT_FOUND),)
FAILURES = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)


class HTTPProvider:
    """The shared half of an adapter: `exchange` and `judge`, or `ask` for both.

    `settings` are the names that follow `<NAME>_` in the environment, and
    `needed` those without which the adapter cannot be made; their values come
    in lower-case keys. Raises SetupError if one cannot be right. `remaining_header`
    and `reset_header` are where the provider says how many calls are left, and
    until when.
    """

    name: str
    title: ClassVar[str]
    """The provider's name as people write it."""
    default_url: ClassVar[str]
    settings: ClassVar[tuple[str, ...]] = ("API_KEY", "API_URL")
    needed: ClassVar[tuple[str, ...]] = ("API_KEY",)
    shortest_secret: ClassVar[int] = SHORTEST_SECRET
    """Of a webhook's secret; less only where the provider itself makes shorter ones."""
    remaining_header: ClassVar[str] = ""
    reset_header: ClassVar[str] = ""
    has_sandbox: ClassVar[bool] = False
    """Whether it can take a mail, check it, and send it to nobody."""

    connect_timeout = CONNECT_TIMEOUT
    read_timeout = READ_TIMEOUT
    idle_limit = IDLE_LIMIT

    def __init__(self, settings: Mapping[str, str]) -> None:
        given = {key: value.strip() for key, value in settings.items()}
        for name in self.needed:
            if not given.get(name.lower()):
                raise SetupError(f"{self.setting(name)} is missing.")
        self.api_key = given.get("api_key", "")
        self.api_secret = given.get("api_secret", "")
        self.list_id = given.get("list_id", "")
        self.sandbox = given.get("sandbox") == "1"
        if self.sandbox and not self.has_sandbox:
            raise SetupError(f"MAIL_SANDBOX: {self.title} cannot take a mail without sending it.")
        self.webhook_secrets = tuple(given.get("webhook_secret", "").split())
        self.url = (given.get("api_url") or self.default_url).rstrip("/")
        for name, value in (("API_KEY", self.api_key), ("API_SECRET", self.api_secret)):
            if not (value.isascii() and value.isprintable()) and value:
                raise SetupError(f"{self.setting(name)} holds a character that no key has.")
        if any(len(secret) < self.shortest_secret for secret in self.webhook_secrets):
            raise SetupError(
                f"{self.setting('WEBHOOK_SECRET')}: a secret has at least "
                f"{self.shortest_secret} characters and no space in it."
            )
        if not _is_web_address(self.url):
            raise SetupError(f"{self.setting('API_URL')} must be a web address.")
        self._local = threading.local()
        self._pace = Pace(self.remaining_header, self.reset_header)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets that webhooks may show, or be signed with. Raises SetupError if none is set.

        There may be several, with spaces between: while one is replaced, or
        where a provider gives each webhook its own.
        """
        if not self.webhook_secrets:
            raise SetupError(f"{self.setting('WEBHOOK_SECRET')} is missing.")
        return self.webhook_secrets

    def setting(self, suffix: str) -> str:
        """The full name of one of this provider's settings, for sentences."""
        return f"{self.name.upper()}_{suffix}"

    def headers(self) -> dict[str, str]:
        """The headers that carry the key."""
        return {"Authorization": f"Bearer {self.api_key}"}

    @property
    def session(self) -> requests.Session:
        """The session of the calling thread: none is safe to share, and each keeps connections.

        One that was idle is opened anew. What stands between us and the
        provider forgets idle connections without a word, and a mail sent
        into one would be uncertain for no reason.
        """
        moment = time.monotonic()
        if moment - getattr(self._local, "used", moment) > self.idle_limit:
            self.close()
        if not hasattr(self._local, "session"):
            self._local.session = open_session(self.url)
        self._local.used = moment
        session: requests.Session = self._local.session
        return session

    def close(self) -> None:
        """Close this thread's connections; the next call opens new ones."""
        if hasattr(self._local, "session"):
            self._local.session.close()
            del self._local.session

    def ask(
        self,
        method: str,
        path: str,
        payload: Any = None,
        *,
        allow: tuple[int, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make a call that may be repeated, so doubt is only a reason to try again.

        Returns a 2xx answer or one whose status is in `allow`. Raises TryLater
        or Refused.
        """
        try:
            answer = self.exchange(method, path, payload, headers=headers)
            if answer.status not in allow:
                self.judge(answer)
        except Uncertain as doubt:
            raise TryLater(str(doubt)) from None
        return answer

    def exchange(  # noqa: PLR0913 - one call, with all that a call may have
        self,
        method: str,
        path: str,
        payload: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        accept: str = "application/json",
        limit: int = ANSWER_LIMIT,
    ) -> Answer:
        """Make one call and return what came back, whatever its status.

        `headers` are further ones, for this call. Of a body with more than
        `limit` bytes nothing is kept.

        Raises Busy while the provider takes no more calls, TryLater if the
        request cannot have arrived whole, else Uncertain. The cause is left
        out of the chain: `requests` writes the address of the call into it,
        and that may hold a person's address.
        """
        if rest := self._pace.rest():
            raise Busy(f"{self.name} takes no more calls for now.", rest)
        body = None if payload is None else Body(json.dumps(payload).encode())
        try:
            with self.session.request(
                method,
                self.url + path,
                data=body,
                headers={
                    "Accept": accept,
                    "Accept-Encoding": "identity",
                    "Content-Type": "application/json",
                    **self.headers(),
                    **(headers or {}),
                },
                timeout=(self.connect_timeout, self.read_timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                body_read = read_body(response, limit)
                answer = Answer(response.status_code, response.headers, body_read)
                self._pace.note(answer)
                return answer
        except FAILURES as error:
            cause = type(error).__name__
        if body is not None and body.left:
            raise Uncertain(f"{self.name} was given the request and did not answer ({cause}).")
        raise TryLater(
            f"{self.name} could not be reached ({cause}). "
            f"If this goes on, check {self.setting('API_URL')}."
        )

    def judge(self, answer: Answer) -> None:
        """Return if the provider took it. Raises TryLater, Refused or Uncertain."""
        words = f"{self.name} answered {answer.status}{self.complaint(answer)}."
        match answer.status // 100:
            case 2 if answer.is_web_page():
                raise Uncertain(f"{words} That was a web page. Check {self.setting('API_URL')}.")
            case 2:
                return
            case 3:
                raise TryLater(
                    f"{words} It points elsewhere, where our key must not go. "
                    f"Check {self.setting('API_URL')}."
                )
            case 4:
                raise self.fault(answer, words) or self._usual_fault(answer, words)
            case 1:
                raise Uncertain(words)
            case 5 if answer.status == HTTPStatus.GATEWAY_TIMEOUT:
                raise Uncertain(words)  # a time-out after the request left, one step further on
            case _:
                raise self.fault(answer, words) or TryLater(words, answer.retry_after(), left=True)

    def fault(self, answer: Answer, words: str) -> ProviderError | None:
        """What a refusal means by the provider's own codes, where that is not the usual."""
        return None

    def denied(self, words: str) -> Denied:
        """Nothing goes until a person looks at the key and the account."""
        return Denied(f"{words} Check {self.setting('API_KEY')} and the account.")

    def _usual_fault(self, answer: Answer, words: str) -> ProviderError:
        if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return Denied(f"{words} Check {self.setting('API_KEY')}.", answer.retry_after())
        if answer.status == HTTPStatus.PAYMENT_REQUIRED:
            return Denied(f"{words} Look at the account and its plan.", answer.retry_after())
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return Busy(words, self.wait(answer))
        if answer.status in WAIT:
            return TryLater(words, self.wait(answer))
        return Refused(words)

    def page(self, answer: Answer, name: str) -> list[dict[str, Any]]:
        """The objects in a page of a list. Raises TryLater for one that cannot be read.

        It may have been cut: to take it for the end would lose people.
        """
        data = answer.data()
        if not isinstance(data, dict) or not isinstance(data.get(name), list):
            raise TryLater(f"{self.name} answered {answer.status} in a way we cannot read.")
        return rows(data, name)

    def wait(self, answer: Answer) -> timedelta | None:
        """How long the provider asks us to wait, in its own header if not in the usual one."""
        wait = answer.retry_after()
        return answer.seconds_in(self.reset_header) if wait is None else wait

    def said(self, answer: Answer) -> tuple[str, ...]:
        """What the provider says of a refusal: its code, its message."""
        return answer.field("code"), answer.field("message")

    def complaint(self, answer: Answer) -> str:
        """What the provider says of a refusal, in short and without our keys."""
        said = " ".join(filter(None, self.said(answer)))
        for secret in filter(None, (self.api_key, self.api_secret)):
            said = said.replace(secret, "…")
        said = " ".join(said.split())
        return f": {said[:WORDS_LIMIT].rstrip('.')}" if said else ""


def quoted(text: str) -> str:
    """A text as a part of an address of the API."""
    return quote(text, safe="")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
