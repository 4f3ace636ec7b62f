"""The team's page to lead somebody back to their story, on the phone or face to face."""

from typing import Any

from flask import Blueprint, Response, abort

from portal.extensions import db
from portal.inbox.models import Conversation
from portal.stories import links
from portal.stories.finding import services
from portal.team.access import guard, member, requires
from portal.team.models import Role
from portal.web import render

bp = Blueprint("finding_team", __name__, url_prefix="/inbox/<int:conversation_id>/lost")
guard(bp)


def find(conversation_id: int) -> Conversation:
    """The conversation, where it is one about a lost link or of a story."""
    found = db.session.get(Conversation, conversation_id)
    if found is None or not (services.is_lost(found) or links.of_conversation(found.id)):
        abort(404)
    return found


@bp.get("")
def show(conversation_id: int) -> Response:
    """The stories that may be theirs, and what to ask on the phone."""
    talk = find(conversation_id)
    stories = services.stories_in(talk)
    is_lost = services.is_lost(talk)
    title = "Help them back to their story"
    return _page("team", title, talk, stories=stories, is_lost=is_lost)


@bp.post("/<int:story_id>")
@requires(Role.EDITOR)
def words(conversation_id: int, story_id: int) -> Response:
    """Show four new words, to be read out.

    We keep a digest alone and could not say them again: so this answer to a
    form is no redirect. Loaded again it has new ones.
    """
    talk = find(conversation_id)
    story = next((one for one in services.stories_in(talk) if one.id == story_id), None)
    if story is None:
        abort(404)
    given = services.give_words(story, talk, member())
    return _page("given", "Four new words", talk, words=given, days=services.GIVEN_LAST)


def _page(name: str, title: str, talk: Conversation, **context: Any) -> Response:
    return render(f"stories/finding/{name}.html", title=title, conversation=talk, **context)
