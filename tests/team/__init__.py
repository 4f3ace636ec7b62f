"""Makes members, signs them in without a password's slow hash, and knows their codes."""

from __future__ import annotations

import re
import time
import uuid
from urllib.parse import urlsplit

from passlib.totp import TOTP

from portal.extensions import db, now
from portal.team import browsers, codes, services
from portal.team.models import Browser, Member, Role
from portal.team.session import LASTS, STEP_WITHIN

PASSWORD = "four words make one"
SIGN_IN, PEOPLE, ACCOUNT = "/team/sign-in", "/team/people/", "/team/account/"


def a_member(role=Role.EDITOR, name="Ada", email=None) -> Member:
    """Somebody of the team, committed."""
    email = email or f"{name.lower()}@team.example"
    member = Member(
        email=email,
        email_key=email.lower(),
        name=name,
        role=role,
        active=True,
        fs_uniquifier=uuid.uuid4().hex,
        tf_primary_method="authenticator",
        tf_totp_secret="made up",
        shortcuts=True,
    )
    db.session.add(member)
    db.session.commit()
    return member


def with_password(member: Member, password=PASSWORD) -> App:
    """Give a member a password and an app for codes; returns the app."""
    app = App(codes.new_secret())
    member.tf_totp_secret = app.locked
    services.change_password(member, password)
    return app


class App:
    """An app for codes, as it lies on a phone; `code(1)` is the one after the present one."""

    def __init__(self, locked: str) -> None:
        self.locked = locked
        self._totp = codes.security.totp_factory._totp.from_source(locked)

    @classmethod
    def of_key(cls, words: str) -> App:
        """Set up by the key that a page shows to type."""
        app = cls.__new__(cls)
        app._totp = TOTP(key=words.replace(" ", "").replace("-", ""))
        return app

    def code(self, later=0) -> str:
        return self._totp.generate(time=time.time() + 30 * later).token


def signed_in(member, *, fresh=True, lasts=LASTS, **values) -> dict:
    """What the cookie has of somebody who is signed in, in a browser that is new each time."""
    key, until = browsers.new_key(), now() + lasts
    values = {"device": "Firefox on Linux", "known_by": browsers.digest(key)} | values
    values = {"began_at": until - LASTS, "until": until} | values
    db.session.add(Browser(member_id=member.id, key=browsers.digest(key), **values))
    db.session.commit()
    return {"_user_id": key, "_fresh": True, "fs_cc": "set", "fs_paa": time.time() if fresh else 0}


def sign_in(visitor, app, role=Role.EDITOR, name="Ada", email=None, *, fresh=True) -> Member:
    """Make a member and sign a test client in as them, as Flask-Security does."""
    member = a_member(role, name, email)
    put_in(visitor, member, fresh=fresh)
    return member


def put_in(visitor, member, *, fresh=True) -> None:
    """Sign a test client in as somebody who is there already."""
    client = getattr(visitor, "client", visitor)
    with client.session_transaction() as session:
        session.update(signed_in(member, fresh=fresh))
    db.session.commit()  # SQLite's lock


def put_half_in(visitor, member) -> None:
    """Let a test client have given somebody's password, and no second step."""
    values = signed_in(member, lasts=STEP_WITHIN, began_at=None, known_by=None)
    with getattr(visitor, "client", visitor).session_transaction() as session:
        session["pending"] = {"key": values["_user_id"], "goal": ""}


def link_in(mail) -> str:
    """The path of the link in a mail's text."""
    url = re.search(r"http\S+/team/\S+", mail.get_body(("plain",)).get_content()).group()
    return urlsplit(url).path


def reload(member) -> Member:
    """The member as the database has them now."""
    member_id = member.id
    db.session.expire_all()
    found = db.session.get(Member, member_id)
    db.session.commit()
    return found
