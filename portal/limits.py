"""How often whatever changes something may be asked for: by network, and with a private link.

Each form and call is in LIMITS or, with the reason, in EXEMPT. What is in neither is counted as
OTHER. All of it is counted before the view runs, in one visit to the counts.
"""

from dataclasses import dataclass, field

from flask import Flask, Response, abort, current_app, request

from portal import refusals
from portal.extensions import SAFE_METHODS
from portal.floods import Wanted, from_network, seconds, timed, use
from portal.refusals import TOO_MANY, Refusal
from portal.signing import read_signed
from portal.web import UNPROCESSABLE

FAR = 2  # times a limit: from there on no form comes back, so that refusing costs next to nothing
LONG = 24 * 3600  # seconds: who has to wait so long is told of another way
FLOOD = ("600/hour", "1500/day")
BEGUN = ("200/hour", "400/day")  # what may be 200,000 letters long
FROM_YOUR_NETWORK = (
    "Many people sent this form from your network in the last {hour}. "
    "Your answers are still here. Send them again in {an_hour}."
)
WITH_YOUR_LINK = (
    "You sent this form many times in the last {hour}. "
    "Your answers are still here. Send them again in {an_hour}."
)


@dataclass(frozen=True)
class Limit:
    """How often forms and calls may come that count together."""

    takes: tuple[str, ...]
    """Their endpoints."""
    network: tuple[str, ...] = FLOOD
    """From one network: each of these rates holds. None, where others in a house harm nobody."""
    link: tuple[str, ...] = ()
    """With the private link of one story, conversation or reader."""
    comes_back: bool = field(default=False, kw_only=True)
    """Whether the view shows what was typed again, as `Form.validate` refuses it or by itself."""


DEAR = ("6/minute", "30/hour", "100/day")  # what costs us much, or is somebody's work to read
ONE_OF_THEM = "60/hour"  # more often than a person presses a button that is for them alone
LIMITS = {
    "A message": Limit(("contact.form", "contact.send", "contact.lost"), comes_back=True),
    "The newsletter": Limit(
        ("newsletter.signup", "newsletter.embed", "newsletter.beside", "newsletter.lost_link"),
        comes_back=True,
    ),
    "Somebody\u2019s own details": Limit(("your_details.ask",), comes_back=True),
    "A report of a story": Limit(("reporting.report",), comes_back=True),
    "A story begun": Limit(("telling.start",), BEGUN, comes_back=True),
    "A lost story": Limit(("finding.lost", "finding.mail", "finding.call"), comes_back=True),
    "A mail to an address that was typed behind a link": Limit(
        ("telling.link", "storyteller.change_reach", "storyteller.name_guardian"),
        ("120/hour", "300/day"),
        ("20/hour",),
        comes_back=True,
    ),
    "A mail to the address of a link": Limit(
        (
            *("newsletter.confirm_again", "your_details.ask_reader"),
            *("your_details.ask_sender", "your_details.ask_storyteller"),
        ),
        FLOOD,
        ("20/hour",),
    ),
    "Words to the team": Limit(
        (
            *("contact.own", "storyteller.comment", "storyteller.call", "storyteller.say_not_yet"),
            "guardian.talk_first",
        ),
        FLOOD,
        DEAR,
        comes_back=True,
    ),
    "A new text of a story": Limit(
        ("storyteller.rewrite", "storyteller.decide"),
        BEGUN,
        DEAR,
        comes_back=True,
    ),
    "An earlier text of a story": Limit(("storyteller.undo",), BEGUN, DEAR),
    "An answer about a story": Limit(
        ("storyteller.consents", "storyteller.press", "newsletter.preferences"),
        FLOOD,
        (ONE_OF_THEM,),
        comes_back=True,
    ),
    "A yes": Limit(
        (
            *("storyteller.approve", "storyteller.version", "storyteller.still"),
            *("storyteller.new_address", "guardian.approve", "guardian.version"),
            *("telling.send", "telling.words", "newsletter.confirm"),
        ),
        FLOOD,
        (ONE_OF_THEM,),
    ),
    "A draft, kept while it is typed": Limit(
        ("telling.step", "telling.keep"), ("40000/hour",), ("2000/hour",), comes_back=True
    ),
    "A file": Limit(("files.add", "files.create"), FLOOD, ("120/hour",), comes_back=True),
    "The words of a file": Limit(
        ("files.describe",), ("6000/hour",), ("600/hour",), comes_back=True
    ),
    "A piece of a file": Limit(("files.piece",), ("40000/hour",), ("10000/hour",), comes_back=True),
    "A right": Limit(
        (
            *("newsletter.unsubscribe", "newsletter.erase", "your_details.erase", "contact.stop"),
            *("telling.delete", "storyteller.withdraw", "storyteller.erase", "storyteller.stop"),
            *("storyteller.unapprove", "storyteller.undo_reach", "guardian.unapprove"),
            *("files.remove", "files.stop"),
        ),
        (),
        ("600/hour",),
    ),
}
OTHER = Limit(())
NO_LINK = "A link that is not ours"
MEMBERS = "a member of the team is signed in"
GUESSES = "the team\u2019s door counts by account and network itself (`team/attempts.py`)"
MACHINES = "a provider\u2019s call is signed, and many thousands come from one network"
EXEMPT = {
    **dict.fromkeys(("inbox", "dashboard", "editor", "finding_team", "people", "press"), MEMBERS),
    **dict.fromkeys(("account", "session", "newsletter_desk", "list_jobs", "issue_desk"), MEMBERS),
    **dict.fromkeys(("attachments", "clearing", "person_desk", "restored"), MEMBERS),
    "team": GUESSES,
    **dict.fromkeys(("hooks", "inbound"), MACHINES),
    "mailbox": "it is only there on a laptop",
}
# What the private links of a blueprint, or of one of its endpoints, are signed for.
OF = {
    **dict.fromkeys(("telling", "files", "storyteller"), "story"),
    "guardian": "guardian",
    "contact": "conversation",
    "newsletter": "subscriber",
    "newsletter.confirm": "confirm",
    "newsletter.confirm_again": "confirm",
    "your_details": "your_details",
    "your_details.ask_reader": "subscriber",
    "your_details.ask_sender": "conversation",
    "your_details.ask_storyteller": "story",
    "storyteller.new_address": "new address",
    "storyteller.undo_reach": "undo another way",
}


