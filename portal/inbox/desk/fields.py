"""Fields of the team's forms: what a page showed, days and moments as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any, TypeVar

from wtforms import HiddenField, StringField
from wtforms.validators import StopValidation

from portal import days
from portal.extensions import now
from portal.fields import CarriedField
from portal.forms import STALE, Form
from portal.inbox.desk import edits
from portal.web import number_in
from portal.words import day, local, moment, start_of

AForm = TypeVar("AForm", bound=Form)
YEARS = range(2000, 2100)
NO_DAY = "Enter a day, like 27 November."
NO_MOMENT = "Enter a day or a time, like Friday, 27 November 3pm, or in two hours."
PASSED = "That has passed. Enter a day or a time that is still to come."


class WasField(CarriedField):
    """What the page showed of some fields, so that what others change meanwhile can be told."""

    def __init__(self, *names: str, **options: Any) -> None:
        super().__init__(**options)
        self.names = names

    def process_formdata(self, values: list[str]) -> None:
        """Read it."""
        self.data = edits.read_was(values[0], *self.names) if values else None


class SeenField(HiddenField):  # type: ignore[misc]
    """The version, or the number of the newest change, that the page was made from."""

    data: Any

    def pre_validate(self, form: Form) -> None:
        """Read it as a number. Raises where it is none."""
        self.data = number_in(str(self.data or ""))
        if self.data is None:
            raise StopValidation(STALE)


class DayField(StringField):  # type: ignore[misc]
    """A day, as people write it: 27 November, 27/11, Friday.

    A calendar of the browser's takes four presses of Tab, and sends nothing
    at all when a part of it is missing.
    """

    data: Any

    def _value(self) -> str:
        """What the field shows: what was typed, or the day in words."""
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data.day} {self.data:%B %Y}" if self.data else ""

    def process_formdata(self, values: list[str]) -> None:
        """Read it. Raises ValueError in words that say how to put it right."""
        self.data = None
        if not any(values):
            return
        found = days.read(values[0], local(now()))
        if found is None or found.at.year not in YEARS:
            raise ValueError(NO_DAY)
        self.data = found.at.date()


class MomentField(StringField):  # type: ignore[misc]
    """A day and a time, as people write them: in two hours, 3pm, Monday 9am, 27 November.

    A day alone means a time of it, `at`; `has_time` is whether one was typed.
    """

    data: Any
    has_time = True

    def __init__(self, label: str, *, at: time, **options: Any) -> None:
        super().__init__(label, render_kw={"autocomplete": "off"}, **options)
        self.at = at

    def _value(self) -> str:
        """What the field shows: what was typed, or the moment in words."""
        if self.raw_data:
            return str(self.raw_data[0])
        return moment(self.data) if self.data else ""

    def process_formdata(self, values: list[str]) -> None:
        """Read it. Raises ValueError in words that say how to put it right."""
        self.data = None
        if not any(values):
            return
        self.data, self.has_time = read_moment(values[0], self.at)

    def against(self, was: datetime | None) -> datetime | None:
        """What is wanted where `was` was shown: as it was, unless it says something else."""
        is_same_day = was and self.data and local(was).date() == local(self.data).date()
        is_shown = was and self._value().strip() == moment(was)
        return was if is_shown or (is_same_day and not self.has_time) else self.data


def read_moment(text: str, at: time) -> tuple[datetime, bool]:
    """The moment that a text names, and whether it names a time; without one `at` is meant.

    Raises ValueError in words that say how to put it right.
    """
    found = days.read(text, local(now()))
    if found is None or found.at.year not in YEARS:
        raise ValueError(NO_MOMENT)
    if found.doubt is days.Doubt.WEEKDAY:
        raise ValueError(f"{day(found.at)} is a {found.at:%A}. Enter the right one of the two.")
    named = found.at if found.has_time else start_of(found.at.date(), at)
    return named.astimezone(UTC).replace(second=0, microsecond=0), found.has_time


def renew(form: AForm, row: Any) -> AForm:
    """Let a form carry what is there now, where it carries nothing of ours; returns it."""
    for field in form:
        if isinstance(field, WasField) and field.data is None:
            field.data = edits.shown(row, *field.names)
    return form
