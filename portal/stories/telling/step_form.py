"""What the forms of all steps of telling share."""

import secrets
from collections.abc import Iterator
from typing import Any, ClassVar

from flask import request
from wtforms import BooleanField, Field, HiddenField, StringField

from portal.forms import PrivateLinkForm
from portal.inbox.desk.fields import SeenField
from portal.stories.models import Story

TAB_LONGEST = 20


class StepForm(PrivateLinkForm):
    """One step of telling a story."""

    COLUMNS: ClassVar[tuple[str, ...]] = ()
    """The fields that the story itself has."""
    ANSWERS: ClassVar[tuple[str, ...]] = ()
    """The fields that its answers have."""
    seen = SeenField()
    """The version of the draft that the page was made from."""
    tab = HiddenField()
    """Which tab it is: what it saves itself is no news to it."""
    to = HiddenField()
    """The page to go back to, where it is not the next step."""

    def __init__(self, story: Story, **values: Any) -> None:
        self.story = story
        stored = {name: getattr(story, name) for name in self.COLUMNS}
        stored |= {name: story.answers.get(name) for name in self.ANSWERS}
        if request.method != "POST":  # a form that comes back brings its own
            stored |= {"seen": story.version, "tab": secrets.token_urlsafe(6)}
        super().__init__(**(stored | self.also_stored(story) | values))
        self.tab.data = (self.tab.data or "")[:TAB_LONGEST]

    @staticmethod
    def also_stored(story: Story) -> dict[str, Any]:
        """What fields of other names show."""
        return {}

    @property
    def visible(self) -> list[Field]:
        """The fields that people fill in on this page."""
        hidden = {"seen", "tab", "to"}
        return [field for field in self if field.name not in hidden and self.is_asked(field.name)]

    def is_asked(self, name: str) -> bool:
        """Whether a field is on this page, for this story."""
        return True

    @property
    def needed(self) -> tuple[str, ...]:
        """The fields that must be filled in because of another answer."""
        return ()

    def kept(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What can be kept of it: columns of the story, and answers."""
        return self._good(self.COLUMNS), self._good(self.ANSWERS)

    def _good(self, names: tuple[str, ...]) -> dict[str, Any]:
        return {
            name: self[name].data for name in names if self.is_asked(name) and not self[name].errors
        }

    def said(self) -> dict[str, str]:
        """Each answer in words, by the name of its field."""
        return {field.name: _words(field) for field in self.visible}

    @property
    def carried(self) -> Iterator[tuple[str, str]]:
        """What was sent and is not to be seen, to travel on in hidden fields."""
        for field in self:
            is_text = isinstance(field, StringField) and not isinstance(field, HiddenField)
            if field.name != "seen" and not is_text:
                yield from ((field.name, text) for text in field.raw_data or ())


def _words(field: Field) -> str:
    if isinstance(field, BooleanField):
        return "Yes" if field.data else "No"
    if not hasattr(field, "choices"):
        return str(field.data or "")
    chosen = field.data if isinstance(field.data, list) else [field.data]
    return ", ".join(words for key, words in field.choices if key in chosen)
