"""The page of one conversation, and what can be done there."""

from __future__ import annotations

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import db
from portal.forms import Form
from portal.inbox.desk import page, presence, replies, services
from portal.inbox.desk.forms import MergeForm, NoteForm, ReplyForm, TriageForm, typed
from portal.inbox.desk.list_routes import bp
from portal.inbox.desk.query import LARGEST_ID
from portal.inbox.models import Conversation, ConversationState, Message, SavedReply
from portal.team import services as team
from portal.team.access import fresh, member, requires
from portal.team.models import Role
from portal.transaction import NotPossible, Stale
from portal.ways import Way
from portal.web import UNPROCESSABLE, render
from portal.words import local, reading_level

OK, CONFLICT = 200, 409
QUICK = {
    "mine": ("owner_id", None),
    "open": ("state", ConversationState.OPEN),
    "close": ("state", ConversationState.CLOSED),
    "spam": ("state", ConversationState.SPAM),
    "hold": ("state", ConversationState.HELD),
}


@bp.get("/<int:conversation_id>")
def conversation(conversation_id: int) -> Response:
    """The thread, what the person needs, and what can be done."""
    return _page(_find(conversation_id))


def _find(conversation_id: int) -> Conversation:
    """The conversation, or the page that says there is none."""
    if conversation_id > LARGEST_ID:
        abort(404)
    return page.find(conversation_id) or abort(404)


def _page(conversation: Conversation, status: int = OK, **sent: Form) -> Response:
    """The page with fresh forms, but for the one that was `sent` and cannot be used yet."""
    merged = page.merged_into(conversation)
    ids = [conversation.id, *(one.id for one in merged)]
    everything = "all" in request.args
    messages = page.messages(ids, everything=everything)
    earlier = not everything and len(messages) > page.NEWEST
    return render(
        "inbox/conversation.html",
        status,
        title=conversation.subject,
        conversation=conversation,
        merged=merged,
        into=services.root(conversation) if conversation.merged_into_id else None,
        messages=messages[-page.NEWEST :] if earlier else messages,
        earlier=earlier,
        changes=page.changes(ids, everything=everything),
        last_change=page.last_change(ids),
        draft=conversation.draft,
        reply=sent.get("reply") or _reply_form(conversation),
        note=sent.get("note") or NoteForm(formdata=None),
        triage=sent.get("triage") or _triage_form(conversation),
        merge=sent.get("merge") or MergeForm(formdata=None, seen=conversation.version),
        saved=page.saved_replies(),
        colleagues=presence.colleagues(conversation.id, member()),
        words=reading_level,
        names=team.names(),
    )


def _reply_form(conversation: Conversation) -> ReplyForm:
    """A form with the draft in it, for the way that the person asked for."""
    draft = conversation.draft
    asked = replies.ways_asked_for(conversation)
    return ReplyForm(
        conversation,
        formdata=None,
        text=draft.text if draft else "",
        way=next((str(way) for way in Way if way in asked), ""),
        seen=conversation.version,
        draft_seen=_draft_version(conversation),
    )


def _draft_version(conversation: Conversation) -> int:
    """The version of the shared draft, 0 while there is none."""
    return conversation.draft.version if conversation.draft else 0


def _triage_form(conversation: Conversation) -> TriageForm:
    state = (
        ConversationState.OPEN
        if conversation.state is ConversationState.NEW
        else conversation.state
    )
    return TriageForm(
        team.active_members(),
        formdata=None,
        owner=str(conversation.owner_id or ""),
        state=str(state),
        tags=", ".join(conversation.labels),
        due=local(conversation.due_at).date(),
        snooze=local(conversation.snoozed_until).date() if conversation.snoozed_until else None,
        seen=conversation.version,
    )


