"""The team's forms for what a text says of its teller that these do not want said."""

from typing import Any

from wtforms import Field, RadioField, ValidationError

from portal.fields import one_of
from portal.forms import Form
from portal.stories.models import Revision, Story
from portal.stories.showing import services as showing

YES, NO = "yes", "no"
ANSWERS = {NO: "No, I read all of it", YES: "Yes"}
CHANGE_IT = (
    "They do not allow that. Change the text and ask them about it, or ask them to allow it."
)


class ShownForm(Form):
    """Whether a text says what nobody allows it to say; asked where nobody has answered yet."""

    place = one_of(showing.QUESTIONS["place"], "Say if the text says where they live.", ANSWERS)
    condition = one_of(
        showing.QUESTIONS["condition"], "Say if the text says what condition they have.", ANSWERS
    )

    def __init__(self, story: Story, text: Revision | None, **values: Any) -> None:
        super().__init__(**values)
        self.asked: dict[str, RadioField] = {}
        for purpose in showing.QUESTIONS:
            if purpose in showing.open_questions(story, text):
                self.asked[purpose] = self[purpose]
            else:
                del self[purpose]

    @property
    def shown(self) -> dict[str, bool]:
        """What was answered: whether it shows each."""
        return {purpose: field.data == YES for purpose, field in self.asked.items()}


class PublishForm(ShownForm):
    """What must be answered before a text is published; it must not say any of it."""

    def validate_place(self, field: Field) -> None:
        """Refuse a text that says what they do not allow."""
        if field.data == YES:
            raise ValidationError(CHANGE_IT)

    def validate_condition(self, field: Field) -> None:
        """The same for their condition."""
        self.validate_place(field)
