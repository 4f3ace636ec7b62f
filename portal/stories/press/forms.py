"""The team's forms to ask a storyteller about a journalist, and to note what they say."""

from portal.fields import long_text, one_of
from portal.forms import Form
from portal.stories.press.models import PressAnswer

WORDS_LONGEST = 2_000
ANSWERS = {
    PressAnswer.YES: "Yes, a journalist can contact them about this",
    PressAnswer.NO: "No",
    PressAnswer.TALK: "They want to talk to us first",
}


class AskForm(Form):
    """What the journalist wants, in the words of the team."""

    words = long_text(
        "What the storyteller reads",
        "The words",
        WORDS_LONGEST,
        rows=6,
        missing="Say what the journalist wants, in your own words.",
    )


class NotedAnswerForm(Form):
    """What a storyteller said to a member of the team."""

    answer = one_of("What did they say?", "Choose what they said.", ANSWERS)
