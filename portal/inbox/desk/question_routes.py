"""The page to ask somebody outside: what to ask, then what leaves, then it is sent."""

from flask import Response, request
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import db
from portal.inbox import asking
from portal.inbox.desk import questions
from portal.inbox.desk.conversation_routes import OK, find
from portal.inbox.desk.done import back
from portal.inbox.desk.list_routes import bp
from portal.inbox.desk.question_form import QuestionForm
from portal.inbox.models import Conversation, Message
from portal.team.access import member, requires
from portal.team.models import Role
from portal.transaction import NotPossible
from portal.web import UNPROCESSABLE, number_in, render


@bp.route("/<int:conversation_id>/ask", methods=["GET", "POST"])
@requires(Role.EDITOR)
def ask(conversation_id: int) -> BaseResponse:
    """Ask for the words, show the mail as it leaves, and send it."""
    conversation = find(conversation_id)
    form = QuestionForm(questions.passages(conversation))
    step = request.form.get("do") if request.method == "POST" else "begin"
    if step == "begin":
        form.words.data = _taken_back(conversation)
    if step in {"begin", "change"}:
        return _show(conversation, form)
    if not form.validate():
        return _show(conversation, form, UNPROCESSABLE)
    if step != "send" or "quote" not in request.form:
        form.quote.data = questions.quoted(conversation, form.passages.data)
        return _show(conversation, form, checks=True)
    try:
        text = questions.whole(conversation, form.words.data, form.quote.data)
        questions.ask(conversation, member(), form.to.data, text)
    except NotPossible as reason:
        form.to.errors = [str(reason)]
        return _show(conversation, form, UNPROCESSABLE)
    return back(conversation, "asked")


def _show(
    conversation: Conversation, form: QuestionForm, status: int = OK, *, checks: bool = False
) -> Response:
    return render(
        "inbox/check_question.html" if checks else "inbox/ask.html",
        status,
        title="Check what leaves" if checks else "Ask somebody outside",
        conversation=conversation,
        form=form,
        intro=questions.QUOTED,
        passages=questions.passages(conversation),
    )


def _taken_back(conversation: Conversation) -> str:
    """The words of a question that was taken back, to begin again with."""
    number = number_in(request.args.get("again"))
    found = db.session.get(Message, number) if number is not None else None
    is_one = found and asking.is_outside(found) and found.author_id is not None
    return found.text if found and is_one and found.conversation_id == conversation.id else ""
