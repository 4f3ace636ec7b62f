"""The list's words for what the database calls by shorter names."""

from portal.newsletter.models import IMPORT, PROVIDER, SubscriberState
from portal.ways import WAYS, Way

STATES = {
    SubscriberState.SUBSCRIBED: "Gets it",
    SubscriberState.PENDING: "Not confirmed",
    SubscriberState.UNSUBSCRIBED: "Left",
    SubscriberState.BOUNCED: "Mail came back",
    SubscriberState.COMPLAINED: "Marked as spam",
}
PAPER, EVENT = "paper", "event"
# How somebody can tell the team something about the newsletter.
TOLD = {PAPER: "on paper", EVENT: "at an event"} | {
    str(way): facts.to_team for way, facts in WAYS.items() if way is not Way.WEB
}
CHOICES = {"": "Choose one"} | {
    key: f"{words[0].upper()}{words[1:]}" for key, words in TOLD.items()
}
# How a yes or a no was said.
CHANNELS = TOLD | {
    Way.WEB: WAYS[Way.WEB].to_team,
    "one-click": "with the button of their mail program",
    IMPORT: "elsewhere; it came with a file",
    PROVIDER: "through our email company",
}
