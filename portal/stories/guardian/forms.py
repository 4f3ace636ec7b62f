"""The guardian's forms. The private link says who they are; so there is no cookie to check."""

from wtforms import HiddenField

from portal.fields import CountField, long_text
from portal.forms import PrivateLinkForm

WORDS_LONGEST = 5_000


class GuardianYesForm(PrivateLinkForm):
    """A yes to exactly one text or version."""

    revision = CountField()
    digest = HiddenField()


class TalkForm(PrivateLinkForm):
    """What they want to talk about first."""

    words = long_text(
        "What do you want to talk about?",
        "What you wrote",
        WORDS_LONGEST,
        rows=4,
        missing="Write what you want to talk about.",
    )
