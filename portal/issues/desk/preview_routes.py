"""The mails of an issue as its readers will get them, and as a test to oneself."""

from flask import Response, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.issues.desk.issue_routes import find
from portal.issues.desk.list_routes import bp
from portal.issues.mail import personal, rendering, testing
from portal.issues.mail.rendering import RenderedEdition
from portal.issues.models import Issue
from portal.team.access import member, requires
from portal.team.models import Role
from portal.transaction import NotPossible
from portal.web import KEPT_NOWHERE, UNPROCESSABLE, policy, render


@bp.get("/<int:issue_id>/preview/<format_>")
def preview(issue_id: int, format_: str) -> Response:
    """The mail in one format: how it looks, its plain part, and how heavy it is."""
    return _show(find(issue_id), format_)


@bp.get("/<int:issue_id>/preview/<format_>/mail")
def preview_mail(issue_id: int, format_: str) -> Response:
    """The HTML alone, as a mail program would show it: no script, no pictures but ours."""
    mail = personal.test_for(_edition(find(issue_id), format_), member())
    if not mail.html:
        abort(404)
    # Links leave the frame: the pages of the site may not be shown in one.
    answer = Response(mail.html.replace("<head>", '<head>\n<base target="_top">', 1))
    answer.headers["Content-Security-Policy"] = policy(
        style_src="'unsafe-inline'",
        img_src=current_app.config["SITE_URL"],
        script_src="'none'",
        frame_ancestors="'self'",
        sandbox="allow-popups allow-top-navigation-by-user-activation",
    )
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    answer.headers["Cache-Control"] = KEPT_NOWHERE
    return answer


@bp.post("/<int:issue_id>/preview/<format_>/test")
@requires(Role.EDITOR)
def send_test(issue_id: int, format_: str) -> BaseResponse:
    """Send it to the member who asks, in this format or in all."""
    issue, formats = find(issue_id), current_app.config["FORMATS"]
    wanted = [*formats] if request.form.get("all") else [_edition(issue, format_).format]
    try:
        testing.send(issue, member(), wanted)
    except NotPossible as refused:
        return _show(issue, format_, UNPROCESSABLE, problem=str(refused))
    there = url_for(".preview", issue_id=issue.id, format_=format_, done="tested")
    return redirect(there, 303)


def _show(issue: Issue, format_: str, status: int = 200, problem: str = "") -> Response:
    mail, formats = _edition(issue, format_), current_app.config["FORMATS"]
    title = f"Preview: {formats[format_]}"
    shown = {"issue": issue, "mail": mail, "test": personal.test_for(mail, member())}
    shown |= {"most": rendering.HEAVIEST, "problem": problem}
    return render("issues/desk/preview.html", status, title=title, **shown)


def _edition(issue: Issue, format_: str) -> RenderedEdition:
    if format_ not in current_app.config["FORMATS"]:
        abort(404)
    return rendering.edition(issue, format_)
