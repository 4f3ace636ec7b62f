"""Words of a text that its storyteller wants not to be shown: they are told, and may leave them.

What they typed elsewhere is looked for, word by word. Of conditions and impairments, which
nobody is asked for, those that have a common name are.
"""

import re
import tomllib
from pathlib import Path

from portal.letters import fold
from portal.stories import consents
from portal.stories.content import Content
from portal.stories.made_once import made_once
from portal.stories.models import Story
from portal.stories.telling import answers
from portal.stories.texts import words

CONDITIONS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["names"]
POSSESSIVE = re.compile("['\u2019]s\\b", re.IGNORECASE)
BETWEEN_PLACES = re.compile(r"[,;\n]")
HOUSE_NUMBER = re.compile(r"^\W*\d+[a-z]?\W+(?=[a-z]{3})", re.IGNORECASE)
SHORTEST = 2  # letters of a name: an initial stands for nobody
SHORTEST_PLACE = 4


def of_draft(story: Story) -> dict[str, list[str]]:
    """The private words in what was told so far: for each purpose, as they were typed."""
    said = "\n".join((story.title, story.text, answers.words(story)["files"]))
    return _found(story, said, answers.chosen_consents(story))


def of_text(story: Story, content: Content) -> dict[str, list[str]]:
    """The private words in a text of a story that was sent, and in what is said in its files."""
    allowed = {key: (one.given, one.value) for key, one in consents.current(story).items()}
    transcripts = (file.transcript for file in story.files)
    return _found(story, "\n".join((words(content), *transcripts)), allowed)


def _found(story: Story, text: str, allowed: dict[str, tuple[bool, str]]) -> dict[str, list[str]]:
    given, shown = allowed.get("name", (False, ""))
    looked_for = {"name": _parts(story.name, shown if given else "")}
    if not allowed.get("place", (False, ""))[0]:
        looked_for["place"] = _places(story)
    if not allowed.get("condition", (False, ""))[0]:
        looked_for["condition"] = CONDITIONS
    folded = _folded(text)
    found = {
        purpose: [one for one in some if f" {fold(one)} " in folded]
        for purpose, some in looked_for.items()
    }
    return {purpose: some for purpose, some in found.items() if some}


@made_once
def _folded(text: str) -> str:
    """A text as its words are looked for in it, with a space around each."""
    return f" {fold(POSSESSIVE.sub('', text))} "


def _parts(name: str, shown: str) -> list[str]:
    """The parts of a name that are not in the one that readers see."""
    public = fold(shown).split()
    return [one for one in name.split() if len(one) >= SHORTEST and fold(one) not in public]


def _places(story: Story) -> list[str]:
    """The street, the town and the postcode of an address; the name above it is no place."""
    parts = BETWEEN_PLACES.split(answers.answer(story, "postal"))
    places = [HOUSE_NUMBER.sub("", one).strip() for one in parts]
    return [one for one in places if len(one) >= SHORTEST_PLACE and fold(one) != fold(story.name)]
