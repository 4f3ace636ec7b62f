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
# What was sent, by the name of the outbox's row.
SENT = {
    "confirm_signup": "The email that asks them to confirm",
    "welcome": "The welcome",
    "already_subscribed": "An email that they get it already",
    "preferences_link": "The link to their choices, which they asked for",
    "upsert": "Their choices, to our email company",
    "unsubscribe": "That they left, to our email company",
    "erase": "That they are to be forgotten, to our email company",
}
