"""The editor's text: a preview, the check of each change with a reason, and saving."""

from flask import Response, request
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import db
from portal.inbox.desk.forms import typed
from portal.stories import shaping, texts
from portal.stories.editor import text_form
from portal.stories.editor.page import editor_page
from portal.stories.editor.preview import Preview, preview_of, preview_of_newer
from portal.stories.editor.routes import OK, back, bp, find, for_editors, page, shown
from portal.stories.editor.text_form import TextForm
from portal.stories.models import Story
from portal.team.access import member
from portal.transaction import NotPossible, Stale
from portal.web import UNPROCESSABLE, render

CONFLICT = 409
TYPED = (
    "words",
    "lines",
    "why",
    "used",
    "version_text",
)  # what takes time to write
NEWER = "There is a newer text than the one that you saw."


@for_editors("/preview")
def preview(story: Story) -> Response:
    """What is being typed as readers would see it. Nothing is kept."""
    form = text_form.sent(story)
    form.validate()
    return page(story, preview_only=True, text=form)


@for_editors("/text")
def revise(story: Story) -> BaseResponse:
    """Check a text against the storyteller's, go back to it, or save it with its reasons."""
    form, do = text_form.sent(story), request.form.get("do")
    if do == "edit":
        return page(story, text=form)
    if not form.validate() and not form.seen.errors:
        return page(story, UNPROCESSABLE, text=form)
    if form.seen.data != texts.number(story):
        raise Stale
    content = form.content(texts.content_now(story))
    after = preview_of(story, content)
    if do != "save" or not form.says_why():
        return _check(story, form, after, UNPROCESSABLE if do == "save" else OK)
    reasons = {one.key: form.whys[name] for name, one in after.named.items() if name in form.whys}
    made = shaping.revise(story, member(), content, form.seen.data, form.reason.data, reasons)
    return back(story, "saved" if made else "same")


def _check(story: Story, form: TextForm, after: Preview, status: int) -> Response:
    """Each change against the storyteller's text, with room for a reason."""
    return render(
        "stories/editor/check.html",
        status,
        title="Check the changes",
        story=story,
        preview=after,
        text=form,
        yes=texts.valid_approval(story),
    )


@bp.errorhandler(Stale)
@bp.errorhandler(NotPossible)
def refused(reason: Stale | NotPossible) -> Response:
    """Say why it cannot be done, on the page as it is now; of a text show both, and lose none."""
    db.session.rollback()
    problem = str(reason) or NEWER
    assert request.view_args  # noqa: S101 - only these routes raise it
    story = find(request.view_args["conversation_id"])
    if request.endpoint != f"{bp.name}.revise":
        kept = [typed(name) for name in TYPED if typed(name)]
        return page(story, CONFLICT, problem=problem, kept=kept)
    form = text_form.sent(story)
    form.validate()
    meanwhile = preview_of_newer(story, form.seen.data)
    form.seen.data = texts.number(story)
    newest = texts.content_now(story)
    return render(
        "stories/editor/conflict.html",
        CONFLICT,
        title="The story has changed",
        problem=problem,
        story=story,
        page=editor_page(story),
        meanwhile=meanwhile,
        preview=preview_of(story, shown(form, newest)),
        text=form,
        is_typed=True,
    )
