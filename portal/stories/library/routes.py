"""The library: the stories that everybody can read, and what is left of one that was taken back.

Its filter is a plain form: the view is in the address, so that going back,
bookmarks and sharing work by themselves.
"""

from flask import Blueprint, Response, abort, current_app, render_template, request

from portal.stories.library import feeds, query, search
from portal.stories.library.cache import cached
from portal.stories.library.page import changed_at, find, find_version, story_page
from portal.stories.library.query import LibraryView
from portal.stories.models import Story
from portal.stories.publication import name_for_readers
from portal.stories.states import StoryState
from portal.web import render

bp = Blueprint("stories", __name__, url_prefix="/stories")

GONE = 410
STORIES = "Stories"
TAKEN_BACK = "This story was taken back"


@bp.get("/")
@cached
def library() -> Response:
    """The newest stories, or those that the address asks for."""
    return _list(LibraryView.of(request.args), STORIES)


@bp.get("/topics/<topic>/")
@cached
def topic(topic: str) -> Response:
    """The stories of one topic."""
    label = current_app.config["STORY_TOPICS"].get(topic) or abort(404)
    return _list(LibraryView.of(request.args, topic), f"{STORIES}: {label}")


@bp.get("/feed.xml")
@cached
def feed() -> Response:
    """The newest stories for feed readers (RFC 4287)."""
    stories = feeds.feed_stories()
    updated = max(map(changed_at, stories), default=query.EPOCH)
    of_story = {"changed_at": changed_at, "name_of": name_for_readers, "for_xml": feeds.for_xml}
    text = render_template("stories/library/feed.xml", stories=stories, updated=updated, **of_story)
    return Response(text, mimetype="application/atom+xml")


@bp.get("/<slug>/")
@cached
def story(slug: str) -> Response:
    """One story."""
    told = story_page(published_or_gone(slug))
    data, title = feeds.linked_data(told), told["revision"].title
    return render("stories/library/story.html", title=title, told=told, linked_data=data)


@bp.get("/<slug>/<name>/")
@cached
def version(slug: str, name: str) -> Response:
    """A story in Easy Read, or in another language."""
    found = published_or_gone(slug)
    shown = find_version(found, name) or abort(404)
    title = shown.version.title
    return render("stories/library/version.html", title=title, shown=shown, story=found)


def published_or_gone(slug: str) -> Story:
    """The published story at this address, or else a page that says that there is none.

    Once it is taken back, that page says so and nothing else.
    """
    found = find(slug) or abort(404)
    if found.state is not StoryState.PUBLISHED:
        abort(render("stories/library/gone.html", GONE, title=TAKEN_BACK))
    return found


def _list(view: LibraryView, title: str) -> Response:
    listed, topics = search.find(view), query.topics()
    return render("stories/library/list.html", title=title, view=view, listed=listed, topics=topics)
