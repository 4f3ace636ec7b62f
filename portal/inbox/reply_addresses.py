"""The reply address of each conversation and each question: it says which one it is, signed.

`reply+<id>-<signature>@…` for the person, `reply+q<id>-<signature>@…` for somebody outside who was
asked; in lower case and short enough for a mailbox's name (64 octets, RFC 5321, 4.5.3.1.1). Mail
programs may change the case.
"""

import hmac
import re
from base64 import b32encode
from hashlib import sha256

from flask import current_app

from portal.inbox.models import Conversation, Message
from portal.providers.values import Address
from portal.signing import keys

SIGNATURE = 16  # letters of base 32: 80 bits
PERSON, OUTSIDE = "reply address", "question"  # what a number stands for; each signs for itself
MARK = {PERSON: "", OUTSIDE: "q"}


# Wherever it stands: relays wrap the address in one of their own, and break the line in it.
TOKEN = rf"([0-9]{{1,9}})-([a-z2-7]{{{SIGNATURE}}})(?![a-z2-7])"
TOKENS = {PERSON: re.compile(f"(?<![0-9]){TOKEN}"), OUTSIDE: re.compile(f"q{TOKEN}")}


def reply_to(conversation: Conversation) -> Address:
    """Where an answer to our mail should go: to the conversation, or to the team's mailbox."""
    return _address(PERSON, conversation.id)


def reply_to_question(question: Message) -> Address:
    """Where somebody outside answers: never to the person, nor into what the person sees."""
    return _address(OUTSIDE, question.id)


def thread(conversation: Conversation) -> tuple[tuple[str, str], ...]:
    """The header for a mail that begins a thread: answers carry on what it refers to.

    So the conversation is found where a provider cuts what follows the plus
    (RFC 5322, 3.6.4: References).
    """
    return _references(PERSON, conversation.id)


def thread_of_question(question: Message) -> tuple[tuple[str, str], ...]:
    """The same for a question: a thread of its own."""
    return _references(OUTSIDE, question.id)


def read(words: str) -> int | None:
    """The id of the conversation in a reply address of ours, or a thread; None for any other."""
    return _read(PERSON, words)


def read_question(words: str) -> int | None:
    """The id of the question in a reply address of ours, or a thread; None for any other."""
    return _read(OUTSIDE, words)


def _address(what: str, number: int) -> Address:
    config = current_app.config
    user, _, domain = config["INBOUND_EMAIL"].partition("@")
    if not domain:
        return Address(config["TEAM_EMAIL"], config["ORG_NAME"])
    return Address(f"{user}+{_token(what, number)}@{domain}", config["ORG_NAME"])


def _references(what: str, number: int) -> tuple[tuple[str, str], ...]:
    domain = current_app.config["INBOUND_EMAIL"].partition("@")[2]
    return (("References", f"<{_token(what, number)}@{domain}>"),) if domain else ()


def _read(what: str, words: str) -> int | None:
    for number, signature in TOKENS[what].findall("".join(words.split()).lower()):
        if any(hmac.compare_digest(signature, _sign(what, int(number), key)) for key in keys()):
            return int(number)
    return None


def _token(what: str, number: int) -> str:
    return f"{MARK[what]}{number}-{_sign(what, number, current_app.config['SECRET_KEY'])}"


def _sign(what: str, number: int, key: str) -> str:
    digest = hmac.new(key.encode(), f"{what} {number}".encode(), sha256).digest()
    return b32encode(digest).decode().lower()[:SIGNATURE]
