"""The team's page to lead somebody back to their story, on the phone."""

from typing import Any

from flask import Blueprint, Response, abort

from portal.extensions import db
from portal.inbox.models import Conversation
from portal.stories.finding import services
from portal.team.access import guard, member, requires
from portal.team.models import Role
from portal.web import render

bp = Blueprint("finding_team", __name__, url_prefix="/inbox/<int:conversation_id>/lost")
guard(bp)


def find(conversation_id: int) -> Conversation:
    """The conversation, where it is one about a lost link."""
    found = db.session.get(Conversation, conversation_id)
    if found is None or not services.is_lost(found):
        abort(404)
    return found


@bp.get("")
def show(conversation_id: int) -> Response:
    """The stories that go with the number, and what to ask on the phone."""
    talk = find(conversation_id)
    stories = services.stories_of(talk.phone)
    return _page("team", "Help them back to their story", talk, stories=stories)


@bp.post("/<int:story_id>")
@requires(Role.EDITOR)
def words(conversation_id: int, story_id: int) -> Response:
    """Show four new words, to be read out.

    We keep a digest alone and could not say them again: so this answer to a
    form is no redirect. Loaded again it has new ones.
    """
    talk = find(conversation_id)
    story = next((one for one in services.stories_of(talk.phone) if one.id == story_id), None)
    if story is None:
        abort(404)
    given = services.give_words(story, talk, member())
    return _page("given", "Four new words", talk, words=given, days=services.GIVEN_LAST)


def _page(name: str, title: str, talk: Conversation, **context: Any) -> Response:
    return render(f"stories/finding/{name}.html", title=title, conversation=talk, **context)
