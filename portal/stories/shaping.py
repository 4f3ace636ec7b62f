"""What two people do with a story that was sent: shape it as equals, and publish it.

What the database refuses (migration 0024) is refused here before, in words.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from portal import audit
from portal.audit import Deed
from portal.extensions import now
from portal.inbox import sender_page
from portal.stories import (
    approvals,
    asking,
    consents,
    deadlines,
    links,
    notices,
    publication,
    texts,
    withdrawal,
)
from portal.stories.content import Content, digest
from portal.stories.files import store
from portal.stories.models import Revision, Story
from portal.stories.showing import services as showing
from portal.stories.states import Giver, Level, StoryState
from portal.stories.uses import services as uses
from portal.team.models import Member
from portal.transaction import NotPossible, Stale, one_transaction

NOTHING: Mapping[str, bool] = MappingProxyType({})


@one_transaction
def revise(  # noqa: PLR0913, PLR0917 - who, what, from which text on, and why
    story: Story,
    by: Member | None,
    content: Content,
    seen: int,
    reason: str = "",
    reasons: dict[str, str] | None = None,
) -> Revision | None:
    """Add a text by an editor, or by the storyteller where `by` is None.

    A yes to an earlier text does not count for this one. Returns None where
    nothing differs. Raises Stale unless `seen` is the newest text's number.
    """
    story.must_be_shaped()
    newest = texts.latest(story)
    if (newest.number if newest else 0) != seen:
        raise Stale
    if newest and digest(content) == newest.digest:
        return None
    if by is None:
        known = (newest, texts.base_for_storyteller(story))
        before = "\n".join(texts.words(texts.content_of(one)) for one in known)
        notices.heed(story, texts.words(content), before)
    return _add(story, by, content, reason, reasons)


def _add(
    story: Story,
    by: Member | None,
    content: Content,
    reason: str = "",
    reasons: dict[str, str] | None = None,
) -> Revision:
    revision = texts.add(story, content, by, reason, reasons)
    if story.state is not StoryState.PUBLISHED:
        story.state = StoryState.EDITING
    deadlines.begin_anew(story)
    if by is None:
        store.set_alt_texts(story, content.pictures)
        notices.tell_team(story, "storyteller wrote", f"Text {revision.number}")
    else:
        notices.note(story, "editor wrote", f"Text {revision.number}", by)
    return revision


@one_transaction
def revise_pictures(story: Story) -> Revision | None:
    """Make the pictures and their words, as they are now, part of a new text."""
    story.must_be_shaped()
    newest = texts.latest(story)
    if newest is None:
        return None  # the first text begins with them
    content = texts.content_of(newest)
    pictures = _pictures_now(story, content)
    if pictures == content.pictures:
        return None
    return _add(story, None, replace(content, pictures=pictures))


def _pictures_now(story: Story, content: Content) -> tuple[dict[str, str], ...]:
    """The newest text's pictures in its order, less what was removed, and with what is new.

    What an editor left out stays out, and an editor's words for a picture stay, unless the
    storyteller has just found other words.
    """
    there = {one["file"]: one for one in store.kept_pictures(story)}
    own = [revision for revision in story.revisions if revision.author_id is None]
    told = {one["file"]: one["alt"] for revision in own for one in revision.pictures}
    known = {one["file"] for revision in story.revisions for one in revision.pictures}
    kept = [
        one if there[one["file"]]["alt"] == told.get(one["file"]) else there[one["file"]]
        for one in content.pictures
        if one["file"] in there
    ]
    return (*kept, *(one for key, one in there.items() if key not in known))


@one_transaction
def hand_over(story: Story, by: Member, seen: int) -> None:
    """Ask the storyteller about the newest text, in their way; again only after a while.

    Raises Stale, NotPossible.
    """
    story.must_be_shaped()
    if texts.number(story) != seen:
        raise Stale
    if not seen:
        raise NotPossible("There is no text yet. Write one first.")
    if not texts.content_of(texts.latest(story)).title:
        raise NotPossible("The text has no title yet. Give it one first.")
    if texts.valid_approval(story):
        raise NotPossible("The storyteller has said yes to this text already.")
    if asking.waits_until(story):
        return
    if story.state is not StoryState.PUBLISHED:
        story.state = StoryState.WITH_STORYTELLER
    deadlines.begin_anew(story)
    story.asked_at = now()
    notices.note(story, "with the storyteller", f"Text {seen}", by)
    notices.tell_storyteller(story, "ready", by)


@one_transaction
def approve(story: Story, revision_id: int, digest: str) -> None:
    """Keep the storyteller's yes to exactly this text. The same yes twice counts once.

    Raises Stale where it is not the newest text, or not what the page showed.
    """
    story.must_be_shaped()
    newest = texts.latest(story)
    if newest is None or (newest.id, newest.digest) != (revision_id, digest):
        raise Stale
    if texts.valid_approval(story):
        return
    approvals.keep(story, newest)
    notices.tell_team(story, "storyteller said yes", f"Text {newest.number}")


@one_transaction
def take_back_approval(story: Story) -> bool:
    """Take back a yes whose text is not public yet; returns whether there was one."""
    story.must_be_shaped()
    approval = texts.valid_approval(story)
    if approval is None or approval.revision_id == story.published_revision_id:
        return False
    approvals.take_back(approval)
    if story.state is StoryState.APPROVED:
        story.state = StoryState.EDITING
    deadlines.begin_anew(story)
    notices.tell_team(story, "storyteller took the yes back")
    return True


@one_transaction
def publish(story: Story, by: Member, shown: Mapping[str, bool] = NOTHING) -> None:
    """Let everybody read the newest text. Raises NotPossible without a yes to exactly it.

    `shown` says of what the storyteller does not allow whether `by` has found it in the text.
    """
    story.must_be_shaped()
    approval, problem = texts.valid_approval(story), publication.why_not(story)
    if problem == publication.PUBLIC_ALREADY:
        return
    if problem or approval is None:
        raise NotPossible(problem)
    showing.keep(story, approval.revision, shown, by)
    if problem := showing.why_not(story, approval.revision):
        raise NotPossible(problem)
    if showing.open_questions(story, approval.revision):
        raise NotPossible(showing.UNANSWERED)
    publication.put_up(story, approval.revision)
    deadlines.begin_anew(story)
    notices.note(story, "published", f"Text {approval.revision.number}", by)
    notices.tell_storyteller(story, "published", by, story_url=links.story_url(story))


@one_transaction
def check_public(story: Story, by: Member, shown: Mapping[str, bool]) -> bool:
    """Keep whether the public text shows what is no longer allowed; then it leaves the site.

    Returns whether it may stay.
    """
    if story.published is None:
        raise NotPossible("This story is not on the site. Nothing was changed.")
    text = story.published
    showing.keep(story, text, shown, by)
    if not showing.why_not(story, text):
        notices.note(story, "checked the public text", by=by)
        return True
    found = [one for one, shows in shown.items() if shows]
    approvals.end(story, Giver.STORYTELLER)
    deadlines.begin_anew(story)
    notices.note(story, "took it off the site", showing.in_words(found, "they"), by)
    notices.tell_storyteller(story, "shows", by, words=showing.in_words(found, "you"))
    return False


@one_transaction
def decline(story: Story, by: Member, words: str) -> None:
    """Say that we cannot publish it, and why. A published one can only be withdrawn."""
    story.must_be_shaped()
    if story.state is StoryState.PUBLISHED:
        raise NotPossible("This story is published. Only the storyteller can take it back.")
    story.state = StoryState.DECLINED
    texts.end_approvals(story)  # so that nothing can let it out past the services either
    deadlines.begin_anew(story)
    notices.note(story, "declined", words, by)
    notices.tell_storyteller(story, "declined", by, words=words)


@one_transaction
def set_level(story: Story, by: Member, level: Level | None, reason: str) -> None:
    """Set a reading level over the measured one, with a reason; None goes back to it."""
    story.must_be_shaped()
    if level and not reason:
        raise NotPossible("Say why the level is another one.")
    story.level, story.level_reason = level, reason if level else ""
    if story.published:
        publication.measure(story, story.published)
    notices.note(story, "reading level", str(level or "as measured"), by)


@one_transaction
def comment(story: Story, text: str, shown: int | None = None) -> None:
    """Add what the storyteller wrote to us to the conversation. A story that rests goes on.

    The same words again from a page that showed `shown` messages of theirs count once.
    """
    if not sender_page.write_back(notices.talk_of(story), text, shown):
        return
    story.changed_at = now()
    deadlines.wake(story, now())


@one_transaction
def set_consents(story: Story, said: Mapping[str, tuple[bool, str]], channel: str = "web") -> None:
    """Note what the storyteller allows now: by purpose, whether, and which value.

    Readers see less at once. Another name is a new text, which needs a new
    yes; without the consent to publish, the story is taken down.
    """
    changed = [
        purpose
        for purpose, (given, value) in said.items()
        if consents.record(story, purpose, given=given, value=value, channel=channel)
    ]
    if not changed or story.state in {StoryState.WITHDRAWN, StoryState.DECLINED}:
        return
    if "name" in changed:
        notices.heed(story, said["name"][1])
    notices.tell_team(story, "consents changed", ", ".join(changed))
    if story.state is StoryState.PUBLISHED and not consents.allows(story, "publish"):
        withdrawal.take_down(story, keep_files=True)
        return
    if not all(said[purpose][0] for purpose in changed):
        uses.ask_to_clean(story)
        if story.published and showing.open_questions(story, story.published):
            notices.ask_team(story, "check_text")
    if "name" in changed:
        publication.index(story)
        newest = texts.latest(story)
        name = consents.name_allowed(story)
        if newest and newest.name != name:
            _add(story, None, replace(texts.content_of(newest), name=name))


@one_transaction
def still_happy(story: Story, by: Member | None = None) -> None:
    """The storyteller wants the published story to stay up: they said so here, or to `by`."""
    story.must_be_shaped()
    if story.state is not StoryState.PUBLISHED:
        raise NotPossible("This story is not on the site. Nothing was changed.")
    publication.confirm(story)
    story.changed_at = now()
    notices.note(story, "still happy", by=by)
    if by:
        audit.note(Deed.CONSENT_NOTED, f"conversation {story.conversation_id}", "It may stay")
