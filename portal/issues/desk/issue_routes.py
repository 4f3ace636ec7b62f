"""The page of an issue: its words, its parts and their order, kept while they are written."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import db
from portal.forms import Form
from portal.inbox.desk import edits, presence
from portal.inbox.desk.edits import SINCE, Conflict
from portal.inbox.desk.forms import typed
from portal.issues import approving, drafts
from portal.issues.checks import SUBJECT_SHOWN
from portal.issues.desk import forms, page
from portal.issues.desk.forms import IssueForm, SendForm
from portal.issues.desk.list_routes import bp
from portal.issues.desk.models import IssuePresence
from portal.issues.models import Issue
from portal.team.access import member, requires
from portal.team.models import Role
from portal.transaction import NotPossible, Stale
from portal.web import UNPROCESSABLE, lead_to, number_in, render

OK, CONFLICT = 200, 409
DEED = re.compile(r"(up|down|remove|renew)-([0-9]{1,10})", re.ASCII)
STEPS = {"up": -1, "down": 1}


def find(issue_id: int) -> Issue:
    """The issue, or the page that says there is none."""
    return db.session.get(Issue, issue_id) or abort(404)


def back(issue: Issue, **said: Any) -> BaseResponse:
    """To the page of the issue, which says what was done."""
    return redirect(url_for("issue_desk.issue", issue_id=issue.id, **said), 303)


@bp.get("/<int:issue_id>")
def issue(issue_id: int) -> Response:
    """What is in the issue, where it stands, and what can be done."""
    return show(find(issue_id))


def show(
    issue: Issue,
    status: int = OK,
    *,
    lost: Conflict | None = None,
    problem: str = "",
    **sent: Form,
) -> Response:
    """The page with fresh forms, but for the one that was `sent` and cannot be used yet."""
    form = cast("IssueForm", sent.get("form") or forms.of(issue, formdata=None))
    if form.was.data is None:
        form.was.data = forms.of(issue, formdata=None).was.data
    shown = page.issue_page(issue)
    typed_too = form.wanted if problem and shown["why_not"] else {}
    return render(
        "issues/desk/issue.html",
        status,
        form=form,
        send=sent.get("send") or SendForm(formdata=None),
        conflict=conflict(issue, form, lost),
        problem=problem,
        kept=[words for words in typed_too.values() if words],
        at=request.args.get("at", ""),
        **shown,
    )


def conflict(issue: Issue, form: IssueForm, lost: Conflict | None) -> dict[str, Any]:
    """What a colleague wrote in the same fields meanwhile, and what lets one's own go over it."""
    if not lost or not lost.was:
        return {}
    now = drafts.words_of(issue)
    theirs = {name: now.get(name) for name in lost.was}
    return {
        "theirs": {form[name].label.text: words for name, words in theirs.items()},
        "mine": {form[name].label.text: form[name].data for name in theirs if name not in now},
        "over": _over(form.was.data, theirs),
    }


