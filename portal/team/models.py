"""The media team: its members, what they may do, and their passkeys."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask_security import UserMixin, WebAuthnMixin
from flask_security.core import RoleMixin
from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, Text, false, text, true
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Model, Moment, now, one_of

UNDO_SECONDS = 30  # what a new member has; they can choose another time

# Fields that carry what a page needs for itself, and not what somebody typed.
OF_THE_PAGE = frozenset({"do", "chosen", "digest", "list", "shown", "stamp", "tab", "to"})


class Role(StrEnum):
    """What a member may do. Each role may do what those before it may."""

    READER = "reader"
    EDITOR = "editor"
    MANAGER = "manager"

    @property
    def included(self) -> list[Role]:
        """The role itself and those that it includes."""
        roles = list(Role)
        return roles[: roles.index(self) + 1]


class Granted(RoleMixin):
    """A role as Flask-Security asks for it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.permissions: list[str] = []


class Member(Model, UserMixin):
    """Somebody of the media team."""

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text, default="")
    role: Mapped[Role] = mapped_column(one_of(Role, "role"))
    active: Mapped[bool] = mapped_column(default=True)
    password: Mapped[str | None] = mapped_column(Text)
    fs_uniquifier: Mapped[str] = mapped_column(Text, unique=True)
    """What links in mails stand on. A new one ends them all."""
    tf_primary_method: Mapped[str | None] = mapped_column(Text)
    tf_totp_secret: Mapped[str | None] = mapped_column(Text)
    tf_last_counter: Mapped[int | None]
    """The newest code that was used: none counts twice (RFC 6238, 5.2)."""
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(JSON()))
    shortcuts: Mapped[bool | None]
    """Whether single letters do something in the inbox (WCAG 2.1.4); None until they choose."""
    undo_seconds: Mapped[int] = mapped_column(default=UNDO_SECONDS, server_default=text("30"))
    """How long their answers wait before they leave, so that they can be taken back."""
    announces: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether a page that is open says by itself that something came (WCAG 2.2.4)."""
    told_of_items: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether they get a mail when a colleague gives them a conversation, or names them."""
    dense: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the rows of lists stand close together."""
    invited_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    last_seen_at: Mapped[datetime | None] = mapped_column(Moment)
    left_at: Mapped[datetime | None] = mapped_column(Moment)
    """When their access was stopped."""

    webauthn: Mapped[list[Passkey]] = relationship(  # type: ignore[assignment]
        cascade="all, delete-orphan"
    )

    @property
    def roles(self) -> list[Granted]:  # type: ignore[override]
        """The roles, as Flask-Security asks for them."""
        return [Granted(role) for role in self.role.included]

    @property
    def who(self) -> str:
        """What to call the member in a list."""
        return self.name or self.email

    @property
    def can_own(self) -> bool:
        """Whether the member can look after conversations: who only reads or has left cannot."""
        return self.active and self.has_role(Role.EDITOR)

    @property
    def has_second_step(self) -> bool:
        """Whether anything but the password proves that it is them."""
        return bool(self.tf_totp_secret or self.webauthn)

    def has_role(self, role: str) -> bool:  # type: ignore[override]
        """Whether the member may do what this role may."""
        return role in self.role.included


class Passkey(Model, WebAuthnMixin):
    """A key on a member's phone, computer or stick."""

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(Member.id), index=True)
    name: Mapped[str] = mapped_column(Text)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)  # 32 bits without a sign
    transports: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(JSON()))
    extensions: Mapped[str | None] = mapped_column(Text)
    backup_state: Mapped[bool]
    device_type: Mapped[str] = mapped_column(Text)
    usage: Mapped[str] = mapped_column(Text)
    create_datetime: Mapped[datetime] = mapped_column(Moment, default=now)
    lastuse_datetime: Mapped[datetime] = mapped_column(Moment)


class Browser(Model):
    """A browser in which a member is signed in, was so before, or has given their password.

    Of its keys only digests are kept, and of where it stands nothing.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id), index=True)
    device: Mapped[str] = mapped_column(Text)
    """What it is, in words."""
    known_by: Mapped[str | None] = mapped_column(Text, index=True)
    """Of the key that it keeps; members who share it have the same. None before both steps."""
    key: Mapped[str | None] = mapped_column(Text, unique=True)
    """Of the key of its session; None where nobody is in."""
    began_at: Mapped[datetime | None] = mapped_column(Moment)
    """When both steps were done; None half-way."""
    until: Mapped[datetime] = mapped_column(Moment)
    """When the session, or the time for the second step, is over."""


class KeptForm(Model):
    """A form that a member sent when their session was over."""

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id), index=True)
    address: Mapped[str] = mapped_column(Text)
    """Where it was sent to."""
    page: Mapped[str] = mapped_column(Text)
    """Where it was written, if a browser says so."""
    fields: Mapped[list[list[str]]] = mapped_column(JSON)
    files: Mapped[list[str]] = mapped_column(JSON)
    """What the files were called: they themselves are not kept."""
    kept_at: Mapped[datetime] = mapped_column(Moment, default=now)

    @property
    def words(self) -> list[tuple[str, str]]:
        """What somebody typed or chose, under the names of its fields."""
        return [
            (name.replace("_", " ").capitalize(), text)
            for name, text in self.fields
            if name not in OF_THE_PAGE and any(letter.isalpha() for letter in text)
        ]
