"""What a row of a list says of one person, in our words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property, lru_cache
from typing import Any, Self

from email_validator import EmailNotValidError, validate_email
from flask import current_app

from portal.addresses import address_key
from portal.extensions import now
from portal.fields import on_one_line
from portal.forms import DIRECTION_OVERRIDES, UNREADABLE, has_hidden_marks
from portal.letters import normal_form
from portal.newsletter.forms import NAME_LONGEST
from portal.newsletter.transfer import words
from portal.newsletter.transfer.columns import AN_ADDRESS, Column, Columns, is_address, plain
from portal.newsletter.transfer.reading import Shape
from portal.newsletter.transfer.records import Record
from portal.newsletter.transfer.words import There
from portal.spreadsheets import unquote

# What the library gives back as it is, where it takes the domain (RFC 5321, 4.5.3.1, for lengths).
PLAIN = re.compile(r"(?=[^@]{1,64}@)(?=.{1,254}$)([a-z0-9]+(?:[._+-][a-z0-9]+)*)@([a-z0-9.-]+)")
LEAVE_OUT = "-"
"""What stands for a word that says nothing to us."""
CUT_SHORT = "It is cut short: there is nothing in the column for the state."
TOO_LONG = (
    "It has more cells than the first line. A cell may have a separator in it without quotes."
)
SEVERAL = "It has several email addresses. Give each of them a line of its own."
UNCLOSED = "A quotation mark is opened in this line and never closed."
UNREAD = "It has letters that cannot be read. Save the file as “CSV UTF-8”."


class NotTaken(Exception):
    """A row that is not taken; the text says why, in words for the team."""


@dataclass(frozen=True)
class ReadAs:
    """How a list is to be read: what a person of the team, or the command, chose."""

    columns: Columns
    wording: str = ""
    """What those agreed to of whom the list does not say it."""
    source: str = ""
    """Where the list comes from."""
    agreed_at: datetime | None = None
    """When they agreed; if not said, when the list is taken."""
    otherwise: There = There.SUBSCRIBED
    """How those stand of whom the list says nothing."""
    day_first: bool = True
    """Which number comes first in a date that may be read both ways."""
    meanings: Mapping[str, str] = field(default_factory=dict)
    """What words mean that we do not know: `state vip` to a standing, `topic news` to a key."""

    def to_json(self) -> dict[str, Any]:
        """As a row keeps it."""
        kept = vars(self) | {"columns": {str(one): [*some] for one, some in self.columns.items()}}
        return kept | {"agreed_at": self.agreed_at.isoformat() if self.agreed_at else None}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """As a row has kept it."""
        at = kept["agreed_at"]
        changed: dict[str, Any] = {
            "columns": {Column(one): places for one, places in kept["columns"].items()},
            "otherwise": There(kept["otherwise"]),
            "agreed_at": datetime.fromisoformat(at) if at else None,
        }
        return cls(**{**kept, **changed})


@dataclass(frozen=True)
class ListedPerson:
    """One person of a list."""

    line: int
    email: str
    name: str
    topics: list[str]
    format: str
    there: There
    wording: str
    source: str
    agreed_at: datetime | None = None
    since: datetime | None = None
    """When they left, or mail came back."""
    remark: str = ""
    """What of the row was not taken, in words for the team."""

    @cached_property
    def key(self) -> str:
        """What the address is compared by."""
        return address_key(self.email)


def meant(kind: str, word: str) -> str:
    """The name by which a word's meaning is kept."""
    return f"{kind} {plain(word)}"


def named(text: str) -> str:
    """The same of a kind and a word with a space between."""
    return meant(*text.split(" ", 1))


