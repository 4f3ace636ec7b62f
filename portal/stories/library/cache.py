"""Pages of the library, kept in each process until a commit changes what readers see.

Such a commit gives the library another key: the database does that itself, and each request asks
for the key first. So nobody has to clear anything, and what was taken back is gone at once.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, request
from sqlalchemy import select

from portal.extensions import db
from portal.stories.library import query
from portal.stories.library.query import LibraryView, Vocabulary
from portal.stories.models import LibraryChange
from portal.web import wants_fragment

MOST = 4 * 1024 * 1024  # bytes in each process: some 200 pages
KEY = select(LibraryChange.key)


def cached(view: Callable[..., Response]) -> Callable[..., Response]:
    """Keep the page that a view makes of its address, for everybody. All else the view raises."""

    @wraps(view)
    def answer(**names: str) -> Response:
        asked = LibraryView.of(request.args)
        place = (request.endpoint, *names.values(), asked, wants_fragment(), request.script_root)
        pages = _since(db.session.scalar(KEY), "library_pages")
        page = pages.get(place)
        if page is None:
            made = view(**names)
            page = made.get_data(), made.mimetype or ""
            if not asked.q:  # what somebody looks for is theirs
                if sum(len(body) for body, _ in [*pages.values()]) > MOST:
                    pages.clear()
                pages[place] = page
        return _asked_for_again(Response(page[0], mimetype=page[1]))

    return answer


def words() -> Vocabulary:
    """The words of the listed stories: kept as the pages are."""
    kept = _since(db.session.scalar(KEY), "library_words")
    if "all" not in kept:
        kept["all"] = query.words()
    found: Vocabulary = kept["all"]
    return found


def _since(key: str | None, what: str) -> dict[Any, Any]:
    """What is kept since the last change. Without a key there was none, and nothing is kept."""
    kept: dict[str, dict[Any, Any]] = current_app.extensions.setdefault(what, {})
    if key not in kept:
        kept.clear()
    return kept.setdefault(key, {}) if key else {}


def _asked_for_again(answer: Response) -> Response:
    """Let nobody show it again without asking us: it may have been taken back meanwhile.

    There is no `Last-Modified`: what was taken back makes nothing newer.
    """
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer
