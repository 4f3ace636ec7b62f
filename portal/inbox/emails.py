"""The inbox's mails. Their words are in `templates/email/`."""

from collections.abc import Sequence
from typing import Any

from flask import current_app

from portal import delivery
from portal.inbox import links, reply_addresses
from portal.inbox.models import Attachment, Conversation, Message
from portal.providers.values import Address, Email, MailFile
from portal.team.models import Member
from portal.web import public_address
from portal.words import count

HELD_NOTICE, MANY_NOTICE = "held_notice", "many_notice"
Headers = tuple[tuple[str, str], ...]


def team_notice(conversation: Conversation, news: str, *, to_all: bool = False) -> Email:
    """Tell the owner, or the team, that something came. `news` says what."""
    to, url = mailbox(conversation, to_all=to_all), links.inbox_url(conversation)
    return delivery.compose("team_notice", to, conversation=conversation, news=news, url=url)


def mailbox(conversation: Conversation, *, to_all: bool = False) -> Address:
    """Where its news goes: to its owner, or to the team."""
    owner = None if to_all else owner_of(conversation)
    return Address(owner.email, owner.name) if owner else Address(current_app.config["TEAM_EMAIL"])


def many_notice(to: Address, number: int, urgent: int) -> Email:
    """Tell in one mail of so many conversations, and how many of them are urgent."""
    return delivery.compose(
        MANY_NOTICE,
        to,
        number=number,
        urgent=urgent,
        url=public_address("inbox.conversations"),
    )


def owner_of(conversation: Conversation) -> Member | None:
    """Who is told of a conversation: its owner, as long as they can answer it."""
    owner = conversation.owner
    return owner if owner and owner.can_own else None


def member_notice(member: Member, news: str, conversation: Conversation | None = None) -> Email:
    """Tell a member that something was `given` to them, or that they are `named` in a note.

    Without a conversation there are several: the mail leads to the list of theirs.
    """
    url = public_address("inbox.conversations", owner="me")
    return delivery.compose(
        "member_notice",
        Address(member.email, member.name),
        news=news,
        conversation=conversation,
        url=links.inbox_url(conversation) if conversation else url,
        account=public_address("account.show"),
    )


def held_notice(number: int) -> Email:
    """Tell the team how many were held for a check since it last heard of such."""
    return delivery.compose(
        HELD_NOTICE,
        Address(current_app.config["TEAM_EMAIL"]),
        words=count(number, "message"),
        url=public_address("inbox.conversations", folder="held"),
    )


def receipt(conversation: Conversation) -> Email:
    """Say that we have a message, with its reference and the private link."""
    return delivery.compose_from_team(
        "contact_receipt",
        Address(conversation.email),
        headers=reply_addresses.thread(conversation),
        reply_to=reply_addresses.reply_to(conversation),
        reference=conversation.reference,
        way=current_app.config["REPLY_WAYS"].get(conversation.reply_by, ""),
        url=links.own_url(conversation),
    )


def question(asked: Message) -> Email:
    """Ask somebody outside. Their answer comes to the question, and never to the person."""
    return delivery.compose_from_team(
        "question",
        Address(asked.sender),
        headers=(("Auto-Submitted", "no"), *reply_addresses.thread_of_question(asked)),
        reply_to=reply_addresses.reply_to_question(asked),
        text=asked.text,
    )


def reply(
    conversation: Conversation,
    text: str,
    headers: Headers = (),
    *,
    files: Sequence[Attachment] = (),
    also_to: str = "",
) -> Email:
    """An answer of the team's, in the same mail thread and with a reply address of its own.

    It says what each picture shows, and who else gets it.
    """
    to = Address(conversation.email, conversation.helper or conversation.name)
    words = {"text": text, "files": files, "also_to": also_to}
    return _answer("reply", conversation, to, headers, words, url=links.own_url(conversation))


def reply_copy(conversation: Conversation, message: Message, to: str) -> Email:
    """An answer for somebody else who is to have it. It has nobody's private link."""
    words = {"text": message.text, "files": message.attachments}
    return _answer("reply_copy", conversation, Address(to), (), words)


def _answer(
    name: str,
    conversation: Conversation,
    to: Address,
    headers: Headers,
    words: dict[str, Any],
    **more: str,
) -> Email:
    return delivery.compose_from_team(
        name,
        to,
        headers=(("Auto-Submitted", "no"), *headers),
        reply_to=reply_addresses.reply_to(conversation),
        attachments=tuple(_mail_file(file) for file in words["files"]),
        conversation=conversation,
        **words,
        **more,
    )


def _mail_file(file: Attachment) -> MailFile:
    """A file as a mail names it. Its content is read when the mail leaves."""
    return MailFile(file.name, b"", file.content_type, file.place)