def _over(was: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    """What the page showed, with theirs as shown since; without what is there no more."""
    there = {name: edits.plain(words) for name, words in theirs.items() if words is not None}
    kept = {name: words for name, words in was.items() if name not in theirs or name in there}
    return json.dumps(kept | {SINCE: {**was.get(SINCE, {}), **there}})


@bp.post("/<int:issue_id>")
@requires(Role.EDITOR)
def save(issue_id: int) -> BaseResponse:
    """Keep all words; then do what the button says."""
    issue = find(issue_id)
    form = forms.of(issue)
    if not form.validate():
        return show(issue, UNPROCESSABLE, form=form)
    drafts.change(issue, member(), form.was.data, form.wanted)
    presence.rests(issue.id, member(), IssuePresence)
    return _do(issue, typed("do"))


def _do(issue: Issue, do: str) -> BaseResponse:
    """Add, move or take out a part, or ask for the second yes."""
    if do == "stories":
        return lead_to(url_for(".stories", issue_id=issue.id))
    if do == "words":
        drafts.add_words(issue, member())
        return back(issue, at=f"{drafts.TEXT}{issue.parts[-1].id}")
    if do == "ask":
        approving.ask(issue, member())
        return back(issue, done="asked")
    if found := DEED.fullmatch(do):
        return _with_part(issue, *found.groups())
    return back(issue, done="saved")


def _with_part(issue: Issue, deed: str, number: str) -> BaseResponse:
    """Do it, and lead back to the button that was pressed, so that it can be pressed again."""
    part_id = number_in(number) or abort(400)
    if deed == "remove":
        drafts.remove(issue, member(), part_id)
        return back(issue, done="removed")
    if deed == "renew":
        drafts.renew(issue, member(), part_id)
        return back(issue, done="renewed")
    drafts.move(issue, member(), part_id, STEPS[deed])
    ends = {issue.parts[0].id: "down", issue.parts[-1].id: "up"}
    return back(issue, at=f"{ends.get(part_id, deed)}-{part_id}")


@bp.post("/<int:issue_id>/keep")
@requires(Role.EDITOR)
def keep(issue_id: int) -> Response:
    """Keep the words while they are written. What comes back stands under them."""
    issue, lost, problem = find(issue_id), None, ""
    form = forms.of(issue)
    is_good = form.validate()
    try:
        if is_good:
            drafts.change(issue, member(), form.was.data, form.wanted)
            form.was.data |= {name: edits.plain(it) for name, it in form.wanted.items()}
    except Conflict as reason:
        lost = reason
    except NotPossible as reason:
        problem = str(reason)
    presence.here(issue.id, member(), writing=True, kind=IssuePresence)
    return render(
        "issues/desk/keep.html",
        CONFLICT if lost or problem else form.status,
        title="Your words",
        issue=issue,
        form=form,
        is_kept=is_good and not (lost or problem),
        conflict=conflict(issue, form, lost),
        problem=problem,
        level=page.level(issue),
        subject_shown=SUBJECT_SHOWN,
    )


@bp.post("/<int:issue_id>/presence")
def here(issue_id: int) -> Response:
    """The page says that it is open; the answer says who else is here, and what is new."""
    issue = find(issue_id)
    presence.here(issue.id, member(), kind=IssuePresence)
    return render(
        "issues/desk/presence.html",
        title="Who is here",
        issue=issue,
        colleagues=presence.colleagues(issue.id, member(), IssuePresence),
        news=_is_news(issue),
    )


def _is_news(issue: Issue) -> bool:
    """Whether the issue is not any more what the page shows."""
    if (state := typed("state")) and state != issue.state:
        return True
    if not (sent := typed("was")):
        seen = number_in(typed("seen"))
        return seen is not None and issue.version > seen
    was = edits.read_was(sent, *drafts.WORDS, *forms.part_names(sent))
    now = {name: edits.plain(words) for name, words in drafts.words_of(issue).items()}
    return was is not None and [*was.items()] != [*now.items()]


@bp.post("/<int:issue_id>/copy")
@requires(Role.EDITOR)
def copy(issue_id: int) -> BaseResponse:
    """Begin another issue with what is in this one."""
    return back(drafts.copy(find(issue_id), member()), done="copied")


@bp.route("/<int:issue_id>/delete", methods=["GET", "POST"])
@requires(Role.EDITOR)
def delete(issue_id: int) -> BaseResponse:
    """Ask once, then delete a draft."""
    issue = find(issue_id)
    if request.method == "POST":
        drafts.delete(issue)
        return redirect(url_for(".issues", done="deleted"), 303)
    return render("issues/desk/delete.html", title="Delete this issue", issue=issue)


@bp.errorhandler(Stale)
@bp.errorhandler(NotPossible)
def refused(reason: Stale | NotPossible) -> Response:
    """Say why it cannot be done, on the page as it is now, and lose nothing that was typed."""
    db.session.rollback()
    assert request.view_args  # noqa: S101 - only these routes raise it
    issue = find(request.view_args["issue_id"])
    sent: dict[str, Form] = {}
    if request.endpoint == "issue_desk.save":
        sent["form"] = forms.of(issue)
        sent["form"].validate()
    lost = reason if isinstance(reason, Conflict) else None
    return show(issue, CONFLICT, lost=lost, problem=str(reason), **sent)
