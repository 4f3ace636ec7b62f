"""What stories hold about a person: those that they tell, and those whose guardian they are."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from portal import people
from portal.addresses import address_key
from portal.extensions import db
from portal.file_kinds import fitting_name
from portal.people import Holding, Person
from portal.phones import phone_key
from portal.stories import links, reach, withdrawal
from portal.stories.files import store
from portal.stories.files.models import StoryFile
from portal.stories.models import Approval, Revision, Story, Version
from portal.stories.press import services as press
from portal.stories.states import Giver, StoryState
from portal.stories.uses.models import Use

OWN_WORDS = {"needs": "Needs", "call": "When to call", "others_note": "Who else is in it"}
STANDINGS = {
    StoryState.DRAFT: "Not sent yet",
    StoryState.SUBMITTED: "Sent",
    StoryState.EDITING: "An editor works on it",
    StoryState.WITH_STORYTELLER: "The storyteller was asked",
    StoryState.APPROVED: "The storyteller said yes",
    StoryState.PUBLISHED: "Published",
    StoryState.WITHDRAWN: "Taken back",
    StoryState.DECLINED: "Declined",
}


def _is_theirs(person: Person) -> ColumnElement[bool]:
    """A story that they tell. One that was not sent is theirs alone."""
    theirs = person.is_in(Story.email_key, Story.phone_key)
    if person.hears:
        return theirs
    sent = Story.conversation_id.not_in(person.beside) & (Story.state != StoryState.DRAFT)
    return theirs & sent


def _count(person: Person) -> int:
    return people.count(Story, _is_theirs(person))


def _find(person: Person, most: int, before: int | None) -> Sequence[Holding]:
    found = people.newest(Story, _is_theirs(person), most, before)
    return [_holding(one, person) for one in found]


def _holding(story: Story, person: Person) -> Holding:
    newest = story.revisions[-1] if story.revisions else story
    is_unsent = person.whole and story.state is StoryState.DRAFT
    title = "A story that was not sent" if is_unsent else newest.title
    kept = store.kept(story)
    return Holding(
        id=story.id,
        title=title or "A story without a title",
        at=story.created_at,
        tell=lambda: _told(story),
        standing=STANDINGS[story.state],
        address=story.email if story.email_key in person.addresses else story.phone,
        conversation_id=story.conversation_id,
        url="" if is_unsent else _url(story, person),
        files=[(fitting_name(one.name, one.content_type), store.place_of(one)) for one in kept],
        is_private=is_unsent,
    )


def _url(story: Story, person: Person) -> str:
    return links.storyteller_url(story) if person.asks else links.editor_url(story)


def _told(story: Story) -> dict[str, Any]:
    """All that the storyteller gave us, allowed and said yes to, and all texts of it."""
    told: dict[str, Any] = {
        "State": STANDINGS[story.state],
        "Begun": story.created_at,
        "Published first": story.published_at,
        "Taken back": story.withdrawn_at,
        "Name": story.name,
        "How we reach you": _reached(story),
        "Under 18": "yes" if story.young else "",
        "Parent or guardian": _guardian(story),
    }
    told |= {words: str(story.answers.get(name) or "") for name, words in OWN_WORDS.items()}
    draft = {"Title": story.title, "Text": story.text} if not story.revisions else {}
    return told | {
        "What you wrote, and did not send": draft,
        "Texts": [_text(one) for one in story.revisions],
        "Files": [_file(one) for one in store.files_of(story)],
        "What you allow us": list(_allowed(story)),
        "What you said yes to": [_yes(one) for one in story.approvals],
        "What we asked you about journalists": [press.told(one) for one in story.press_questions],
        "Where it was used": [_use(one) for one in story.uses],
        "Other forms of it": [_version(one) for one in story.versions],
    }


def _reached(story: Story) -> list[str]:
    now = filter(None, (story.email, story.phone, story.answers.get("postal")))
    before = (f"before: {reach.in_words(one.reach)}" for one in reach.earlier(story))
    return [*now, *before]


def _guardian(story: Story) -> list[str]:
    return [*filter(None, (story.guardian_name, story.guardian_email, story.guardian_phone))]


def _text(text: Revision) -> dict[str, Any]:
    return {
        "Title": text.title,
        "By": "our team" if text.author_id else "you",
        "At": text.created_at,
        "Name that readers see": text.name,
        "Summary": text.summary,
        "Text": text.text,
        "Why it was changed": text.reason,
    }


def _file(file: StoryFile) -> dict[str, Any]:
    shown = {"Name": file.name, "Came": file.created_at, "What it shows": file.alt}
    return shown | {"What is said in it": file.transcript}


def _allowed(story: Story) -> Iterator[dict[str, Any]]:
    for said in story.consents:
        yield {"Words": said.wording, "Allowed": "yes" if said.given else "no", "At": said.at}


def _yes(one: Approval) -> dict[str, Any]:
    said = {"Words": one.wording, "At": one.said_at or one.at, "Taken back": one.taken_back_at}
    return said | {"What our team noted of it": one.note}


def _version(one: Version) -> dict[str, Any]:
    told = {"Kind": str(one.kind), "Title": one.title, "Text": one.text, "Captions": one.captions}
    return told | {"Where": one.link, "Taken out": one.removed_at}


def _use(one: Use) -> dict[str, Any]:
    what = {"Where": one.text, "Address": one.link, "At": one.at}
    return what | {"No longer, since": one.cleared_at, "What came of it": one.outcome_words}


def _erase(person: Person) -> None:
    theirs = select(Story).where(_is_theirs(person)).order_by(Story.id).with_for_update()
    found = db.session.scalars(theirs, execution_options={"populate_existing": True}).all()
    for story in found:
        withdrawal.forget_whole(story)


HOLDER = people.Holder(
    "stories",
    "Stories",
    _count,
    _find,
    _erase,
    goes=(
        "Your stories: all texts, pictures and files, what you allowed and said yes to, and what "
        "we wrote to each other about them. "
        "A published story leaves this site at once."
    ),
)


def _guarded(person: Person) -> list[Story]:
    """The stories of those who named them, once they were asked: not before a child wants it."""
    if not person.hears:
        return []
    young = select(Story).where(Story.young, Story.guardian_name != "").order_by(Story.id)
    return [
        story
        for story in db.session.scalars(young)
        if _is_guardian(story, person) and (story.guardian_asked_at or story.published_at)
    ]


def _is_guardian(story: Story, person: Person) -> bool:
    """By their address; a number proves nothing where they ask themselves, who have none then."""
    by_address = address_key(story.guardian_email) in person.addresses
    return by_address or phone_key(story.guardian_phone) in person.numbers


def _find_guarded(person: Person, most: int, before: int | None) -> Sequence[Holding]:
    found = _guarded(person) if before is None else []
    return [
        Holding(
            id=story.id,
            title="You are the parent or guardian of somebody who told us a story",
            at=story.guardian_asked_at or story.created_at,
            tell=lambda story=story: _told_guardian(story),  # type: ignore[misc]
            address=story.guardian_email,
            url=links.guardian_url(story) if story.guardian_key and person.asks else "",
        )
        for story in found[:most]
    ]


def _told_guardian(story: Story) -> dict[str, Any]:
    said = [_yes(one) for one in story.approvals if one.giver is Giver.GUARDIAN]
    return {
        "Name": story.guardian_name,
        "Email address": story.guardian_email,
        "Phone number": story.guardian_phone,
        "What you said yes to": said,
    }


GUARDIANS = people.Holder(
    "guardian",
    "As a parent or guardian",
    lambda person: len(_guarded(person)),
    _find_guarded,
    lambda person: None,
    kept=(
        "We keep your name and how to reach you while we have the story: it shows that you agreed. "
        "You can take your yes back at any time."
    ),
)
