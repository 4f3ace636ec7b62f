"""What the storyteller does with the text: choose, rewrite, say yes, and take the yes back."""

from flask import Response, abort, request
from werkzeug.wrappers import Response as BaseResponse

from portal import refusals
from portal.inbox import sender_page
from portal.stories import formats, not_yet, shaping, texts
from portal.stories.comparing import plainly
from portal.stories.content import Content
from portal.stories.files import downloads
from portal.stories.models import Story
from portal.stories.storyteller.choices_form import KEEP, choices_form
from portal.stories.storyteller.forms import YES, NotYetForm, RewriteForm, VersionAnswerForm
from portal.stories.storyteller.page import StorytellerPage, changes_between
from portal.stories.storyteller.routes import CHANGED, CONFLICT, OK, back, of_story, page, subpage
from portal.transaction import NotPossible, Stale
from portal.web import UNPROCESSABLE

NO_YES = "There is no yes that can be taken back. You can take your whole story back."
UNSAVED = "You have answers that are not saved yet. Save them first, then say yes to the text."


@of_story("/<token>/decide")
def decide(story: Story) -> BaseResponse:
    """Make the text that the storyteller chose, change by change."""
    mine = StorytellerPage(story)
    form = mine.choices()
    if refusals.said_in(form.visible):
        return page(story, UNPROCESSABLE, choices=form)
    if form.seen.number != (mine.newest.number if mine.newest else 0):
        return _too_late(story, CHANGED)
    if request.form.get("do") == KEEP:
        return back("kept")
    if not form.validate() or (content := form.applied(mine.base, mine.newest)) is None:
        return page(story, UNPROCESSABLE, choices=form)
    made, problem = _revise(story, content, form.seen.number)
    if problem:
        return _too_late(story, problem)
    return back("choices" if made else "kept")


def _revise(story: Story, content: Content, seen: int) -> tuple[bool, str]:
    """Whether there is a new text now; and why it cannot be one, in words."""
    try:
        return shaping.revise(story, None, content, seen) is not None, ""
    except (Stale, NotPossible) as reason:
        return False, str(reason) or CHANGED


def _too_late(story: Story, problem: str) -> Response:
    """Show the newer text with the answers that fit it too, and give the other words back."""
    sent = choices_form([])()
    seen, base = (texts.numbered(story, field.number) for field in (sent.seen, sent.base))
    before = choices_form(changes_between(base, seen))()
    now = StorytellerPage(story).choices()
    return page(story, CONFLICT, problem=problem, choices=now, lost=before.pending)


@of_story("/<token>/rewrite", "GET", "POST")
def rewrite(story: Story) -> BaseResponse:
    """Let the storyteller write the whole text anew."""
    before = texts.content_now(story)
    text = plainly.shown(before.text)
    form = RewriteForm(heading=before.title, summary=before.summary, text=text)
    if request.method != "POST":
        return _rewrite(story, form) if not story.is_over else back()
    if not form.validate():
        return _rewrite(story, form, UNPROCESSABLE)
    _, problem = _revise(story, form.content(before), form.seen.number)
    return _rewrite(story, form, CONFLICT, problem) if problem else back("text")


def _rewrite(story: Story, form: RewriteForm, status: int = OK, problem: str = "") -> Response:
    """The page to write on; after a conflict with the newer text beside what was typed."""
    newest = texts.latest(story)
    if status != UNPROCESSABLE:
        form.seen.data = str(newest.number if newest else 0)
    return subpage(
        "rewrite",
        "Write the text yourself",
        status,
        form=form,
        problem=problem,
        newest=newest if status == CONFLICT else None,
    )


@of_story("/<token>/approve")
def approve(story: Story) -> BaseResponse:
    """Keep a yes to exactly the text that the page showed, unless an answer is not saved yet."""
    mine = StorytellerPage(story)
    form = mine.choices()
    is_newest = mine.newest is not None and form.revision.number == mine.newest.id
    if is_newest and mine.may_approve and form.pending:
        return page(story, UNPROCESSABLE, problem=UNSAVED, choices=form)
    shaping.approve(story, form.revision.number, form.digest.data or "")
    return back("yes")


@of_story("/<token>/not-yet", "GET", "POST")
def say_not_yet(story: Story) -> BaseResponse:
    """Keep that it is no yes yet, and what they want to talk about, and how."""
    form, mine = NotYetForm(story), StorytellerPage(story)
    if request.method != "POST":
        if not mine.may_approve:
            return back()
        form.seen.data = str(sender_page.written(mine.talk))
    elif form.validate():
        not_yet.say(story, form.words, form.seen.number)
        return back("not-yet")
    return subpage("not_yet", "Not yet: talk about it", form.status, form=form)


@of_story("/<token>/unapprove")
def unapprove(story: Story) -> BaseResponse:
    """Take back a yes whose text is not public yet."""
    if not shaping.take_back_approval(story):
        raise NotPossible(NO_YES)
    return back("taken")


@of_story("/<token>/versions/<int:version_id>")
def version(story: Story, version_id: int) -> BaseResponse:
    """Keep a yes to exactly one version, or take it away."""
    form = VersionAnswerForm()
    if form.answer.data == YES:
        formats.approve_version(story, version_id, form.digest.data or "")
        return back("version")
    formats.remove_version(story, version_id)
    return back("no-version")


@of_story("/<token>/versions/<int:version_id>/captions.vtt", "GET")
def captions(story: Story, version_id: int) -> Response:
    """The captions of a version, as readers would get them."""
    version = next((one for one in story.versions if one.id == version_id), None) or abort(404)
    return downloads.send_captions(version, is_private=True)
