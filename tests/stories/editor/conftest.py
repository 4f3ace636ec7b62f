"""Who sits at the desk of a story."""

import pytest

from tests.team import sign_in


@pytest.fixture
def visit(app, visit):
    """Both kinds of visitor, signed in as an editor."""
    sign_in(visit, app, name="Eda")
    return visit


@pytest.fixture
def visit_plain(app, visit_plain):
    """A visitor without JavaScript, signed in as an editor."""
    sign_in(visit_plain, app, name="Eda")
    return visit_plain
