"""What all providers with an HTTP API have in common: what answers mean, and how lists are read.

A subclass states its name, address, key header, codes and payloads.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from portal.providers.errors import (
    Busy,
    Denied,
    ProviderError,
    Refused,
    TryLater,
    Uncertain,
    UsedUp,
)
from portal.providers.http.answer import Answer
from portal.providers.http.client import ANSWER_LIMIT, HTTPClient
from portal.providers.parsed import object_of, rows
from portal.providers.patience import patiently
from portal.providers.values import Receipt

WORDS_LIMIT = 200
AN_HOUR, A_YEAR = timedelta(hours=1), timedelta(days=366)
GONE = (int(HTTPStatus.NOT_FOUND),)
WAIT = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})


class HTTPProvider(HTTPClient):
    """The shared half of an adapter: `exchange` and `judge`, or `ask` for both."""

    smtputf8: bool = False
    file_ends: frozenset[str] = frozenset()
    faults: ClassVar[Mapping[str, type[ProviderError]]] = {}
    """What the provider's own codes for a refusal mean, where that is not the usual."""

    def ask(  # noqa: PLR0913 - one call, with all that a call may have
        self,
        method: str,
        path: str,
        payload: Any = None,
        *,
        allow: tuple[int, ...] = (),
        headers: Mapping[str, str] | None = None,
        limit: int = ANSWER_LIMIT,
    ) -> Answer:
        """Make a call that may be repeated, so doubt is only a reason to try again.

        Returns a 2xx answer or one whose status is in `allow`. Raises TryLater
        or Refused.
        """

        def call() -> Answer:
            answer = self.exchange(method, path, payload, headers=headers, limit=limit)
            if answer.status not in allow or answer.is_web_page():
                self.judge(answer)
            return answer

        try:
            return patiently(call)
        except Uncertain as doubt:
            raise TryLater(str(doubt)) from None

    def receipt(
        self, answer: Answer, message_id: str, *statuses: int, is_taken: bool = True
    ) -> Receipt:
        """The receipt for a mail: status (200 if none is given) and id are as documented.

        `is_taken` is what else the answer has to say; a sandbox may give no id.
        Raises as `judge` does, and Uncertain for what could mean anything.
        """
        self.judge(answer, of_send=True)
        is_whole = is_taken and (message_id or self.sandbox)
        if not is_whole or answer.status not in (statuses or (HTTPStatus.OK,)):
            raise Uncertain(self.unreadable(answer))
        return Receipt(message_id)

    def judge(self, answer: Answer, *, of_send: bool = False) -> None:
        """Return if the provider took it. Raises TryLater, Refused or Uncertain."""
        said = f"{self.name} answered {answer.status}{self.complaint(answer)}."
        elsewhere = self._elsewhere(answer, of_send=of_send)
        words = said + elsewhere
        match answer.status // 100:
            case 2 if not elsewhere:
                return
            case 2 | 3 | 4 if elsewhere and answer.status != HTTPStatus.TOO_MANY_REQUESTS:
                # Of a contact it may be the path's own fault: others can go.
                kind = Denied if of_send else TryLater
                usual: ProviderError = kind(words, answer.retry_after())
            case 4:
                usual = self._usual_fault(answer, words)
            case 5 if answer.status != HTTPStatus.GATEWAY_TIMEOUT:
                usual = TryLater(words, answer.retry_after(), left=True)
            case _:
                usual = Uncertain(words)  # 504: a time-out after the request left, one step further
        usual.rests = of_send and bool(elsewhere)
        raise self.fault(answer, said) or usual

    def _elsewhere(self, answer: Answer, *, of_send: bool) -> str:
        """What shows a wrong address, or a gateway that answers in the provider's place."""
        look = f" Check {self.setting('API_URL')}."
        match answer.status:
            case _ if answer.is_web_page():
                return f" That was a web page.{look}"
            case 404 | 405 | 410 | 421 if of_send:  # a send names nothing that could be missing
                return look
            case status if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
                return f" It points elsewhere, where our key must not go.{look}"
        return ""

    def fault(self, answer: Answer, words: str) -> ProviderError | None:
        """What a refusal means by the provider's own codes; None where it means the usual."""
        kind = self.faults.get(self.said(answer)[0])
        if kind is Denied:
            return self.denied(words)
        if kind is UsedUp:
            return self.used_up(words, answer)
        if kind and issubclass(kind, TryLater):
            return kind(words, self.wait(answer))
        return kind(words) if kind else None

    def denied(self, words: str) -> Denied:
        """Nothing goes until a person looks at the key and the account."""
        return Denied(f"{words} Check {self.setting('API_KEY')} and the account.")

    def used_up(self, words: str, answer: Answer) -> UsedUp:
        """Nothing goes until what our plan allows is renewed, or a person buys more."""
        renewed = answer.retry_after(A_YEAR)
        if renewed and renewed < AN_HOUR:
            renewed = None  # that is said of the rate of calls
        return UsedUp(f"{words} What the plan at {self.title} allows is used up.", renewed)

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

    def unreadable(self, answer: Answer) -> str:
        """The words for an answer that is not what it should be."""
        return f"{self.name} answered {answer.status} in a way we cannot read."

    def look(self, path: str, name: str, kind: type) -> dict[str, Any] | None:
        """The JSON object at a path; None where there is nothing. Raises TryLater or Refused.

        It can be read when it has a value of that kind by that name.
        """
        answer = self.ask("GET", path, allow=GONE)
        if answer.status in GONE:
            return None
        data = object_of(answer.data())
        if not isinstance(data.get(name), kind):
            raise TryLater(self.unreadable(answer))
        return data

    def page(self, answer: Answer, name: str) -> list[dict[str, Any]]:
        """The objects in a page of a list. Raises TryLater for one that cannot be read.

        It may have been cut: to take it for the end would lose people.
        """
        data = answer.data()
        if not isinstance(data, dict) or not isinstance(data.get(name), list):
            raise TryLater(self.unreadable(answer))
        return rows(data, name)

    def by_pages(  # noqa: PLR0913 - one list, with all in which lists differ
        self,
        path: str,
        name: str,
        query: Mapping[str, Any],
        *,
        size: str,
        offset: str,
        allow: tuple[int, ...] = (),
    ) -> Iterator[dict[str, Any]]:
        """All objects of a list, one page after the other until one is not full.

        `size` and `offset` are what the query calls the length of a page, and
        how many objects come before it. An answer in `allow` is an empty page.
        """
        place = 0
        while True:
            answer = self.ask("GET", f"{path}?{urlencode({**query, offset: place})}", allow=allow)
            page = [] if answer.status in allow else self.page(answer, name)
            yield from page
            if len(page) < query[size]:
                return
            place += query[size]

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
