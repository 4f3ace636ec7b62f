"""The library: the stories that everybody can read, and what is left of one that was taken back.

Its filter is a plain form: the view is in the address, so that going back,
bookmarks and sharing work by themselves.
"""

from flask import Blueprint, Response, abort, current_app, render_template, request

from portal.stories.library import feeds, query
from portal.stories.library.page import changed_at, find, find_version, story_page
from portal.stories.library.query import LibraryView
from portal.stories.models import Story
from portal.stories.publication import name_for_readers
from portal.stories.states import StoryState
from portal.web import render

bp = Blueprint("stories", __name__, url_prefix="/stories")

OK, GONE = 200, 410
STORIES = "Stories"
TAKEN_BACK = "This story was taken back"


@bp.get("/")
def library() -> Response:
    """The newest stories, or those that the address asks for."""
    return _list(LibraryView.of(request.args), STORIES)


@bp.get("/topics/<topic>/")
def topic(topic: str) -> Response:
    """The stories of one topic."""
    label = current_app.config["STORY_TOPICS"].get(topic) or abort(404)
    return _list(LibraryView.of(request.args, topic), f"{STORIES}: {label}")


@bp.get("/feed.xml")
def feed() -> Response:
    """The newest stories for feed readers (RFC 4287)."""
    stories = feeds.feed_stories()
    updated = max(map(changed_at, stories), default=query.EPOCH)
    of_story = {"changed_at": changed_at, "name_of": name_for_readers, "for_xml": feeds.for_xml}
    text = render_template("stories/library/feed.xml", stories=stories, updated=updated, **of_story)
    return _asked_for_again(Response(text, mimetype="application/atom+xml"))


@bp.get("/<slug>/")
def story(slug: str) -> Response:
    """One story. Once it is taken back, the page says so and nothing else."""
    found = _find(slug)
    if found is None:
        return _gone()
    told = story_page(found)
    return _page("story", told["revision"].title, told=told, linked_data=feeds.linked_data(told))


@bp.get("/<slug>/<name>/")
def version(slug: str, name: str) -> Response:
    """A story in Easy Read, or in another language."""
    found = _find(slug)
    if found is None:
        return _gone()
    shown = find_version(found, name) or abort(404)
    return _page("version", shown.version.title, shown=shown, story=found)


def _find(slug: str) -> Story | None:
    """The published story at this address; None where it was taken back."""
    found = find(slug) or abort(404)
    return found if found.state is StoryState.PUBLISHED else None


def _list(view: LibraryView, title: str) -> Response:
    return _page("list", title, view=view, listed=query.list_stories(view), topics=query.topics())


def _gone() -> Response:
    return render("stories/library/gone.html", GONE, title=TAKEN_BACK)


def _page(name: str, title: str, **context: object) -> Response:
    return _asked_for_again(render(f"stories/library/{name}.html", OK, title=title, **context))


def _asked_for_again(answer: Response) -> Response:
    """Let nobody show it again without asking us: it may have been taken back meanwhile.

    There is no `Last-Modified`: what was taken back makes nothing newer.
    """
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer
