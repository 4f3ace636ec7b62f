"""The files that come with stories."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Model, Moment, now, one_of
from portal.storage import Place, Places


class FileKind(StrEnum):
    """What a file is, as far as a story cares."""

    PICTURE = "picture"
    SOUND = "sound"
    FILM = "film"
    DOCUMENT = "document"


class FileState(StrEnum):
    """Where a file is on its way to us."""

    COMING = "coming"
    CHECKING = "checking"
    KEPT = "kept"
    REFUSED = "refused"


class StoryFile(Model):
    """A picture, sound, film or document that came with a story."""

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    """What stands for it in addresses: it says nothing and cannot be guessed."""
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[FileKind | None] = mapped_column(one_of(FileKind, "kind"))
    content_type: Mapped[str] = mapped_column(Text, default="")
    """What its content says that it is, whatever its name says."""
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    """How many bytes it has, or will have."""
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    """How many bytes of it have come."""
    parts: Mapped[list[str]] = mapped_column(Places, default=list)
    """Where the pieces are that have come, until it is whole."""
    digest: Mapped[str] = mapped_column(Text, default="")
    """SHA-256 of what is kept: of a picture, of its largest width."""
    state: Mapped[FileState] = mapped_column(one_of(FileState, "state"), index=True)
    place: Mapped[str] = mapped_column(Place, default="")
    """Where the storage has it. Empty for a picture, of which only the widths are kept."""
    widths: Mapped[dict[str, str]] = mapped_column(Places, default=dict)
    """Of a picture: where each width is."""
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    """Of a picture's largest width, in pixels."""
    alt: Mapped[str] = mapped_column(Text, default="")
    """What a picture shows, in words."""
    is_decoration: Mapped[bool] = mapped_column(default=False)
    """Whether a picture says nothing that needs words."""
    language: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    """What is spoken or signed in a sound or film: a BCP 47 tag; empty where nobody said."""
    transcript: Mapped[str] = mapped_column(Text, default="")
    """What is said in a sound or film."""
    public_place: Mapped[str] = mapped_column(Place, default="", server_default=text("''"))
    """Where the copy is that readers may get: without the hidden details that came with it."""
    public_size: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    public_digest: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    withheld: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    """Why there can be no such copy: in words for the team."""
    seconds: Mapped[float] = mapped_column(default=0.0, server_default=text("0"))
    """How long the copy of a sound or film takes."""
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was refused, or that it has a password: in words for the storyteller."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