@bp.post("/<int:conversation_id>/presence")
def here(conversation_id: int) -> Response:
    """The page says that it is open; the answer says who else has it open, and what is new."""
    conversation = _find(conversation_id)
    services.open_for(conversation.id, member())
    presence.here(conversation.id, member())
    since = request.form.get("since", "")
    merged = page.merged_into(conversation)
    last = page.last_change([conversation.id, *(one.id for one in merged)], but_of=member())
    return render(
        "inbox/presence.html",
        title="Who is here",
        conversation=conversation,
        colleagues=presence.colleagues(conversation.id, member()),
        last_change=since if since.isdecimal() else last,
        news=since.isdecimal() and last > int(since[:10]),
    )


@bp.post("/<int:conversation_id>/answer")
@requires(Role.EDITOR)
def answer(conversation_id: int) -> BaseResponse:
    """Send an answer or note down a call; or keep the draft; or put a saved reply into it."""
    conversation = _find(conversation_id)
    form = ReplyForm(conversation)
    if request.form.get("do") in {"draft", "insert"}:
        return _keep(conversation, form)
    if not form.validate():
        return _page(conversation, UNPROCESSABLE, reply=form)
    if form.draft_seen.data != _draft_version(conversation):
        raise Stale
    try:
        replies.answer(
            conversation,
            member(),
            form.text.data,
            Way(form.way.data),
            seen=form.seen.data,
            reason=form.reason.data or "",
        )
    except NotPossible as reason:
        field = form.reason if "Say why" in str(reason) else form.way
        field.errors = [str(reason)]
        return _page(conversation, UNPROCESSABLE, reply=form)
    return _back(conversation, "answered")


def _keep(conversation: Conversation, form: ReplyForm) -> BaseResponse:
    """Save the draft, with a saved reply at its end if one was chosen."""
    text = typed("text")
    saved_id = request.form.get("saved", "")
    if request.form["do"] == "insert" and saved_id.isdecimal():
        saved = db.session.get(SavedReply, int(saved_id[:9])) or abort(404)
        text = replies.put_in(saved, conversation, text)
    if not form.draft_seen.validate(form):
        abort(400)
    replies.save_draft(conversation, member(), text, form.draft_seen.data)
    return _back(conversation, "draft")


@bp.post("/<int:conversation_id>/draft")
@requires(Role.EDITOR)
def draft(conversation_id: int) -> Response:
    """Keep a draft while it is written. What comes back stands under the field."""
    conversation = _find(conversation_id)
    form = ReplyForm(conversation)
    if not form.draft_seen.validate(form):
        abort(400)
    text = typed("text")
    try:
        replies.save_draft(conversation, member(), text, form.draft_seen.data)
        stale = False
    except Stale:
        db.session.rollback()
        stale = True
    services.open_for(conversation.id, member())
    presence.here(conversation.id, member(), writing=True)
    return render(
        "inbox/draft.html",
        CONFLICT if stale else OK,
        title="Your draft",
        conversation=conversation,
        draft=conversation.draft,
        draft_seen=form.draft_seen.data if stale else _draft_version(conversation),
        stale=stale,
        text=text,
        words=reading_level,
    )


@bp.post("/<int:conversation_id>/over")
@requires(Role.EDITOR)
def over(conversation_id: int) -> BaseResponse:
    """Keep one's own text where a colleague's draft stood; theirs goes into the history."""
    conversation = _find(conversation_id)
    version = request.form.get("over", "")
    if not version.isdecimal():
        abort(400)
    text = typed("text")
    replies.save_draft(conversation, member(), text, int(version[:9]), over=True)
    return _back(conversation, "draft")


@bp.post("/<int:conversation_id>/note")
@requires(Role.EDITOR)
def note(conversation_id: int) -> BaseResponse:
    """Keep a note that only the team sees."""
    conversation = _find(conversation_id)
    form = NoteForm()
    if not form.validate():
        return _page(conversation, UNPROCESSABLE, note=form)
    replies.add_note(conversation, member(), form.note.data)
    return _back(conversation, "note")


@bp.post("/<int:conversation_id>/triage")
@requires(Role.EDITOR)
def sort(conversation_id: int) -> BaseResponse:
    """Save owner, state, tags and days together."""
    conversation = _find(conversation_id)
    form = TriageForm(team.active_members())
    if not form.validate():
        return _page(conversation, UNPROCESSABLE, triage=form)
    services.change(conversation, member(), form.seen.data, **form.wanted)
    return _back(conversation, "saved")


