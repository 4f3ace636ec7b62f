"""The page on which managers see whether the site is set up rightly. It changes nothing."""

from flask import Blueprint, Response, request

from portal import checks
from portal.checks import SiteCheck
from portal.providers.values import Finding
from portal.team.access import guard, requires
from portal.team.models import Role
from portal.web import render
from portal.words import count

bp = Blueprint("set_up", __name__, url_prefix="/team/set-up")
guard(bp)

PATIENCE = 5.0  # seconds for what is ours; a page with what is others' may take three times that
OUTSIDE = "services"


@bp.get("/")
@requires(Role.MANAGER)
def show() -> Response:
    """What is right, wrong, or for a person to look at; other services are asked if one wants."""
    is_asked = request.args.get("ask") == OUTSIDE
    wanted = [one for one in checks.all_of_them() if is_asked or not one.outside]
    found = [*checks.run(wanted, checks.PATIENCE if is_asked else PATIENCE)]
    found.sort(key=_urgency)
    every = [finding.ok for _, findings in found for finding in findings]
    return render(
        "team/checks.html",
        title="Set-up",
        found=found,
        is_asked=is_asked,
        ask=OUTSIDE,
        wrong=count(every.count(False), "thing"),
        doubtful=count(every.count(None), "thing"),
    )


def _urgency(looked_at: tuple[SiteCheck, list[Finding]]) -> bool:
    """What is wrong comes first."""
    return all(finding.ok is not False for finding in looked_at[1])
