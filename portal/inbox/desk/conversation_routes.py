"""The page of one conversation, and how it is sorted. Answering is in `answer_routes`."""

import json
import secrets

from flask import Response, abort, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from portal.delivery import files as mail_files
from portal.extensions import db
from portal.forms import Form
from portal.inbox import intake
from portal.inbox.desk import (
    bulk,
    conflict,
    done,
    enclosures,
    erasing,
    note_drafts,
    page,
    person,
    presence,
    query,
    replies,
    services,
    snooze,
    telling,
)
from portal.inbox.desk.answer_form import ReplyForm
from portal.inbox.desk.done import back
from portal.inbox.desk.edits import Was, read_was, shown
from portal.inbox.desk.fields import renew
from portal.inbox.desk.forms import DangerForm, MergeForm, NoteForm, TriageForm, typed
from portal.inbox.desk.list_routes import bp
from portal.inbox.desk.view import InboxView
from portal.inbox.models import Conversation
from portal.team import services as team
from portal.team.access import fresh, member, requires
from portal.team.models import Role
from portal.transaction import NotPossible, Stale
from portal.ways import Way
from portal.web import UNPROCESSABLE, number_in, render
from portal.words import reading_level

OK, CONFLICT = 200, conflict.STATUS
ANSWER_TO = "answer to "
QUICK_SHOWN = ("owner_id", "state", "snoozed_until", "merged_into_id", "email", "trouble")
UNDO = "undo "


@bp.get("/<int:conversation_id>")
def conversation(conversation_id: int) -> Response:
    """The thread, what the person needs, and what can be done."""
    return show_page(find(conversation_id))


@bp.get("/<int:conversation_id>/next")
def following(conversation_id: int) -> BaseResponse:
    """To what follows in the list that led here; behind its end, to the list."""
    one = done.next_one(find(conversation_id))
    return redirect(done.address_of(one) if one else done.list_address())


def find(conversation_id: int) -> Conversation:
    """The conversation, or the page that says there is none."""
    return page.find(conversation_id) or abort(404)


def show_page(conversation: Conversation, status: int = OK, **sent: Form) -> Response:
    """The page with fresh forms, but for the one that was `sent` and cannot be used yet."""
    family = page.family(conversation)
    ids = [one.id for one in family]
    everything = "all" in request.args
    last_change = page.last_change(ids)  # before what is shown: what comes meanwhile is news
    messages = page.messages(ids, everything=everything)
    view = InboxView.of_list(request.args)
    note_draft = note_drafts.of(conversation, member())
    earlier = not everything and len(messages) > page.NEWEST
    return render(
        "inbox/conversation.html",
        status,
        title=conversation.subject,
        conversation=conversation,
        view=view,
        return_to=query.return_to(view, conversation, member()),
        family=family,
        person=person.beside(conversation, ids),
        into=intake.root(conversation) if conversation.merged_into_id else None,
        other_addresses=page.other_addresses,
        messages=messages[-page.NEWEST :] if earlier else messages,
        earlier=earlier,
        changes=page.changes(ids, everything=everything),
        last_change=last_change,
        draft=conversation.draft,
        reply=sent.get("reply") or reply_form(conversation, last_change),
        note=sent.get("note") or NoteForm(formdata=None, note=note_draft and note_draft.text),
        note_draft=note_draft,
        triage=renew(sent.get("triage") or TriageForm.of(conversation), conversation),
        danger=renew(sent.get("danger") or DangerForm(formdata=None), conversation),
        merge=renew(sent.get("merge") or MergeForm(formdata=None), conversation),
        lost_mails=replies.lost_mails,
        files_mb=mail_files.most_mb(),
        alt_longest=enclosures.ALT_LONGEST,
        saved=page.saved_replies(),
        colleagues=presence.colleagues(conversation.id, member()),
        asked=replies.ways_asked_for(conversation),
        just_done=done.just_done(conversation),
        seconds_left=done.seconds_left,
        goes_on=done.goes_on(),
        words=reading_level,
        names=team.names(),
        colleagues_named=telling.names(team.active_members()),
    )


def reply_form(conversation: Conversation, seen: int) -> ReplyForm:
    """A form with the draft in it, for the way that the person asked for."""
    draft = conversation.draft
    asked = replies.ways_asked_for(conversation)
    return ReplyForm(
        conversation,
        formdata=None,
        text=draft.text if draft else "",
        also_to=draft.also_to if draft else "",
        way=next((str(way) for way in Way if way in asked), ""),
        seen=seen,
        draft_seen=draft_version(conversation),
    )


def draft_version(conversation: Conversation) -> int:
    """The version of the shared draft, 0 while there is none."""
    return conversation.draft.version if conversation.draft else 0


@bp.post("/<int:conversation_id>/presence")
def here(conversation_id: int) -> Response:
    """The page says that it is open; the answer says who else has it open, and what is new."""
    conversation = find(conversation_id)
    services.open_for(conversation.id, member())
    presence.here(conversation.id, member())
    since = number_in(request.form.get("since"))
    ids = [one.id for one in page.family(conversation)]
    last = page.last_change(ids, but_of=member())
    return render(
        "inbox/presence.html",
        title="Who is here",
        conversation=conversation,
        colleagues=presence.colleagues(conversation.id, member()),
        last_change=last if since is None else since,
        news=since is not None and last > since,
    )


