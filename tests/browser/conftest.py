"""A real site, a real Chromium, and what a test of a page needs in one line.

    page = open_page("/newsletter/")    a visitor; js=False, forced=True, width=320
    check(page)                         every rule of accessible.py, on the state it is in now
    check(page, "Get in touch")         the same, once the page is about this
    mail(address).link("/confirm/")     from the newest mail to somebody, once it has come

Whatever a page logs, blocks, fails to load or asks of another site fails the test by itself.
"""

import shutil
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from flask import has_app_context
from playwright.sync_api import expect, sync_playwright

from portal import create_app
from portal.config import load_config
from portal.extensions import db, huey, now
from portal.newsletter import links
from portal.newsletter.models import Subscriber
from portal.stories.models import Story
from portal.team.models import Role
from tests.browser.accessible import AXE, faults
from tests.browser.deeds import heading
from tests.browser.visitors import PATIENCE, Visitors
from tests.conftest import close
from tests.inbox import a_conversation
from tests.newsletter import put_on
from tests.services import absent, until
from tests.site import DONE_WITHIN, Mail, Site
from tests.team import a_member, signed_in, with_password

HERE = Path(__file__).parent
# The headless one takes half the time of the other.
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Everything in this folder drives a browser, and speaks to it and to the site by sockets."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.enable_socket)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Beside a failure stand the pages as they were, and what the site wrote to its log."""
    report = yield
    arguments = getattr(item, "funcargs", {})
    if report.failed and "site" in arguments:
        report.sections.append(("the site's log", arguments["site"].log()))
    if report.failed and "visitors" in arguments:
        report.sections.append(("the pages", "\n".join(arguments["visitors"].picture(item.name))))
    return report


@pytest.fixture(scope="session")
def chromium_path():
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    return found or absent("There is no Chromium here (on Debian: apt install chromium).")


@pytest.fixture(scope="session")
def site(chromium_path, tmp_path_factory, migrated_file):
    """The portal as people run it, for all tests of this process."""
    site = Site(tmp_path_factory.mktemp("site"))
    try:
        site.start(migrated_file)
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="session")
def launch(chromium_path):
    """Starts a Chromium that ends with the tests: `launch("--an-option-more")`."""
    with sync_playwright() as playwright:  # there can be only one at a time
        expect.set_options(timeout=PATIENCE)
        chromium = partial(playwright.chromium.launch, executable_path=chromium_path)
        yield lambda *options: chromium(args=[*QUIET, *options])


@pytest.fixture(scope="session")
def browser(launch):
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture
def visitors(browser, site):
    visitors = Visitors(browser, site)
    yield visitors
    visitors.close()


@pytest.fixture
def open_page(visitors):
    """Opens a page as a new visitor: `open_page(path, js=True, width=1280)`."""
    return visitors.open


@pytest.fixture
def forgive(visitors):
    """Takes what the test meant to go wrong off the list of the browser's complaints."""
    return visitors.forgive


@pytest.fixture(params=[True, False], ids=["js", "no-js"])
def js(request):
    """Runs a test with JavaScript and without: `open_page(path, js=js)`."""
    return request.param


@pytest.fixture(scope="session")
def check():
    """Checks the state that a page, or a frame, is in: no fault in any colours, at any width."""
    if not AXE.exists():
        absent("axe-core is not installed (npm ci).")
    seen = set()

    def check(view, about=""):
        if about:
            heading(view, about)
        found = [*faults(view, seen)]
        assert not found, "\n".join([view.url, *found])

    return check


@pytest.fixture
def mail(site):
    """Waits for the newest mail to an address: `mail(to)`, or `mail(to, "part of its subject")`."""

    def newest(to: str, subject: str = "") -> Mail:
        def look():
            return [mail for mail in site.mails(to) if subject in mail.subject]

        if has_app_context():
            db.session.remove()  # what a test has just read keeps the worker out
        return until(look, DONE_WITHIN)[-1]

    return newest


@pytest.fixture
def address():
    """An email address that nobody has used before."""
    return f"ada.{uuid4().hex[:8]}@example.org"


@pytest.fixture
def app(site):
    """The portal on the site's own database and queue, to prepare what a test looks at."""
    app = create_app(load_config(site.env))
    with app.app_context():
        yield app
    huey.storage.close()
    close(app)


@pytest.fixture
def open_desk(app, visitors):
    """Opens a page as a new member of the team: `open_desk(path, name="Ada", role=…, js=True)`.

    Who is not `fresh` signed in an hour ago, and has a password to sign in with again.
    """

    def open_desk(path="/inbox/", name="Ada", role=Role.EDITOR, *, fresh=True, **options):
        member = a_member(role, name, f"{name.lower()}.{uuid4().hex[:8]}@team.example")
        if not fresh:
            with_password(member)
        held = app.session_interface.get_signing_serializer(app)
        session = held.dumps(signed_in(member, fresh=fresh))
        db.session.remove()
        return visitors.open(path, session=session, **options)

    return open_desk


@pytest.fixture
def conversation(app, address):
    """Starts a conversation as somebody new; returns the address of its page in the inbox."""

    def conversation(**changes):
        started = a_conversation(**{"email": address} | changes)
        path = f"/inbox/{started.id}"
        db.session.remove()
        return path

    return conversation


@pytest.fixture
def now_is(app):
    """Reads a story as it is in the database now."""

    def read(story_id):
        db.session.remove()
        return db.session.get_one(Story, story_id)

    return read


@pytest.fixture
def preferences(app, address):
    """The private link of somebody who gets the newsletter; no mail has gone to them yet."""
    put_on(address, topics=["stories"])
    preferences = links.preferences_url(Subscriber.with_email(address))
    db.session.remove()  # what was only read holds SQLite's lock too
    return preferences


@pytest.fixture
def old_link(app, address):
    """A confirmation link that nobody followed in time."""
    with time_machine.travel(now() - links.CONFIRM_WITHIN - timedelta(days=1)):
        return links.confirm_url(Subscriber.new(address), ["stories"], "large")
