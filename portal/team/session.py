"""Signing in and out: what the session holds of a member, and for how long."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import g, session
from flask_login import current_user
from flask_security.utils import login_user, logout_user
from sqlalchemy import select

from portal.extensions import db, now
from portal.team import browsers, kept
from portal.team.models import Browser, Member

LASTS = timedelta(hours=12)
SAID_BEFORE = timedelta(hours=1)  # all pages then say when it ends, and let one go on
FRESH_FOR = timedelta(minutes=15)
STEP_WITHIN = timedelta(minutes=15)  # from the password to the second step
KEY = "_user_id"  # where Flask-Login looks


@dataclass
class Here:
    """The session of this request, as the database had it."""

    number: int
    """Of its Browser."""
    ends: datetime


def load(key: object) -> Member | None:
    """Whose session has this key, by one question; nothing is written."""
    query = select(Member, Browser.id, Browser.until).join(Browser).where(Member.active.is_(True))
    query = query.where(Browser.began_at.is_not(None), Browser.until > now())
    found = db.session.execute(query.where(Browser.key == browsers.digest(key))).one_or_none()
    if found is None:
        return None
    g.session_here = Here(found.id, found.until)
    return found[0]


def begin(member: Member, goal: str = "") -> None:
    """The password was right: ask for the second step; commits."""
    _clear()
    key = browsers.new_key()
    half_way = Browser(member_id=member.id, device=browsers.device(), key=browsers.digest(key))
    half_way.until = now() + STEP_WITHIN
    db.session.add(half_way)
    db.session.commit()
    session["pending"] = {"key": key, "goal": goal}


def pending() -> Member | None:
    """Who has given the password and not the second step yet."""
    query = select(Member).join(Browser).where(Browser.key == browsers.digest(_pending("key")))
    query = query.where(Browser.began_at.is_(None), Browser.until > now(), Member.active.is_(True))
    return db.session.scalar(query)


def goal() -> str:
    """The page that somebody wanted when they were asked to sign in."""
    return str(_pending("goal"))


def _pending(name: str) -> object:
    return session.get("pending", {}).get(name, "")


def finish(member: Member) -> bool:
    """The second step is done: sign in, unless the first was used already; commits."""
    if browsers.leave(_pending("key")):
        sign_in(member)
        return True
    db.session.rollback()
    return False


def sign_in(member: Member) -> None:
    """Let the member in, who has shown that it is them; commits."""
    member.last_seen_at = moment = now()
    db.session.flush()  # the member's row comes first, as where all their sessions are ended
    _clear()
    browser, key = browsers.remember(member), browsers.new_key()
    browser.key, browser.began_at, browser.until = browsers.digest(key), moment, moment + LASTS
    login_user(member, remember=False, authn_via=["password", "authenticator"])
    session[KEY] = key
    session["csrf_token"] = kept.token_of(member)
    session[kept.FIELD] = kept.count(member)
    db.session.commit()


def sign_out() -> None:
    """End this session, or what is half-way; commits."""
    _clear()
    logout_user()
    session.clear()
    db.session.commit()


def _clear() -> None:
    """End what this browser's cookie stands for, which may have been copied."""
    for key in {session.get(KEY), _pending("key")} - {None, ""}:
        browsers.leave(key)
    session.clear()


def is_fresh() -> bool:
    """Whether the member has shown lately that it is them."""
    return bool(session.get("fs_paa", 0) > time.time() - FRESH_FOR.total_seconds())


def refresh() -> None:
    """Note that the member has just shown that it is them."""
    session["fs_paa"] = time.time()


def here() -> Here:
    """The session of the member who is signed in."""
    found: Here = g.session_here
    return found


def ends_soon() -> bool:
    """Whether pages say that it will be over."""
    return timedelta() < here().ends - now() <= SAID_BEFORE


def go_on() -> None:
    """Let it last as long again, from now on: its member asks for that (WCAG 2.2.1); commits."""
    here().ends = now() + LASTS
    browsers.go_on(here().number, here().ends)


def signed_in() -> bool:
    """Whether this is a member of the team, in a session that still counts."""
    return bool(current_user.is_authenticated)
