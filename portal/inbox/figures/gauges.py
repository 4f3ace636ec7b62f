"""What a monitoring program sees of the inbox: how much lies where."""

from portal import metrics
from portal.inbox.desk.query import count_up_to
from portal.inbox.models import Conversation, ConversationState

MOST = 10_000  # no more are counted: the figure stays at that
SHOWN = [one for one in ConversationState if one is not ConversationState.CLOSED]


def _conversations() -> dict[tuple[str, ...], float]:
    lying = {str(state): Conversation.state == state for state in SHOWN}
    return {(state,): number for state, number in count_up_to(MOST, lying).items()}


def register() -> None:
    """Let these be asked for."""
    words = "Conversations that are not closed"
    figure = metrics.Figure(words, ("state",), _conversations)
    metrics.GAUGES["portal_conversations"] = figure
