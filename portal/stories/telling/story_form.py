"""The step with the story itself."""

from typing import Any, ClassVar

from flask import request
from wtforms import BooleanField, StringField, ValidationError

from portal.fields import Menu, long_text, one_of, short_text
from portal.forms import says_something
from portal.stories import languages
from portal.stories.content import NAME_LONGEST, STORY_LONGEST, TITLE_LONGEST
from portal.stories.models import Story
from portal.stories.states import Telling
from portal.stories.telling.answer_checks import AskedEmailField, a_web_address, asked, phone_field
from portal.stories.telling.step_form import StepForm
from portal.ways import CALLS, facts_of

WHEN_LONGEST, NOTE_LONGEST = 500, 2_000


class StoryForm(StepForm):
    """The story itself, or where it is, or how we call for it."""

    COLUMNS = ("title", "text", "others", "phone", "email")
    ANSWERS = ("link", "call_by", "call", "others_note")
    # What only some ways ask for.
    EXTRA: ClassVar[dict[Telling, tuple[str, ...]]] = {
        Telling.LINK: ("link",),
        Telling.CALL: ("call_by", "phone", "email", "call"),
    }

    call_by = one_of("How should we call you?", choices=CALLS, before=(asked,))
    phone = phone_field()
    email = AskedEmailField("Email address")
    call = long_text(
        "When is a good time? (if you like)", "The time", WHEN_LONGEST, rows=2, before=(asked,)
    )
    link = StringField(
        "The link",
        [asked, a_web_address],
        render_kw={"type": "url", "inputmode": "url", "autocomplete": "off", "spellcheck": "false"},
    )
    title = short_text(
        "A title (if you like)", "The title", TITLE_LONGEST, autocomplete="off", dir="auto"
    )
    text = long_text("Your words", "Your story", STORY_LONGEST, rows=14, dir="auto")
    language = one_of(
        "Which language do you write in?", "Choose a language.", languages.WRITTEN, kind=Menu
    )
    language_name = short_text(
        "Which other language?", "The language", NAME_LONGEST, autocomplete="off"
    )
    others = BooleanField("Other people are in my story")
    others_note = long_text(
        "Who are they? Do they know? (if you like)", "This", NOTE_LONGEST, rows=2
    )

    @staticmethod
    def also_stored(story: Story) -> dict[str, Any]:
        """The language as it can be chosen."""
        offered = story.language in languages.WRITTEN and not story.answers.get("language_name")
        return {
            "language": story.language if offered else languages.ANOTHER,
            "language_name": languages.name_of(story) if not offered else "",
        }

    def is_asked(self, name: str) -> bool:
        """What this way asks for, what was given before the way changed, and what was sent."""
        extra = {field for fields in self.EXTRA.values() for field in fields}
        if name not in extra or name in self.EXTRA.get(self.story.telling, ()):
            return True
        return name in request.form or (name == "link" and bool(self.story.answers.get("link")))

    @property
    def needed(self) -> tuple[str, ...]:
        """What the chosen call needs to know."""
        return facts_of(self.call_by.data).needs

    def validate_language_name(self, field: StringField) -> None:
        """Ask for the language where none of the list was chosen: one that can be written."""
        if self.language.data != languages.ANOTHER:
            return
        if not says_something(field.data):
            raise ValidationError("Enter the language, like Polish.")
        if languages.is_signed(languages.tag_of(field.data)):
            raise ValidationError(languages.NOT_WRITTEN)

    def kept(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """With the language as a page must say it, and as it was typed."""
        columns, answers = super().kept()
        if self.language.errors or self.language_name.errors:
            return columns, answers
        typed = self.language_name.data if self.language.data == languages.ANOTHER else ""
        tag = languages.tag_of(typed) if typed else self.language.data
        return columns | {"language": tag}, answers | {"language_name": typed}
