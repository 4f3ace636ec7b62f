"""Files as people send them, and as tricksters do."""

import io
import zipfile

from PIL import Image
from sqlalchemy import select

from portal.extensions import db
from portal.stories import links
from portal.stories.files.models import StoryFile
from portal.stories.models import Story
from tests.stored import stored_files

KB, MB = 1024, 1024 * 1024
PROGRAM = b"MZ\x90\0\x03" + bytes(200)
PDF = b"%PDF-1.4\n%%EOF\n"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def a_picture(kind="PNG", size=(120, 80), colour=(200, 30, 30)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


def a_scan() -> bytes:
    """Two pages in one file."""
    file, page = io.BytesIO(), Image.new("L", (90, 120), 255)
    page.save(file, "TIFF", save_all=True, append_images=[page])
    return file.getvalue()


def a_sound(size=40 * KB) -> bytes:
    return b"ID3\x03\0\0\0\0\0\0" + bytes(size)


def boxed(brand) -> bytes:
    """How a picture, sound or film in boxes starts."""
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0" + brand + b"isom"


def a_film(size=300 * KB) -> bytes:
    """What starts as a film does, with bytes that tell their place."""
    start = boxed(b"mp42")
    return start + bytes(at * 7 % 251 for at in range(size - len(start)))


def a_document(*names) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names or ("[Content_Types].xml", "word/document.xml"):
            archive.writestr(name, "x")
    return file.getvalue()


def rows() -> list[StoryFile]:
    """The files as they are in the database now; no transaction stays open."""
    db.session.commit()
    db.session.expire_all()
    found = list(db.session.scalars(select(StoryFile).order_by(StoryFile.id)))
    for row in found:
        db.session.expunge(row)
    db.session.commit()
    return found


def stored(app) -> list[bytes]:
    """What the storage holds."""
    return [one.read_bytes() for one in stored_files(app)]


def form(*sent: tuple[str, bytes]) -> dict:
    """What a browser sends for a form with these files: pairs of a name and content."""
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n\r\n%s\r\n'
        % (name.replace('"', "%22").encode(), content)
        for name, content in sent
    ]
    body = b"".join([*parts, b"--x--\r\n"])
    return {"data": body, "content_type": "multipart/form-data; boundary=x"}


def address(story: Story, *parts: object) -> str:
    """Where the storyteller reaches the files of their story."""
    token = links.token(story)
    db.session.commit()
    return "/".join(["/stories/share", token, "files", *map(str, parts)])
