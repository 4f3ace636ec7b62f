"""`flask demo stories`: a library of samples, and some on their way there, to see a living site.

They go through the services, as a storyteller and an editor would have it, on
days of the past. Nobody is mailed or alerted because of them, and nobody in
them lives.
"""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

from portal import delivery
from portal.demo.loading import colleague, remove
from portal.demo.samples import Sample, read_all
from portal.extensions import db, now, pretend
from portal.inbox.desk import services as desk_services
from portal.inbox.models import Conversation, ConversationState
from portal.stories import formats as other_forms
from portal.stories import shaping, texts, withdrawal
from portal.stories.consents import PURPOSES, YES
from portal.stories.content import Content
from portal.stories.files import checking, receiving, store
from portal.stories.models import Story
from portal.stories.states import StoryState, Telling, VersionKind
from portal.stories.telling import services as telling_services
from portal.stories.uses import services as uses
from portal.stories.uses.models import Channel
from portal.team.models import Member

EDITOR = "Asha Demo"
TO_REMOVE = "DEVELOPMENT=1 .venv/bin/flask demo clear-stories"
QUIET = "A sample: nobody is told"
WAYS_BY_PHONE = ("phone", "sms", "relay", "bsl", "helper")
STEP = timedelta(days=2)  # from one deed to the next
SHAPED_WITHIN = timedelta(days=14)
DAYTIME = 8 * 60  # minutes
# What had been done to a story by the time it is in a state.
DEEDS = {
    StoryState.SUBMITTED: (),
    StoryState.EDITING: ("edit",),
    StoryState.WITH_STORYTELLER: ("edit", "hand_over"),
    StoryState.APPROVED: ("edit", "hand_over", "approve"),
    StoryState.PUBLISHED: ("edit", "hand_over", "approve", "publish"),
    StoryState.WITHDRAWN: ("edit", "hand_over", "approve", "publish", "withdraw"),
}


def is_new() -> bool:
    """Whether the portal is one that nobody has used yet."""
    return not any(
        db.session.scalar(select(kind.id).limit(1)) for kind in (Story, Conversation, Member)
    )


def load() -> int:
    """Add the samples that are missing; commits. Returns how many."""
    samples = select(Story.answers).where(Story.is_sample)
    there = {answers.get("sample") for answers in db.session.scalars(samples)}
    missing = [sample for sample in read_all() if sample.key not in there]
    with delivery.silence(QUIET):
        editor = colleague(EDITOR)
        db.session.commit()
        for sample in sorted(missing, key=lambda one: -int(one["days"])):
            _Maker(sample, editor).make()
    return len(missing)


def clear() -> int:
    """Erase every sample, with its conversation and files; commits. Returns how many."""
    samples = db.session.scalars(select(Story).where(Story.is_sample)).all()
    talks = [story.conversation_id for story in samples if story.conversation_id]
    with delivery.silence(QUIET):
        for story in samples:
            withdrawal.erase(story)
    remove(talks)
    db.session.commit()
    return len(samples)


class _Maker:
    """Takes one sample from its first word to the state that it is to be in."""

    def __init__(self, sample: Sample, editor: Member) -> None:
        self.sample, self.editor = sample, editor
        self.state = StoryState(sample["state"] or StoryState.PUBLISHED)
        deeds = DEEDS[self.state]
        days = timedelta(days=int(sample["days"]), minutes=len(sample.text) % DAYTIME)
        self.start = now() - days - len(deeds) * STEP

    def make(self) -> None:
        """Do each thing on a day of its own; commits."""
        for number, deed in enumerate(("tell", *DEEDS[self.state])):
            with pretend(self.start + number * STEP):
                getattr(self, deed)()

    def tell(self) -> None:
        """Tell the story, with its picture, and send it."""
        self.story = telling_services.start(Telling.WRITE)
        telling_services.save(
            self.story,
            self.story.version,
            title=self.sample["title"],
            text=self.sample.first,
            language=self.sample.language,
            name=self.sample["name"],
            phone=self._phone(),
            is_sample=True,
            answers=self._answers(),
        )
        if self.sample.picture:
            self._add_picture(self.sample.picture)
        telling_services.submit(self.story)

    def _phone(self) -> str:
        """One of the numbers that Ofcom keeps for fiction."""
        number = f"07700 9007{self.sample.key[:2]}"
        return number if self.sample["reply"] in WAYS_BY_PHONE else ""

    def _answers(self) -> dict[str, object]:
        return {
            "sample": self.sample.key,
            "consents": {purpose.key: YES for purpose in PURPOSES},
            "name_shown": self.sample["shown"],
            "other_name": self.sample["other"],
            "reply_by": self.sample["reply"],
            "helper": self.sample["helper"],
        }

    def _add_picture(self, picture: Path) -> None:
        """Let it go the way of every picture that somebody sends."""
        file = receiving.take(self.story.id, picture.name, BytesIO(picture.read_bytes()))
        checking.examine.call_local(file.id, 0)
        store.describe(file, alt=self.sample["alt"], is_decoration=False, transcript="")

    def edit(self) -> None:
        """Write the text that is to be read, with a summary and topics."""
        first = texts.content_of(texts.latest(self.story))
        edited = Content(
            title=first.title,
            summary=self.sample["summary"],
            text=self.sample.text,
            name=first.name,
            topics=self._topics(),
            pictures=first.pictures,
            language=first.language,
        )
        shaping.revise(self.story, self.editor, edited, 1, self.sample["reason"])
        self._change(state=ConversationState.OPEN, due_at=now() + SHAPED_WITHIN)

    def _topics(self) -> tuple[str, ...]:
        """Those of its topics that this portal has."""
        known = current_app.config["STORY_TOPICS"]
        return tuple(topic for topic in self.sample.topics if topic in known)

    def hand_over(self) -> None:
        """Ask the storyteller."""
        shaping.hand_over(self.story, self.editor, texts.number(self.story))

    def approve(self) -> None:
        """Say yes to exactly this text."""
        newest = texts.latest(self.story)
        if newest:
            shaping.approve(self.story, newest.id, newest.digest)

    def publish(self) -> None:
        """Let everybody read it, in each of its forms, and close the conversation."""
        shaping.publish(self.story, self.editor)
        for kind, language, text, link in self._forms():
            version = other_forms.add_version(
                self.story, self.editor, kind, self.sample["title"], language, text, link
            )
            other_forms.approve_version(self.story, version.id, version.digest)
        if self.sample["used"]:
            uses.add(self.story, Channel.FUNDERS, self.sample["used"], self.editor)
        self._change(state=ConversationState.CLOSED)

    def _forms(self) -> list[tuple[VersionKind, str, str, str]]:
        """The other forms of the story: what they are, in which language, a text or a link."""
        found = (
            (VersionKind.EASY_READ, self.sample.language, self.sample.easy_read, ""),
            (VersionKind.BSL, "bfi", "", self.sample["bsl"]),
        )
        return [form for form in found if form[2] or form[3]]

    def withdraw(self) -> None:
        """Take it back, files and all."""
        withdrawal.withdraw(self.story, keep_files=False)
        self._change(state=ConversationState.CLOSED)

    def _change(self, **wanted: Any) -> None:
        """Change the conversation, as the editor does in the inbox."""
        talk = self.story.conversation
        assert talk is not None  # noqa: S101 - only drafts have none
        desk_services.change(talk, self.editor, {}, **wanted)
