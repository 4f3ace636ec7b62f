"""The team's form for an issue: all its words, and what the page showed of them."""

import json
import re
from typing import Any, cast

from flask import current_app, request

from portal.fields import long_text, short_text, some_of
from portal.forms import Form
from portal.inbox.desk.edits import SINCE, plain, read_was
from portal.inbox.desk.fields import WasField
from portal.inbox.desk.forms import typed
from portal.issues import drafts
from portal.issues.models import Issue, Part, PartKind

SUBJECT_LONGEST, PREVIEW_LONGEST, TEXT_LONGEST = 150, 200, 20_000
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
