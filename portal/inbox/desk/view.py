"""What the list shows, as its address says it, and where a row stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import literal

from portal.inbox.models import Conversation, Kind
from portal.web import AddressView, number_in

FOLDERS = {
    "today": "Mine today",
    "active": "To do",
    "waiting": "Waiting for them",
    "held": "Held",
    "spam": "Spam",
    "closed": "Closed",
    "all": "Everything",
}
SORTS = {"urgent": "Most urgent first", "newest": "Newest first"}
SEARCH_SORTS = {"newest": "Newest first"}  # else what fits best comes first
URGENT_FIRST = {"today", "active", "held"}  # what lies elsewhere waits for nobody of the team
ME, NOBODY = "me", "nobody"


@dataclass(frozen=True)
class InboxView(AddressView):
    """What the list of conversations shows."""

    folder: str = "active"
    kind: str = ""
    owner: str = ""
    tag: str = ""
    needs: str = ""
    trouble: str = ""
    q: str = ""
    sort: str = ""
    after: str = ""
    at: str = ""
    """Where the conversation stood that was opened from the list."""

    @classmethod
    def of(cls, args: Mapping[str, str]) -> InboxView:
        """The view that an address asks for; what makes no sense is left out."""
        view = cls.typed(args)
        usual = "all" if view.q else "active"  # a search looks everywhere
        asks = view.folder in FOLDERS and not (view.q and "everywhere" in args)
        orders = SEARCH_SORTS if view.q else SORTS if view.folder != "all" else {}
        return replace(
            view,
            folder=view.folder if asks else usual,
            kind=view.kind if view.kind in {str(kind) for kind in Kind} else "",
            owner=view.owner if view.owner in {ME, NOBODY} or number_in(view.owner) else "",
            sort=view.sort if view.sort in orders else "",
        )

    @classmethod
    def of_list(cls, args: Mapping[str, str]) -> InboxView:
        """The list that led to a conversation, which that page's address carries as `list`."""
        return cls.of(dict(parse_qsl(args.get("list", ""))))

    def opening(self, conversation: Conversation) -> str:
        """What `list` must be in a link from this list to one of its conversations."""
        return urlencode(self.args(after=self.after, at=place_of(self, conversation)))

    def args(self, **changes: str) -> dict[str, str]:
        """The view as parameters for an address, at its first page unless `after` is given."""
        values = super().args(**{"at": "", **changes})
        return {"folder": type(self).folder, **values} if "q" in values else values

    @property
    def order(self) -> str:
        """How the rows are ordered: as was asked for, or as the folder is best read."""
        usual = "urgent" if self.folder in URGENT_FIRST else "newest"
        return self.sort or usual

    @property
    def lies_in(self) -> str:
        """The folder that the rows lie in; "all" where they lie in many."""
        return "active" if self.folder == "today" else self.folder

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the folder narrows the list."""
        return any((self.kind, self.owner, self.tag, self.needs, self.trouble, self.q))


def place_of(view: InboxView, last: Conversation) -> str:
    """Where a row stands in a view's order, for an address."""
    moment = last.due_at if view.order == "urgent" else last.changed_at
    return f"{int(last.rank)}~{moment.isoformat()}~{last.id}"


def read_place(text: str) -> tuple[Any, ...] | None:
    """Where a page ended; None for the first page, and for what is no such place."""
    rank, _, rest = text.partition("~")
    moment, _, number = rest.partition("~")
    try:
        at = datetime.fromisoformat(moment).astimezone(UTC)
    except (ValueError, OverflowError):  # no moment, or none that has a place in UTC
        return None
    ids = number_in(rank), number_in(number)
    if None in ids:
        return None
    return literal(ids[0]), literal(at, Conversation.due_at.type), literal(ids[1])
