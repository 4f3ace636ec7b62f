"""The form for a question to somebody outside."""

from typing import Any

from portal.fields import TheirEmailField, long_text, some_of
from portal.forms import AN_ADDRESS, Form
from portal.inbox.desk.forms import TEXT_LONGEST
from portal.inbox.desk.questions import Passage
from portal.inbox.models import Direction


class QuestionForm(Form):
    """Whom to ask, what, and which passages to show."""

    to = TheirEmailField("Whom do you ask?", render_kw=AN_ADDRESS | {"autocomplete": "off"})
    words = long_text(
        "Your question", "Your question", TEXT_LONGEST, rows=6, missing="Write your question."
    )
    passages = some_of("What of it do they need to see?")
    quote = long_text("What they see of it", "What they see of it", TEXT_LONGEST, rows=10)

    def __init__(self, passages: list[Passage], **values: Any) -> None:
        super().__init__(**values)
        self.passages.choices = [(one.key, f"{_who(one)}: {one.text}") for one in passages]


def _who(passage: Passage) -> str:
    message = passage.message
    return "We" if message.direction is Direction.OUTGOING else message.sender or "They"
