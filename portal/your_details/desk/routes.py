"""The pages on which a manager answers somebody about what we keep of them.

No address of a page names anybody: each step is a form that carries whom it is about.
"""

from collections.abc import Mapping

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal import archives, people
from portal.extensions import db, now
from portal.inbox.models import Conversation
from portal.team.access import fresh, guard, requires
from portal.team.models import Role
from portal.web import UNPROCESSABLE, number_in, render
from portal.your_details.desk import services
from portal.your_details.desk.forms import PROOFS, LookForm, PartsForm

bp = Blueprint("person_desk", __name__, url_prefix="/team/person")
guard(bp)

OK = 200
ZIP_NAME = "all-that-we-keep.zip"
ERASED = "erased"


@bp.route("/", methods=["GET", "POST"])
@requires(Role.MANAGER)
@fresh
def look() -> BaseResponse:
    """Ask whose details are wanted and how they showed who they are; then show all of them."""
    form = LookForm(**_of_conversation()) if request.method == "GET" else LookForm()
    if not form.validate_on_submit():
        return _page("look", "One person\u2019s details", form.status, form=form)
    return _found(form)


def _of_conversation() -> Mapping[str, str]:
    """Whom the conversation is from that led here."""
    number = number_in(request.args.get("conversation"))
    talk = db.session.get(Conversation, number) if number else None
    return {"email": talk.email, "phone": talk.phone} if talk else {}


def _found(form: LookForm, status: int = OK) -> Response:
    """All of it; each time that is shown it is noted."""
    kinds = services.found(form.person)  # before this look is itself something that is held
    services.look_up(form.person, _why(form))
    more = {"errors": form.messages} if status != OK else {}
    return _page("found", "All that is held about them", status, form=form, kinds=kinds, **more)


@bp.post("/file")
@requires(Role.MANAGER)
@fresh
def give() -> BaseResponse:
    """All of it as one file, to be given to whom it is about."""
    form = _proven(LookForm())
    person, data = form.person, people.as_data(form.person, form.named)
    page = render_template("your_details/desk/file.html", data=data, made=now())
    entries = list(services.entries(person, page, data))
    services.give(person, _why(form))
    return archives.answer(entries, ZIP_NAME)


@bp.post("/erase")
@requires(Role.MANAGER)
@fresh
def erase() -> BaseResponse:
    """Say once more what goes and what stays, and why; then erase it."""
    form = PartsForm()
    if not form.validate() and form.errors.keys() == {"parts"} and form.is_proven:
        return _found(form, UNPROCESSABLE)
    _proven(form)
    if "sure" in request.form:
        services.erase(form.person, form.parts.data, _why(form))
        return redirect(url_for(".look", done=ERASED), 303)
    kinds = services.found(form.person)
    return _page("erase", "Erase this for good?", form=form, kinds=kinds)


def _proven(form: LookForm) -> LookForm:
    """The form, if it says who somebody is and how that is known."""
    if not form.validate() or not form.is_proven:
        abort(400)
    return form


def _why(form: LookForm) -> str:
    return PROOFS[form.proof.data]


def _page(name: str, title: str, status: int = OK, **context: object) -> Response:
    return render(f"your_details/desk/{name}.html", status, title=title, **context)
