"""The shipped files are started for real, so these tests speak by sockets."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
STARTED = {"test_left.py", "test_proxies.py", "test_walk.py"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what speaks to real servers."""
    for item in items:
        if item.path.parent == HERE and item.path.name in STARTED:
            item.add_marker(pytest.mark.services)
            item.add_marker(pytest.mark.enable_socket)
