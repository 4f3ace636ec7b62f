"""The browsers in which members sign in: known by one cookie, and signed in by another.

Both cookies hold a key that says nothing, and what counts is the row that has its digest. So a
session is over when its row says so, whoever has a copy of the cookie.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from flask import Response, after_this_request, current_app, request
from huey import crontab
from sqlalchemy import delete, select, update

from portal.extensions import db, huey, now, write_rows
from portal.team.models import Browser, Member

KNOWN_FOR = timedelta(days=90)  # since somebody signed in there
# The first that fits counts: nearly all call themselves Safari, and most Chrome.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "FxiOS": "Firefox",
    "Firefox": "Firefox",
    "CriOS": "Chrome",
    "Chrom": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": "an iPhone",
    "iPad": "an iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "a Chromebook",
    "Macintosh": "a Mac",
    "Linux": "Linux",
}


def new_key() -> str:
    """A key for a cookie."""
    return secrets.token_urlsafe(32)


def digest(key: object) -> str:
    """What is kept of a key."""
    return sha256(str(key).encode(errors="replace")).hexdigest()


def device() -> str:
    """What this browser says that it is, in words: “Firefox on Windows”."""
    agent = request.user_agent.string
    name = next((words for sign, words in BROWSERS.items() if sign in agent), "A browser")
    system = next((words for sign, words in SYSTEMS.items() if sign in agent), "")
    return f"{name} on {system}" if system else name


def remember(member: Member) -> Browser:
    """The row of this browser for the member, who is in; it is known from now on."""
    known_by = digest(_cookie())
    here = list(db.session.scalars(select(Browser).where(Browser.known_by == known_by)))
    if not here:  # the key of somebody who shares this browser goes on counting for them
        known_by = digest(_give_cookie())
    mine = [one for one in here if one.member_id == member.id]
    browser = mine[0] if mine else Browser(member_id=member.id, known_by=known_by)
    db.session.add(browser)
    browser.device = device()
    return browser


def known(email_key: str = "") -> int | None:
    """The number of this browser, where the member with that address, or anybody, was in before."""
    if not (key := _cookie()):
        return None
    query = select(Browser.id).where(Browser.known_by == digest(key))
    query = query.where(Browser.until > now() - KNOWN_FOR)
    if email_key:
        query = query.join(Member).where(Member.email_key == email_key)
    return db.session.scalar(query.order_by(Browser.id).limit(1))


def signed_in(member: Member) -> list[Browser]:
    """Where the member is signed in, the newest first."""
    query = select(Browser).where(Browser.member_id == member.id, Browser.began_at.is_not(None))
    query = query.where(Browser.key.is_not(None), Browser.until > now())
    return list(db.session.scalars(query.order_by(Browser.began_at.desc(), Browser.id.desc())))


def leave(key: object) -> bool:
    """End what stands on the key of a session; whether there was anything to end."""
    ended = update(Browser).where(Browser.key == digest(key)).values(key=None)
    return bool(write_rows(ended).rowcount)


def go_on(number: int, until: datetime) -> None:
    """Let a session last until then, if it was not ended meanwhile; commits."""
    write_rows(update(Browser).where(Browser.id == number).values(until=until))
    db.session.commit()


def forget(member: Member, number: int | None = None) -> None:
    """End the member's sessions, or one, and know the browser no more; in the caller's transaction.

    A sign-in that is half-way is over too.
    """
    db.session.flush()  # who changes the member comes before who signs in as them
    mine = delete(Browser).where(Browser.member_id == member.id)
    write_rows(mine if number is None else mine.where(Browser.id == number))


@huey.periodic_task(crontab(minute="40"))  # type: ignore[untyped-decorator]
def tidy() -> None:
    """Every hour: forget what ended half-way, and browsers in which nobody signs in any more."""
    half_way = Browser.known_by.is_(None) & (Browser.until < now())
    write_rows(delete(Browser).where(half_way | (Browser.until < now() - KNOWN_FOR)))
    db.session.commit()


def _name() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-known"


def _cookie() -> str:
    return request.cookies.get(_name(), "")


def _give_cookie() -> str:
    key = new_key()

    @after_this_request
    def give(response: Response) -> Response:
        response.set_cookie(
            _name(),
            key,
            max_age=KNOWN_FOR,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Strict",
        )
        return response

    return key
