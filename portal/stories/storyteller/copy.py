"""A copy of all that the storyteller gave us and we wrote: texts and files in one ZIP file."""

from collections.abc import Iterator

from werkzeug.wrappers import Response

from portal import archives
from portal.archives import Entry
from portal.file_kinds import fitting_name
from portal.stories.comparing import plainly
from portal.stories.files import store
from portal.stories.models import Revision, Story
from portal.words import moment

FILE_NAME = "my-story.zip"


def answer(story: Story) -> Response:
    """Answer with the copy, a little at a time."""
    return archives.answer([*_texts(story), *_files(story)], FILE_NAME)


def _texts(story: Story) -> Iterator[Entry]:
    for one in story.revisions:
        who = "our team" if one.author_id else "you"
        yield Entry(f"Text {one.number}, by {who}.txt", _written(one))
    words = "\n\n".join(
        f"{file.name}\n{said}"
        for file in store.files_of(story)
        if (said := file.alt or file.transcript)
    )
    if words:
        yield Entry("Words for the files.txt", words)


def _written(one: Revision) -> str:
    name = f"Name shown: {one.name or 'none'}"
    parts = (one.title, one.summary, plainly.shown(one.text), name, moment(one.created_at))
    return "\n\n".join(part for part in parts if part) + "\n"


def _files(story: Story) -> Iterator[Entry]:
    for number, file in enumerate(store.kept(story), 1):
        name = fitting_name(file.name, file.content_type)
        yield Entry(f"Files/{number} {name}", place=store.place_of(file))
