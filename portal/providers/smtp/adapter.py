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
    """Mail by the server in SMTP_URL. Each thread keeps a connection of its own for a while."""

    name = "smtp"
    title = "Your mail server"
    settings: ClassVar[tuple[str, ...]] = ("URL",)
    needed: ClassVar[tuple[str, ...]] = ("URL",)
    key_lasts: timedelta | None = None  # a repeated send is a second mail
    smtputf8 = True  # as far as the server says so

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
        self._local = threading.local()
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
            reply = session.docmd(".")
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
            session = self._kept() or self._open(domain)
            end = threading.Timer(PATIENCE, _cut, [session])
            end.start()
            try:
                yield session
            finally:
                end.cancel()
                self._local.used = time.monotonic()
        except BaseException as error:
            if not isinstance(error, Refused):  # that was about the mail
                self.close()
            raise self._meaning(error) from None

    def _meaning(self, error: BaseException) -> BaseException:
        look = f"heck {self.setting('URL')}."
        match error:
            case ssl.SSLCertVerificationError():
                why = f"The certificate of {self.server.host} is not right: {error.verify_message}."
                return Denied(f"{why} C{look}")
            case smtplib.SMTPResponseException():
                return self._fault((error.smtp_code, error.smtp_error))
            case OSError() | smtplib.SMTPException() | ValueError():
                why = f"{self.name} could not be reached ({type(error).__name__})."
                return TryLater(f"{why} If this goes on, c{look}")
        return error

    def close(self) -> None:
        """Close this thread's connection; the next mail opens a new one."""
        session = getattr(self._local, "session", None)
        self._local.session = None
        if session:
            session.close()

    def _kept(self) -> smtplib.SMTP | None:
        """The connection of before, if the server still listens: nothing is lost by asking."""
        kept: smtplib.SMTP | None = getattr(self._local, "session", None)
        if kept and time.monotonic() - self._local.used <= IDLE_LIMIT:
            with suppress(*FAILURES):
                if kept.rset()[0] == OK:
                    return kept
        self.close()
        return None

    def _open(self, domain: str) -> smtplib.SMTP:
        context, server = ssl.create_default_context(), self.server
        way: Any = smtplib.SMTP
        if server.scheme == "smtps":
            way = partial(smtplib.SMTP_SSL, context=context)
        session: smtplib.SMTP = way(server.host, server.port, domain, timeout=TIMEOUT)
        self._local.session = session
        self._expect(session.ehlo())
        if server.scheme == "smtp":
            if not session.has_extn("starttls"):
                words = f"{server.host} offers no encryption, and mail does not go without it."
                raise Denied(f"{words} Check {self.setting('URL')}.")
            self._expect(session.starttls(context=context))
            self._expect(session.ehlo())
        if server.user:
            self._log_in(session)
        return session

    def _log_in(self, session: smtplib.SMTP) -> None:
        try:
            session.login(self.server.user, self.server.password)
        except (smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected):
            raise
        except smtplib.SMTPException:
            words = f"{self.server.host} takes no user and password in a way that we know."
            raise Denied(f"{words} Check {self.setting('URL')}.") from None

    def _expect(self, reply: replies.Reply, *, of_mail: bool = False) -> None:
        if not 200 <= reply[0] < 300:  # noqa: PLR2004 - RFC 5321, 4.2.1
            raise self._fault(reply, of_mail=of_mail)

    def _fault(self, reply: replies.Reply, *, of_mail: bool = False) -> Exception:
        setting = self.setting("URL")
        secret = self.server.password
        return replies.fault(reply, of_mail=of_mail, setting=setting, secret=secret)


def _cut(session: smtplib.SMTP) -> None:
    """End a conversation that takes too long, whoever waits in it."""
    with suppress(OSError):
        if session.sock:
            session.sock.shutdown(socket.SHUT_RDWR)
