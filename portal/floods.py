"""What comes too often: a flood is turned away in words, and a person looks at what is much."""

from collections.abc import Iterable
from datetime import timedelta

from flask import request
from flask_wtf import FlaskForm
from limits import parse
from wtforms import Field

from portal.web import UNPROCESSABLE, network, over_limit
from portal.words import per, span

OK, TOO_MANY = 200, 429
FLOOD = "600/hour"  # from one network: more than that is turned away before it is read
MANY_FROM_ONE_PLACE = "60/hour"  # more than a day centre would send: a person looks at the rest
MANY_FROM_ONE_CONTACT = "5/hour"
ANSWERS_KEPT = (
    "Many people sent this form from your network in the last {hour}. "
    "Your answers are still here. Send them again in {an_hour}."
)
TRY_AGAIN = (
    "Many people sent this form from your network in the last {hour}. Try again in {an_hour}."
)
MANY_CAME = "Many came from one place in {an_hour}"
MANY_FROM_THEM = "Many came from one person in {an_hour}"


def timed(words: str, rate: str) -> str:
    """The words with the period of a rate such as 5/hour for `{hour}` and `{an_hour}`."""
    period = timedelta(seconds=parse(rate).get_expiry())
    hour, an_hour = span(period).removeprefix("1 "), per(period).removeprefix("in ")
    return words.format(hour=hour, an_hour=an_hour)


def flooded(what: str, words: str = ANSWERS_KEPT, rate: str = "") -> str:
    """Count one more of `what` from the visitor's network; the words where it is too many."""
    rate = rate or FLOOD
    return timed(words, rate) if over_limit(rate, what, network()) else ""


def is_flood(field: Field, what: str, words: str = ANSWERS_KEPT, rate: str = "") -> bool:
    """Whether too many such forms came from the visitor's network; then the field says so."""
    if problem := flooded(what, words, rate):
        field.errors = [problem]
    return bool(problem)


def refusal(form: FlaskForm, field: Field, what: str, words: str = ANSWERS_KEPT) -> int:
    """The status to show a form with: 200 until it is sent, 429, 422; 0 where all is good.

    A form that is sent counts as one more of `what`; where that is too many the field says so.
    """
    if request.method != "POST":
        return OK
    if is_flood(field, what, words):
        return TOO_MANY
    return 0 if form.validate() else UNPROCESSABLE


def many(
    what: str, contacts: Iterable[str] = (), place: str = MANY_CAME, person: str = MANY_FROM_THEM
) -> list[str]:
    """Count one more of `what`; why a person should look at it, as many came from there.

    From outside an answer to it looks no different.
    """
    doubts = []
    if over_limit(MANY_FROM_ONE_PLACE, what, network()):
        doubts.append(timed(place, MANY_FROM_ONE_PLACE))
    often = [over_limit(MANY_FROM_ONE_CONTACT, what, one) for one in contacts if one]
    if any(often):
        doubts.append(timed(person, MANY_FROM_ONE_CONTACT))
    return doubts
