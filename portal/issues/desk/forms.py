"""The team's forms for an issue: all its words, the second yes, and when it leaves."""

import json
import re
from datetime import datetime, time
from typing import Any, cast

from flask import current_app, request
from wtforms import BooleanField, HiddenField, ValidationError
from wtforms.validators import StopValidation

from portal.extensions import now
from portal.fields import long_text, one_of, short_text, some_of
from portal.forms import Form
from portal.inbox.desk.edits import SINCE, plain, read_was
from portal.inbox.desk.fields import NO_MOMENT, MomentField, WasField
from portal.inbox.desk.forms import typed
from portal.issues import approving, drafts, scheduling
from portal.issues.models import Issue, Part, PartKind
from portal.words import MINUTE

SUBJECT_LONGEST, PREVIEW_LONGEST, TEXT_LONGEST = 150, 200, 20_000
NOW, AT = "now", "at"
WHEN = {NOW: "In 15 minutes. Until then you can stop it", AT: "At a day and time"}
MORNING = time(9)
PART_NAME = re.compile(rf"{drafts.TEXT}[1-9][0-9]{{0,9}}", re.ASCII)


class WordsWasField(WasField):
    """What the page showed of the words: of the parts, those that there were."""

    def process_formdata(self, values: list[str]) -> None:
        """Read it; of a conflict that is settled, with what was shown of that."""
        sent = typed("over") or (values[0] if values else "")
        self.data = read_was(sent, *drafts.WORDS, *part_names(sent))


def part_names(was: str) -> list[str]:
    """The names of the parts whose texts a page showed."""
    try:
        shown = json.loads(was)
        return [name for name in shown if PART_NAME.fullmatch(name) and name != SINCE]
    except (ValueError, TypeError, RecursionError):
        return []


class IssueForm(Form):
    """The words of an issue. A subclass has a field for the text of each part."""

    subject = short_text("Subject", "The subject", SUBJECT_LONGEST, dir="auto")
    preview = short_text("Preview line", "The preview line", PREVIEW_LONGEST, dir="auto")
    opening = long_text("Opening", "The opening", TEXT_LONGEST, rows=6, dir="auto")
    topics = some_of("For whom")
    was = WordsWasField(*drafts.WORDS)

    def __init__(self, issue: Issue, **options: Any) -> None:
        words = drafts.words_of(issue)
        was = {name: plain(value) for name, value in words.items()}
        super().__init__(**(words | {"was": was} | options))
        offered = current_app.config["TOPICS"]
        kept = {key: key for key in issue.topics if key not in offered}
        self.topics.choices = [*(offered | kept).items()]

    @property
    def wanted(self) -> dict[str, Any]:
        """What was typed, of all that the page showed."""
        return {name: self[name].data for name in self.was.data if name in self}


class IssueYesForm(Form):
    """A yes to what the page shows."""

    is_read = BooleanField(approving.WORDING)
    digest = HiddenField()

    def validate_is_read(self, field: BooleanField) -> None:
        """Ask for what makes it a yes to all of it."""
        if not field.data:
            raise ValidationError("Read it in each format first. Then tick this.")


class SendForm(Form):
    """When an agreed issue leaves."""

    when = one_of("When does it leave?", "Choose when it leaves.", WHEN)
    at = MomentField("Day and time", at=MORNING)

    @property
    def wanted(self) -> datetime | None:
        """The moment that was typed; None for as soon as may be."""
        return self.at.data if self.when.data == AT else None

    def validate_at(self, field: MomentField) -> None:
        """Ask for a time that is still to come, where it leaves at one."""
        if self.when.data != AT:
            field.errors = []
            raise StopValidation
        if field.data is None:
            raise ValidationError(NO_MOMENT)
        if field.data < now() + scheduling.GRACE - MINUTE:
            raise ValidationError(scheduling.TOO_SOON)


def of(issue: Issue, **options: Any) -> IssueForm:
    """The form of an issue as it is, or with what was sent."""
    fields: dict[str, Any] = {
        name: long_text("Your own words", "The text", TEXT_LONGEST, rows=4, dir="auto")
        for name in (part_names(typed("was")) if request.method == "POST" else ())
    }
    fields |= {f"{drafts.TEXT}{part.id}": _field(part) for part in issue.parts}
    return cast("IssueForm", type("PartsForm", (IssueForm,), fields)(issue, **options))


def _field(part: Part) -> Any:
    if part.kind is PartKind.WORDS:
        return long_text("Your own words", "The text", TEXT_LONGEST, rows=4, dir="auto")
    label = "Words before it (if you like)"
    return long_text(label, "The text", TEXT_LONGEST, rows=2, dir="auto")
