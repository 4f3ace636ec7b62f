"""What the columns of a list hold, by their headings as other programs write them."""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from portal.letters import normal_form


class Column(StrEnum):
    """What a column may hold. Of several that hold the same, the first with something counts."""

    EMAIL = "email"
    NAME = "name"
    FIRST = "first"
    LAST = "last"
    TOPICS = "topics"
    FORMAT = "format"
    STATE = "state"
    AGREED = "agreed"
    SINCE = "since"
    LEFT = "left"
    BOUNCED = "bounced"
    WORDING = "wording"
    SOURCE = "source"


WORDS = {
    Column.EMAIL: "Email address",
    Column.NAME: "Name",
    Column.FIRST: "First name",
    Column.LAST: "Last name",
    Column.TOPICS: "Topics",
    Column.FORMAT: "Format",
    Column.STATE: "State: whether they get it",
    Column.AGREED: "When they said yes",
    Column.SINCE: "Since when the state is so",
    Column.LEFT: "That they left, or when",
    Column.BOUNCED: "That mail came back, or when",
    Column.WORDING: "What they agreed to",
    Column.SOURCE: "Where they said it",
}
# The headings of our own export, of Mailchimp, Brevo, MailerLite, Mailjet, Google Contacts and
# Excel, and what people write. What says most stands first.
HEADINGS: dict[Column, tuple[str, ...]] = {
    Column.EMAIL: (
        *("email", "email address", "e mail", "e mail address", "emailaddress", "mail"),
        *("e mail 1 value", "email 1 value", "email 1", "primary email", "subscriber"),
        *("subscriber email", "contact email", "your email", "your email address", "address email"),
    ),
    Column.NAME: ("name", "full name", "fullname", "display name", "contact name", "your name"),
    Column.FIRST: ("first name", "firstname", "given name", "forename", "fname", "first"),
    Column.LAST: ("last name", "lastname", "family name", "surname", "lname", "last"),
    Column.TOPICS: (
        *("topics", "topic", "interests", "interest", "tags", "tag", "groups", "group", "labels"),
        *("group membership", "categories"),
    ),
    Column.FORMAT: ("format", "email format", "preferred format", "newsletter format"),
    Column.STATE: (
        *("state", "status", "subscriber status", "subscription status", "member status"),
        *("email status", "email marketing status", "subscription", "is subscribed"),
        *("issubscribed", "opt in", "optin", "opted in", "subscribed"),
    ),
    Column.AGREED: (
        *("agreed at", "confirm time", "confirmed at", "confirmation date", "confirmation time"),
        *("confirmed", "optin time", "opt in time", "opt in date", "optin date", "consent date"),
        *("consent given at", "date subscribed", "subscribed at", "subscribed date"),
        *("subscribe date", "subscription date", "subscribed on", "signup date", "sign up date"),
        *("signed up", "joined", "date joined", "date added", "added time", "added at", "added"),
        *("created", "created at", "createdat", "date created", "creation date"),
    ),
    Column.SINCE: ("since", "status date", "status changed", "status changed at"),
    Column.LEFT: (
        *("unsub time", "unsubscribe time", "unsubscribed at", "unsubscribedat"),
        *(
            "unsubscribed date",
            "unsubscribe date",
            "date unsubscribed",
            "unsubscribed",
            "unsubscribed on",
            "unsub",
        ),
        *("is unsubscribed", "isunsubscribed", "isunsub", "opt out", "opted out", "opt out date"),
        *("opt out time", "blocklisted", "blacklisted", "email blocklisted", "email blacklisted"),
        *("emailblacklisted", "emailblocklisted", "is excluded from campaigns"),
        *("isexcludedfromcampaigns", "excluded from campaigns", "left", "left at"),
    ),
    Column.BOUNCED: (
        *("clean time", "cleaned", "cleaned at", "bounced", "bounced at", "bounce date"),
        *("hard bounced", "is bounced", "bounce time"),
    ),
    Column.WORDING: ("agreed to", "wording", "consent text", "consent wording"),
    Column.SOURCE: ("agreed how", "source", "signup source", "sign up source", "consent source"),
}
AN_ADDRESS = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+\.[^\s@<>,;:\".]+")
DIGITS = re.compile(r"\d")
MANY = 0.5  # of the cells that are not empty: then that is what the column holds
MAY_BE_DATES = frozenset({"subscribed", "opt in", "optin", "opted in", "confirmed"})

Columns = Mapping[Column, Sequence[int]]


def plain(text: str) -> str:
    """A heading or a word as it is compared: in one width and case, its words with one space."""
    narrow = normal_form("NFKC", text).casefold()
    return " ".join(re.split(r"[\W_]+", narrow)).strip()


def is_address(cell: str) -> bool:
    """Whether a cell looks like an address, and like nothing else."""
    return AN_ADDRESS.fullmatch(normal_form("NFKC", cell).strip()) is not None


def known(heading: str) -> Column | None:
    """What a column with this heading holds; None where we do not know it."""
    words = plain(heading)
    return next((column for column, names in HEADINGS.items() if words in names), None)


def guess(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[Column, list[int]]:
    """What each column holds, by its heading, and by what stands in the first rows."""
    found: dict[Column, list[int]] = {}
    for place, heading in enumerate(headings):
        column = known(heading)
        if column in {Column.STATE, Column.AGREED} and plain(heading) in MAY_BE_DATES:
            column = Column.AGREED if _mostly(rows, place, _is_date) else Column.STATE
        if column:
            found.setdefault(column, []).append(place)
    for column, places in found.items():
        names = [*HEADINGS[column], *(plain(one) for one in headings)]
        places.sort(key=lambda place: names.index(plain(headings[place])))
    if Column.EMAIL not in found:
        places = [one for one in range(len(headings)) if _mostly(rows, one, is_address)]
        found |= {Column.EMAIL: places[:1]} if places else {}
    return found


def _is_date(cell: str) -> bool:
    return len(DIGITS.findall(cell)) > 1


def _mostly(rows: Sequence[Sequence[str]], place: int, test: Callable[[str], bool]) -> bool:
    cells = [row[place] for row in rows if place < len(row) and row[place].strip()]
    return sum(map(test, cells)) > MANY * len(cells)
