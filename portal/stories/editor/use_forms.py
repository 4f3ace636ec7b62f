"""The team's forms for where a story was used, and for what came of cleaning up there."""

from typing import Any

from wtforms import RadioField, StringField, TextAreaField, ValidationError

from portal.fields import NOT_KEPT, long_text, one_of, short_text
from portal.forms import Form
from portal.inbox.desk.forms import not_empty
from portal.stories.models import Story
from portal.stories.telling.answer_checks import LINK_LONGEST, leads_somewhere
from portal.stories.uses import services as uses
from portal.stories.uses.models import Channel, Cleared

WORDS_LONGEST = 2_000
A_PAGE = "Enter a whole address, like https://example.org/post."
OUTCOMES = {
    Cleared.GONE: "It is gone from there",
    Cleared.STAYS: "We cannot take it back from there",
}


class UseForm(Form):
    """Where a story was used."""

    channel = one_of("Where was it used?", "Choose where it was used.")
    used = TextAreaField("Which one, and what came of it?", [not_empty], render_kw={"rows": 3})
    link = short_text(
        "Its address on the web (if it has one)",
        "The address",
        LINK_LONGEST,
        type="url",
        **NOT_KEPT,
    )

    def __init__(self, story: Story, **values: Any) -> None:
        super().__init__(**values)
        self.refused = {channel: uses.why_not(story, channel) for channel in Channel}
        self.channel.choices = [
            (str(channel), f"{label} (not allowed)" if self.refused[channel] else label)
            for channel, label in uses.CHANNELS.items()
        ]

    def validate_channel(self, field: RadioField) -> None:
        """Refuse what the storyteller does not allow, and say what to do."""
        if problem := self.refused.get(field.data):
            raise ValidationError(problem)

    def validate_link(self, field: StringField) -> None:
        """Take the address of a page, or none."""
        if field.data and not leads_somewhere(field.data):
            raise ValidationError(A_PAGE)


class ClearedForm(Form):
    """What came of cleaning up one place."""

    outcome = one_of("What came of it?", "Choose what came of it.", OUTCOMES)
    words = long_text(
        "What else the storyteller should know (if anything)", "The words", WORDS_LONGEST
    )