def init_app(app: Flask) -> None:
    """Count before each view, and say after it what was refused."""
    app.before_request(_count)
    app.after_request(_say_when)


def of(endpoint: str) -> tuple[str, Limit] | None:
    """The limit of an endpoint, with what it is called; None where it has none."""
    if endpoint in EXEMPT or endpoint.partition(".")[0] in EXEMPT:
        return None
    found = (one for one in LIMITS.items() if endpoint in one[1].takes)
    return next(found, (endpoint, OTHER))


def _count() -> None:
    """Count the request. Where that is too many, let the view say so, or do so here."""
    endpoint = request.endpoint
    if request.method in SAFE_METHODS or endpoint is None or not (found := of(endpoint)):
        return
    name, limit = found
    wanted = _wanted(name, limit, endpoint)
    used = use(*wanted)
    over = [one for share, one in zip(used, wanted, strict=True) if share > 1]
    if not over:
        return
    longest = max(over, key=lambda one: seconds(one.rate))
    wait = timed("in {an_hour}", longest.rate)
    refusals.note(Refusal(_words(longest), wait, seconds(longest.rate)))
    if max(used) > FAR or not limit.comes_back:
        abort(TOO_MANY)


def _words(over: Wanted) -> str:
    words = timed(WITH_YOUR_LINK if over.who[0] == "link" else FROM_YOUR_NETWORK, over.rate)
    if seconds(over.rate) < LONG:
        return words
    return f"{words} Or write to us at {current_app.config['TEAM_EMAIL']}."


def _wanted(name: str, limit: Limit, endpoint: str) -> list[Wanted]:
    """What is counted for a request. A link that we did not sign has no right to be let by."""
    token = (request.view_args or {}).get("token")
    purpose = OF.get(endpoint) or OF.get(endpoint.partition(".")[0])
    if token is None or purpose is None:
        return _here(limit.network, name)
    link = read_signed(purpose, token)
    if link is None:
        return _here(FLOOD, NO_LINK)
    wanted = [Wanted(rate, ("link", name, str(link))) for rate in limit.link]
    return wanted + _here(limit.network, name)


def _here(rates: tuple[str, ...], name: str) -> list[Wanted]:
    return [one for rate in rates for one in from_network(rate, "network", name)]


def _say_when(answer: Response) -> Response:
    """A form that was refused as it came too often is no mistake of who sent it."""
    if refusal := refusals.noted():
        if answer.status_code == UNPROCESSABLE:
            answer.status_code = TOO_MANY
        answer.headers["Retry-After"] = str(refusal.seconds)
    return answer
