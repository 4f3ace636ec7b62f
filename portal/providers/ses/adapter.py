"""Amazon SES: mail, in one of Amazon's regions (API v2).

Facts are from Amazon's own description of the API, `sesv2/2019-09-27` in
botocore, and from the developer guides of SES and SNS.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from typing import ClassVar

from portal.providers.errors import Busy, Denied, ProviderError, Refused, SetupError, Unreadable
from portal.providers.http.answer import Answer
from portal.providers.http.provider import HTTPProvider
from portal.providers.ses import events, notices, signature
from portal.providers.ses.payload import mail
from portal.providers.values import Email, HookCall, ProviderEvent, Receipt

# What stops all mail (errors of `SendEmail`, and "Common Errors"); a 403 does so anyway.
FAULTS: dict[str, type[ProviderError]] = dict.fromkeys(
    (
        *("AccountSuspendedException", "SendingPausedException", "NotFoundException"),
        *("MailFromDomainNotVerifiedException", "IncompleteSignature", "RequestExpired"),
    ),
    Denied,
) | dict.fromkeys(("ThrottlingException", "Throttling", "LimitExceededException"), Busy)
REGION = re.compile(r"[a-z]{2,4}(-[a-z]+){1,3}-[0-9]")
AMAZON = ".amazonaws.com"
FILE_LIMIT = 20_000  # bytes, of a certificate or an answer


class SES(HTTPProvider):
    """Mail at Amazon SES. WEBHOOK_TOPIC is the SNS topic that tells us things, by its ARN.

    Its configuration set has the name of the topic.
    """

    name = "ses"
    title = "Amazon SES"
    settings: ClassVar[tuple[str, ...]] = (
        *("API_KEY", "API_SECRET", "REGION", "API_URL", "WEBHOOK_TOPIC"),
    )
    needed: ClassVar[tuple[str, ...]] = ("API_KEY", "API_SECRET", "REGION")
    faults = FAULTS
    key_lasts: timedelta | None = None  # a repeated send is a second mail
    largest_mail = 40_000_000  # developer guide, "Attachments"

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.region = settings.get("region", "").strip()
        own = settings.get("api_url", "").strip()
        super().__init__({**settings, "api_url": own or f"https://email.{self.region}{AMAZON}"})
        self._sns = self.url if own else f"https://sns.{self.region}{AMAZON}"
        self._certificates: dict[str, bytes] = {}
        if not REGION.fullmatch(self.region):
            raise SetupError(f"{self.setting('REGION')} must be a region like eu-west-2.")
        self.topics = tuple(settings.get("webhook_topic", "").split())
        if not all(map(notices.host, self.topics)):
            like = "arn:aws:sns:eu-west-2:123456789012:portal"
            raise SetupError(f"{self.setting('WEBHOOK_TOPIC')} must be like {like}.")

    def address(self, path: str) -> str:
        """SES for its own paths, SNS for all else."""
        return super().address(path) if path.startswith("/v2/") else self._sns + path

    def headers(self) -> dict[str, str]:
        """None: each call is signed."""
        return {}

    def signed(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes
    ) -> Mapping[str, str]:
        service = "ses" if "/v2/" in url else "sns"
        key = signature.Key(self.api_key, self.api_secret, self.region, service)
        return signature.headers(key, method, url, headers["Content-Type"], content)

    def said(self, answer: Answer) -> tuple[str, ...]:
        """The type of the error, and its words, in JSON (SES) or XML (SNS)."""
        kind = answer.headers.get("X-Amzn-ErrorType", "") or answer.field("__type")
        code = kind.partition(":")[0].rpartition("#")[2] or tag(answer, "Code")
        words = answer.field("message") or answer.field("Message") or tag(answer, "Message")
        return code, words

    def fault(self, answer: Answer, words: str) -> ProviderError | None:
        """What only the words tell: page "Amazon SES email sending errors", and of the quotas."""
        said = self.said(answer)[1].lower()
        if "not verified" in said:
            return Denied(
                f"{words} Verify MAIL_FROM and TEAM_MAIL_FROM; a new account also has to ask "
                "Amazon for “production access”."
            )
        if "daily message quota" in said:
            return self.used_up(words, answer)
        return super().fault(answer, words)

    @property
    def configuration_set(self) -> str:
        """What makes SES tell of our mails; nothing before it is set up."""
        return self.topics[0].rpartition(":")[2] if self.topics else ""

    def send(self, email: Email, key: str) -> Receipt:
        payload = mail(email, key, self.configuration_set)
        answer = self.exchange("POST", "/v2/email/outbound-emails", payload)
        return self.receipt(answer, answer.identifier("MessageId"))

    def verify(self, call: HookCall) -> bool:
        """Whether Amazon signed it, for a topic of ours. Its certificate may have to be fetched."""
        if not self.topics:
            raise SetupError(f"{self.setting('WEBHOOK_TOPIC')} is missing.")
        return notices.is_amazons(notices.notice(call), self.topics, self._certificate)

    def _certificate(self, url: str) -> bytes:
        """A certificate of Amazon's, remembered as each signs for months; empty where none is."""
        if url not in self._certificates:
            try:
                self._certificates[url] = self.fetch_outside(url, FILE_LIMIT)
            except Refused:
                return b""
        return self._certificates[url]

    def confirm(self, call: HookCall) -> bool:
        """Say yes by a visit to the address that a topic names, which is Amazon's."""
        notice = notices.notice(call)
        if notice.get("Type") != notices.ASKS:
            return False
        host, url = notices.host(str(notice.get("TopicArn"))), str(notice.get("SubscribeURL"))
        if not url.startswith(f"https://{host}/?Action=ConfirmSubscription&"):
            raise Unreadable("The address to confirm the subscription at is none of Amazon SNS.")
        try:
            self.fetch_outside(url, FILE_LIMIT, hosts=re.escape(host))
        except Refused as error:
            raise Unreadable(str(error)) from None
        return True

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        return events.parse(call)


def tag(answer: Answer, name: str) -> str:
    """The text of the first element of that name in an answer in XML; nothing without one."""
    return next(iter(tags(answer, name)), "")


def tags(answer: Answer, name: str) -> list[str]:
    """The texts of all elements of that name, as SNS writes them: without attributes."""
    text = (answer.body or b"").decode("utf-8", "replace")
    return [unescape(one) for one in re.findall(rf"<{name}>([^<]*)</{name}>", text)]
