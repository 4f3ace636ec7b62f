"""What a draft holds beside its text, by the names in `Story.answers`.

`link`; `call_by` and `call`: where the story is, or how and when to call. `reply_by`,
`postal`, `helper`, `needs`: how we reach them. `name_shown`, `other_name`, `consents`
(by purpose, "yes" or "no"): what we may do with it. `under_18`, "yes" or "no", and
`guardian_consent`: whether who looks after a young storyteller agrees. `others_note`: who
else is in it. `language_name`: the language as it was typed. `doubts`: why a person should
look at it first. `steps`: when each step was saved last, by which tab, and if they went on from it.
"""

from typing import NamedTuple

from flask import current_app

from portal.inbox import safeguarding
from portal.stories import consents
from portal.stories.consents import YES, NameShown
from portal.stories.models import Story
from portal.stories.states import Telling
from portal.ways import CALLS, Way

STEPS = {
    "way": "How you want to tell it",
    "story": "Your story",
    "files": "Pictures, sound or film",
    "you": "About you",
    "consent": "What we may do with it",
    "check": "Check and send",
}
# In the order of how little somebody has to write: who writes least finds their way first.
WAYS = {
    Telling.CALL: "Ask us to call you",
    Telling.RECORD: "Record sound or film here",
    Telling.UPLOAD: "Send a file",
    Telling.LINK: "Paste a link",
    Telling.WRITE: "Write it here",
}
IN_FILES = (Telling.RECORD, Telling.UPLOAD)
# Beside title, text and files: what they wrote in words of their own, by the step that asks for it.
OWN_WORDS = {
    "story": ("call", "others_note"),
    "you": ("postal", "helper", "needs"),
    "consent": ("other_name",),
}
COMES_BACK = "Do not contact me. I will come back to this site"
TO_CALL = "They want to be called, to tell their story. A person writes it down with them."


class Saved(NamedTuple):
    """When a step was saved last: the story's version from then on, and the tab that did it."""

    version: int = 0
    tab: str = ""
    is_done: bool = False
    """Whether they went on from it, and did not only begin."""


def steps_in_order(story: Story) -> list[str]:
    """The steps in the order in which they are best taken: what is told comes first."""
    first = ("files", "story") if story.telling in IN_FILES else ("story", "files")
    return ["way", *first, "you", "consent", "check"]


def step_title(story: Story, step: str, words: str) -> str:
    """What the page of a step is about, and which step of this story's it is."""
    order = steps_in_order(story)
    return f"Step {order.index(step) + 1} of {len(order)}: {words}"


def saved(story: Story, step: str) -> Saved:
    """What is known of a step; of one that was never saved, that."""
    return Saved(*(story.answers.get("steps") or {}).get(step, ()))


def last_saved(story: Story) -> int:
    """The story's version when any of its steps was saved last."""
    return max((saved(story, step).version for step in STEPS), default=0)


def with_step(story: Story, step: str, tab: str, *, is_done: bool) -> dict[str, list[object]]:
    """The steps as they are noted when this one is saved with the next version."""
    is_done = is_done or saved(story, step).is_done
    steps: dict[str, list[object]] = story.answers.get("steps") or {}
    return steps | {step: [story.version + 1, tab, is_done]}


def answer(story: Story, name: str) -> str:
    """What was answered; empty where nothing was."""
    return str(story.answers.get(name) or "")


def words(story: Story) -> dict[str, str]:
    """All that they wrote of the draft in words of their own, by step."""
    said = {step: [answer(story, name) for name in names] for step, names in OWN_WORDS.items()}
    said["story"] += [story.title, story.text]
    said["you"] += [story.name, story.guardian_name]
    said["files"] = [text for file in story.files for text in (file.alt, file.transcript)]
    return {step: "\n".join(parts) for step, parts in said.items()}


def help_shown(story: Story) -> str:
    """How a draft's pages show where help is: as a "box", later as a "line", or not at all.

    The box stands there until another step is saved than the one with such words.
    """
    at_risk = {step for step, said in words(story).items() if safeguarding.suggests_danger(said)}
    last = max(STEPS, key=lambda step: saved(story, step).version)
    return ("box" if last in at_risk else "line") if at_risk else ""


def reply_ways() -> dict[str, str]:
    """The ways to reach a storyteller, and the words for each."""
    ways: dict[str, str] = current_app.config["REPLY_WAYS"]
    return ways | {str(Way.WEB): COMES_BACK}


def reply_by(story: Story) -> Way:
    """How the storyteller wants to be reached: as they chose, or by what they gave."""
    chosen = answer(story, "reply_by")
    if chosen in set(Way):
        return Way(chosen)
    if story.email:
        return Way.EMAIL
    return Way.PHONE if story.phone else Way.WEB


def name_shown(story: Story) -> str:
    """The name that readers see, as the storyteller chose; empty for none."""
    match answer(story, "name_shown"):
        case NameShown.FULL:
            return story.name
        case NameShown.FIRST:
            return next(iter(story.name.split()), "")
        case NameShown.OTHER:
            return answer(story, "other_name")
    return ""


def chosen_consents(story: Story) -> dict[str, tuple[bool, str]]:
    """What the draft allows: for each purpose whether, and with which value."""
    chosen = story.answers.get("consents") or {}
    name = name_shown(story)
    said = {one.key: (chosen.get(one.key) == YES, "") for one in consents.PURPOSES}
    said |= {"name": (bool(name), name)}
    if story.young:
        agrees = answer(story, "guardian_consent") == YES
        said[consents.GUARDIAN.key] = (agrees, story.guardian_name)
    return said


def call_words(story: Story) -> str:
    """How and when they want to be called; empty for most."""
    how = CALLS.get(answer(story, "call_by"), "")
    return f"{how and f'{how}. '}{answer(story, 'call')}".strip()


def inbox_text(story: Story, text: str) -> str:
    """What the team reads first: the text, or where and how the story is to be had."""
    parts = [text]
    if story.telling is Telling.CALL:
        parts.append(f"{TO_CALL} {call_words(story)}".strip())
    if link := answer(story, "link"):
        parts.append(f"The story is here: {link}")
    return "\n\n".join(part for part in parts if part) or "The story is in its files."


def doubts(story: Story) -> list[str]:
    """Why this may come from a machine, in words for the team. Empty for most."""
    return [str(doubt) for doubt in story.answers.get("doubts") or []]
