"""The forms with which a story is told: the first one, and those of the steps after it."""

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, RadioField, StringField, ValidationError

from portal import refusals
from portal.fields import NOT_KEPT, OWN_NAME, long_text, one_of, short_text, some_of
from portal.forms import (
    AN_ADDRESS,
    EmailField,
    OpenForm,
    PrivateLinkForm,
    StampField,
    says_something,
    trap_field,
)
from portal.stories import consents
from portal.stories.consents import NAMES, NO, YES, NameShown
from portal.stories.content import NAME_LONGEST
from portal.stories.models import Story
from portal.stories.states import Telling
from portal.stories.telling.answer_checks import AskedEmailField, phone_field
from portal.stories.telling.answers import WAYS, reply_ways
from portal.stories.telling.reach_fields import ReachFields
from portal.stories.telling.step_form import StepForm
from portal.stories.telling.story_form import StoryForm

NEEDS_LONGEST = 5_000


def way_field() -> RadioField:
    """How somebody wants to tell their story."""
    return one_of("How do you want to tell it?", "Choose how you want to tell it.", WAYS)


class StartForm(OpenForm):
    """The first step. Anybody can open it, so it has a cookie to check, and a trap."""

    way = way_field()
    extra_note = trap_field()
    stamp = StampField()


class WayForm(StepForm):
    """Another way to tell it."""

    way = way_field()

    @staticmethod
    def also_stored(story: Story) -> dict[str, Any]:
        """The way as it is now."""
        return {"way": str(story.telling)}

    def kept(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The way, where one was chosen."""
        return ({} if self.way.errors else {"telling": Telling(self.way.data)}), {}


class FilesForm(StepForm):
    """Nothing but that they go on: the files have forms of their own."""

    def __init__(self, story: Story, **values: Any) -> None:
        super().__init__(story, **values)
        self.seen.data = story.version

    def validate(self, extra_validators: object = None) -> bool:
        """There is nothing that could be wrong."""
        return not refusals.said_in(self.visible)


class YouForm(ReachFields, StepForm):
    """Who tells it, how we reach them, and what they need."""

    COLUMNS = ("name", "email", "phone", "guardian_name", "guardian_email", "guardian_phone")
    ANSWERS = ("reply_by", "postal", "helper", "needs", "under_18", "guardian_consent")

    name = short_text("Your name (if you like)", "Your name", NAME_LONGEST, **OWN_NAME)
    reply_by = one_of("How should we reach you?")
    needs = long_text("What do you need from us? (if you like)", "What you need", NEEDS_LONGEST)
    under_18 = one_of("Are you under 18?", choices={YES: "Yes", NO: "No"})
    guardian_name = short_text(
        "The name of your parent or guardian", "The name", NAME_LONGEST, **NOT_KEPT
    )
    guardian_email = AskedEmailField(
        "Email of your parent or guardian", render_kw=AN_ADDRESS | NOT_KEPT
    )
    guardian_phone = phone_field("Phone of your parent or guardian", **NOT_KEPT)
    guardian_consent = BooleanField(
        "My parent or guardian agrees that I tell this", filters=[lambda on: YES if on else ""]
    )

    def __init__(self, story: Story, **values: Any) -> None:
        super().__init__(story, **values)
        self.reply_by.choices = [*reply_ways().items()]


class ConsentForm(StepForm):
    """What we may do with it, each thing by itself, and none ticked."""

    ANSWERS = ("name_shown", "other_name")
    allow = some_of("What may we do?")
    name_shown = one_of("Show this name with my story:", choices=NAMES)
    name = short_text("Your full name", "Your name", NAME_LONGEST, **OWN_NAME)
    other_name = short_text("The other name", "The other name", NAME_LONGEST, **NOT_KEPT)

    def __init__(self, story: Story, **values: Any) -> None:
        super().__init__(story, **values)
        self.allow.choices = [(key, consents.wording(key)) for key in consents.ASKED]

    @staticmethod
    def also_stored(story: Story) -> dict[str, Any]:
        """What is allowed so far, and the name."""
        said = story.answers.get("consents") or {}
        allowed = [key for key, word in said.items() if word == YES]
        return {"allow": allowed, "name": story.name}

    def validate_name(self, field: StringField) -> None:
        """Ask for the name that is to be shown."""
        wanted = self.name_shown.data in {NameShown.FIRST, NameShown.FULL}
        if wanted and not says_something(field.data):
            raise ValidationError("Enter your name, or choose another or none.")

    def validate_other_name(self, field: StringField) -> None:
        """Ask for the other name where that is to be shown."""
        if self.name_shown.data == NameShown.OTHER and not says_something(field.data):
            raise ValidationError("Enter the name that readers may see.")

    def kept(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """With a yes or a no to each thing; the name only where this page asked for it."""
        columns, answers = super().kept()
        wanted = self.name_shown.data in {NameShown.FIRST, NameShown.FULL}
        if wanted and not self.name.errors:
            columns["name"] = self.name.data
        if not self.allow.errors:
            allowed = set(self.allow.data or [])
            answers["consents"] = {key: YES if key in allowed else NO for key in consents.ASKED}
        return columns, answers


class MailLinkForm(PrivateLinkForm):
    """Where to mail the private link, and whether to remind once."""

    email = EmailField()
    remind = BooleanField("Remind me once before it is deleted")


FORMS: Mapping[str, type[StepForm]] = {
    "way": WayForm,
    "story": StoryForm,
    "files": FilesForm,
    "you": YouForm,
    "consent": ConsentForm,
}
