"""The sample stories: a file for each in `texts/`, and their pictures in `pictures/`.

A file has lines like `title: …`, an empty line, and the story. After a line
`=== first` comes the text as it was sent, where the editor has changed it, and
after `=== easy-read` the same in Easy Read.
"""

from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent
PART = "\n\n=== "


@dataclass(frozen=True)
class Sample:
    """A story as its file tells it."""

    key: str
    """The file's name."""
    said: dict[str, str] = field(repr=False)
    """The lines at its top."""
    text: str = field(repr=False)
    first: str = field(repr=False)
    """The text as it was sent."""
    easy_read: str = field(repr=False)

    def __getitem__(self, name: str) -> str:
        """What the line of that name says; empty without one."""
        return self.said.get(name, "")

    @property
    def topics(self) -> tuple[str, ...]:
        """Keys of STORY_TOPICS."""
        return tuple(self["topics"].split())

    @property
    def picture(self) -> Path | None:
        """The file of its picture; none where it has no picture."""
        return FOLDER / "pictures" / f"{self['picture']}.webp" if self["picture"] else None

    @property
    def language(self) -> str:
        """A BCP 47 tag."""
        return self["language"] or "en"


def read_all() -> list[Sample]:
    """Every sample, in the order of their files."""
    return [_read(file) for file in sorted(FOLDER.glob("texts/*.md"))]


def _read(file: Path) -> Sample:
    top, _, rest = file.read_text(encoding="utf-8").partition("\n\n")
    said = dict(line.split(": ", 1) for line in top.splitlines() if ": " in line)
    text, *others = rest.rstrip().split(PART)
    parts = dict(other.split("\n", 1) for other in others)
    first, easy_read = parts.get("first", text), parts.get("easy-read", "")
    return Sample(file.stem, said, text.strip(), first.strip(), easy_read.strip())
