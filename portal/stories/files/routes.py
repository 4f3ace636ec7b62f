"""The files of a story, for whoever has its private link: add, describe, look at, remove.

It works without JavaScript. With it, large files come in pieces (`tus`).
"""

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from portal import refusals, room, storage
from portal.extensions import csrf, db
from portal.file_kinds import MB
from portal.inbox.incoming.attachments import safe_name
from portal.stories import links
from portal.stories.files import allowed, checking, downloads, page, receiving, store
from portal.stories.files.models import FileState, StoryFile
from portal.stories.files.page import FileItem, FileWordsForm
from portal.stories.models import Story
from portal.stories.states import StoryState
from portal.transaction import NotPossible
from portal.web import UNPROCESSABLE, render, wants_fragment

bp = Blueprint("files", __name__, url_prefix="/stories/share/<token>/files")
# Reached by a private link: who has it needs no cookie, and no other site knows it.
csrf.exempt(bp)

OK, NO_NEWS, SEE_OTHER, GONE, TOO_MANY = 200, 204, 303, 410, 429
NOTHING_CHOSEN = "Choose a file first."
TITLE = "Pictures, sound or film"


@bp.route("/add", methods=["GET", "POST"])
def add(token: str) -> BaseResponse:
    """Take in whole files from a form. What we do not take is listed with the reason."""
    story = open_story(token)
    if request.method != "POST":
        return _page(story, token)
    if refusal := refusals.noted():
        return _page(story, token, allowed.OFTEN.format(refusal.wait), TOO_MANY)
    most = current_app.config["STORY_FILE_MAX_MB"] * MB + MB
    said = request.content_length
    length = most if said is None else min(said, most)  # what is longer is refused as such
    if problem := allowed.problem(story, length):
        return _page(story, token, problem, UNPROCESSABLE)
    story_id = story.id
    db.session.rollback()  # nothing is held while the files come
    request.max_content_length = most
    chosen = [one for one in request.files.getlist("files") if one.filename]
    if not chosen:
        return _page(story, token, NOTHING_CHOSEN, UNPROCESSABLE)
    taken, problem = _take(story_id, chosen)
    checking.now_or_soon(taken)
    if problem:
        return _page(story, token, problem, UNPROCESSABLE)
    refused = any(file.state is FileState.REFUSED for file in taken)
    return back(story, token, "refused" if refused else "files")


NOT_NOW: dict[type[Exception], str] = {
    storage.NoRoom: allowed.NO_ROOM,
    storage.Away: room.AWAY,
}


def _take(story_id: int, chosen: list[FileStorage]) -> tuple[list[StoryFile], str]:
    """Take in the files, as many as the story may have; and say which had no room."""
    taken: list[StoryFile] = []
    for one in chosen:
        try:
            taken.append(receiving.take(story_id, one.filename or "", one.stream))
        except (NotPossible, storage.NoRoom, storage.Away) as reason:
            words = NOT_NOW.get(type(reason), str(reason))
            left = [safe_name(each.filename or "") for each in chosen[len(taken) :]]
            return taken, f"{words} Not added: {', '.join(left)}."
    return taken, ""


@bp.post("/<key>/words")
def describe(token: str, key: str) -> BaseResponse:
    """Keep what a picture shows, or what is said in a sound or film."""
    story, file = _find(token, key)
    form = FileWordsForm(file)
    if file.state is not FileState.KEPT or story.is_over:
        abort(404)
    if not form.validate():
        if wants_fragment():
            return _item(story, token, FileItem(file, form), UNPROCESSABLE)
        return _page(story, token, status=UNPROCESSABLE, changed=FileItem(file, form))
    store.describe(file, **form.data)
    checking.revise_story(story.id)
    if wants_fragment():
        return _item(story, token, page.file_item(file, is_saved=True))
    return back(story, token, f"file-{key}")


@bp.post("/<key>/remove")
def remove(token: str, key: str) -> BaseResponse:
    """Delete a file, in whatever state it is."""
    story, file = _find(token, key)
    if story.is_over:
        abort(404)
    name = file.name
    store.remove(file.id)
    checking.revise_story(story.id)
    if wants_fragment():
        text = render_template("stories/files/_file_removed.html", key=key, name=name)
        return _part(story, text)
    return back(story, token, "files")


@bp.get("/<key>")
def item(token: str, key: str) -> BaseResponse:
    """One file as it is now, for the page that waits for it."""
    story, file = _find(token, key)
    if not wants_fragment():
        return back(story, token, f"file-{key}")
    if file.state is FileState.CHECKING and request.query_string == b"was=checking":
        return Response(status=NO_NEWS)
    return _item(story, token, page.file_item(file, is_open=not story.is_over))


@bp.get("/<key>/own")
def own(token: str, key: str) -> Response:
    """The storyteller's own file, to be saved or played."""
    return downloads.send_own(_find(token, key)[1])


@bp.get("/<key>/<int:width>.webp")
def own_picture(token: str, key: str, width: int) -> Response:
    """The storyteller's own picture."""
    return downloads.send_picture(_find(token, key)[1], width, is_private=True)


def open_story(token: str) -> Story:
    """The story of a private link, if files can still be added to it."""
    story = links.read(token) or abort(404)
    if story.is_over:
        abort(GONE)
    return story


def _find(token: str, key: str) -> tuple[Story, StoryFile]:
    story = links.read(token) or abort(404)
    return story, store.find_of_story(story, key) or abort(404)


def back(story: Story, token: str, anchor: str) -> BaseResponse:
    """Lead back to the page that lists the files."""
    if story.state is StoryState.DRAFT:
        place = url_for("telling.step", token=token, step="files", _anchor=anchor)
    else:
        place = url_for("storyteller.show", token=token, _anchor=anchor)
    return redirect(place, SEE_OTHER)


def _item(story: Story, token: str, item: FileItem, status: int = OK) -> Response:
    """One file, in place of what stood there."""
    text = render_template("stories/files/_file.html", item=item, token=token, alone=True)
    return _part(story, text, status)


def _part(story: Story, text: str, status: int = OK) -> Response:
    """A part of a page. The storyteller's shows the text and the yes anew: files belong to both."""
    answer = Response(text, status)
    if story.state is not StoryState.DRAFT and status == OK:
        answer.headers["HX-Trigger"] = '{"story-changed": {"target": "body"}}'
    return answer


def _page(
    story: Story, token: str, problem: str = "", status: int = OK, changed: FileItem | None = None
) -> Response:
    """A page with nothing but the files, where there is something to put right."""
    file_list = page.file_list(story, changed)
    if changed and changed.form:
        messages = changed.form.messages
    else:
        place = "files-add" if file_list["no_room"] else "files-new"
        messages = {place: problem} if problem else {}
    return render(
        "stories/files/page.html",
        status,
        title=TITLE,
        story=story,
        token=token,
        file_list=file_list,
        problem={"messages": messages},
    )
