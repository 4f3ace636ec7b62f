"""What was told so far: where each step is, every answer to check, and what is missing."""

from collections.abc import Iterator
from typing import NamedTuple

from portal.stories import consents
from portal.stories.consents import YES, NameShown
from portal.stories.files import store
from portal.stories.files.models import FileState
from portal.stories.languages import name_of
from portal.stories.models import Story
from portal.stories.states import Telling
from portal.stories.telling import answers
from portal.stories.telling.answers import answer
from portal.ways import CALLS, Way, facts_of

DONE, STARTED, NOT_YET = "Done", "Started", "Not started yet"
NAMELESS = "You want us to show your name. Enter it, or choose another name or none."
NO_STORY = "Tell your story first. Write it, add a file or a link, or ask us to call you."
NO_NUMBER = "Tell us how we can call you."
NO_CONTACT = "Tell us what we need to reach you that way, or choose another way."
NO_GUARDIAN = "Enter the name of your parent or guardian. You are under 18."
NO_WAY_TO_GUARDIAN = "Enter an email address or a phone number of your parent or guardian."
NO_YES = "Ask your parent or guardian if they agree. You are under 18."


class Missing(NamedTuple):
    """What a story lacks: where it is asked for, and in which words."""

    step: str
    field: str
    words: str


class AnswerToCheck(NamedTuple):
    """One answer to check: what the page calls it, and what was said; empty where nothing was."""

    question: str
    text: str = ""
    lang: str = ""
    """Of words of their own: the language that these are in."""


def progress(story: Story) -> dict[str, str]:
    """Where each step is that is filled in, in words for everybody."""
    saved = {step: answers.saved(story, step) for step in answers.STEPS if step != "check"}
    done = {"way", *(step for step, last in saved.items() if last.is_done)}
    begun = {step for step, last in saved.items() if last.version} - {"files"}
    begun |= done | ({"files"} if store.files_of(story) else set())
    done -= {one.step for one in missing(story)}
    return {step: DONE if step in done else STARTED if step in begun else NOT_YET for step in saved}


def missing(story: Story) -> list[Missing]:
    """What the storyteller is asked for before they send it."""
    return [*_missing_contact(story), *needed(story)]


def needed(story: Story) -> list[Missing]:
    """What no story can be sent without, whoever sends it."""
    return [*_missing_story(story), *_missing_guardian(story), *_missing_name(story)]


def _missing_story(story: Story) -> Iterator[Missing]:
    if story.telling is Telling.CALL:
        if not (story.phone or story.email):
            yield Missing("story", "call_by-0", NO_NUMBER)
        return
    is_told = story.text or story.title or answer(story, "link")
    if not is_told and all(one.state is FileState.REFUSED for one in store.files_of(story)):
        field = "link" if story.telling is Telling.LINK else "text"
        yield Missing("story", field, NO_STORY)


def _missing_contact(story: Story) -> Iterator[Missing]:
    given = {"email": story.email, "phone": story.phone, "postal": answer(story, "postal")}
    given["helper"] = answer(story, "helper") and (story.email or story.phone)
    for name in facts_of(answer(story, "reply_by")).needs:
        if not given[name]:
            yield Missing("you", name, NO_CONTACT)


def _missing_guardian(story: Story) -> Iterator[Missing]:
    if not story.young:
        return
    if not story.guardian_name:
        yield Missing("you", "guardian_name", NO_GUARDIAN)
    if not (story.guardian_email or story.guardian_phone):
        yield Missing("you", "guardian_email", NO_WAY_TO_GUARDIAN)
    if answer(story, "guardian_consent") != YES:
        yield Missing("you", "guardian_consent", NO_YES)


def _missing_name(story: Story) -> Iterator[Missing]:
    wanted = answer(story, "name_shown") not in {"", NameShown.NONE}
    if wanted and not answers.name_shown(story):
        yield Missing("consent", "name_shown-0", NAMELESS)


def answers_to_check(story: Story) -> dict[str, list[AnswerToCheck]]:
    """Everything that was said, but for the files: of each step, in the order of its questions."""
    return {
        "way": [AnswerToCheck("You chose", answers.WAYS[story.telling])],
        "story": [*_of_story(story)],
        "you": [*_of_you(story)],
        "consent": [*_of_consent(story)],
    }


def _of_story(story: Story) -> Iterator[AnswerToCheck]:
    if story.telling is Telling.CALL:
        yield AnswerToCheck("How we call you", CALLS.get(answer(story, "call_by"), ""))
        yield AnswerToCheck("When we call you", answer(story, "call"))
    if story.telling is Telling.LINK or answer(story, "link"):
        yield AnswerToCheck("Link to your story", answer(story, "link"))
    yield AnswerToCheck("Title", story.title, story.language)
    yield AnswerToCheck("Your words", story.text, story.language)
    yield AnswerToCheck("Language", name_of(story))
    others = "Yes. " + answer(story, "others_note") if story.others else "No"
    yield AnswerToCheck("Other people are in it", others.strip())


def _of_you(story: Story) -> Iterator[AnswerToCheck]:
    yield AnswerToCheck("Your name", story.name)
    way = answers.reply_ways().get(answer(story, "reply_by"), "")
    yield AnswerToCheck("How we reach you", way)
    yield AnswerToCheck("Email address", story.email)
    yield AnswerToCheck("Phone number", story.phone)
    if answers.reply_by(story) is Way.POST:
        yield AnswerToCheck("Postal address", answer(story, "postal"))
    yield AnswerToCheck("Who helps you", answer(story, "helper"))
    yield AnswerToCheck("What you need from us", answer(story, "needs"))
    age = {"yes": "Under 18", "no": "18 or over"}.get(answer(story, "under_18"), "")
    yield AnswerToCheck("Your age", age)
    if story.young:
        yield from _of_guardian(story)


def _of_guardian(story: Story) -> Iterator[AnswerToCheck]:
    name, email, phone = story.guardian_name, story.guardian_email, story.guardian_phone
    agrees = answer(story, "guardian_consent") == YES
    words = consents.wording("guardian", name) if agrees else ""
    yield AnswerToCheck("Parent or guardian", name)
    yield AnswerToCheck("Their email address", email)
    yield AnswerToCheck("Their phone number", phone)
    yield AnswerToCheck("If they agree", words)


def _of_consent(story: Story) -> Iterator[AnswerToCheck]:
    """Each yes in the very words that are kept. All that was not ticked is one line."""
    said = answers.chosen_consents(story)
    for one in consents.PURPOSES:
        given, value = said[one.key]
        if given:
            yield AnswerToCheck(one.label, f"Yes. “{consents.wording(one.key, value)}”")
    labels = [one.label for one in consents.PURPOSES if not said[one.key][0]]
    if labels:
        yield AnswerToCheck("You did not say yes to", f"{'. '.join(labels)}.")
