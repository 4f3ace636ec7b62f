"""What the storyteller does with the text: choose, rewrite, say yes, and take the yes back."""

from __future__ import annotations

from flask import Response, request
from werkzeug.wrappers import Response as BaseResponse

from portal.stories import formats, shaping, texts
from portal.stories.models import Story
from portal.stories.storyteller import page as storyteller_page
from portal.stories.storyteller.choices_form import choices_form
from portal.stories.storyteller.forms import YES, RewriteForm, VersionAnswerForm
from portal.stories.storyteller.page import StorytellerPage
from portal.stories.storyteller.routes import CHANGED, CONFLICT, OK, back, bp, find, page, subpage
from portal.transaction import NotPossible, Stale
from portal.web import UNPROCESSABLE

UNSAVED = "You have answers that are not saved yet. Save them first, then say yes to the text."


@bp.post("/<token>/decide")
def decide(token: str) -> BaseResponse:
    """Make the text that the storyteller chose, change by change."""
    story = find(token)
    mine = StorytellerPage(story)
    form = mine.choices()
    if form.seen.number != (mine.newest.number if mine.newest else 0):
        return _too_late(story, token, CHANGED)
    if not form.validate() or (content := form.applied(mine.base, mine.newest)) is None:
        return page(story, token, UNPROCESSABLE, choices=form)
    try:
        made = shaping.revise(story, None, content, form.seen.number)
    except Stale:
        return _too_late(story, token, CHANGED)
    except NotPossible as reason:
        return _too_late(story, token, str(reason))
    return back(token, "choices" if made else "kept")


def _too_late(story: Story, token: str, problem: str) -> Response:
    """Show the newer text with the answers that fit it too, and give the other words back."""
    sent = choices_form([])()
    seen, base = (texts.numbered(story, field.number) for field in (sent.seen, sent.base))
    before, now = (
        choices_form(storyteller_page.between(base, seen))(),
        StorytellerPage(story).choices(),
    )
    return page(story, token, CONFLICT, problem=problem, choices=now, lost=before.pending)


@bp.route("/<token>/rewrite", methods=["GET", "POST"])
def rewrite(token: str) -> BaseResponse:
    """Let the storyteller write the whole text anew."""
    story = find(token)
    before = storyteller_page.content(story)
    form = RewriteForm(heading=before.title, summary=before.summary, text=before.text)
    if request.method != "POST":
        return _rewrite(story, token, form) if not story.is_over else back(token)
    if not form.validate():
        return _rewrite(story, token, form, UNPROCESSABLE)
    try:
        shaping.revise(story, None, form.content(before), form.seen.number)
    except Stale:
        return _rewrite(story, token, form, CONFLICT, CHANGED)
    except NotPossible as reason:
        return _rewrite(story, token, form, CONFLICT, str(reason))
    return back(token, "text")


def _rewrite(
    story: Story, token: str, form: RewriteForm, status: int = OK, problem: str = ""
) -> Response:
    """The page to write on; after a conflict with the newer text beside what was typed."""
    newest = texts.latest(story)
    if status != UNPROCESSABLE:
        form.seen.data = str(newest.number if newest else 0)
    return subpage(
        "rewrite",
        "Write the text yourself",
        token,
        status,
        form=form,
        problem=problem,
        newest=newest if status == CONFLICT else None,
    )


@bp.post("/<token>/approve")
def approve(token: str) -> BaseResponse:
    """Keep a yes to exactly the text that the page showed, unless an answer is not saved yet."""
    story = find(token)
    mine = StorytellerPage(story)
    form = mine.choices()
    is_newest = mine.newest is not None and form.revision.number == mine.newest.id
    if is_newest and mine.may_approve and form.pending:
        return page(story, token, UNPROCESSABLE, problem=UNSAVED, choices=form)
    shaping.approve(story, form.revision.number, form.digest.data or "")
    return back(token, "yes")


@bp.post("/<token>/unapprove")
def unapprove(token: str) -> BaseResponse:
    """Take back a yes whose text is not public yet."""
    shaping.take_back_approval(find(token))
    return back(token, "taken")


@bp.post("/<token>/versions/<int:version_id>")
def version(token: str, version_id: int) -> BaseResponse:
    """Keep a yes to exactly one version, or take it away."""
    story = find(token)
    form = VersionAnswerForm()
    if form.answer.data == YES:
        formats.approve_version(story, version_id, form.digest.data or "")
        return back(token, "version")
    formats.remove_version(story, version_id)
    return back(token, "no-version")
