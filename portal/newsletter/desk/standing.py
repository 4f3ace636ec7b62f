"""Why somebody gets nothing, and how they can come back: in words for the team."""

from dataclasses import dataclass

from portal.newsletter import links, retention
from portal.newsletter.desk.wording import CHANNELS
from portal.newsletter.models import Subscriber, SubscriberState
from portal.web import public_address
from portal.words import day


@dataclass(frozen=True)
class Standing:
    """What is said of somebody, and what the team can do for them."""

    why: str
    back: str = ""
    can_ask: bool = False
    """Whether the mail that asks them to confirm may go there."""
    can_allow: bool = False
    """Whether something blocks all mail that its owner may have lifted."""


def of(subscriber: Subscriber) -> Standing:
    """How somebody stands now."""
    since, themselves = day(subscriber.changed_at), public_address("newsletter.signup")
    match subscriber.state:
        case SubscriberState.SUBSCRIBED:
            return Standing(f"They have got the newsletter since {since}.")
        case SubscriberState.PENDING:
            ends = day(subscriber.asked_at + links.CONFIRM_WITHIN)
            return Standing(
                f"They get nothing yet. They were asked by email on {day(subscriber.asked_at)}, "
                f"and have not said yes. Without a yes we erase this after {ends}.",
                "They follow the link in that email. It may lie in their spam folder. "
                "Or you send it once more, or put them on with a yes that you keep.",
                can_ask=True,
            )
        case SubscriberState.UNSUBSCRIBED:
            return Standing(
                f"They get nothing: they left on {since}{_how(subscriber)}. "
                "We never put somebody back who left. Only they can come back.",
                f"They sign up at {themselves}. Or, when they ask you to, you send them the email "
                "with the link. They are back when they have said yes there.",
                can_ask=True,
            )
        case SubscriberState.BOUNCED:
            return Standing(
                f"They get nothing: our mail came back on {since}. "
                f"Until {day(subscriber.tries_again_at)} we send nothing there.",
                "When they tell you that the mailbox works, let mail go there again. "
                + _after_allowing(subscriber),
                can_allow=True,
            )
        case SubscriberState.COMPLAINED:
            return Standing(
                f"They get nothing: on {since} our mail was marked as spam. To us that is a no. "
                "We send nothing there at all.",
                "When they tell you that it was a mistake, let mail go there again. "
                + _after_allowing(subscriber),
                can_allow=True,
            )


def _how(subscriber: Subscriber) -> str:
    last = subscriber.consents[-1] if subscriber.consents else None
    return f", {CHANNELS.get(last.channel, last.channel)}" if last and not last.given else ""


def _after_allowing(subscriber: Subscriber) -> str:
    if subscriber.has_agreed:
        return "Then they get the newsletter as before."
    return "They get no newsletter by that. Then they can sign up, and confirm it."


def why_not_put_on(email: str, subscriber: Subscriber | None) -> str:
    """Why the team cannot put an address on the list; empty where it can."""
    if subscriber and subscriber.state is SubscriberState.SUBSCRIBED:
        return "They are on the list already. Nothing was changed. You can change their choices."
    if subscriber and subscriber.state is not SubscriberState.PENDING:
        standing = of(subscriber)
        return f"{standing.why} {standing.back}"
    # Anybody may have typed in an address that waits: that is no wish of its owner's.
    if erasure := retention.erased(email):
        why = "its owner had left" if erasure.way == retention.LEFT else "as its owner asked"
        return (
            f"This address was erased on {day(erasure.at)}, {why}. We do not put it "
            f"back. They can sign up themselves at {public_address('newsletter.signup')}."
        )
    return ""
