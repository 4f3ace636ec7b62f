"""What stories do again of the journal, after a backup was brought back. Nobody is told twice."""

import secrets

from portal import delivery
from portal.extensions import db
from portal.inbox.replay import WHY
from portal.journal import Noted
from portal.stories import (
    approvals,
    consents,
    formats,
    links,
    other_ways,
    reach,
    shaping,
    withdrawal,
)
from portal.stories.files import store
from portal.stories.files.models import StoryFile
from portal.stories.guardian import services as guardian
from portal.stories.models import Approval, Story, Version
from portal.transaction import one_transaction


@withdrawal.STORY_ERASED.again
def erase(story: Story, _said: Noted) -> None:
    """A story that was erased is erased, and its person with it."""
    with delivery.silence(WHY):
        withdrawal.erase(story)


@other_ways.WAY_ERASED.again
@one_transaction
def forget_ways(story: Story, said: Noted) -> None:
    """A way to reach the storyteller that was erased is; whose it was is not known: all go."""
    known = [*reach.earlier(story), *filter(None, [reach.wanted(story)])]
    other_ways.forget(story, [one for one in known if one.at < said.at])


@withdrawal.TAKEN_BACK.again
def take_back(story: Story, said: Noted) -> None:
    """A story that was taken back is taken back, and its files, where they went."""
    with delivery.silence(WHY):
        withdrawal.withdraw(story, keep_files=said.word != withdrawal.WITH_FILES)


@consents.CONSENT_ENDED.again
def end_consent(story: Story, said: Noted) -> None:
    """What is not allowed any more is not, unless it was allowed since."""
    last = consents.current(story).get(said.word)
    if last and last.given and last.at <= said.at:
        with delivery.silence(WHY):
            shaping.set_consents(story, {said.word: (False, "")})


@approvals.YES_ENDED.again
@one_transaction
def end_yes(approval: Approval, _said: Noted) -> None:
    """A yes that was taken back does not stand."""
    story = db.session.get_one(Story, approval.story_id, with_for_update={"of": Story})
    if approval.taken_back_at is None:
        with delivery.silence(WHY):
            approvals.end(story, approval.giver)


@store.FILE_DELETED.again
def delete_file(file: StoryFile, _said: Noted) -> None:
    """A file that was deleted is gone."""
    store.remove(file.id)


@formats.VERSION_REMOVED.again
def remove_version(version: Version, _said: Noted) -> None:
    """Another form that was taken away is shown to nobody."""
    with delivery.silence(WHY):
        formats.remove_version(db.session.get_one(Story, version.story_id), version.id)


@links.STORY_LINK_STOPPED.again
def stop_link(story: Story, _said: Noted) -> None:
    """A private link that was stopped leads nowhere."""
    withdrawal.stop_link(story)


@guardian.GUARDIAN_LINK_STOPPED.again
@one_transaction
def stop_guardian_link(story: Story, _said: Noted) -> None:
    """So does the link of a guardian who is none any more."""
    story.guardian_key = story.guardian_key and secrets.token_urlsafe(24)
