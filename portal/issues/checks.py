"""What is looked at before an issue may leave, each with its cure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flask import current_app, url_for
from sqlalchemy import func, select

from portal.extensions import db
from portal.issues import allowed, audience
from portal.issues.mail import parts, rendering
from portal.issues.mail.parts import ShownStory
from portal.issues.mail.rendering import KILOBYTE, MailLook
from portal.issues.models import LEFT, Issue, Part, PartKind
from portal.issues.sending import report
from portal.words import count

SUBJECT_SHOWN = 40  # letters of it that many phones show
WAY_OUT = "#way-out"
TAKE_OUT = "Take something out", "#parts"

Shown = Mapping[int, ShownStory]
"""The stories that may be in it, by their numbers."""


@dataclass(frozen=True)
class Check:
    """Something that is not as it should be, and where to put it right."""

    words: str
    cure: str
    """What the link says."""
    where: str
    """A place on the page of the issue, or the endpoint of another page, which gets `values`."""
    values: Mapping[str, object] = field(default_factory=dict)
    stops: bool = False
    """Whether it may not leave like this."""

    @property
    def is_in_form(self) -> bool:
        """Whether it is put right where the issue is written."""
        return self.where.startswith("#") and self.where != WAY_OUT

    @property
    def address(self) -> str:
        """Where to put it right."""
        is_here = self.where.startswith("#")
        return self.where if is_here else url_for(self.where, **dict(self.values))  # type: ignore[arg-type]


def of(issue: Issue, people: Mapping[str, int]) -> list[Check]:
    """All that is to be said of an issue for so many people in each format: what stops it first."""
    shown = {one.story.story.id: one.story for one in parts.shown(issue) if one.story}
    inside = [*_words(issue), *_parts(issue, shown), *_mails(issue, shown, people)]
    return sorted([*inside, *_way_out()], key=lambda one: not one.stops)


def stops(issue: Issue) -> list[Check]:
    """What it may not leave with."""
    return [one for one in of(issue, audience.by_format(issue.topics)) if one.stops]


def _words(issue: Issue) -> Iterator[Check]:
    if not issue.subject:
        yield Check("It has no subject.", "Write a subject", "#subject", stops=True)
    if (length := len(issue.subject)) > SUBJECT_SHOWN:
        words = f"The subject has {length} letters. Many phones show the first {SUBJECT_SHOWN}."
        yield Check(words, "Make it shorter", "#subject")
    if not issue.preview:
        words = "There is no preview line. Mail programs show the first words in its place."
        yield Check(words, "Write one", "#preview")
    if not (issue.opening or any(part.revision_id or part.text for part in issue.parts)):
        yield Check("There is nothing in it.", "Add a story", "#parts", stops=True)


def _parts(issue: Issue, shown: Shown) -> Iterator[Check]:
    earlier = _earlier(issue)
    for part in issue.parts:
        if part.kind is PartKind.STORY:
            yield from _story(part, shown.get(part.story_id or 0), earlier)
        elif not part.text:
            words = "A paragraph of yours is empty. It is left out."
            yield Check(words, "Write it, or take it out", _place(part))


def _story(part: Part, shown: ShownStory | None, earlier: Mapping[int, int]) -> Iterator[Check]:
    story, title = part.story, part.revision.title if part.revision else "A story"
    if reason := allowed.why_not(story):
        yield Check(f"{title}: {reason}", "Take it out", _place(part), stops=True)
    elif shown is None:
        words = f"{title}: readers have another text of it now."
        yield Check(words, "Use the new text", _place(part), stops=True)
    elif shown.picture and not shown.picture.alt:
        words = f"{title}: nobody has said what its picture shows."
        values = {"conversation_id": shown.story.conversation_id}
        yield Check(words, "Say what it shows", "editor.show", values, stops=True)
    if story and story.id in earlier:
        words, values = f"{title}: it was in an issue before.", {"issue_id": earlier[story.id]}
        yield Check(words, "See that issue", "issue_desk.issue", values)


def _earlier(issue: Issue) -> dict[int, int]:
    """The newest issue that has left with each of its stories."""
    ids = [part.story_id for part in issue.parts if part.story_id]
    query = (
        select(Part.story_id, func.max(Part.issue_id))
        .join(Issue, Issue.id == Part.issue_id)
        .where(Part.story_id.in_(ids), Issue.state.in_(LEFT), Issue.id != issue.id)
        .group_by(Part.story_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query) if row[0]}


def _place(part: Part) -> str:
    return f"#part-{part.id}"


def _mails(issue: Issue, shown: Shown, people: Mapping[str, int]) -> Iterator[Check]:
    labels = current_app.config["FORMATS"]
    list_of = "See who is on the list", "newsletter_desk.people"
    if not any(people.values()):
        yield Check("Nobody would get it.", *list_of, stops=True)
    elif unchosen := [labels[key] for key, number in people.items() if not number]:
        yield Check(f"Nobody has chosen this: {'; '.join(unchosen)}.", *list_of)
    for mail in rendering.editions(issue):
        if mail.is_too_heavy and mail.format != MailLook.PLAIN:
            size, most = mail.weight // KILOBYTE, rendering.HEAVIEST // KILOBYTE
            words = f"{labels[mail.format]}: the mail has {size} kB, and {most} kB is the most. "
            yield Check(f"{words}Gmail would cut it off.", *TAKE_OUT, stops=True)
    if MailLook.EASY_READ in labels and (missing := sum(not one.easy for one in shown.values())):
        words = f"{count(missing, 'story has', 'stories have')} no Easy Read text. There "
        see = {"issue_id": issue.id, "format_": str(MailLook.EASY_READ)}
        words += "it stands by title and link." if missing == 1 else "they stand by title and link."
        yield Check(words, "See this mail", "issue_desk.preview", see)


def _way_out() -> Iterator[Check]:
    """What keeps the provider from sending anything."""
    way = report.way_out()
    if way.unready:
        words = f"{way.title} cannot send it yet: {way.unready}"
        yield Check(words, "Whoever runs the portal can set that", WAY_OUT, stops=True)
    if way.rest:
        words = f"{way.title} takes nothing at the moment. The issue waits until it does. "
        yield Check(words + way.rest.reason, "See what it does", WAY_OUT)
