"""Many mails in one call, each with a fate of its own."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from portal.providers.errors import ProviderError, Refused, Uncertain
from portal.providers.http.answer import Answer
from portal.providers.http.provider import HTTPProvider
from portal.providers.values import Email, Receipt


class MailsInOneCall(HTTPProvider):
    """The half of an adapter that hands over many mails of a newsletter at once."""

    most_mails: ClassVar[int]
    cannot: tuple[str, ...]

    @abstractmethod
    def newsletter(self, email: Email, key: str) -> dict[str, Any]:
        """One mail of a newsletter, as the provider takes it. Raises Refused."""

    @abstractmethod
    def exchange_many(self, mails: list[dict[str, Any]]) -> tuple[Answer, list[Answer]]:
        """Make the call; its answer, and as an answer of its own what it says of each mail."""

    @abstractmethod
    def taken(self, answer: Answer) -> Receipt:
        """The receipt in the answer that is about one mail. Raises as `send` does."""

    def send_many(self, mails: Sequence[tuple[Email, str]]) -> list[Receipt | ProviderError]:
        """Hand the mails over; of those that cannot be written none is in the call."""
        written = [self._to_send(*one) for one in mails]
        payloads = [one for one in written if isinstance(one, dict)]
        answer, parts = self.exchange_many(payloads) if payloads else (None, [])
        if answer and len(parts) != len(payloads):
            self.judge(answer, of_send=True)
            raise Uncertain(self.unreadable(answer))
        told = iter(parts)
        return [self._fate(next(told)) if isinstance(one, dict) else one for one in written]

    def _to_send(self, email: Email, key: str) -> dict[str, Any] | ProviderError:
        try:
            return self.newsletter(email, key)
        except Refused as error:
            return error

    def _fate(self, part: Answer) -> Receipt | ProviderError:
        try:
            return self.taken(part)
        except ProviderError as error:
            return error
