"""Makes stories in each of their states, as a test says it."""

from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.inbox.models import Change, Direction, Message
from portal.stories import approvals, links, shaping, texts, withdrawal
from portal.stories.consents import PURPOSES
from portal.stories.content import Content
from portal.stories.guardian import services as guardians
from portal.stories.models import Revision, Story
from portal.stories.states import Giver, Telling, YesWay
from portal.stories.telling import services as telling_services
from portal.team.models import Member
from portal.transaction import lock
from portal.web import public_address
from tests.team import a_member

ADA = "ada@example.org"
TEXT = "I roll to the pool each week.\n\nThe water holds me. I feel light."
ALL_YES = {"consents": {purpose.key: "yes" for purpose in PURPOSES}, "name_shown": "first"}
NO_CONSENT = {"consents": {}, "name_shown": "first"}


def a_draft(telling=Telling.WRITE, **changes) -> Story:
    """A story that was told and not sent yet."""
    story = telling_services.start(telling)
    told = {"title": "How I found the water", "text": TEXT, "name": "Ada Lovelace", "email": ADA}
    told |= {"answers": ALL_YES | {"reply_by": "email"}} | changes
    telling_services.save(story, story.version, **told)
    return story


def a_story(**changes) -> Story:
    """A story that was sent to the team."""
    story = a_draft(**changes)
    telling_services.submit(story)
    return story


def a_young_story(**changes) -> Story:
    """A story of somebody under 18, whose guardian can be mailed."""
    young = {"guardian_name": "Maya", "guardian_email": "maya@example.org"}
    said = {"reply_by": "email", "under_18": "yes", "guardian_consent": "yes"}
    return a_story(**young | {"answers": ALL_YES | said} | changes)


def an_editor(name="Eda") -> Member:
    """The member called so; made where there is none."""
    email = f"{name.lower()}@team.example"
    found = db.session.scalar(select(Member).where(Member.email_key == email))
    return found or a_member(name=name, email=email)


def content(story: Story, **changes) -> Content:
    return replace(texts.content_of(texts.latest(story)), **changes)


def edited(story: Story, by=None, reason="Shorter is easier to read.", **changes) -> Revision:
    """Let an editor write a new text; returns it."""
    changes = changes or {"text": TEXT.replace("I feel light", "I feel free")}
    seen = texts.number(story)
    return shaping.revise(story, by or an_editor(), content(story, **changes), seen, reason)


def ask(story: Story) -> Story:
    """Let an editor ask the storyteller about the newest text."""
    shaping.hand_over(story, an_editor(), texts.number(story))
    return story


def handed_over(story: Story | None = None, **changes) -> Story:
    """A story whose edited text waits for the storyteller."""
    return ask(edited(story or a_story(), **changes).story)


def approved(story: Story | None = None) -> Story:
    """A story whose storyteller said yes to its newest text."""
    story = story or handed_over()
    newest = texts.latest(story)
    shaping.approve(story, newest.id, newest.digest)
    return story


def noted(story: Story, giver=Giver.STORYTELLER, way=YesWay.IN_PERSON, **changes) -> Story:
    """A story to which an editor read a yes out, and noted it."""
    digest = texts.latest(story).digest
    approvals.note_yes(story, an_editor(), giver, way, digest, **changes)
    return story


def with_guardian(story: Story | None = None) -> Story:
    """A young storyteller's story to which both have said yes."""
    story = approved(story or handed_over(a_young_story()))
    newest = texts.latest(story)
    guardians.approve(story, newest.id, newest.digest)
    return story


def published(story: Story | None = None, **changes) -> Story:
    """A story that everybody can read."""
    story = approved(story or a_story(**changes))
    shaping.publish(story, an_editor())
    return story


def declined(story: Story | None = None) -> Story:
    """A story that we will not publish."""
    story = story or a_story()
    shaping.decline(story, an_editor(), "It names others.")
    return story


def withdrawn(story: Story | None = None, **files: bool) -> Story:
    """A story that its storyteller took back."""
    story = story or a_story()
    withdrawal.withdraw(story, **({"keep_files": True} | files))
    return story


def set_talk(story: Story, **values) -> Story:
    """The story, with its conversation changed."""
    lock(story.conversation)
    for name, value in values.items():
        setattr(story.conversation, name, value)
    db.session.commit()
    return story


def fresh(story: Story) -> Story | None:
    """The story as it is in the database now."""
    story_id = story.id
    db.session.commit()
    db.session.expire_all()
    return db.session.get(Story, story_id)


def deeds(story: Story) -> list[str]:
    """What history has of it, oldest first."""
    query = select(Change.what).where(Change.conversation_id == story.conversation_id)
    return list(db.session.scalars(query.order_by(Change.id)))


def notes(story: Story) -> list[str]:
    """What the team reads in the notes of its conversation, oldest first."""
    noted = {"conversation_id": story.conversation_id, "direction": Direction.NOTE}
    return list(db.session.scalars(select(Message.text).filter_by(**noted).order_by(Message.id)))


def told_team() -> list[Outgoing]:
    """The notes to the team, oldest first."""
    query = select(Outgoing).where(Outgoing.name == "team_notice").order_by(Outgoing.id)
    return list(db.session.scalars(query))


def count(model) -> int:
    """How many rows of a kind there are."""
    found = db.session.scalar(select(func.count()).select_from(model))
    db.session.commit()
    return found


def refused(statement):
    """Whether the database refuses it, whoever asks."""
    try:
        db.session.execute(statement, execution_options={"synchronize_session": False})
    except DBAPIError:
        return True
    finally:
        db.session.rollback()
    return False


def refused_all(statements):
    """Expect that the database refuses each; says which it does not."""
    done = [what for what, statement in statements.items() if not refused(statement)]
    assert done == []


def telling_url(story: Story, step: str = "") -> str:
    """A step of telling it, or the list of steps."""
    if step:
        return public_address("telling.step", token=links.token(story), step=step)
    return public_address("telling.steps", token=links.token(story))
