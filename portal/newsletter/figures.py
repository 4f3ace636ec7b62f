"""The newsletter in numbers, for the team's dashboard and digest."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from sqlalchemy import func, literal, select, union_all

from portal import metrics
from portal.extensions import db
from portal.newsletter.models import Consent
from portal.newsletter.retention import waiting as held

metrics.GAUGES["portal_held_signups"] = metrics.Figure(
    "Sign-ups that a person must look at", (), lambda: {(): held()}
)


def signups(moments: Sequence[datetime]) -> list[int]:
    """How many people confirmed that they want it, between each two of these moments.

    Those whom the team brought along in a file are not counted.
    """
    parts = [
        select(literal(number), func.count())
        .select_from(Consent)
        .where(Consent.given.is_(True), Consent.channel != "import")
        .where(Consent.at >= start, Consent.at < end)
        for number, (start, end) in enumerate(pairwise(moments))
    ]
    found = {row[0]: row[1] for row in db.session.execute(union_all(*parts))}
    return [found[number] for number in range(len(parts))]
