"""A mail as text (RFC 5322 and MIME), for providers that take it so."""

from email import headerregistry
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import localtime
from typing import Any

from portal.providers.errors import Refused
from portal.providers.headers import extra_headers, one_line
from portal.providers.values import Address, Email

LONGEST_LINE = 998  # RFC 5322, 2.1.1


class _Policy(EmailPolicy):
    """Folds a header only where it must be encoded: a link that was folded is no link any more."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        longest = LONGEST_LINE if str(value).isascii() else self.max_line_length
        return EmailPolicy.fold_binary(self.clone(max_line_length=longest), name, value)


def message(email: Email, message_id: str) -> bytes:
    """The mail as text, with an HTML part too if it has one. Raises Refused if it cannot be.

    It is ASCII, but for addresses that are not (RFC 6531). `message_id` is for a
    mail that brings none itself.
    """
    extra = extra_headers(email)
    result = EmailMessage(policy=_Policy(linesep="\r\n", cte_type="7bit", utf8=not is_ascii(email)))
    try:
        result["From"] = _mailbox(email.sender)
        result["To"] = _mailbox(email.to)
        if email.reply_to:
            result["Reply-To"] = _mailbox(email.reply_to)
        result["Subject"] = one_line(email.subject)
        result["Date"] = localtime()
        if "message-id" not in {name.lower() for name, _ in extra}:
            result["Message-ID"] = message_id
        for name, value in extra:
            result[name] = value
        result.set_content(email.text)
        if email.html:
            result.add_alternative(email.html, subtype="html")
        for file in email.attachments:
            kind, _, subtype = file.kind.partition("/")
            result.add_attachment(
                file.content, maintype=kind, subtype=subtype, filename=one_line(file.name)
            )
        return result.as_bytes()
    except (ValueError, LookupError, AttributeError, MessageError) as error:
        raise Refused(f"This mail cannot be written ({type(error).__name__}).") from None


def is_ascii(email: Email) -> bool:
    """Whether the mail's addresses are ASCII, so that any server takes it."""
    found = filter(None, (email.sender, email.to, email.reply_to))
    return all(address.email.isascii() for address in found)


def _mailbox(address: Address) -> headerregistry.Address:
    """The address with its name, as the header wants it."""
    user, _, domain = address.email.rpartition("@")
    return headerregistry.Address(one_line(address.name), user, domain)
