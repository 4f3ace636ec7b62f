"""The team's pages for lists that come in, go out, and are compared."""

from typing import BinaryIO, cast

from flask import (
    Blueprint,
    Response,
    abort,
    redirect,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from portal import room, spreadsheets, storage
from portal.delivery.providers import get_providers
from portal.extensions import db, now
from portal.file_kinds import MB, Unwelcome
from portal.forms import Form
from portal.newsletter.transfer import export, jobs, page, sync_work, tasks
from portal.newsletter.transfer.forms import ChooseForm
from portal.newsletter.transfer.models import JobKind, JobState, ListJob
from portal.providers.errors import TryLater
from portal.team import services as team
from portal.team import session as sessions
from portal.team.access import fresh, guard, member, requires
from portal.team.models import Role
from portal.transaction import NotPossible
from portal.web import UNPROCESSABLE, lead_to, render, wants_fragment
from portal.words import local

bp = Blueprint("list_jobs", __name__, url_prefix="/newsletter/list")
OK = 200
NO_FILE = "Choose a file first."
NOT_CHECKED = "Our virus check does not answer. Try again in some minutes."
BELIEVED = "believe"


@bp.before_request
def allow() -> None:
    """Let a list be as large as lists are. Before the guard, which reads what was sent."""
    is_list = request.endpoint == "list_jobs.bring" and request.mimetype == "multipart/form-data"
    if is_list and sessions.KEY in session:
        db.session.rollback()  # it may come slowly: no transaction is open meanwhile
        request.max_content_length = (jobs.LARGEST_MB + 1) * MB
        request.get_data(parse_form_data=True)


guard(bp)


def find(job_id: int) -> ListJob:
    """A job that has a page, or the page that says there is none."""
    job = db.session.get(ListJob, job_id)
    return job if job and job.kind is not JobKind.EXPORT else abort(404)


def _said(job: ListJob, done: str) -> str:
    return url_for(".job", job_id=job.id, done=done)


@bp.route("/import/", methods=["GET", "POST"])
@requires(Role.EDITOR)
def bring() -> BaseResponse:
    """Take in a list that another program exported; and lead to what goes out."""
    form, problem = Form(), ""
    if form.validate_on_submit():
        job, problem = _taken()
        if job:
            tasks.wake()
            return lead_to(url_for(".choose", job_id=job.id))
    provider = get_providers().audience
    return render(
        "newsletter/transfer/bring.html",
        UNPROCESSABLE if problem else form.status,
        title="Lists in and out",
        form=form,
        messages={"file": problem} if problem else form.messages,
        recent=[*jobs.latest(JobKind.IMPORT), *jobs.latest(JobKind.SYNC, 3)],
        names=team.names(),
        provider=provider.name if provider else "",
        most=jobs.LARGEST_MB,
    )


def _taken() -> tuple[ListJob | None, str]:
    """The job of the file that was sent, or why there is none."""
    file, number = request.files.get("file"), member().id
    if not file or not file.filename:
        return None, NO_FILE
    db.session.rollback()  # nothing is held while it is looked at
    name, content = page.file_name(file.filename), cast("BinaryIO", file.stream)
    try:
        return jobs.take_in(name, content, number), ""
    except storage.NoRoom:
        return None, room.NO_ROOM
    except storage.Away:
        return None, room.AWAY
    except TryLater:
        return None, NOT_CHECKED
    except Unwelcome as reason:
        return None, str(reason)


@bp.route("/import/<int:job_id>/", methods=["GET", "POST"])
@requires(Role.EDITOR)
def choose(job_id: int) -> BaseResponse:
    """What was understood of a list, and how it is to be read."""
    job = find(job_id)
    if job.state not in {JobState.CHOOSING, JobState.TRIED}:
        return redirect(url_for(".job", job_id=job.id), 303)
    form = ChooseForm(job)
    if form.validate_on_submit():
        is_tried = jobs.choose(job, form.chosen)
        tasks.wake()
        return lead_to(
            _said(job, "") if is_tried else url_for(".choose", job_id=job.id, done="new")
        )
    return render(
        "newsletter/transfer/choose.html",
        form.status,
        title="What we understood",
        form=form,
        job=job,
        offered=page.offered(),
    )


@bp.get("/jobs/<int:job_id>")
@requires(Role.EDITOR)
def job(job_id: int) -> Response:
    """How far a job is, and what came of it. A page that is open asks for it again."""
    return _show(find(job_id))


def _show(job: ListJob, status: int = OK, form: Form | None = None) -> Response:
    """The page of a job; a part of it for one that is open."""
    provider = get_providers().audience
    shown = page.JobPage(job, provider.name if provider else "the provider")
    was = request.args.get("was")
    template = "newsletter/transfer/_job.html" if was and wants_fragment() else None
    return render(
        template or "newsletter/transfer/job.html",
        status,
        title=shown.title,
        job=job,
        page=shown,
        was=was,
        many=form,
    )


@bp.post("/jobs/<int:job_id>/start")
@requires(Role.EDITOR)
def start(job_id: int) -> BaseResponse:
    """Do what was tried. That very many left is believed only by a second yes."""
    job = find(job_id)
    if job.kind is JobKind.SYNC and sync_work.leaves_many(job) and BELIEVED not in request.form:
        return _show(job, UNPROCESSABLE, Form())
    jobs.start(job)
    tasks.wake()
    return redirect(_said(job, "started"), 303)


@bp.post("/jobs/<int:job_id>/again")
@requires(Role.EDITOR)
def again(job_id: int) -> BaseResponse:
    """Look once more what would come of it."""
    job = find(job_id)
    jobs.try_again(job)
    tasks.wake()
    return redirect(_said(job, ""), 303)


@bp.post("/jobs/<int:job_id>/delete")
@requires(Role.EDITOR)
def delete(job_id: int) -> BaseResponse:
    """Delete a job that is not being done, with its file and its report."""
    jobs.drop(find(job_id))
    return redirect(url_for(".bring", done="deleted"), 303)


@bp.post("/jobs/<int:job_id>/report.csv")
@requires(Role.EDITOR)
def report(job_id: int) -> Response:
    """The lines that were not taken, and why, as a file for a spreadsheet."""
    jobs.note_report(find(job_id))
    lines = page.report(job_id)
    return spreadsheets.file(lines, f"report-{job_id}.csv")


@bp.post("/compare")
@requires(Role.EDITOR)
def compare() -> BaseResponse:
    """Compare our list with the provider's; nothing is changed by it."""
    if get_providers().audience is None:
        abort(404)
    job = jobs.compare(member().id)
    tasks.wake()
    return redirect(url_for(".job", job_id=job.id), 303)


@bp.route("/export", methods=["GET", "POST"])
@requires(Role.MANAGER)
@fresh
def export_list() -> BaseResponse:
    """Say what is in the file, and give it. Who took it is noted."""
    form = Form()
    if form.validate_on_submit():
        jobs.note_export(member().id)
        return spreadsheets.file(export.lines(), f"newsletter-{local(now()):%Y-%m-%d}.csv")
    return render(
        "newsletter/transfer/export.html",
        form.status,
        title="Get the list as a file",
        form=form,
        taken=jobs.latest(JobKind.EXPORT),
        names=team.names(),
    )


@bp.errorhandler(NotPossible)
def not_possible(reason: NotPossible) -> BaseResponse:
    """A colleague, or the worker, was quicker."""
    job = db.session.get(ListJob, (request.view_args or {}).get("job_id", 0))
    if job is None:
        return lead_to(
            url_for(".bring", done="busy" if request.endpoint == "list_jobs.compare" else "gone")
        )
    return lead_to(_said(job, "meanwhile"))
