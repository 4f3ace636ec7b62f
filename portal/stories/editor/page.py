"""What the team's page says beside the text: what is allowed, the files, and each yes."""

from collections.abc import Iterator
from typing import Any

from portal.stories import (
    approvals,
    asking,
    consents,
    formats,
    languages,
    notices,
    private_words,
    publication,
    reach,
    texts,
)
from portal.stories.editor import status
from portal.stories.editor.forms import FILM_KINDS
from portal.stories.files import cleaning, store
from portal.stories.files.models import FileKind, StoryFile
from portal.stories.guardian import services as guardians
from portal.stories.guardian import status as guardian
from portal.stories.models import Story
from portal.stories.states import Giver, VersionKind
from portal.stories.telling import answers
from portal.stories.uses import services as uses
from portal.words import count, day


def editor_page(story: Story) -> dict[str, Any]:
    """All that the page shows beside the text, by the names that its templates have for it."""
    newest = texts.latest(story)
    withheld, allowed = rules(story)
    shown = [version for version in story.versions if not version.removed_at]
    made = {version.file_id for version in shown}
    said_yes = [giver for giver in Giver if texts.valid_approval(story, giver)]
    return {
        "story": story,
        "newest": newest,
        "status": status.status_of(story),
        "why_not_public": publication.why_not(story),
        "is_public": newest is not None and newest.id == story.published_revision_id,
        "may_ask": bool(newest and newest.title) and Giver.STORYTELLER not in said_yes,
        "may_note": [
            giver
            for giver in Giver
            if giver not in said_yes and not approvals.why_not_noted(story, giver)
        ],
        "yes": texts.valid_approval(story),
        "new_reach": reach.wanted(story),
        "ways": {"now": reach.in_words(reach.current(story)), "new": new_way(story)},
        "asked_until": asking.waits_until(story),
        "asked_by": asking.last_mail(story),
        "said_yes": said_yes,
        "cautions": list(cautions(story)),
        "withheld": withheld,
        "allowed": allowed,
        "files": [file for file in store.files_of(story) if file.id not in made],
        "versions": [(version, formats.is_fresh(version, story)) for version in shown],
        "called": languages.called,
        "film_kinds": film_kinds,
        "standing": cleaning.standing,
        "link": answers.answer(story, "link"),
        "call": answers.call_words(story),
        "is_mailed": notices.is_mailed(story),
    }


def film_kinds(file: StoryFile) -> tuple[VersionKind, ...]:
    """As which versions a sound or film may be used: by its language, where that is known."""
    if file.kind not in cleaning.MEDIA:
        return ()
    if file.kind is FileKind.SOUND:
        return (VersionKind.AUDIO,)
    if languages.is_signed(file.language):
        return (VersionKind.BSL,)
    return (VersionKind.AUDIO,) if file.language in languages.WRITTEN else FILM_KINDS


def new_way(story: Story) -> str:
    """How the storyteller wants to be reached from now on, where they said so."""
    new = reach.wanted(story)
    return reach.in_words(new.reach) if new else ""


def rules(story: Story) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What the storyteller withholds, and what they allow, each with the day that they said so.

    What was never said is withheld.
    """
    said = consents.current(story)
    withheld, allowed = [], []
    for purpose in consents.PURPOSES:
        consent = said.get(purpose.key)
        at = day(consent.at) if consent else ""
        if consent and consent.given:
            allowed.append((purpose.allowed.format(value=consent.value), at))
        else:
            withheld.append((purpose.withheld, at))
    return withheld, allowed


def cautions(story: Story) -> Iterator[tuple[str, str]]:
    """What an editor must know before anything else, each with what was said about it."""
    if story.conversation and story.conversation.danger_at:
        yield "Somebody may be in danger. Read the story first, and do what keeps them safe.", ""
    if story.young:
        yield "The storyteller is under 18.", guardian.known(story)
    if found := private_words.of_text(story, texts.content_of(texts.latest(story))):
        listed = (f"{purpose.capitalize()}: {', '.join(some)}." for purpose, some in found.items())
        yield "The text has words that they do not want shown.", " ".join(listed)
    if waiting := [] if story.is_over else uses.to_clean(story):
        places = count(len(waiting), "place")
        yield f"They no longer allow {places} where it was used. Clean that up below.", ""
    if guardians.named(story):
        words = "They named another parent or guardian. Talk to the one that we have. Then save it."
        yield words, ", ".join(filter(None, guardians.named(story)))
    if story.others:
        words = "Other people are in this story. Ask about them before it is published."
        yield words, answers.answer(story, "others_note")
    if helper := answers.answer(story, "helper"):
        yield f"{helper} helps them. Only the storyteller says yes.", ""
