"""Real sites to be abused, with their log beside each failure."""

from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from portal import create_app
from portal.config import load_config
from portal.extensions import db
from tests.conftest import close
from tests.site import Site

HERE = Path(__file__).parent
# The limits are on, and a test says by X-Forwarded-For from which network a client comes.
SETTINGS = {"RATELIMIT_ENABLED": "1", "TRUSTED_PROXIES": "1"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Everything in this folder speaks to real servers by sockets."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.services)
            item.add_marker(pytest.mark.enable_socket)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    site = getattr(item, "funcargs", {}).get("site")
    if report.failed and site:
        report.sections.append(("the site's log", site.log()))
    return report


@contextmanager
def running(folder, database, **changes):
    site = Site(folder, **SETTINGS | changes)
    try:
        site.start(database)
        yield site
    finally:
        site.stop()


@pytest.fixture
def make_site(tmp_path, migrated_file):
    """Starts a portal of the test's own, with changes to its settings; it ends with the test."""
    with ExitStack() as stack:
        yield lambda **changes: stack.enter_context(running(tmp_path, migrated_file, **changes))


@pytest.fixture(scope="module")
def site(request, tmp_path_factory, migrated_file):
    """A portal that the tests of a module share, with its SITE as changes to the settings."""
    folder, changes = tmp_path_factory.mktemp("site"), getattr(request.module, "SITE", {})
    with running(folder, migrated_file, **changes) as site:
        yield site


@pytest.fixture
def inside(site):
    """The portal on the site's own database, in whose context rows are made and counted."""
    app = create_app(load_config(site.env))
    with app.app_context():
        yield app
        db.session.remove()
    close(app)
