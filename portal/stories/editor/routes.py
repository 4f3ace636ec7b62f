"""The team's page of a story: its newest text and how it reads, and all that is known of it."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import db
from portal.file_kinds import MB
from portal.forms import Form
from portal.stories import links, texts
from portal.stories.content import STORY_LONGEST, Content
from portal.stories.editor import preview, text_form
from portal.stories.editor.forms import (
    FILM_KINDS,
    DeclineForm,
    LevelForm,
    NewVersionForm,
    SeenForm,
    VersionWordsForm,
)
from portal.stories.editor.page import editor_page
from portal.stories.editor.shown_forms import PublishForm, ShownForm
from portal.stories.editor.text_form import TextForm
from portal.stories.editor.use_forms import UseForm
from portal.stories.models import Revision, Story
from portal.team import services as team
from portal.team import session
from portal.team.access import guard, requires
from portal.team.models import Role
from portal.web import policy, render

OK = 200
PUBLIC = "public-"  # before the names of what is asked about the public text
# A letter has up to 4 bytes, each sent as 3 marks; the rest of a form is short.
LONGEST_FORM = 12 * STORY_LONGEST + 256 * 1024

bp = Blueprint("editor", __name__, url_prefix="/inbox/<int:conversation_id>/story")


@bp.before_request
def allow_long_texts() -> None:
    """Read forms that are longer than those of other pages. Before the guard, which reads them.

    A file may come slowly: no transaction is open while it does.
    """
    request.max_content_length = request.max_form_memory_size = LONGEST_FORM
    if request.endpoint == f"{bp.name}.add_version" and session.signed_in():
        db.session.rollback()
        request.max_content_length += current_app.config["STORY_FILE_MAX_MB"] * MB
        request.get_data(parse_form_data=True)


guard(bp)


@bp.after_request
def allow_sound(response: Response) -> Response:
    """Let the pages play what came with the story."""
    response.headers.setdefault("Content-Security-Policy", policy(media_src="'self'"))
    return response


def find(conversation_id: int) -> Story:
    """The story, or the page that says there is none."""
    return links.of_conversation(conversation_id) or abort(404)


def for_editors(path: str) -> Callable[[Callable[..., BaseResponse]], Callable[..., BaseResponse]]:
    """Register a view of one of the page's forms, for editors. It is given the story."""

    def register(view: Callable[..., BaseResponse]) -> Callable[..., BaseResponse]:
        @bp.post(path)
        @requires(Role.EDITOR)
        @wraps(view)
        def run(conversation_id: int, **values: Any) -> BaseResponse:
            return view(find(conversation_id), **values)

        return run

    return register


@bp.get("")
def show(conversation_id: int) -> Response:
    """What is known of the story, its newest text, and what can be done."""
    return page(find(conversation_id))


def page(
    story: Story,
    status: int = OK,
    *,
    preview_only: bool = False,
    problem: str = "",
    kept: Sequence[str] = (),
    **sent: Form,
) -> Response:
    """The page with fresh forms, but for the one that was `sent` and cannot be used yet.

    What was typed in one that is not there any more is `kept` beside the problem.
    """
    newest = texts.latest(story)
    text = sent.get("text") or text_form.fresh(story)
    return render(
        "stories/editor/page.html",
        status,
        preview_only=preview_only,
        title=newest.title if newest and newest.title else "A story without a title",
        problem=problem,
        kept=kept,
        conversation=story.conversation,
        page=editor_page(story),
        preview=preview.preview_of(story, shown(text, texts.content_now(story))),
        text=text,
        is_typed="text" in sent,
        names=team.names(),
        **_small_forms(story, newest, sent),
    )


def _small_forms(story: Story, newest: Revision | None, sent: Mapping[str, Form]) -> dict[str, Any]:
    """All forms of the page but that of the text."""
    level = {"level": story.level or "", "why": story.level_reason}
    language = {"version_language": story.language}
    return {
        "seen": SeenForm(formdata=None, seen=newest.number if newest else 0),
        "decline": sent.get("decline") or _form(DeclineForm, "decline"),
        "level": sent.get("level") or _form(LevelForm, "level", **level),
        "use_form": sent.get("use") or UseForm(story, formdata=None),
        "publish_form": sent.get("publish_form") or PublishForm(story, newest, formdata=None),
        "shown_form": sent.get("shown_form")
        or ShownForm(story, story.published, formdata=None, prefix=PUBLIC),
        "words_forms": _words_forms(story, sent.get("version_words")),
        "version_form": sent.get("version") or _form(NewVersionForm, "add_version", **language),
    }


def _words_forms(story: Story, sent: Form | None) -> dict[int, Form]:
    """The forms for what is said in each sound and film, by the number of its version."""
    forms: dict[int, Form] = {
        one.id: VersionWordsForm(one, formdata=None)
        for one in story.versions
        if one.kind in FILM_KINDS and not one.removed_at
    }
    if isinstance(sent, VersionWordsForm):
        forms[sent.version.id] = sent
    return forms


def _form(kind: type[Form], view: str, **values: Any) -> Form:
    """A form with what was typed where this is an answer of its view, or else with `values`."""
    is_sent = request.endpoint == f"{bp.name}.{view}"
    return kind() if is_sent else kind(formdata=None, **values)


def shown(form: Form, newest: Content) -> Content:
    """What is typed, or the newest text where that is too much to be shown."""
    assert isinstance(form, TextForm)  # noqa: S101 - as `page` is called
    is_short = len(form.text.data or "") <= STORY_LONGEST
    return form.content(newest) if is_short else newest


@bp.get("/news")
def news(conversation_id: int) -> Response:
    """Whether something happened since the page was made."""
    story = find(conversation_id)
    return render(
        "stories/editor/news.html",
        title="What is new",
        story=story,
        newest=texts.latest(story),
        seen=request.args.get("seen", ""),
        version=request.args.get("version", ""),
    )


@bp.get("/texts/<int:number>")
def text(conversation_id: int, number: int) -> Response:
    """One of the texts as it was, and what it changed."""
    story = find(conversation_id)
    revision = texts.numbered(story, number) or abort(404)
    return render(
        "stories/editor/text.html",
        title=f"Text {number}",
        story=story,
        one=revision,
        newest=texts.number(story),
        preview=preview.preview_of_revision(story, revision),
    )


def subpage(name: str, title: str, status: int = OK, **context: object) -> Response:
    """A page for one thing."""
    return render(f"stories/editor/{name}.html", status, title=title, **context)


def back(story: Story, done: str) -> BaseResponse:
    """To the page, which says what was done."""
    address = url_for("editor.show", conversation_id=story.conversation_id, done=done)
    return redirect(address, 303)
