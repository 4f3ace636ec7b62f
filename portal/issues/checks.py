"""What is looked at before an issue may leave, each with its cure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flask import current_app, url_for
from sqlalchemy import select

from portal.extensions import db
from portal.issues import audience, drafts
from portal.issues.mail import parts, rendering
from portal.issues.mail.rendering import KILOBYTE, MailLook
from portal.issues.models import Issue, IssueState, Part, PartKind
from portal.issues.sending import report
from portal.words import count

SUBJECT_SHOWN = 40  # letters of it that many phones show
TAKE_OUT = "Take something out", "#parts"
LEFT = (IssueState.SENDING, IssueState.SENT, IssueState.UNCERTAIN)


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
    def address(self) -> str:
        """Where to put it right."""
        is_here = self.where.startswith("#")
        return self.where if is_here else url_for(self.where, **dict(self.values))  # type: ignore[arg-type]


def of(issue: Issue) -> list[Check]:
    """All that is to be said of an issue: what stops it comes first."""
    checks = [*_words(issue), *_parts(issue), *_mails(issue), *_way_out()]
    return sorted(checks, key=lambda one: not one.stops)


def stops(issue: Issue) -> list[Check]:
    """What it may not leave with."""
    return [one for one in of(issue) if one.stops]


def _words(issue: Issue) -> Iterator[Check]:
    if not issue.subject:
        yield Check("It has no subject.", "Write a subject", "#subject", stops=True)
    if (length := len(issue.subject)) > SUBJECT_SHOWN:
        words = f"The subject has {length} letters. Many phones show the first {SUBJECT_SHOWN}."
        yield Check(words, "Make it shorter", "#subject")
    if not issue.preview:
        words = "There is no preview line. Mail programs show the first words in its place."
        yield Check(words, "Write one", "#preview")
    if not (issue.opening or issue.parts):
        yield Check("There is nothing in it.", "Add a story", "#parts", stops=True)


def _parts(issue: Issue) -> Iterator[Check]:
    for part in issue.parts:
        if part.kind is PartKind.STORY:
            yield from _story(issue, part)
        elif not part.text:
            words = "A paragraph of yours is empty. It is left out."
            yield Check(words, "Write it, or take it out", _place(part))


def _story(issue: Issue, part: Part) -> Iterator[Check]:
    story, title = part.story, part.revision.title if part.revision else "A story"
    if story is None or (reason := drafts.why_not_in(story)):
        words = f"{title}: {reason if story else 'The story was erased.'}"
        yield Check(words, "Take it out", _place(part), stops=True)
        return
    if not parts.stands(part):
        words = f"{title}: readers have another text of it now."
        yield Check(words, "Use the new text", _place(part), stops=True)
        return
    picture = parts.show(issue, story).picture
    if picture and not picture.alt:
        words = f"{title}: nobody has said what its picture shows."
        values = {"conversation_id": story.conversation_id}
        yield Check(words, "Say what it shows", "editor.show", values, stops=True)
    if earlier := _earlier(issue, part):
        words, values = f"{title}: it was in an issue before.", {"issue_id": earlier.id}
        yield Check(words, "See that issue", "issue_desk.issue", values)


def _earlier(issue: Issue, part: Part) -> Issue | None:
    """The newest issue with that story that has left."""
    with_it = select(Part.issue_id).where(Part.story_id == part.story_id)
    query = select(Issue).where(Issue.id.in_(with_it), Issue.state.in_(LEFT), Issue.id != issue.id)
    return db.session.scalar(query.order_by(Issue.id.desc()).limit(1))


def _place(part: Part) -> str:
    return f"#part-{part.id}"


def _mails(issue: Issue) -> Iterator[Check]:
    people, labels = audience.by_format(issue.topics), current_app.config["FORMATS"]
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
    if MailLook.EASY_READ in labels and (missing := _not_easy(issue)):
        words = f"{count(missing, 'story has', 'stories have')} no Easy Read text. There "
        see = {"issue_id": issue.id, "format_": str(MailLook.EASY_READ)}
        words += "it stands by title and link." if missing == 1 else "they stand by title and link."
        yield Check(words, "See this mail", "issue_desk.preview", see)


def _way_out() -> Iterator[Check]:
    """What keeps the provider from sending anything."""
    way = report.way_out()
    if way.unready:
        words = f"{way.title} cannot send it yet: {way.unready}"
        yield Check(words, "Whoever runs the portal can set that", "#way-out", stops=True)
    if way.rest:
        words = f"{way.title} takes nothing at the moment. The issue waits until it does. "
        yield Check(words + way.rest.reason, "See what it does", "#way-out")


def _not_easy(issue: Issue) -> int:
    return sum(bool(one.story and not one.story.easy) for one in parts.shown(issue))
