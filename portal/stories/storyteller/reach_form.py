"""The form in which a storyteller says how else we can reach them."""

from typing import Any

from flask import request

from portal.fields import one_of
from portal.forms import PrivateLinkForm
from portal.stories.guardian.fields import GuardianFields
from portal.stories.reach import Reach
from portal.stories.telling.answers import reply_ways
from portal.stories.telling.reach_fields import ReachFields


class ReachForm(ReachFields, PrivateLinkForm):
    """The way to reach them, and what it needs."""

    reply_by = one_of("How should we reach you?", "Choose how we should reach you.")

    def __init__(self, now: Reach, **values: Any) -> None:
        super().__init__(**({} if request.method == "POST" else now._asdict()), **values)
        self.reply_by.choices = [*(reply_ways() | _own(now)).items()]

    def is_asked(self, name: str) -> bool:
        """Each field is on the page."""
        return True

    @property
    def reach(self) -> Reach:
        """What they said."""
        return Reach(*(self[name].data or "" for name in Reach._fields))


class NamedGuardianForm(GuardianFields, PrivateLinkForm):
    """Another parent or guardian, or another way to reach them."""


def _own(now: Reach) -> dict[str, str]:
    """The way that they have, where the setting does not offer it any more."""
    return {} if now.reply_by in reply_ways() else {now.reply_by: "As now"}
