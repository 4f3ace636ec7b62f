"""Signing in and out: what the session holds of a member, and for how long."""

import time
from datetime import UTC, datetime, timedelta

from flask import session
from flask_login import current_user
from flask_security.utils import login_user, logout_user
from sqlalchemy import select

from portal.extensions import db, now
from portal.team import kept
from portal.team.models import Member

LASTS = timedelta(hours=12)
SAID_BEFORE = timedelta(hours=1)  # all pages then say when it ends, and let one go on
FRESH_FOR = timedelta(minutes=15)
STEP_WITHIN = timedelta(minutes=15)  # from the password to the second step


def begin(member: Member, goal: str = "") -> None:
    """The password was right: ask for the second step."""
    session.clear()
    session["pending"] = {"who": member.fs_uniquifier, "at": time.time(), "goal": goal}


def pending() -> Member | None:
    """Who has given the password and not the second step yet."""
    begun = session.get("pending")
    if not begun or begun["at"] < time.time() - STEP_WITHIN.total_seconds():
        return None
    query = select(Member).where(Member.fs_uniquifier == begun["who"], Member.active.is_(True))
    return db.session.scalar(query)


def goal() -> str:
    """The page that somebody wanted when they were asked to sign in."""
    return str(session.get("pending", {}).get("goal", ""))


def sign_in(member: Member) -> None:
    """Both steps are done; in the caller's transaction."""
    session.clear()
    login_user(member, remember=False, authn_via=["password", "authenticator"])
    session["since"] = time.time()
    session["csrf_token"] = kept.token_of(member)
    session[kept.FIELD] = kept.count(member)
    member.last_seen_at = now()


def sign_out() -> None:
    """End this session."""
    logout_user()
    session.clear()


def is_fresh() -> bool:
    """Whether the member has shown lately that it is them."""
    return bool(session.get("fs_paa", 0) > time.time() - FRESH_FOR.total_seconds())


def refresh() -> None:
    """Note that the member has just shown that it is them."""
    session["fs_paa"] = time.time()


def ends() -> datetime:
    """When this session will be over, if its member does not go on."""
    return datetime.fromtimestamp(session["since"], UTC) + LASTS


def ends_soon() -> bool:
    """Whether pages say that it will be over."""
    return timedelta() < ends() - now() <= SAID_BEFORE


def go_on() -> None:
    """Let the session last as long again, from now on: its member asks for that (WCAG 2.2.1)."""
    session["since"] = time.time()


def signed_in() -> bool:
    """Whether this is a member of the team, in a session that still counts."""
    began = session.get("since", 0)
    return bool(current_user.is_authenticated and began >= time.time() - LASTS.total_seconds())
