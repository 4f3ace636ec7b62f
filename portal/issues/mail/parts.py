"""What readers get of an issue: its own words, and of each story what may be shown today."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from portal.extensions import db
from portal.issues import allowed
from portal.issues.mail import plain
from portal.issues.models import Issue, PartKind
from portal.stories import formats, markdown, publication
from portal.stories.library import query
from portal.stories.library.query import LibraryPicture
from portal.stories.models import Revision, Story, Version
from portal.stories.states import VersionKind
from portal.web import public_address

FIRST_WORDS = 400  # letters of a story that has no summary; it ends with a whole paragraph
MOST_WORDS = 800  # of a paragraph that goes on and on
WIDTH = 640  # of a picture, in pixels, as a mail shows it: it is given out with half as many more


@dataclass(frozen=True)
class MailText:
    """Own words of an issue, or a text of a story: Markdown, for both parts of a mail."""

    markdown: str
    top: int = 2
    """The rank of its highest heading."""

    @property
    def html(self) -> Markup:
        """For the HTML part."""
        return markdown.to_html(self.markdown, self.top)

    @property
    def text(self) -> str:
        """For the plain part."""
        return plain.text(self.markdown)


@dataclass(frozen=True)
class ShownPicture:
    """A picture, at an address of ours that answers that it is gone once it may not be shown."""

    url: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class ShownStory:
    """A story in an issue."""

    story: Story
    revision: Revision
    name: str
    """Of its teller, as they allow it; empty for none."""
    picture: ShownPicture | None

    @property
    def url(self) -> str:
        """Where it can be read."""
        return public_address("stories.story", slug=self.story.slug)

    @property
    def paragraphs(self) -> list[str]:
        """Its summary, or else how it begins."""
        if self.revision.summary:
            return [self.revision.summary]
        return [*_beginning(markdown.plain(self.revision.text))]

    @cached_property
    def easy(self) -> Version | None:
        """Its Easy Read version, in its own language where there are several."""
        of_kind = (VersionKind.EASY_READ, self.revision.language)
        found = [
            one
            for one in publication.versions_for_readers(self.story)
            if one.kind is VersionKind.EASY_READ and one.text
        ]
        own = [one for one in found if (one.kind, one.language) == of_kind]
        return next(reversed(own or found), None)

    @property
    def easy_words(self) -> MailText | None:
        """The whole of that version."""
        return MailText(self.easy.text, top=3) if self.easy else None

    @property
    def is_easy_fresh(self) -> bool:
        """Whether that version was made from this text."""
        return self.easy is not None and formats.is_fresh(self.easy, self.story)


@dataclass(frozen=True)
class ShownPart:
    """One part of an issue: words, a story, or words before a story."""

    words: MailText | None
    story: ShownStory | None


def shown(issue: Issue) -> list[ShownPart]:
    """The parts in their order. A story that may not be sent is left out, with the words to it."""
    stories = _read(issue)
    return [*_shown(issue, _pictures(stories))]


def show(issue: Issue, story: Story) -> ShownStory:
    """A published story in an issue."""
    return _show(issue, story, _pictures([story]))


def _read(issue: Issue) -> Sequence[Story]:
    """The stories with all that is shown of them; the parts find them in the session."""
    ids = [part.story_id for part in issue.parts]
    of_story = (joinedload(Story.published), selectinload(Story.consents))
    versions = selectinload(Story.versions).joinedload(Version.file)
    return db.session.scalars(
        select(Story).where(Story.id.in_(ids)).options(*of_story, versions)
    ).all()


def _pictures(stories: Iterable[Story]) -> dict[str, LibraryPicture]:
    """The first picture of each that may be shown, by its file's key."""
    first = (publication.pictures_for_readers(story)[:1] for story in stories)
    return query.pictures(one for some in first for one in some)


def _shown(issue: Issue, pictures: Mapping[str, LibraryPicture]) -> Iterator[ShownPart]:
    for part in issue.parts:
        words = MailText(part.text) if part.text.strip() else None
        if part.kind is PartKind.WORDS and words:
            yield ShownPart(words, None)
        elif allowed.stands(part):
            assert part.story is not None  # noqa: S101 - it stands
            yield ShownPart(words, _show(issue, part.story, pictures))


def _show(issue: Issue, story: Story, pictures: Mapping[str, LibraryPicture]) -> ShownStory:
    assert story.published is not None  # noqa: S101 - the database says so too
    name, picture = publication.name_for_readers(story), None
    for one in publication.pictures_for_readers(story)[:1]:
        if found := pictures.get(one["file"]):
            picture = _picture(issue, found)
    return ShownStory(story, story.published, name, picture)


def _picture(issue: Issue, found: LibraryPicture) -> ShownPicture:
    width = min(WIDTH, found.width)
    height = round(found.height * width / max(1, found.width))
    url = public_address("issues.picture", issue=issue.id, file=found.key)
    return ShownPicture(url, found.alt, width, height)


def _beginning(text: str) -> Iterator[str]:
    length = 0
    for paragraph in text.split("\n\n"):
        if length >= FIRST_WORDS:
            return
        length += len(paragraph)
        if len(paragraph) > MOST_WORDS:
            cut = paragraph[:MOST_WORDS].rpartition(" ")[0] or paragraph[:MOST_WORDS]
            yield f"{cut} \u2026"
        else:
            yield paragraph
