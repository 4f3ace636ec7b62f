"""The page of a person: all that is held about the address and the number of a conversation."""

from flask import Response, request

from portal.inbox.desk.conversation_routes import find
from portal.inbox.desk.list_routes import bp
from portal.inbox.desk.person import PersonPage
from portal.web import number_in, render


@bp.get("/<int:conversation_id>/person")
def person(conversation_id: int) -> Response:
    """All of them, or the older ones of one kind. The address names nobody."""
    before = number_in(request.args.get("before"))
    page = PersonPage.of(find(conversation_id), request.args.get("of", ""), before)
    title = f"All from {page.conversation.who}"
    return render("inbox/person.html", title=title, page=page)
