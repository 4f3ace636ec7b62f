"""Real sites to be abused, with their log beside each failure."""

from pathlib import Path

import pytest

from portal import create_app
from portal.config import load_config
from portal.extensions import db
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
    made = getattr(item, "funcargs", {}).get("make_site")
    if report.failed and made:
        report.sections += [("the site's log", site.log()) for site in made.sites]
    return report


@pytest.fixture
def make_site(tmp_path, migrated_file):
    """Starts a portal of the test's own, with changes to its settings; all end with the test."""

    def make(**changes: str) -> Site:
        site = Site(tmp_path / f"site{len(make.sites)}", **SETTINGS | changes)
        make.sites.append(site)
        site.start(migrated_file)
        return site

    make.sites = []
    yield make
    for site in make.sites:
        site.stop()


@pytest.fixture
def site(make_site):
    """A portal of the test's own."""
    return make_site()


@pytest.fixture
def inside(site):
    """The site's own rows, to be made and counted beside it."""
    app = create_app(load_config(site.env))
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()
