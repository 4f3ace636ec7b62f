"""The storyteller's forms. The private link says who they are; so there is no cookie to check."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import request
from wtforms import (
    HiddenField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)

from portal.forms import LongText, OneOf, PlainText, PrivateLinkForm, says_something
from portal.stories import consents
from portal.stories.consents import NameShown
from portal.stories.content import STORY_LONGEST, SUMMARY_LONGEST, TITLE_LONGEST, Content
from portal.stories.models import Story
from portal.stories.telling.fields import NAME_LONGEST
from portal.ways import CALLS

COMMENT_LONGEST, WHEN_LONGEST = 50_000, 500
REACH_LONGEST = 254
NUMBER_LONGEST = 9  # digits of a number that a page carries
DELETE, KEEP = "delete", "keep"
YES = "yes"
PUBLISH = "publish"


class CountField(HiddenField):  # type: ignore[misc]
    """A number that the page carries; 0 where it is none that we wrote."""

    @property
    def number(self) -> int:
        """The same as a number."""
        text = str(self.data or "")
        return int(text) if text.isdecimal() and len(text) <= NUMBER_LONGEST else 0


class YesForm(PrivateLinkForm):
    """A yes to exactly one text or version."""

    revision = CountField()
    digest = HiddenField()


class VersionAnswerForm(PrivateLinkForm):
    """A yes or a no to exactly one version."""

    answer = HiddenField()
    digest = HiddenField()


class CommentForm(PrivateLinkForm):
    """Something to say to the team."""

    message = TextAreaField(
        "Write to us",
        [LongText("Your message", COMMENT_LONGEST, "Write your message.")],
        render_kw={"rows": 5},
    )
    seen = CountField()
    """How many messages of theirs the page showed, so that one that comes twice counts once."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        # Once it is sent, the page gets another field: what was typed does not stay in it.
        self.message.id = self.message.label.field_id = f"message-{self.seen.number}"


class CallRequestForm(PrivateLinkForm):
    """Asks for a call."""

    way = RadioField(
        "How should we call you?",
        [OneOf("Choose how we should call you.")],
        choices=[],
        validate_choice=False,
    )
    reach = StringField(
        "Phone number, or address for the video call",
        [PlainText("The number or address", REACH_LONGEST)],
        render_kw={"autocomplete": "tel", "spellcheck": "false"},
    )
    when = TextAreaField(
        "When is a good time? (if you like)",
        [LongText("The time", WHEN_LONGEST)],
        render_kw={"rows": 3},
    )
    seen = CountField()

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.way.choices = [*CALLS.items()]

    def validate_reach(self, field: StringField) -> None:
        """Ask for what can be called."""
        if not says_something(field.data):
            raise ValidationError("Enter a phone number, or an address for the video call.")

    @property
    def words(self) -> str:
        """What the team reads."""
        lines = [f"Please call me. {CALLS[self.way.data]}: {self.reach.data}"]
        return "\n".join([*lines, f"When: {self.when.data}"] if self.when.data else lines)


class RewriteForm(PrivateLinkForm):
    """The whole text, in the storyteller's own words."""

    heading = StringField(
        "Title",
        [PlainText("The title", TITLE_LONGEST)],
        render_kw={"autocomplete": "off"},
    )
    summary = TextAreaField(
        "In short (if you like)",
        [LongText("The summary", SUMMARY_LONGEST)],
        render_kw={"rows": 3},
    )
    text = TextAreaField(
        "Your story",
        [LongText("Your story", STORY_LONGEST, "Write your story.")],
        render_kw={"rows": 20},
    )
    seen = CountField()

    def content(self, before: Content) -> Content:
        """What was typed, with all else as it was `before`."""
        return replace(
            before,
            title=self.heading.data,
            summary=" ".join(self.summary.data.split()),
            text=self.text.data,
        )

    def validate_heading(self, field: StringField) -> None:
        """Ask for a title: it is what readers choose by."""
        if not says_something(field.data):
            raise ValidationError("Give your story a title.")


class WithdrawForm(PrivateLinkForm):
    """Whether the files stay with us, where nobody sees them."""

    files = RadioField(
        "What about your pictures and files?",
        [OneOf("Choose what we do with your files.")],
        choices=[],
        default=DELETE,
        validate_choice=False,
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.files.choices = [
            (DELETE, "Delete my files now"),
            (KEEP, "Keep them privately. Nobody can see them on the site"),
        ]


class ConsentsForm(PrivateLinkForm):
    """What the storyteller allows, each thing by itself.

    That it is on the site is taken back by taking the story back, and nowhere by the way.
    """

    name_shown = RadioField(
        "Which name do readers see?",
        [OneOf("Choose which name readers see.")],
        choices=[],
        validate_choice=False,
    )
    other_name = StringField(
        "The other name",
        [PlainText("The other name", NAME_LONGEST)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    allowed = SelectMultipleField("What we may do", choices=[], validate_choice=False)

    def __init__(self, story: Story, **values: Any) -> None:
        super().__init__(**values, **({} if request.method == "POST" else _said(story)))
        self.names = _names(story)
        is_allowed = consents.allows(story, PUBLISH)
        self.asked = [key for key in consents.ASKED if key != PUBLISH or not is_allowed]
        self.allowed.choices = [(key, consents.wording(key)) for key in self.asked]
        self.name_shown.choices = [
            (key, f"{label}: {name}" if name else label)
            for key, name in self.names.items()
            if (label := consents.NAMES[NameShown(key)])
        ]

    def validate_other_name(self, field: StringField) -> None:
        """Ask for the name that is to be shown."""
        if self.name_shown.data == NameShown.OTHER and not says_something(field.data):
            raise ValidationError("Enter the name that readers see.")

    def validate_allowed(self, field: SelectMultipleField) -> None:
        """Refuse what was not offered."""
        if not set(self.asked).issuperset(field.data or []):
            raise ValidationError("Choose from the list.")

    @property
    def said(self) -> dict[str, tuple[bool, str]]:
        """What is allowed now: for each purpose whether, and which value."""
        chosen = self.name_shown.data
        name = self.other_name.data if chosen == NameShown.OTHER else self.names[chosen]
        said = {key: (key in self.allowed.data, "") for key in self.asked}
        return {**said, "name": (bool(name), name)}


def _said(story: Story) -> dict[str, Any]:
    """What was said last, as the form shows it."""
    last, name = consents.current(story), consents.name_allowed(story)
    names = {shown: key for key, shown in _names(story).items()}
    chosen = names.get(name, NameShown.OTHER)
    return {
        "name_shown": chosen,
        "other_name": name if chosen == NameShown.OTHER else "",
        "allowed": [key for key, consent in last.items() if consent.given],
    }


def _names(story: Story) -> dict[str, str]:
    """The names that can be shown; empty for one that is typed, and for none."""
    first = next(iter(story.name.split()), "")
    names: dict[str, str] = {NameShown.OTHER: "", NameShown.NONE: ""}
    return {NameShown.FIRST: first, NameShown.FULL: story.name} | names if first else names
