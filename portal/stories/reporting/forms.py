"""What a reader can say of a story that troubles them."""

from collections.abc import Sequence

from wtforms import TextAreaField

from portal.fields import NeverStops, OnceField, one_of
from portal.forms import OpenForm, OptionalEmailField, tidy, trap_field
from portal.inbox.intake import Enquiry
from portal.inbox.models import Kind
from portal.ways import Way

REASONS = {
    "worried": "I am worried about somebody",
    "private": "It tells something about a person that they may not want told",
    "unkind": "It is hurtful or unfair",
    "wrong": "Something in it is not right",
    "other": "Something else",
}
WORDS_LONGEST = 50_000
SUBJECT = "A reader reports a story"


class ReportForm(OpenForm):
    """Why the team should look at a story."""

    reason = one_of("What is it about?", "Choose what it is about.", REASONS)
    words = TextAreaField(
        "Tell us more (if you like)", [NeverStops(WORDS_LONGEST, tidy)], render_kw={"rows": 5}
    )
    email = OptionalEmailField("Your email address (if you want an answer by email)")
    extra_note = trap_field()
    stamp = OnceField()

    def enquiry(self, doubts: Sequence[str]) -> Enquiry:
        """What they say, as the inbox takes it. It names no story: one can be erased."""
        return Enquiry(
            kind=Kind.MESSAGE,
            about="report",
            subject=SUBJECT,
            text=f"{REASONS[self.reason.data]}.\n\n{self.words.data}".strip(),
            email=self.email.data,
            reply_by=Way.EMAIL if self.email.data else Way.WEB,
            submission=self.stamp.key,
            doubts=doubts,
        )
