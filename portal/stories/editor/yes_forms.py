"""Forms for what the team is told: a yes that was said to them, and who a guardian is."""

from datetime import datetime
from typing import Any

from wtforms import BooleanField, HiddenField, StringField, ValidationError

from portal import days
from portal.extensions import now
from portal.fields import NOT_KEPT, long_text, one_of, short_text
from portal.forms import Form
from portal.stories import approvals
from portal.stories.guardian.fields import GuardianFields
from portal.stories.models import Story
from portal.stories.states import Giver
from portal.words import local, moment

NOTE_LONGEST, TIME_LONGEST = 5_000, 40
NO_TIME = "Enter a day and a time, like 27 November 2026 3pm, or today 3pm."


class NoteYesForm(Form):
    """A yes that somebody said to a member who read the text out."""

    way = one_of("How did you speak with them?", "Choose how you spoke with them.")
    said = short_text("When did they say yes?", "The time", TIME_LONGEST, **NOT_KEPT)
    note = long_text("What else they said (if anything)", "The note", NOTE_LONGEST)
    is_read_out = BooleanField("I read all of this out, and they said yes to exactly this")
    digest = HiddenField()
    """Of the text that the page shows."""

    def __init__(self, story: Story, giver: Giver, **values: Any) -> None:
        super().__init__(said=moment(now()), **values)
        self.way.choices = [
            (str(way), words.capitalize())
            for way, words in approvals.WAYS.items()
            if not approvals.why_not_noted(story, giver, way)
        ]

    @property
    def said_at(self) -> datetime | None:
        """The moment that was typed; None where it cannot be read."""
        found = days.read(self.said.data or "", local(now()))
        return found.at if found else None

    def validate_said(self, field: StringField) -> None:
        """Ask for a time that can be read, and that has come."""
        if self.said_at is None:
            raise ValidationError(NO_TIME)
        if self.said_at > now():
            raise ValidationError(approvals.TO_COME)

    def validate_is_read_out(self, field: BooleanField) -> None:
        """Ask for what makes it their yes and not the member's."""
        if not field.data:
            raise ValidationError("Read all of it out first. Then tick this.")


class GuardianForm(GuardianFields, Form):
    """Who the guardian is, as the team was told."""
