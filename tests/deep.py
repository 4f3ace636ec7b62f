"""How thorough a run is; a pytest plugin. `make test-deep` gives the option --deep."""

import pytest
from hypothesis import HealthCheck, settings

from tests.services import BOTH

OWN_DATABASES = {"database", "postgres_url", "blank_postgres_url", "sqlite_url", "only_sqlite"}

# The usual run tries the same few examples each time, so that it never fails by chance. The deep
# one tries many, and others each time.
NO_LIMITS = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}
settings.register_profile("default", max_examples=15, derandomize=True, **NO_LIMITS)
settings.register_profile("deep", max_examples=300, print_blob=True, **NO_LIMITS)


@pytest.fixture
def only_sqlite():
    """For what is SQLite's own: in a deep run, too, the test does without PostgreSQL."""


def pytest_addoption(parser):
    parser.addoption(
        "--deep",
        action="store_true",
        help="many examples for each property, and PostgreSQL as well as SQLite for each test",
    )


def pytest_configure(config):
    settings.load_profile("deep" if config.getoption("deep") else "default")


def pytest_generate_tests(metafunc):
    """In a deep run every test with an app runs on both databases, if it does not name its own."""
    names = set(metafunc.fixturenames)
    if (
        metafunc.config.getoption("deep")
        and "usual_database" in names
        and not OWN_DATABASES & names
    ):
        metafunc.parametrize("usual_database", BOTH, indirect=True)


def pytest_collection_modifyitems(config, items):
    """What takes many minutes is left to a deep run."""
    if not config.getoption("deep"):
        left = [item for item in items if item.get_closest_marker("deep")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
