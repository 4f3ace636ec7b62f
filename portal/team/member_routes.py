"""Who is on the team: a manager invites, changes and disables."""

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import db
from portal.team import services
from portal.team.access import fresh, guard, keeps_typed, member, requires
from portal.team.forms import ROLE_WORDS, InviteForm
from portal.team.models import Member, Role
from portal.team.services import LastManager
from portal.web import UNPROCESSABLE, render

bp = Blueprint("people", __name__, url_prefix="/team/people")
guard(bp)

OK = 200
LAST = "There must be one manager who can sign in. Make somebody else a manager first."


@bp.get("/")
@requires(Role.MANAGER)
def everybody() -> Response:
    """The members, and a form to invite one."""
    return _page(InviteForm(formdata=None, role=Role.EDITOR))


@bp.post("/")
@keeps_typed
@requires(Role.MANAGER)
@fresh
def invite() -> BaseResponse:
    """Invite somebody."""
    form = InviteForm()
    try:
        if form.validate():
            link = services.invite(form.email.data, Role(form.role.data), by=member())
            return redirect(url_for(".everybody", done="invited" if link else "saved"), 303)
    except LastManager:
        db.session.rollback()
        form.role.errors = [LAST]
    return _page(form, UNPROCESSABLE)


@bp.post("/<int:member_id>")
@requires(Role.MANAGER)
@fresh
def change(member_id: int) -> BaseResponse:
    """Change a role, disable, enable, invite again, or remove the second step."""
    person = db.session.get(Member, member_id) or abort(404)
    form = InviteForm(formdata=None, role=Role.EDITOR)
    try:
        _change(person, request.form.get("do", ""))
    except LastManager:
        db.session.rollback()
        form.email.errors = [LAST]
        return _page(form, UNPROCESSABLE)
    return redirect(url_for(".everybody", done="saved"), 303)


def _change(person: Member, action: str) -> None:
    match action:
        case "role" if request.form.get("role") in ROLE_WORDS:
            services.set_role(person, Role(request.form["role"]), member())
        case "disable":
            services.disable(person, member())
        case "enable":
            services.enable(person, member())
        case "invite":
            services.invite(person.email, person.role, by=member())
        case "second-step":
            services.forget_second_step(person, member())
        case _:
            abort(400)


def _page(form: InviteForm, status: int = OK) -> Response:
    return render(
        "team/people.html",
        status,
        title="People",
        form=form,
        people=[one for one in services.all_members() if one.email],
        roles=ROLE_WORDS,
    )
