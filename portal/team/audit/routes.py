"""The page on which managers read what the team did."""

from typing import Any

from flask import Blueprint, Response, request, url_for

from portal.audit import Deed
from portal.team import services
from portal.team.access import guard, requires
from portal.team.audit import query
from portal.team.audit.query import AuditView
from portal.team.models import Role
from portal.web import number_in, render

bp = Blueprint("audit", __name__, url_prefix="/team/audit")
guard(bp)

# Where what a deed was done to can be seen: the page, and its number's name there.
PAGES = {
    "conversation": ("inbox.conversation", "conversation_id"),
    "subscriber": ("newsletter_desk.person", "subscriber_id"),
    "issue": ("issue_desk.issue", "issue_id"),
    "list job": ("list_jobs.job", "job_id"),
}


@bp.get("/")
@requires(Role.MANAGER)
def show() -> Response:
    """Who did what, with the newest first."""
    view, names = AuditView.of(request.args), services.names()
    entries, next_page = query.show(view)
    return render(
        "team/audit.html",
        title="What the team did",
        view=view,
        entries=entries,
        next_page=next_page,
        names=names,
        members={query.COMMAND: "A command"} | {str(key): name for key, name in names.items()},
        deeds={str(deed): str(deed).capitalize() for deed in Deed},
        periods_of_days=query.PERIODS,
        page_of=page_of,
    )


def page_of(of: str) -> str:
    """The address of what a deed was done to; empty where that has no page of its own."""
    kind, _, number = of.rpartition(" ")
    if kind not in PAGES or number_in(number) is None:
        return ""
    endpoint, name = PAGES[kind]
    values: dict[str, Any] = {name: int(number)}
    return url_for(endpoint, **values)
