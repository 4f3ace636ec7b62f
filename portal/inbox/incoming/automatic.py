"""Tells what a machine wrote (out-of-office notes, bounces, our own mails come back), and who else.

None of it wakes anybody, and none of it is ever answered (RFC 3834). `List-Id`, `Precedence: list`
and `X-Auto-Response-Suppress` do not count: they say nothing about who wrote, and come with what
people write through a list, a group or Outlook. In doubt a person sees it.
"""

import re

from flask import current_app

from portal.addresses import address_key
from portal.providers.values import Address, InboundEmail
from portal.providers.webhooks import values

OUR_ADDRESSES = ("MAIL_FROM", "TEAM_MAIL_FROM", "TEAM_EMAIL", "INBOUND_EMAIL")
SENDERS = frozenset({"mailer-daemon", "postmaster"})
# Whom a website's form sends as.
FORM = re.compile(r"([^@]*[-_.+])?(no|do[-_.]?not)[-_.]?reply|(wordpress|www-data)@", re.IGNORECASE)
MARKS = ("X-Autoreply", "X-Autorespond")
# How the subject of an out-of-office note begins. A person's answer to one begins with "Re:".
AWAY = re.compile(
    r"(auto(matic)?[ -]?(reply|response)|out[ -]of[ -](the[ -])?office"
    r"|automatische (antwort|rückmeldung)|abwesenheits(notiz|nachricht)"
    r"|r[ée]ponse automatique|absence du bureau|risposta automatica|fuori (sede|ufficio)"
    r"|respuesta autom[áa]tica|fuera de (la )?oficina|resposta autom[áa]tica|fora do escritório"
    r"|automatisch antwoord|afwezigheidsbericht|auto(matiskt )?svar|automatisk svar|fraværsbesked"
    r"|automaattinen vastaus|odpowied[źz] automatyczna|автоматический ответ|автоответ"
    r"|(ymateb|ateb) awtomatig|自動(応答|返信)|自动(回复|答复))\s*([-:：–(]|$)",  # noqa: RUF001
    re.IGNORECASE,
)


def is_automatic(mail: InboundEmail) -> bool:
    """Whether a machine wrote the mail, as far as it says so itself."""
    return (
        word(mail, "Auto-Submitted") not in {"", "no"}
        or word(mail, "Return-Path") == "<>"
        or word(mail, "Content-Type") == "multipart/report"
        or word(mail, "Precedence") == "auto_reply"
        or any(mail.header(name) is not None for name in MARKS)
        or mail.sender.email.lower().partition("@")[0] in SENDERS
        or (is_ours(mail.sender.email) and not asked_for(mail).email)
        or AWAY.match(mail.subject.strip()) is not None
    )


def takes_no_answers(address: str) -> bool:
    """Whether an address is one that a machine writes from, and nobody reads."""
    return FORM.match(address) is not None


def person(mail: InboundEmail) -> Address:
    """Who wrote the mail: of a website's form, which nobody can answer, whom it names for that."""
    asked, sender = asked_for(mail), mail.sender.email
    return asked if asked.email and (takes_no_answers(sender) or is_ours(sender)) else mail.sender


def asked_for(mail: InboundEmail) -> Address:
    """Who the mail asks to be answered to, if it is neither its sender nor us."""
    asked = values.address(mail.header("Reply-To") or "")
    is_other = address_key(asked.email) != address_key(mail.sender.email)
    return asked if is_other and not is_ours(asked.email) else Address("")


def is_ours(address: str) -> bool:
    """Whether an address is one of ours, also one that belongs to a conversation."""
    config = current_app.config
    ours = {address_key(config[name]) for name in OUR_ADDRESSES}
    user, _, domain = address_key(address).rpartition("@")
    return bool(user) and f"{user.partition('+')[0]}@{domain}" in ours


def word(mail: InboundEmail, header: str) -> str:
    """The first word of a header, without what follows a semicolon or a comment."""
    words = (mail.header(header) or "").partition(";")[0].split()
    return words[0].lower() if words else ""
