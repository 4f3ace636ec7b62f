"""The storyteller's forms. The private link says who they are; so there is no cookie to check."""

from dataclasses import replace
from typing import Any

from flask import request
from wtforms import HiddenField, StringField, ValidationError

from portal.fields import NOT_KEPT, CountField, long_text, one_of, short_text, some_of
from portal.forms import PrivateLinkForm, says_something
from portal.stories import consents
from portal.stories.comparing import plainly
from portal.stories.consents import NameShown
from portal.stories.content import (
    NAME_LONGEST,
    STORY_LONGEST,
    SUMMARY_LONGEST,
    TITLE_LONGEST,
    Content,
)
from portal.stories.models import Story
from portal.stories.press.models import PressAnswer
from portal.ways import CALLS, REPLY_WAYS, Way

COMMENT_LONGEST, WHEN_LONGEST = 50_000, 500
REACH_LONGEST = 254
DELETE, KEEP = "delete", "keep"
YES = "yes"
PUBLISH = "publish"

FILES_WORDS = {
    KEEP: "Keep them privately. Nobody can see them on the site.",
    DELETE: "Delete them now. This cannot be undone.",
}
PRESS_ANSWERS = {
    PressAnswer.YES: "Yes, a journalist can contact me about this",
    PressAnswer.NO: "No",
    PressAnswer.TALK: "I want to talk to you first",
}


class YesForm(PrivateLinkForm):
    """A yes to exactly one text or version."""

    revision = CountField()
    digest = HiddenField()


class VersionAnswerForm(PrivateLinkForm):
    """A yes or a no to exactly one version."""

    answer = HiddenField()
    digest = HiddenField()


class PressAnswerForm(PrivateLinkForm):
    """What somebody says who is asked if a journalist can contact them."""

    answer = one_of("Your answer", "Choose your answer.", PRESS_ANSWERS)
    words = long_text("What you want us to know (if anything)", "The words", COMMENT_LONGEST)


class CommentForm(PrivateLinkForm):
    """Something to say to the team."""

    message = long_text(
        "Write to us", "Your message", COMMENT_LONGEST, rows=5, missing="Write your message."
    )
    seen = CountField()
    """How many messages of theirs the page showed, so that one that comes twice counts once."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        # Once it is sent, the page gets another field: what was typed does not stay in it.
        self.message.id = self.message.label.field_id = f"message-{self.seen.number}"


class CallRequestForm(PrivateLinkForm):
    """Asks for a call."""

    way = one_of("How should we call you?", "Choose how we should call you.", CALLS)
    reach = short_text(
        "Phone number, or address for the video call",
        "The number or address",
        REACH_LONGEST,
        missing="Enter a phone number, or an address for the video call.",
        autocomplete="tel",
        spellcheck="false",
    )
    when = long_text("When is a good time? (if you like)", "The time", WHEN_LONGEST)
    seen = CountField()

    @property
    def words(self) -> str:
        """What the team reads."""
        lines = [f"Please call me. {CALLS[self.way.data]}: {self.reach.data}"]
        return "\n".join([*lines, f"When: {self.when.data}"] if self.when.data else lines)


class NotYetForm(CallRequestForm):
    """No yes yet: what to talk about, and how."""

    message = long_text(
        "What would you like to talk about? (if you like)", "Your message", COMMENT_LONGEST, rows=5
    )
    when = None

    def __init__(self, story: Story, **values: Any) -> None:
        usual = str(story.conversation.reply_by if story.conversation else Way.WEB)
        super().__init__(way=usual, reach=story.phone, **values)
        self.way.label.text = "How should we answer you?"
        here = {usual: REPLY_WAYS.get(usual, "On this page")}
        self.way.choices = [*(here | CALLS).items()]
        if self.way.data not in CALLS:
            self.reach.validators = []

    @property
    def words(self) -> str:
        """What the team reads."""
        way = dict(self.way.choices).get(self.way.data, "")
        where = f": {self.reach.data}" if self.way.data in CALLS else ""
        said = ("Not yet: I want to talk about the text.", self.message.data)
        return "\n\n".join(part for part in (*said, f"Please answer: {way}{where}") if part)


class UndoForm(PrivateLinkForm):
    """Which change of an earlier text is undone, and which text was the newest then."""

    key = HiddenField()
    seen = CountField()


class RewriteForm(PrivateLinkForm):
    """The whole text, in the storyteller's own words."""

    heading = short_text(
        "Title", "The title", TITLE_LONGEST, missing="Give your story a title.", autocomplete="off"
    )
    summary = long_text("In short (if you like)", "The summary", SUMMARY_LONGEST)
    text = long_text(
        "Your story", "Your story", STORY_LONGEST, rows=20, missing="Write your story."
    )
    seen = CountField()

    def content(self, before: Content) -> Content:
        """What was typed, with its Markdown signs again, and all else as it was `before`."""
        return replace(
            before,
            title=self.heading.data,
            summary=" ".join(self.summary.data.split()),
            text=plainly.put_back(self.text.data, before.text),
        )


class WithdrawForm(PrivateLinkForm):
    """Whether the files stay with us, where nobody sees them. Without files it asks nothing."""

    files = one_of(
        "What about your pictures and files?",
        "Choose what we do with your files.",
        FILES_WORDS,
        default=KEEP,
    )

    def __init__(self, story: Story, **values: Any) -> None:
        super().__init__(**values)
        if not story.files:
            del self.files

    @property
    def keeps_files(self) -> bool:
        """Whether they stay with us."""
        return not self.files or self.files.data == KEEP


class ConsentsForm(PrivateLinkForm):
    """What the storyteller allows, each thing by itself.

    That it is on the site is taken back by taking the story back, and nowhere by the way.
    """

    name_shown = one_of("Which name do readers see?", "Choose which name readers see.")
    other_name = short_text("The other name", "The other name", NAME_LONGEST, **NOT_KEPT)
    allowed = some_of("What we may do")

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
