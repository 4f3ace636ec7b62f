"""Answering: the answer itself, its shared draft, taking it back, and sending it again."""

from flask import Response, abort, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import db
from portal.inbox import asking
from portal.inbox.desk import done, enclosures, page, presence, replies, services
from portal.inbox.desk.answer_form import ReplyForm
from portal.inbox.desk.conversation_routes import (
    CONFLICT,
    OK,
    draft_version,
    find,
    reply_form,
    sent_number,
    show_page,
)
from portal.inbox.desk.done import back
from portal.inbox.desk.forms import CorrectionForm, typed
from portal.inbox.desk.list_routes import bp
from portal.inbox.desk.models import SavedReply
from portal.inbox.models import Conversation, Direction, Message
from portal.team.access import member, requires
from portal.team.models import Role
from portal.transaction import NotPossible, Stale
from portal.ways import Way
from portal.web import UNPROCESSABLE, lead_to, number_in, render, wants_fragment
from portal.words import reading_level


@bp.post("/<int:conversation_id>/answer")
@requires(Role.EDITOR)
def answer(conversation_id: int) -> BaseResponse:
    """Send an answer or note down a call; or keep the draft, with what is put into it.

    Then stay, or go on to the next of the list.
    """
    conversation = find(conversation_id)
    form = ReplyForm(conversation)
    do, has_others = typed("do"), typed("enclosed") != enclosures.listed(conversation)
    refused = _take_files(conversation)
    if do in {"draft", "insert", "files"} or do.startswith(enclosures.REMOVE):
        return _keep(conversation, form, do, refused)
    if not form.validate() or refused:
        form.files.errors = [" ".join(refused)] if refused else form.files.errors
        return show_page(conversation, UNPROCESSABLE, reply=form)
    if has_others or not replies.is_seen(
        conversation.draft, member(), form.text.data, form.draft_seen.data
    ):
        raise Stale
    closes, following = do == "send-close", done.next_one(conversation)
    try:
        replies.answer(
            conversation,
            member(),
            form.text.data,
            Way(form.way.data),
            seen=form.seen.data,
            reason=form.reason.data or "",
            closes=closes,
            also_to=form.also_to.found,
        )
    except NotPossible as reason:
        field = form.reason if "Say why" in str(reason) else form.way
        field.errors = [str(reason)]
        return show_page(conversation, UNPROCESSABLE, reply=form)
    presence.rests(conversation.id, member())
    word = "answered-closed" if closes else "answered"
    session[done.GOES_ON] = "next" in request.form
    if not done.goes_on():
        return back(conversation, word)
    return done.go_on(word, conversation, following)


def _take_files(conversation: Conversation) -> list[str]:
    """Keep the files that came with a form, and what it says of the pictures; then all else.

    So they are there whatever becomes of the rest. Returns what was not taken, and why.
    """
    if conversation.enclosures:
        enclosures.describe(conversation)
    return enclosures.take(conversation, request.files.getlist("files"))


def _keep(conversation: Conversation, form: ReplyForm, do: str, refused: list[str]) -> BaseResponse:
    """Save the draft: with a saved reply at its end, or without a file, as its button says."""
    text, saved = typed("text"), None
    saved_id = number_in(request.form.get("saved"))
    if do == "insert" and saved_id is not None:
        saved = db.session.get(SavedReply, saved_id) or abort(404)
        text = replies.put_in(saved, conversation, text)
    if not form.draft_seen.validate(form):
        abort(400)
    replies.save_draft(conversation, member(), text, form.draft_seen.data, typed("also_to"))
    if saved:
        refused += enclosures.put_in(saved, conversation)
    elif do.startswith(enclosures.REMOVE):
        enclosures.remove(conversation, enclosures.named_in(do))
    if refused:
        form = reply_form(conversation, number_in(typed("seen")) or 0)
        form.files.errors = [" ".join(refused)]
        return show_page(conversation, UNPROCESSABLE, reply=form)
    return back(conversation, do if do == "files" else "draft")


