"""Whether everybody is accounted for to whom an issue is addressed."""

from collections.abc import Iterator
from datetime import timedelta

from flask import current_app
from sqlalchemy import select

from portal.extensions import db, now
from portal.issues.models import Edition, EditionState, Issue
from portal.issues.sending import counting, ending

DAY = timedelta(days=1)


def troubles() -> Iterator[str]:
    """What does not add up in issues of the last months, or stands still, each in a sentence."""
    lately = Issue.started_at > now() - timedelta(days=current_app.config["SENT_DAYS"])
    settled = Edition.state != EditionState.WAITING
    query = select(Edition).join(Edition.issue).where(lately, settled, Edition.people > 0)
    for edition in db.session.scalars(query):
        found = counting.known(edition)
        if not found.balances:
            yield f"{_name(edition)}: {found.people} people, and {dict(found.states)}."
    stands = Edition.state.in_(ending.OPEN) & (Issue.started_at < now() - 2 * DAY)
    for edition in db.session.scalars(select(Edition).join(Edition.issue).where(stands)):
        yield f"{_name(edition)} has been leaving for more than two days."


def _name(edition: Edition) -> str:
    return f"Issue {edition.issue_id}, {edition.format}"
