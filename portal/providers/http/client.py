"""One call to a provider's API, and what came back."""

import json
import threading
import time
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode, urlsplit

from portal.providers.errors import Busy, Refused, SetupError, TryLater, Uncertain
from portal.providers.http.answer import Answer
from portal.providers.http.pace import Pace
from portal.providers.settings import ProviderSettings

if TYPE_CHECKING:
    from requests import Session

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
IDLE_LIMIT = 20.0
ANSWER_LIMIT = 1_000_000
# Where so many calls a second may be made, a call waits by itself: as a rest of the provider
# that would hold up all others, and a contact that takes several calls would never be done.
SHORT_REST = timedelta(seconds=2)


def basic(user: str, password: str) -> dict[str, str]:
    """The header of Basic authentication (RFC 7617)."""
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


class FormPayload(dict[str, str]):
    """A payload that goes as the fields of a form, not as JSON."""


def encoded(payload: Any) -> tuple[str, bytes]:
    """A payload's media type and its bytes."""
    if isinstance(payload, FormPayload):
        return "application/x-www-form-urlencoded", urlencode(payload).encode()
    return "application/json", b"" if payload is None else json.dumps(payload).encode()


class HTTPClient(ProviderSettings):
    """The half of an adapter that makes calls.

    `remaining_header` and `reset_header` are where the provider says how many
    calls are left, and until when; `limits` are which of them it counts apart
    (see `Pace`).
    """

    default_url: ClassVar[str]
    settings: ClassVar[tuple[str, ...]] = ("API_KEY", "API_URL", "LIST_ID", "WEBHOOK_SECRET")
    needed: ClassVar[tuple[str, ...]] = ("API_KEY",)
    remaining_header: ClassVar[str] = ""
    reset_header: ClassVar[str] = ""
    limits: ClassVar[tuple[str, ...]] = ()

    connect_timeout = CONNECT_TIMEOUT
    read_timeout = READ_TIMEOUT
    idle_limit = IDLE_LIMIT

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
        self.url = (settings.get("api_url", "").strip() or self.default_url).rstrip("/")
        if not _is_web_address(self.url):
            raise SetupError(f"{self.setting('API_URL')} must be a web address.")
        self._local = threading.local()
        self._pace = Pace(self.remaining_header, self.reset_header, self.limits)

    def headers(self) -> dict[str, str]:
        """The headers that carry the key."""
        return {"Authorization": f"Bearer {self.api_key}"}

    def signed(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes
    ) -> Mapping[str, str]:
        """Further headers that are worked out from the call itself, such as a signature."""
        return {}

    def address(self, path: str) -> str:
        """The whole address of a path of the API."""
        return self.url + path

    @property
    def session(self) -> "Session":
        """The session of the calling thread: none is safe to share, and each keeps connections.

        One that was idle is opened anew. What stands between us and the
        provider forgets idle connections without a word, and a mail sent
        into one would be uncertain for no reason.
        """
        from portal.providers.http.transport import open_session  # noqa: PLC0415 - see `exchange`

        moment = time.monotonic()
        if moment - getattr(self._local, "used", moment) > self.idle_limit:
            self.close()
        if not hasattr(self._local, "session"):
            self._local.session = open_session(self.url)
        self._local.used = moment
        session: Session = self._local.session
        return session

    def close(self) -> None:
        """Close this thread's connections; the next call opens new ones."""
        if hasattr(self._local, "session"):
            self._local.session.close()
            del self._local.session

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

        The payload goes as JSON, or as a `FormPayload`. `headers` are further ones,
        for this call. Of a body with more than `limit` bytes nothing is kept.

        Waits where the provider takes no such call for a moment (`SHORT_REST`).
        Raises Busy where that takes longer, TryLater if the request cannot
        have arrived whole, else Uncertain. The cause is left
        out of the chain: `requests` writes the address of the call into it,
        and that may hold a person's address.
        """
        if rest := self._pace.rest(method, path):
            if rest > SHORT_REST:
                raise Busy(f"{self.name} takes no more calls for now.", rest)
            time.sleep(rest.total_seconds())
        # Loads `requests`, for the worker alone: no web process makes a call.
        from portal.providers.http import transport  # noqa: PLC0415

        kind, content = encoded(payload)
        body = None if payload is None else transport.Body(content)
        url = self.address(path)
        told = {
            "Accept": accept,
            "Accept-Encoding": "identity",
            "Content-Type": kind,
            **self.headers(),
            **(headers or {}),
        }
        try:
            with self.session.request(
                method,
                url,
                data=body,
                headers={**told, **self.signed(method, url, told, content)},
                timeout=(self.connect_timeout, self.read_timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                body_read = transport.read_body(response, limit)
                answer = Answer(response.status_code, response.headers, body_read)
                self._pace.note(method, path, answer)
                return answer
        except transport.FAILURES as error:
            cause = type(error).__name__
        if body is not None and body.left:
            raise Uncertain(f"{self.name} was given the request and did not answer ({cause}).")
        raise TryLater(
            f"{self.name} could not be reached ({cause}). "
            f"If this goes on, check {self.setting('API_URL')}."
        )

    def fetch_outside(self, url: str, limit: int, *, hosts: str = ".*") -> bytes:
        """What is at an address that the provider names, got without our key.

        It is called only by https, at a public address, and where its host matches
        `hosts` whole; no redirect is followed. Raises Refused for another
        address, for what is gone from there, and for more than `limit` bytes;
        else TryLater.
        """
        from portal.providers.http import transport  # noqa: PLC0415 - see `exchange`

        try:
            with (
                transport.open_session(url, transport.Outside(hosts)) as session,
                session.get(
                    url,
                    headers={"Accept-Encoding": "identity"},
                    timeout=(self.connect_timeout, self.read_timeout),
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                body = transport.read_body(response, limit)
                answer = Answer(response.status_code, response.headers, body)
        except ValueError:  # what `requests` raises of an address, too
            raise Refused(f"{self.name} names an address that may not be called.") from None
        except transport.FAILURES as error:
            words = f"What {self.name} keeps could not be reached ({type(error).__name__})."
            raise TryLater(words) from None
        if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            raise Refused(f"{self.name} does not keep it any more.")
        return self.whole(answer, limit)

    def whole(self, answer: Answer, limit: int) -> bytes:
        """The file that an answer is. Raises Refused for more than `limit` bytes, else TryLater."""
        is_it = answer.status == HTTPStatus.OK
        if is_it and answer.body is not None:
            return answer.body
        if is_it and answer.length() > limit:
            raise Refused("The file is too large.")
        raise TryLater(f"{self.name} did not give the whole file.")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
