"""The team's forms for lists that come in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app, request
from wtforms import StringField, ValidationError

from portal import days
from portal.extensions import now
from portal.fields import NOT_KEPT, Menu, long_text, one_of, short_text
from portal.forms import Form
from portal.newsletter.transfer.columns import Column
from portal.newsletter.transfer.entries import LEAVE_OUT, ReadAs, meant
from portal.newsletter.transfer.models import ListJob
from portal.newsletter.transfer.words import STANDINGS, There, standing
from portal.words import day, local

WORDING_LONGEST, SOURCE_LONGEST, DAY_LONGEST = 2000, 200, 40
COLUMN, WORD = "column ", "word "
NO_DAY = "Enter a day, like 27 November 2026. Or leave it empty."
NO_EMAIL = "Choose the column that has the email addresses."
ORDERS = {"day": "Day first, as in 31/12/2026", "month": "Month first, as in 12/31/2026"}


class ChooseForm(Form):
    """Says how a list is to be read. The columns and the words are as many as the list has."""

    wording = long_text(
        "What did these people agree to?",
        "The text",
        WORDING_LONGEST,
        missing="Write down the words that these people agreed to.",
    )
    source = short_text("Where did they say it?", "The text", SOURCE_LONGEST, **NOT_KEPT)
    agreed = short_text("When did they, where a line does not say?", "The day", DAY_LONGEST)
    otherwise = one_of(
        "How do those stand of whom the list says nothing?",
        "Choose from the list.",
        STANDINGS,
        kind=Menu,
    )
    order = one_of("How are dates written?", "Choose from the list.", ORDERS, kind=Menu)

    def __init__(self, job: ListJob, **values: Any) -> None:
        kept = ReadAs.from_json(job.read_as)
        self.read_as, self.seen = kept, job.seen
        super().__init__(
            wording=kept.wording,
            source=kept.source,
            agreed=day(kept.agreed_at) if kept.agreed_at else "",
            otherwise=kept.otherwise,
            order="day" if kept.day_first else "month",
            **values,
        )

    @property
    def agreed_at(self) -> datetime | None:
        """The day that was typed; None where there is none."""
        found = days.read(self.agreed.data or "", local(now()))
        return min(found.at, now()) if found else None

    def validate_agreed(self, field: StringField) -> None:
        """Refuse what is no day."""
        if field.data and self.agreed_at is None:
            raise ValidationError(NO_DAY)

    @property
    def columns(self) -> dict[Column, list[int]]:
        """What each column holds, as it was chosen, or understood."""
        if request.method != "POST":
            return {column: list(places) for column, places in self.read_as.columns.items()}
        chosen: dict[Column, list[int]] = {}
        for name, value in request.form.items():
            place = name.removeprefix(COLUMN)
            if name.startswith(COLUMN) and place.isdecimal() and value in set(Column):
                chosen.setdefault(Column(value), []).append(int(place[:4]))
        before = [*self.read_as.columns.values()]
        order = [place for places in before for place in places]  # what says most stood first
        for places in chosen.values():
            places.sort(key=lambda one: order.index(one) if one in order else len(order) + one)
        return chosen

    @property
    def meanings(self) -> dict[str, str]:
        """What words mean, as it was chosen."""
        if request.method != "POST":
            return dict(self.read_as.meanings)
        offered = {
            "state": set(There),
            "topic": {LEAVE_OUT, *current_app.config["TOPICS"]},
            "format": set(current_app.config["FORMATS"]),
        }
        sent = [(name.removeprefix(WORD), value) for name, value in request.form.items()]
        return {word: value for word, value in sent if value in offered.get(word.split(" ")[0], ())}

    def means(self, kind: str, word: str) -> str:
        """What a word is taken to mean; nothing where we do not know it."""
        known = standing(word) if kind == "state" else None
        return self.meanings.get(meant(kind, word), str(known or ""))

    def column_of(self, place: int) -> str:
        """What a column holds; nothing where it is left out."""
        return next((str(one) for one, places in self.columns.items() if place in places), "")

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for the column without which nobody is known."""
        is_good = super().validate(extra_validators)
        self.no_email = "" if Column.EMAIL in self.columns else NO_EMAIL
        return is_good and not self.no_email

    no_email = ""

    @property
    def messages(self) -> dict[str, str]:
        """What to put right, first among the columns."""
        first = {"column-0": self.no_email} if self.no_email else {}
        return first | super().messages

    @property
    def status(self) -> int:
        """As of any form."""
        return 422 if self.no_email else super().status

    @property
    def chosen(self) -> ReadAs:
        """How the list is to be read."""
        return ReadAs(
            columns=self.columns,
            wording=self.wording.data,
            source=self.source.data,
            agreed_at=self.agreed_at,
            otherwise=There(self.otherwise.data),
            day_first=self.order.data == "day",
            meanings=self.meanings,
        )
