"""What readers would get of a story, as a value: it knows no database."""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256

STORY_LONGEST = 200_000  # letters
TITLE_LONGEST = 150
SUMMARY_LONGEST = 500
NAME_LONGEST = 200


@dataclass(frozen=True)
class Content:
    """All that readers would get, and nothing else."""

    title: str = ""
    summary: str = ""
    text: str = ""
    """Markdown."""
    name: str = ""
    """The storyteller's, as readers see it; empty for none."""
    topics: tuple[str, ...] = ()
    """Keys of STORY_TOPICS."""
    pictures: tuple[dict[str, str], ...] = ()
    """In their order: `file` (a key of StoryFile), `digest` of its content, and `alt`."""
    language: str = "en"
    """A BCP 47 tag."""


def digest(content: Content) -> str:
    """SHA-256 (hexadecimal) of the content, the same for the same content on any machine.

    Of a picture it is the content and the words that count, not where it lies.
    """
    parts = asdict(content)
    parts["pictures"] = [[one["digest"], one["alt"]] for one in content.pictures]
    written = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return sha256(written.encode()).hexdigest()
