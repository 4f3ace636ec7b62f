"""`flask rotate-key`: what there is to do when SECRET_KEY has leaked."""

import logging
import secrets

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from portal import audit
from portal.contact import services as contact
from portal.extensions import db
from portal.inbox.desk import services as desk
from portal.inbox.models import Conversation, ConversationState, Kind
from portal.stories import withdrawal
from portal.stories.finding import services as finding
from portal.stories.guardian import services as guardian
from portal.stories.models import Story
from portal.stories.states import StoryState
from portal.team import services as team
from portal.team.models import Member
from portal.transaction import one_transaction
from portal.words import count

log = logging.getLogger(__name__)

FIRST = """\
Put these two lines into .env, in place of SECRET_KEY:

SECRET_KEY={new}
SECRET_KEY_RETIRED={old}

Take the old key out of SECRET_KEY_FALLBACKS, restart web and worker, and run this again."""
OLD = "what SECRET_KEY was until now"
GOES_ON = """\
Goes on: links in newsletters and mails, four words, codes of apps, recovery codes, passkeys, and
what we remember of people who were erased.
Is over: sessions of the team (they sign in again), their invitations and links for new passwords,
and forms that are open just now, which come back with what was typed. An answer to an old mail is
found by the mail that it answers; where it names none, it is a new message."""
NOT_CLOSED = (StoryState.WITHDRAWN, StoryState.DECLINED)


@one_transaction
def relock() -> int:
    """Lock with the key of today what a former one locked, and end all sessions; commits.

    Returns how many members it was.
    """
    members = list(db.session.scalars(select(Member).order_by(Member.id).with_for_update()))
    for member in members:
        team.relock(member)
    audit.note(audit.Deed.KEY_ROTATED, "SECRET_KEY")
    return len(members)


def renew_links() -> tuple[int, int]:
    """Make every private link a new one, and mail it to whom it is for; commits as it goes.

    For when the database leaked too, which has what they stand on: with the key four words can be
    found out from it, so they lead back only who gave no address. Returns how many stories and
    other conversations it was.
    """
    stories = list(db.session.scalars(select(Story).order_by(Story.id)))
    for story in stories:
        withdrawal.stop_link(story)
        finding.end_words(story)
        guardian.renew_link(story)
    own = select(Conversation).where(Conversation.kind != Kind.STORY)
    talks = list(db.session.scalars(own.order_by(Conversation.id)))
    for talk in talks:
        desk.revoke_link(talk)
    told = {one.email_key: one.email for one in stories if one.state not in NOT_CLOSED}
    for email in filter(None, told.values()):
        finding.send_links(email)
    over = (ConversationState.CLOSED, ConversationState.SPAM)
    written = {one.email_key: one.email for one in talks if one.state not in over}
    for email in filter(None, written.values()):
        contact.send_links(email)
    db.session.commit()
    return len(stories), len(talks)


@click.command("rotate-key")
@click.option("--new-links", is_flag=True, help="The database leaked too: new private links.")
@with_appcontext
def rotate_command(*, new_links: bool) -> None:
    """Change SECRET_KEY because it leaked: says how, and does what is left to do.

    To change one that did not leak, move it to SECRET_KEY_FALLBACKS: then all goes on.
    """
    if not current_app.config["SECRET_KEY_RETIRED"]:
        click.echo(FIRST.format(new=secrets.token_urlsafe(48), old=f"({OLD})"))
        return
    click.echo(f"{count(relock(), 'member')} of the team: what is locked has the new key.")
    if new_links:
        stories, talks = renew_links()
        words = f"{count(stories, 'story', 'stories')} and {count(talks, 'conversation')}"
        click.echo(f"New private links for {words}. Whoever gave an address is mailed theirs.")
    click.echo(GOES_ON)


def init_app(app: Flask) -> None:
    """Register the command."""
    app.cli.add_command(rotate_command)