@bp.post("/<int:conversation_id>/quick")
@requires(Role.EDITOR)
def quick(conversation_id: int) -> BaseResponse:
    """Do one thing with one button."""
    conversation = _find(conversation_id)
    seen, action = _seen(), request.form.get("do", "")
    if action == "trouble":
        services.dismiss_trouble(conversation, member(), seen)
    elif action == "apart":
        services.take_apart(conversation, member(), seen)
    elif action == "revoke":
        services.check(conversation, seen)
        services.revoke_link(conversation, member())
    else:
        name, value = QUICK.get(action) or abort(400)
        services.change(conversation, member(), seen, **{name: value or member().id})
    return _back(conversation, "saved")


def _seen() -> int:
    """The version that the page was made from."""
    text = request.form.get("seen", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else abort(400)  # noqa: PLR2004


@bp.post("/<int:conversation_id>/merge")
@requires(Role.EDITOR)
def merge(conversation_id: int) -> BaseResponse:
    """Put this conversation into another."""
    conversation = _find(conversation_id)
    form = MergeForm()
    try:
        if form.validate():
            target = services.merge(conversation, form.reference.data, member(), form.seen.data)
            return _back(target, "saved")
    except NotPossible as reason:
        form.reference.errors = [str(reason)]
    return _page(conversation, UNPROCESSABLE, merge=form)


@bp.post("/<int:conversation_id>/messages/<int:message_id>/take-back")
@requires(Role.EDITOR)
def take_back(conversation_id: int, message_id: int) -> BaseResponse:
    """Stop an answer in the seconds before it leaves."""
    conversation = _find(conversation_id)
    stopped = replies.take_back(_message(conversation, message_id), conversation, member())
    return _back(conversation, "taken-back" if stopped else "too-late")


@bp.post("/<int:conversation_id>/messages/<int:message_id>/again")
@requires(Role.EDITOR)
def again(conversation_id: int, message_id: int) -> BaseResponse:
    """Send a mail again that did not arrive."""
    conversation = _find(conversation_id)
    sent = replies.send_again(_message(conversation, message_id), conversation, member())
    return _back(conversation, "again" if sent else "cannot")


def _message(conversation: Conversation, message_id: int) -> Message:
    if message_id > LARGEST_ID:
        abort(404)
    return page.find_message(conversation.id, message_id) or abort(404)


@bp.route("/<int:conversation_id>/erase", methods=["GET", "POST"])
@requires(Role.MANAGER)
@fresh
def erase(conversation_id: int) -> BaseResponse:
    """Ask once, then forget the person and their words."""
    conversation = _find(conversation_id)
    if request.method == "POST":
        services.erase(conversation, member())
        return _back(conversation, "erased")
    return render(
        "inbox/erase.html",
        title="Erase this conversation",
        conversation=conversation,
    )


def _back(conversation: Conversation, done: str) -> BaseResponse:
    """To the conversation's page, which says what was done."""
    address = url_for("inbox.conversation", conversation_id=conversation.id, done=done)
    return redirect(address, 303)


@bp.errorhandler(Stale)
def stale(_: Stale) -> Response:
    """Somebody was quicker: show what they did beside what was sent, and lose neither."""
    db.session.rollback()
    assert request.view_args  # noqa: S101 - only these routes raise it
    conversation = _find(request.view_args["conversation_id"])
    hidden = {"csrf_token", "seen", "draft_seen", "text", "note"}
    return render(
        "inbox/conflict.html",
        CONFLICT,
        title="Somebody else was quicker",
        conversation=conversation,
        text=typed("text"),
        sent={name: value for name, value in request.form.items() if name not in hidden},
        draft=conversation.draft,
        draft_seen=_draft_version(conversation),
        changes=page.changes([conversation.id])[:10],
        messages=page.messages([conversation.id])[-3:],
    )
