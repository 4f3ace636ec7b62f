"""What the page of an issue shows beside its form."""

from dataclasses import dataclass
from typing import Any

from flask import current_app

from portal.inbox.desk import presence
from portal.issues import allowed, approving, audience, checks, drafts
from portal.issues.desk.models import IssuePresence
from portal.issues.models import BEFORE, Issue, Part, PartKind
from portal.issues.sending import report
from portal.stories import markdown, publication
from portal.team import services as team
from portal.team.access import member
from portal.words import reading_level

OWN_WORDS, ERASED = "Your own words", "A story that was erased"


@dataclass(frozen=True)
class DeskPart:
    """A part as the page has it."""

    part: Part
    field: str
    """The name of the field for its text."""
    title: str
    name: str
    """Its teller, as readers know them."""
    problem: str
    """Why it may not leave like this; empty for most."""
    is_old: bool
    """Whether readers have another text of it by now."""


def shown(part: Part) -> DeskPart:
    """A part with what must be known of it."""
    field = f"{drafts.TEXT}{part.id}"
    story, text = part.story, part.revision
    if part.kind is PartKind.WORDS:
        return DeskPart(part, field, OWN_WORDS, "", "", is_old=False)
    problem = allowed.why_not(story)
    return DeskPart(
        part,
        field,
        text.title if text else ERASED,
        publication.name_for_readers(story) if story else "",
        problem,
        is_old=not problem and not allowed.stands(part),
    )


def issue_page(issue: Issue) -> dict[str, Any]:
    """All that the page shows, by the names that its templates have for it."""
    people = audience.by_format(issue.topics)
    checked = checks.of(issue, people) if issue.state in BEFORE else []  # reads the stories too
    return {
        "issue": issue,
        "title": issue.title,
        "parts": [shown(part) for part in issue.parts],
        "why_not": drafts.why_not(issue),
        "checks": checked,
        "why_no_yes": approving.why_not(issue, member()),
        "yes": approving.standing(issue),
        "is_alone": approving.may_be_alone(),
        "has_others": bool(approving.others(member())),
        "way_out": report.way_out() if issue.state in BEFORE else None,
        "report": report.report(issue) if issue.editions else None,
        "people": people,
        "formats": current_app.config["FORMATS"],
        "level": level(issue),
        "colleagues": presence.colleagues(issue.id, member(), IssuePresence),
        "names": team.names(),
    }


def level(issue: Issue) -> str:
    """How hard our own words are to read."""
    texts = [issue.opening, *(part.text for part in issue.parts)]
    return reading_level("\n\n".join(markdown.plain(text) for text in texts if text))
