"""How long the newsletter keeps people who never confirmed, were held, or left; and lists."""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, and_, exists, or_

from portal import delivery
from portal.delivery.models import OPEN, Outgoing
from portal.extensions import db
from portal.newsletter import links, retention
from portal.newsletter.models import HeldSignup, Subscriber, SubscriberState
from portal.newsletter.transfer import jobs, reports
from portal.newsletter.transfer.models import ListJob
from portal.retention import Period


def left_over(at: datetime) -> ColumnElement[bool]:
    """Who left, or whose mail came back, long ago, and who has not asked for anything since."""
    since = at - timedelta(days=current_app.config["LEFT_DAYS"])
    bounced = (Subscriber.state == SubscriberState.BOUNCED) & Subscriber.consents.any()
    key = Subscriber.email_key
    return and_(
        or_(Subscriber.state == SubscriberState.UNSUBSCRIBED, bounced),
        Subscriber.state.in_((SubscriberState.UNSUBSCRIBED, SubscriberState.BOUNCED)),
        Subscriber.changed_at < since,
        Subscriber.asked_at < since,
        ~exists().where(Outgoing.address_key == key, Outgoing.is_in(*OPEN)),
        ~exists().where(HeldSignup.email_key == key),
    )


def end_left(subscriber: Subscriber) -> None:
    """Keep of somebody who left only a digest, by which no import adds them; in the transaction.

    Our email company is told to delete them too.
    """
    delivery.enqueue(delivery.Erase(subscriber.email))
    reports.forget(subscriber.email)
    retention.note_erasure(subscriber.email, way=retention.LEFT)
    db.session.delete(subscriber)


PERIODS = (
    Period(
        "sign-ups",
        "Sign-ups to the newsletter that were not confirmed",
        "the last time that somebody asked",
        "They are deleted. Where the mail came back, that is 30 days after it did.",
        lasts=lambda: links.CONFIRM_WITHIN,
        counted=("sign-up that was not confirmed", "sign-ups that were not confirmed"),
        model=Subscriber,
        due=retention.unconfirmed_over,
    ),
    Period(
        "held sign-ups",
        "Sign-ups that are held for a person to look at",
        "they came",
        "They are deleted. One that a person has decided about goes an hour after that.",
        setting="HELD_SIGNUP_DAYS",
        counted=("sign-up that nobody has decided about", "sign-ups that nobody has decided about"),
        model=HeldSignup,
        due=retention.held_over,
    ),
    Period(
        "left",
        "People who left the newsletter, or whose mail came back",
        "they left, or last asked for it",
        "Address, choices, and what they agreed to are deleted, here and at the email company. "
        "A digest stays, which shows no address: so no import adds them again.",
        setting="LEFT_DAYS",
        stays="Who is on the list, with all that they agreed to. Who marked our mail as spam: the "
        "address stays, so that nothing goes there. Whose last mail is still to go or in doubt.",
        counted=("person who left the newsletter", "people who left the newsletter"),
        model=Subscriber,
        due=left_over,
        end=end_left,
    ),
    Period(
        "list files",
        "Files that the team brings along to put people on the list, and nobody went on with",
        "the last step",
        "The file is deleted. One that was imported is deleted once that is done.",
        lasts=lambda: jobs.FILE_LASTS,
    ),
    Period(
        "list reports",
        "Reports of imports and comparisons, with the addresses that were not taken",
        "the job was done",
        "The report is deleted. Who took the whole list with them, and when, stays.",
        lasts=lambda: jobs.REPORT_LASTS,
        counted=("report of an import", "reports of imports"),
        model=ListJob,
        due=jobs.reports_over,
    ),
)