@bp.post("/<int:conversation_id>/note")
@requires(Role.EDITOR)
def note(conversation_id: int) -> BaseResponse:
    """Keep a note that only the team sees."""
    conversation = find(conversation_id)
    form = NoteForm()
    if not form.validate():
        return show_page(conversation, UNPROCESSABLE, note=form)
    replies.add_note(conversation, member(), form.note.data)
    presence.rests(conversation.id, member())
    return back(conversation, "note")


@bp.post("/<int:conversation_id>/note/keep")
@requires(Role.EDITOR)
def keep_note(conversation_id: int) -> Response:
    """Keep a note while it is written. What comes back stands under the field."""
    conversation = find(conversation_id)
    seen = number_in(request.form.get("note_seen"))
    note_drafts.keep(conversation, member(), typed("note"), seen)
    presence.here(conversation.id, member(), writing=True)
    return render(
        "inbox/note_kept.html",
        title="Your note",
        conversation=conversation,
        note_draft=note_drafts.of(conversation, member()),
    )


@bp.post("/<int:conversation_id>/triage")
@requires(Role.EDITOR)
def sort(conversation_id: int) -> BaseResponse:
    """Save owner, state, tags and days together."""
    conversation = find(conversation_id)
    form = TriageForm()
    if not form.validate():
        return show_page(conversation, UNPROCESSABLE, triage=form)
    try:
        services.change(conversation, member(), form.was.data, **form.wanted())
    except NotPossible as reason:
        field = form.tags if "tags" in str(reason) else form.owner
        field.errors = [str(reason)]
        return show_page(conversation, UNPROCESSABLE, triage=form)
    return back(conversation, "saved")


@bp.post("/<int:conversation_id>/danger")
@requires(Role.EDITOR)
def clear_danger(conversation_id: int) -> BaseResponse:
    """Take the mark off that somebody may be in danger, with a reason."""
    conversation = find(conversation_id)
    form = DangerForm()
    if not form.validate():
        return show_page(conversation, UNPROCESSABLE, danger=form)
    services.clear_danger(conversation, member(), form.was.data, form.why.data)
    return back(conversation, "cleared")


@bp.post("/<int:conversation_id>/quick")
@requires(Role.EDITOR)
def quick(conversation_id: int) -> BaseResponse:
    """Do what one button says, such as to close it or to dismiss its trouble."""
    conversation = find(conversation_id)
    was, action = read_was(typed("was"), *QUICK_SHOWN) or abort(400), typed("do")
    if action == "trouble":
        services.dismiss_trouble(conversation, member(), was)
    elif action == "apart":
        services.take_apart(conversation, member(), was)
    elif action == "revoke":
        services.revoke_link(conversation, member())
    elif action.startswith(ANSWER_TO):
        address = action.removeprefix(ANSWER_TO)
        services.answer_to(conversation, member(), was, address) or abort(400)
    elif action.startswith(UNDO):
        undone = services.undo(action.removeprefix(UNDO), member())
        return back(conversation, "undone" if undone else "not-undone")
    elif action == "mine":
        services.change(conversation, member(), was, owner_id=member().id)
    else:
        return _move(conversation, was, action)
    return back(conversation, "saved")


def _move(conversation: Conversation, was: Was, action: str) -> BaseResponse:
    """Put it where a button says, or hide it until then; both can be undone."""
    batch, until = secrets.token_urlsafe(12), snooze.until(action.removeprefix(snooze.HIDE))
    _, state = bulk.MOVES.get(action, ("", None))
    wanted = {"snoozed_until": until} if until else {"state": state or abort(400)}
    services.change(conversation, member(), was, batch=batch, **wanted)
    return back(conversation, "hide" if until else action, batch=batch)


def quick_was(conversation: Conversation) -> str:
    """What a button's form carries of the conversation as it is shown."""
    return json.dumps(shown(conversation, *QUICK_SHOWN))


def sent_number(name: str) -> int:
    """A number that the page carries, such as the version that it was made from."""
    number = number_in(request.form.get(name))
    return abort(400) if number is None else number


@bp.post("/<int:conversation_id>/merge")
@requires(Role.EDITOR)
def merge(conversation_id: int) -> BaseResponse:
    """Put this conversation into another."""
    conversation = find(conversation_id)
    form = MergeForm()
    try:
        if form.validate():
            target = services.merge(conversation_id, form.reference.data, member(), form.was.data)
            return back(target, "saved")
    except NotPossible as reason:
        form.reference.errors = [str(reason)]
    return show_page(conversation, UNPROCESSABLE, merge=form)


@bp.route("/<int:conversation_id>/erase", methods=["GET", "POST"])
@requires(Role.MANAGER)
@fresh
def erase(conversation_id: int) -> BaseResponse:
    """Ask once, then forget the person and their words."""
    conversation = find(conversation_id)
    if request.method == "POST":
        erasing.erase(conversation, member())
        return back(conversation, "erased")
    return render("inbox/erase.html", title="Erase this conversation", conversation=conversation)


@bp.errorhandler(Stale)
def stale(reason: Stale) -> Response:
    """Somebody was quicker: show what they did beside what was sent, and lose neither."""
    db.session.rollback()
    assert request.view_args  # noqa: S101 - only these routes raise it
    return conflict.show(find(request.view_args["conversation_id"]), reason)
