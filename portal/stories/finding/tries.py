"""How many phrases one try at the four words may stand for.

The first tries of a network are let through however many others guess: else a few machines could
keep everybody out. `docs/decisions/stories.md` has the arithmetic.
"""

from portal.delivery.alerts import alert_again
from portal.extensions import db
from portal.floods import from_network, over_limit, use
from portal.stories.finding.phrase import MOST_TRIED

FROM_ONE_PLACE = "20/hour"
FIRST = "3/day"  # of a network: those are not refused for what others do
GUESSING = "100/hour"  # of all together: from there on somebody guesses
OF_ALL = "1000/hour"
LIKELIEST = 1
TITLE = "Somebody guesses the words that lead to stories"
TEXT = (
    "In the last hour there were more than 100 tries with four words that lead to a story. Nothing "
    "has to be done: for as long as it goes on each try stands for less, and only the first three "
    "of a day are let through from one place. Other ways back to a story work."
)


def worth() -> int:
    """Count one try of the visitor; for how many phrases it may stand, 0 where it is too many.

    Commits an alert, once in a while, where somebody guesses.
    """
    place, first = from_network(FROM_ONE_PLACE, "words"), from_network(FIRST, "words")
    used = use(*place, *first)
    if max(used[: len(place)]) > 1:
        return 0
    if not over_limit(GUESSING, "words"):
        return MOST_TRIED
    alert_again(TITLE, TEXT, "four words")
    db.session.commit()
    is_one_of_first = max(used[len(place) :]) <= 1
    return LIKELIEST if is_one_of_first and not over_limit(OF_ALL, "words") else 0
