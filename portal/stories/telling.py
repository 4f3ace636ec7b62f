"""What a draft holds beside its text, by the names in `Story.answers`.

`reply_by`, `helper`, `needs`: how we reach them. `link`, `call`: where the story is, or
when to call. `name_shown`, `other_name`, `consents`: what we may do with it. `under_18`,
`guardian`, `guardian_consent`: who looks after a young storyteller. `others_note`: who else
is in it. `seen`: the steps that were saved.
"""

from __future__ import annotations

from portal.inbox.models import Way
from portal.stories import consents
from portal.stories.consents import YES, NameShown
from portal.stories.models import Story, Telling

TO_CALL = "They want to be called, to tell their story. A person writes it down with them."


def answer(story: Story, name: str) -> str:
    """What was answered; empty where nothing was."""
    return str(story.answers.get(name) or "")


def reply_by(story: Story) -> Way:
    """How the storyteller wants to be reached: as they chose, or by what they gave."""
    chosen = answer(story, "reply_by")
    if chosen in set(Way):
        return Way(chosen)
    return Way.EMAIL if story.email or not story.phone else Way.PHONE


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


def name_allowed(story: Story) -> str:
    """The name that the storyteller allows to be shown now; empty for none."""
    said = consents.current(story).get("name")
    return said.value if said and said.given else ""


def chosen_consents(story: Story) -> dict[str, tuple[bool, str]]:
    """What the draft allows: for each purpose whether, and with which value."""
    chosen = story.answers.get("consents") or {}
    name = name_shown(story)
    said = {one.key: (chosen.get(one.key) == YES, "") for one in consents.PURPOSES}
    return said | {"name": (bool(name), name)}


def for_the_inbox(story: Story, text: str) -> str:
    """What the team reads first: the text, or where and how the story is to be had."""
    parts = [text]
    if story.telling is Telling.CALL:
        parts.append(f"{TO_CALL} {answer(story, 'call')}".strip())
    if link := answer(story, "link"):
        parts.append(f"The story is here: {link}")
    return "\n\n".join(part for part in parts if part) or "The story is in its files."


def doubts(story: Story) -> list[str]:
    """Why this may come from a machine, in words for the team. Empty for most."""
    return [str(doubt) for doubt in story.answers.get("doubts") or []]
