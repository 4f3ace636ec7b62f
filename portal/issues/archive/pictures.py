"""Pictures in mails: as JPEG, which every mail program shows, for as long as they may be shown."""

from functools import lru_cache
from io import BytesIO

from flask import Response, abort, request
from sqlalchemy import select

from portal import storage
from portal.extensions import db
from portal.issues import allowed
from portal.issues.models import Issue, Part
from portal.stories import publication
from portal.stories.files.models import StoryFile
from portal.stories.models import Story

GONE = 410
WIDTH = "960"  # twice what a mail is wide
QUALITY = 80
ASK_EACH_TIME = "no-cache"
KEPT = 32  # pictures of about 100 kB


def find(issue_id: int, key: str) -> StoryFile:
    """The file of a story in that issue; where it may not be shown any more, the answer is 410."""
    if "\0" in key or db.session.get(Issue, issue_id) is None:  # no database takes the first
        abort(404)
    file = db.session.scalar(select(StoryFile).where(StoryFile.key == key))
    in_issue = (Part.issue_id == issue_id) & (Part.story_id == (file.story_id if file else None))
    if file is None or db.session.scalar(select(Part.id).where(in_issue).limit(1)) is None:
        abort(GONE)
    story = db.session.get_one(Story, file.story_id)
    shown = {one["file"] for one in publication.pictures_for_readers(story)}
    if key not in shown or allowed.why_not(story) or WIDTH not in file.widths:
        abort(GONE)
    return file


def send(file: StoryFile) -> Response:
    """Answer with the picture. Whoever keeps a copy is to ask each time whether it still may."""
    answer = Response(_jpeg(file.widths[WIDTH]), mimetype="image/jpeg")
    answer.set_etag(f"{file.digest}-mail")
    answer.headers["Cache-Control"] = ASK_EACH_TIME
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # mail is read on other sites
    answer.make_conditional(request)
    return answer


@lru_cache(maxsize=KEPT)
def _jpeg(place: str) -> bytes:
    """The picture that is kept there, on white where it lets the ground through."""
    from PIL import Image  # noqa: PLC0415 - loaded when it is needed

    with storage.read(place) as kept, Image.open(kept) as picture:
        whole = picture.convert("RGBA")
        ground = Image.new("RGBA", whole.size, "white")
        out = BytesIO()
        Image.alpha_composite(ground, whole).convert("RGB").save(
            out, "JPEG", quality=QUALITY, optimize=True, progressive=True
        )
    return out.getvalue()