@bp.post("/<int:conversation_id>/draft")
@requires(Role.EDITOR)
def draft(conversation_id: int) -> Response:
    """Keep a draft while it is written. What comes back stands under the field."""
    conversation = find(conversation_id)
    form = ReplyForm(conversation)
    if not form.draft_seen.validate(form):
        abort(400)
    return _keep_typed(conversation, form.draft_seen.data, number_in(request.form.get("seen")))


@bp.post("/<int:conversation_id>/over")
@requires(Role.EDITOR)
def over(conversation_id: int) -> BaseResponse:
    """Keep one's own text where a colleague's draft stood; theirs goes into the history."""
    conversation, seen = find(conversation_id), sent_number("over")
    if wants_fragment():  # what comes back stands under the field, inside the form
        return _keep_typed(conversation, seen)
    replies.save_draft(conversation, member(), typed("text"), seen, typed("also_to"))
    return back(conversation, "draft")


def _keep_typed(conversation: Conversation, seen: int, page_seen: int | None = None) -> Response:
    """Keep what was typed, and answer with what stands under the field."""
    text = typed("text")
    try:
        replies.save_draft(
            conversation, member(), text, seen, typed("also_to"), page_seen=page_seen
        )
        stale = False
    except Stale:
        db.session.rollback()
        # Another request of this page may have kept the same words meanwhile, or sent them.
        is_kept = conversation.draft and conversation.draft.text == text
        stale = not is_kept and not page.has_sent(conversation, member(), text)
    services.open_for(conversation.id, member())
    presence.here(conversation.id, member(), writing=True)
    return render(
        "inbox/draft.html",
        CONFLICT if stale else OK,
        title="Your draft",
        conversation=conversation,
        draft=conversation.draft,
        draft_seen=seen if stale else draft_version(conversation),
        stale=stale,
        text=text,
        words=reading_level,
    )


@bp.post("/<int:conversation_id>/messages/<int:message_id>/take-back")
@requires(Role.EDITOR)
def take_back(conversation_id: int, message_id: int) -> BaseResponse:
    """Stop what has not left, or take back what was only written down.

    A question begins again with its words.
    """
    conversation = find(conversation_id)
    message = _message(conversation, message_id)
    kind = "note" if message.direction is Direction.NOTE else "mail" if message.sending else "log"
    if not replies.take_back(message, conversation, member()):
        return back(conversation, "too-late")
    if asking.is_outside(message):
        return lead_to(
            url_for(".ask", conversation_id=conversation.id, again=message.id, done="stopped")
        )
    return back(conversation, f"{kind}-taken-back")


@bp.route("/<int:conversation_id>/messages/<int:message_id>/correct", methods=["GET", "POST"])
@requires(Role.EDITOR)
def correct(conversation_id: int, message_id: int) -> BaseResponse:
    """Put right, or take back, what was only written down."""
    conversation = find(conversation_id)
    message = _message(conversation, message_id)
    if message.corrections is None or message.taken_back_at:
        abort(404)
    form = CorrectionForm(words=message.text, seen=message.corrections)
    if form.is_submitted() and form.validate():
        try:
            replies.correct(message, conversation, member(), form.words.data, form.seen.data)
            return back(conversation, "corrected")
        except Stale:
            form.words.errors = ["A colleague has just corrected it. Look at their words, too."]
            form.seen.data = message.corrections
    return render(
        "inbox/correct.html",
        form.status,
        title="Correct what was written down",
        conversation=conversation,
        message=message,
        form=form,
    )


@bp.post("/<int:conversation_id>/messages/<int:message_id>/again")
@requires(Role.EDITOR)
def again(conversation_id: int, message_id: int) -> BaseResponse:
    """Send a mail again that did not arrive."""
    conversation = find(conversation_id)
    sent = replies.send_again(_message(conversation, message_id), conversation, member())
    return back(conversation, "again" if sent else "cannot")


def _message(conversation: Conversation, message_id: int) -> Message:
    """One message, if it is in that conversation; or the page that says there is none."""
    message = db.session.get(Message, message_id)
    return message if message and message.conversation_id == conversation.id else abort(404)
