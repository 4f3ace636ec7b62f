"""What people can do with all that we keep about them. One call is one transaction."""

import uuid

from portal import delivery, people
from portal.inbox import sender_page
from portal.inbox.desk import erasing
from portal.inbox.models import Conversation
from portal.people import Holdings, Person
from portal.transaction import one_transaction
from portal.your_details import emails

ASKED = (
    "I ask what you keep about me: to see it, or to have it erased. "
    "(They pressed a button on their private page. A manager answers under “One person\u2019s "
    "details”, once it is sure that it is them.)"
)
NOBODY = "There is nobody to send it to"


def person_of(address: str) -> Person:
    """Whoever has an address that they have proven. A number that they gave is not proven by it."""
    return Person.of([address], asks=True)


@one_transaction
def send_link(address: str) -> None:
    """Mail somebody the link to what we keep, if anything. The same from outside if not."""
    key = str(uuid.uuid4())
    mail = emails.own_link(address, key)
    reason = delivery.too_soon(mail)  # asked for every address: the work shows nothing either
    number = sum(holder.count(person_of(address)) for holder in people.holders.values())
    delivery.enqueue(mail, cancelled=reason if number else NOBODY, key=key)


def ask(talk: Conversation) -> bool:
    """Do so for who has the private link of a conversation; returns whether it goes by mail.

    Who gave a number alone cannot prove by a mail that it is them: a manager hears of it.
    """
    if talk.email:
        send_link(talk.email)
    else:
        one_transaction(sender_page.write_back)(talk, ASKED, 0)  # asked again is asked once
    return bool(talk.email)


def everything(address: str) -> list[Holdings]:
    """All that we keep about an address."""
    return people.gather(person_of(address), people.COUNTED)


def erase(address: str) -> None:
    """Erase all of it that can be, everywhere; commits. Twice is once."""
    one_transaction(people.erase)(person_of(address))
    erasing.finish()
