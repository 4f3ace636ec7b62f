"""Whose details a manager looks for, and which of them are to go."""

from wtforms import StringField, ValidationError

from portal import people
from portal.fields import one_of, short_text, some_of
from portal.forms import Form, OptionalEmailField, must_be_a_number, says_something
from portal.people import Person
from portal.your_details.desk.services import NOBODY_ASKED

PHONE_LONGEST = 40
PROOFS = {
    "mail": "They answered a mail that I sent to this address",
    "call": "I called this number, and they told me what only they know of it",
    "seen": "I met them, and they showed a card with their name",
    "acts": "Somebody acts for them, and showed me that they may",
    NOBODY_ASKED: "Nobody asked. I look for a reason of our own",
}
NEITHER = "Enter an email address or a phone number."


class LookForm(Form):
    """Whose details, and how they showed that it is them."""

    email = OptionalEmailField("Their email address")
    phone: StringField = short_text(
        "Their phone number", "The phone number", PHONE_LONGEST, autocomplete="off"
    )
    proof = one_of(
        "How did they show you who they are?", "Say how they showed you who they are.", PROOFS
    )

    def validate_phone(self, field: StringField) -> None:
        """Take a number, where there is no address."""
        if says_something(field.data):
            must_be_a_number(field)
        elif not says_something(self.email.data):
            raise ValidationError(NEITHER)

    @property
    def person(self) -> Person:
        """Whoever has them."""
        return Person.of([self.email.data or ""], [self.phone.data or ""], whole=True)

    @property
    def named(self) -> str:
        """What was typed of them."""
        return " or ".join(one for one in (self.email.data, self.phone.data) if one)

    @property
    def is_proven(self) -> bool:
        """Whether it is known that it is them: otherwise nothing is given away or erased."""
        return bool(self.proof.data != NOBODY_ASKED)


class PartsForm(LookForm):
    """Which of it is to be erased."""

    parts = some_of("What is to be erased?")

    def __init__(self) -> None:
        super().__init__()
        held = people.holders.values()
        self.parts.choices = [(one.name, one.heading) for one in held if one.goes]

    @property
    def gone(self) -> set[str]:
        """These, and those that go with one of them."""
        taken = (people.holders[name].takes for name in self.parts.data)
        return {*self.parts.data}.union(*taken)

    def validate_parts(self, field: StringField) -> None:
        """Take one of them at least."""
        if not field.data:
            raise ValidationError("Choose what is to be erased.")