class Reader:
    """Reads the rows of a list as it was chosen."""

    def __init__(self, shape: Shape, choices: ReadAs) -> None:
        self.shape, self.choices = shape, choices
        config = current_app.config
        self.zone: tzinfo = config["TIME_ZONE"]
        self.topics_offered: Mapping[str, str] = config["TOPICS"]
        self.formats_offered: Mapping[str, str] = config["FORMATS"]
        says_state = (Column.STATE, Column.LEFT, Column.BOUNCED)
        self.last = max((max(choices.columns.get(one, [-1])) for one in says_state), default=-1)
        """Where the last of the columns is without which a no may be taken for a yes."""

    def read(self, record: Record) -> ListedPerson:
        """The person of a row. Raises NotTaken."""
        if record.is_broken:
            raise NotTaken(UNCLOSED)
        self._must_be_whole(record)
        cells = self.shape.cells(record, self.choices.columns)
        if UNREADABLE in "".join(cells.values()):
            raise NotTaken(UNREAD)
        standing, since = self.standing(cells)
        topics, remark = self.topics(cells.get(Column.TOPICS, ""))
        agreed, doubt = self.agreed(cells, standing)
        return ListedPerson(
            line=record.line,
            email=address(cells.get(Column.EMAIL, "")),
            name=name(cells),
            topics=topics,
            format=self.format(cells.get(Column.FORMAT, "")),
            there=standing,
            wording=_text(cells.get(Column.WORDING, "")) or self.choices.wording,
            source=_text(cells.get(Column.SOURCE, "")) or self.choices.source,
            agreed_at=agreed,
            since=since,
            remark=" ".join(filter(None, (remark, doubt))),
        )

    def _must_be_whole(self, record: Record) -> None:
        """Raise NotTaken where cells may stand in another's column, or that for the state lacks."""
        width = len(self.shape.headings)
        if not self.shape.begins and sum(map(is_address, record.cells)) > 1:
            raise NotTaken(SEVERAL)
        if self.shape.begins and any(cell.strip() for cell in record.cells[width:]):
            raise NotTaken(TOO_LONG)
        if len(record.cells) <= self.last:
            raise NotTaken(CUT_SHORT)

    def standing(self, cells: Mapping[Column, str]) -> tuple[There, datetime | None]:
        """How somebody stands, and since when. What says less than yes counts more."""
        said = cells.get(Column.STATE, "")
        standing = self.choices.otherwise
        if said:
            chosen = self.choices.meanings.get(meant("state", said), "")
            known = There(chosen) if chosen else words.standing(said)
            if known is None:
                raise NotTaken(f"We do not know what “{said}” means as a state.")
            standing = known
        since = self.moment(cells.get(Column.SINCE, ""))
        for column, other in ((Column.BOUNCED, There.BOUNCED), (Column.LEFT, There.LEFT)):
            cell = cells.get(column, "")
            if words.is_said(cell):
                standing = standing if standing is There.COMPLAINED else other
                since = self.moment(cell) or since
        return standing, since

    def agreed(self, cells: Mapping[Column, str], standing: There) -> tuple[datetime | None, str]:
        """When somebody agreed, and what to say where that cannot be read."""
        typed = cells.get(Column.AGREED, "")
        if found := self.moment(typed):
            return found, ""
        doubt = f"The date “{typed}” was not taken." if words.is_said(typed) else ""
        since = cells.get(Column.SINCE, "") if standing is There.SUBSCRIBED else ""
        return self.moment(since) or self.choices.agreed_at, doubt

    def moment(self, cell: str) -> datetime | None:
        """The moment in a cell; none that is still to come."""
        if not cell:
            return None
        found = words.moment(unquote(cell), self.zone, day_first=self.choices.day_first)
        return found if found and found <= now() else None

    def topics(self, cell: str) -> tuple[list[str], str]:
        """The topics in a cell, and what to say of those that we do not have."""
        found, others = words.choices(unquote(cell), self.topics_offered)
        chosen = [(one, self.choices.meanings.get(meant("topic", one), "")) for one in others]
        found += [key for _, key in chosen if key not in {"", LEAVE_OUT, *found}]
        unknown = ", ".join(one for one, key in chosen if not key)
        return found, f"Not among our topics: {unknown}." if unknown else ""

    def format(self, cell: str) -> str:
        """The format in a cell. Raises NotTaken: who needs another must not get the usual one."""
        found, others = words.choices(unquote(cell), self.formats_offered)
        for one in others:
            key = self.choices.meanings.get(meant("format", one), "")
            if not key:
                raise NotTaken(f"We have no format “{one}”.")
            found.append(key)
        return found[0] if found else next(iter(self.formats_offered))


def _text(cell: str) -> str:
    return on_one_line(unquote(cell)) if cell else ""


def address(cell: str) -> str:
    """The address in a cell. Raises NotTaken."""
    if (plain_one := PLAIN.fullmatch(cell)) and _is_domain(plain_one[2]):
        return cell
    typed = unquote(cell.partition(" ::: ")[0].strip()).strip(" ;,").removeprefix("mailto:")
    for text in (typed, normal_form("NFKC", typed)):
        inside = text.rpartition("<")[2].rstrip("> ") if text.endswith(">") else text
        try:
            return validate_email(inside, check_deliverability=False).normalized
        except EmailNotValidError as error:
            why = str(error)
    raise NotTaken(f"“{typed}” is no email address. {why}" if typed else "It has no email address.")


@lru_cache(maxsize=1000)
def _is_domain(text: str) -> bool:
    """Whether the library takes it as it is. A list has few domains, and many people at each."""
    try:
        return validate_email(f"a@{text}", check_deliverability=False).domain == text
    except EmailNotValidError:
        return False


def name(cells: Mapping[Column, str]) -> str:
    """The name in a row, from one column or two. Raises NotTaken."""
    whole, first, last = (
        unquote(cells.get(one, "")).strip() for one in (Column.NAME, Column.FIRST, Column.LAST)
    )
    first = first or whole
    found = first if last and first.endswith(last) else f"{first} {last}"
    if has_hidden_marks(" ".join(found.split())) or set(found) & DIRECTION_OVERRIDES:
        raise NotTaken("The name has hidden marks in it.")
    if len(found := on_one_line(found)) > NAME_LONGEST:
        raise NotTaken(f"The name has more than {NAME_LONGEST} letters.")
    return found


def address_in(cells: list[str]) -> str:
    """An address that stands in a row, as it is written there."""
    found = (AN_ADDRESS.search(cell) for cell in cells)
    return next((one[0] for one in found if one), "")
