"""A new conversation that somebody of the team begins, and the details of one, corrected."""

from flask import Response
from werkzeug.wrappers import Response as BaseResponse

from portal.inbox import intake
from portal.inbox.desk import beginning, details
from portal.inbox.desk.conversation_routes import find
from portal.inbox.desk.detail_forms import DetailsForm, NewForm
from portal.inbox.desk.done import lead_back
from portal.inbox.desk.fields import renew
from portal.inbox.desk.list_routes import bp
from portal.inbox.models import Conversation, Kind
from portal.team.access import member, requires
from portal.team.models import Role
from portal.ways import Way
from portal.web import render


@bp.get("/new")
@requires(Role.EDITOR)
def new_conversation() -> Response:
    """Ask what happened, and who it is."""
    return _new(NewForm(formdata=None, kind=Kind.MESSAGE, reply_by=Way.EMAIL))


@bp.post("/new")
@requires(Role.EDITOR)
def begin() -> BaseResponse:
    """Keep what came to a member, or send what they write first. What comes twice counts once."""
    form = NewForm()
    if not form.validate():
        return _new(form)
    enquiry = form.enquiry()
    known = intake.find_submission(enquiry.submission or "")
    deed = beginning.write_first if form.writes else beginning.log
    conversation = known or deed(enquiry, member())
    return lead_back(conversation, "answered" if form.writes else "logged")


@bp.route("/<int:conversation_id>/details", methods=["GET", "POST"])
@requires(Role.EDITOR)
def details_of(conversation_id: int) -> BaseResponse:
    """Correct who somebody is, what they want and how they are reached."""
    conversation = find(conversation_id)
    form = DetailsForm().fitting(conversation)
    if not form.is_submitted():
        return _details(DetailsForm.of(conversation), conversation)
    if not form.validate():
        renew(form, conversation)
        return _details(form, conversation)
    details.change_details(conversation, member(), form.was.data, **form.wanted())
    return lead_back(conversation, "saved")


def _new(form: NewForm) -> Response:
    return render("inbox/new.html", form.status, title="New conversation", form=form)


def _details(form: DetailsForm, conversation: Conversation) -> Response:
    title = "Correct the details"
    return render(
        "inbox/details.html", form.status, title=title, form=form, conversation=conversation
    )
