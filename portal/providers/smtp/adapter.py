"""Any mail server that takes mail by SMTP: Microsoft 365, Google, a charity's own.

RFC 5321, with TLS as RFC 8314 says: from the start (`smtps`, port 465) or by
STARTTLS (`smtp`, port 587), and never without. A server has no key by which
it knows a repeated mail, and tells nothing of what became of one.
"""

import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from queue import Empty, LifoQueue
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from portal.providers.errors import Denied, Refused, SetupError, TryLater, Uncertain
from portal.providers.message import is_ascii, message
from portal.providers.settings import ProviderSettings
from portal.providers.smtp import replies
from portal.providers.values import Email, Receipt

TIMEOUT = 30.0  # for each reply
PATIENCE = 120.0  # for a whole mail: a claim of the outbox lasts longer
IDLE_LIMIT = 20.0
MOST_AT_ONCE = 3  # connections; Microsoft 365 refuses a fourth (see `replies`)
PORTS = {"smtps": 465, "smtp": 587}
OK, GO_ON = 250, 354
FAILURES = (OSError, smtplib.SMTPException, ValueError)


@dataclass(frozen=True, slots=True)
class Server:
    """What SMTP_URL says. Raises ValueError where it cannot be right."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> "Server":
        """The server at `smtps://user:password@host:465`, both percent-decoded."""
        parts = urlsplit(url)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        plain = (user + password).isascii() and (user + password).isprintable()
        rest = parts.path.strip("/") + parts.query + parts.fragment
        if not (parts.hostname and plain and not rest and bool(user) == bool(password)):
            raise ValueError
        return cls(parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme], user, password)


class SMTP(ProviderSettings):
    """Mail by the server in SMTP_URL. Connections are kept for a while, for whoever sends next."""

    name = "smtp"
    title = "Your mail server"
    settings: ClassVar[tuple[str, ...]] = ("URL",)
    needed: ClassVar[tuple[str, ...]] = ("URL",)
    key_lasts: timedelta | None = None  # a repeated send is a second mail
    largest_mail = 10_000_000  # what Postfix takes as it comes; others take more
    file_ends: frozenset[str] = frozenset()
    smtputf8 = True  # as far as the server says so

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
        self._kept: LifoQueue[tuple[smtplib.SMTP, float] | None] = LifoQueue()
        for _ in range(MOST_AT_ONCE):
            self._kept.put(None)
        try:
            self.server = Server.of(settings["url"].strip())
        except (ValueError, KeyError):
            raise SetupError(
                f"{self.setting('URL')} must be like smtps://user:password@host:465 or "
                "smtp://user:password@host:587. In user and password write %40 for @, "
                "%3A for :, %2F for /, %23 for #, %3F for ? and %25 for %."
            ) from None

    def send(self, email: Email, key: str) -> Receipt:
        domain = email.sender.email.rpartition("@")[2]
        message_id = f"<{key}@{domain}>"
        content = message(email, message_id)
        with self.session(domain) as session:
            self._say(session, email, content)
        return Receipt(message_id)

    def _say(self, session: smtplib.SMTP, email: Email, content: bytes) -> None:
        """One mail (RFC 5321, 3.3). It is the server's when its end has been taken."""
        options = () if is_ascii(email) else ("SMTPUTF8", "BODY=8BITMIME")
        if options and not session.has_extn("smtputf8"):
            raise Refused("The mail server takes no address with letters beyond ASCII.")
        self._expect(session.mail(email.sender.email, options))
        self._expect(session.rcpt(email.to.email), of_mail=True)
        reply = session.docmd("DATA")
        if reply[0] != GO_ON:
            raise self._fault(reply, of_mail=True)
        session.send(re.sub(rb"(?m)^\.", b"..", content))  # RFC 5321, 4.5.2
        try:
            _wait(session, PATIENCE)  # it may look for viruses first (RFC 5321, 4.5.3.2)
            reply = session.docmd(".")
            _wait(session, TIMEOUT)
        except FAILURES as error:
            raise Uncertain(
                f"{self.name} was given the mail and did not answer ({type(error).__name__})."
            ) from None
        self._expect(reply, of_mail=True)

    @contextmanager
    def session(self, domain: str) -> Iterator[smtplib.SMTP]:
        """A connection, signed in; it is kept for the next mail, unless something went wrong.

        Raises TryLater where it broke; `domain` is who we say that we are.
        """
        try:
            kept = self._kept.get(timeout=TIMEOUT)
        except Empty:
            raise TryLater(f"{self.name} is busy with other mails.") from None
        session = None
        try:
            known = _alive(kept)
            session = known or self._connect(domain)
            end = threading.Timer(PATIENCE, _cut, [session])
            end.start()
            try:
                if not known:
                    self._sign_in(session)
                yield session
            finally:
                end.cancel()
        except BaseException as error:
            if session and not isinstance(error, Refused):  # that was about the mail
                session.close()
                session = None
            raise self._meaning(error) from None
        finally:
            self._kept.put((session, time.monotonic()) if session else None)

    def close(self) -> None:
        """Close what is kept; the next mail opens a new connection."""
        for kept in [self._kept.get() for _ in range(self._kept.qsize())]:
            if kept:
                kept[0].close()
            self._kept.put(None)

    def _meaning(self, error: BaseException) -> BaseException:
        setting = self.setting("URL")
        match error:
            case ssl.SSLCertVerificationError():
                why = f"The certificate of {self.server.host} is not right: {error.verify_message}."
                return Denied(f"{why} Check {setting}.")
            case smtplib.SMTPResponseException():
                return self._fault((error.smtp_code, error.smtp_error))
            case OSError() | smtplib.SMTPException() | ValueError():
                why = f"{self.name} could not be reached ({type(error).__name__})."
                return TryLater(f"{why} If this goes on, check {setting}.")
        return error

    def _connect(self, domain: str) -> smtplib.SMTP:
        way: Any = smtplib.SMTP
        if self.server.scheme == "smtps":
            way = partial(smtplib.SMTP_SSL, context=ssl.create_default_context())
        made: smtplib.SMTP = way(self.server.host, self.server.port, domain, timeout=TIMEOUT)
        return made

    def _sign_in(self, session: smtplib.SMTP) -> None:
        self._expect(session.ehlo())
        if self.server.scheme == "smtp":
            if not session.has_extn("starttls"):
                words = f"{self.server.host} offers no encryption; without it no mail goes."
                raise Denied(f"{words} Check {self.setting('URL')}.")
            self._expect(session.starttls(context=ssl.create_default_context()))
            self._expect(session.ehlo())
        if self.server.user:
            self._log_in(session)

    def _log_in(self, session: smtplib.SMTP) -> None:
        """Try one way and not all, as `login` does: after a wrong password some servers hang up."""
        offered = session.esmtp_features.get("auth", "").upper().split()
        ways = {"PLAIN": session.auth_plain, "LOGIN": session.auth_login}
        way = next(filter(offered.__contains__, ways), "")
        if not way:
            words = f"{self.server.host} takes no user and password."
            raise Denied(f"{words} Check {self.setting('URL')}.")
        session.user, session.password = self.server.user, self.server.password
        session.auth(way, ways[way])

    def _expect(self, reply: replies.Reply, *, of_mail: bool = False) -> None:
        if not 200 <= reply[0] < 300:  # noqa: PLR2004 - RFC 5321, 4.2.1
            raise self._fault(reply, of_mail=of_mail)

    def _fault(self, reply: replies.Reply, *, of_mail: bool = False) -> Exception:
        setting = self.setting("URL")
        secret = self.server.password
        return replies.fault(reply, of_mail=of_mail, setting=setting, secret=secret)


def _alive(kept: tuple[smtplib.SMTP, float] | None) -> smtplib.SMTP | None:
    """A connection of before, if the server still listens: nothing is lost by asking."""
    if kept is None:
        return None
    session, used = kept
    if time.monotonic() - used <= IDLE_LIMIT:
        with suppress(*FAILURES):
            if session.rset()[0] == OK:
                return session
    session.close()
    return None


def _wait(session: smtplib.SMTP, seconds: float) -> None:
    """How long a reply may take from now on."""
    if session.sock:
        session.sock.settimeout(seconds)


def _cut(session: smtplib.SMTP) -> None:
    """End a conversation that takes too long, whoever waits in it."""
    with suppress(OSError):
        if session.sock:
            session.sock.shutdown(socket.SHUT_RDWR)
