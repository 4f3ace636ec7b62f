"""What a storyteller can allow, each thing by itself, in the words that are shown and kept."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.sql.expression import false

from portal import journal
from portal.extensions import db
from portal.stories import signals
from portal.stories.models import NOT_SHAPED, Approval, Story, StoryConsent
from portal.stories.states import Giver

YES, NO = "yes", "no"


class NameShown(StrEnum):
    """Which name readers see."""

    FIRST = "first"
    FULL = "full"
    OTHER = "other"
    NONE = "none"


NAMES = {
    NameShown.FIRST: "My first name",
    NameShown.FULL: "My full name",
    NameShown.OTHER: "Another name",
    NameShown.NONE: "No name",
}


@dataclass(frozen=True)
class Purpose:
    """One thing to allow: the heading it is asked under, a label, and what is agreed to."""

    key: str
    layer: str
    label: str
    wording: str
    withheld: str = ""
    """What an editor must not do while it is not allowed."""
    allowed: str = ""
    """What an editor may do once it is."""


TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
PURPOSES = tuple(Purpose(key, **words) for key, words in TABLE.items())
# Where the storyteller is under 18, somebody else must agree too.
AGREES = "My parent or guardian, {value}, agrees that I tell this."
GUARDIAN = Purpose("guardian", "", "A parent or guardian", AGREES)
LAYERS = {
    layer: [purpose.key for purpose in purposes]
    for layer, purposes in groupby(PURPOSES, attrgetter("layer"))
    if layer
}
ASKED = tuple(key for keys in LAYERS.values() for key in keys)
BY_KEY = {purpose.key: purpose for purpose in (*PURPOSES, GUARDIAN)}
NO_NAME = "no name"
CONSENT_ENDED = journal.JournalKind("consent-ended", Story)


def wording(purpose: str, value: str = "") -> str:
    """The words for this organisation, with the name in them where there is one."""
    org = current_app.config["ORG_NAME"]
    return BY_KEY[purpose].wording.format(org=org, value=value or NO_NAME)


def current(story: Story) -> dict[str, StoryConsent]:
    """What was said last about each purpose. What was never said is not in it."""
    return {consent.purpose: consent for consent in story.consents}


def allows(story: Story, purpose: str) -> bool:
    """Whether the storyteller allows it now."""
    said = current(story).get(purpose)
    return bool(said and said.given)


def stands(purpose: str) -> ColumnElement[bool]:
    """Whether the last word on it is yes, in SQL: what `allows` says, of each `Story`."""
    said = select(StoryConsent.given).where(
        StoryConsent.story_id == Story.id, StoryConsent.purpose == purpose
    )
    last = said.order_by(StoryConsent.id.desc()).limit(1).correlate(Story).scalar_subquery()
    return func.coalesce(last, false())


def allowed(purpose: str) -> Select[Story]:
    """The stories that may be used for it now."""
    return select(Story).where(may_be(purpose))


def may_be(purpose: str) -> ColumnElement[bool]:
    """Whether a `Story` may be used for it now, in SQL: sent, not over, and with the yes it needs.

    Somebody under 18 needs their guardian, who has said yes to a text and not taken that back.
    """
    guardian = exists().where(
        Approval.story_id == Story.id,
        Approval.giver == Giver.GUARDIAN,
        Approval.taken_back_at.is_(None),
    )
    return and_(Story.state.not_in(NOT_SHAPED), stands(purpose), ~Story.young | guardian)


def name_allowed(story: Story) -> str:
    """The name that the storyteller allows to be shown now; empty for none."""
    said = current(story).get("name")
    return said.value if said and said.given else ""


def record(story: Story, purpose: str, *, given: bool, value: str = "", channel: str) -> bool:
    """Note what was said, in the caller's transaction, unless it was said already."""
    last = current(story).get(purpose)
    if last and (last.given, last.value) == (given, value):
        return False
    consent = StoryConsent(
        story_id=story.id,
        purpose=purpose,
        given=given,
        value=value,
        wording=wording(purpose, value),
        channel=channel,
    )
    story.consents.append(consent)
    db.session.flush()
    if last and last.given:
        CONSENT_ENDED.note(story, purpose)
        signals.consent_ended.send(story, purpose=purpose)
    return True
