"""The inbox's mails. Their words are in `templates/email/`."""

from flask import current_app

from portal import delivery
from portal.inbox import links, reply_addresses
from portal.inbox.models import Conversation
from portal.providers.values import Address, Email
from portal.team.models import Member
from portal.web import public_address
from portal.words import count

HELD_NOTICE = "held_notice"


def team_notice(conversation: Conversation, news: str, *, to_all: bool = False) -> Email:
    """Tell the owner, or the team, that something came. `news` is new, again, turn or trouble."""
    owner = None if to_all else owner_of(conversation)
    to = Address(owner.email, owner.name) if owner else Address(current_app.config["TEAM_EMAIL"])
    url = links.inbox_url(conversation)
    return delivery.compose("team_notice", to, conversation=conversation, news=news, url=url)


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
    return delivery.compose(
        "contact_receipt",
        Address(conversation.email),
        headers=reply_addresses.thread(conversation),
        reply_to=reply_addresses.reply_to(conversation),
        reference=conversation.reference,
        way=current_app.config["REPLY_WAYS"].get(conversation.reply_by, ""),
        url=links.own_url(conversation),
    )


def reply(
    conversation: Conversation, text: str, headers: tuple[tuple[str, str], ...] = ()
) -> Email:
    """An answer of the team's, in the same mail thread and with a reply address of its own."""
    return delivery.compose(
        "reply",
        Address(conversation.email, conversation.helper or conversation.name),
        headers=(("Auto-Submitted", "no"), *headers),
        reply_to=reply_addresses.reply_to(conversation),
        conversation=conversation,
        text=text,
        url=links.own_url(conversation),
    )
