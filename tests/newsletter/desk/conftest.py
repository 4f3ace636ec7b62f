"""Who looks after the list."""

import pytest

from portal.team.models import Role
from tests.team import sign_in


@pytest.fixture
def editor(app, visit_plain):
    """The visitor, signed in as an editor."""
    return sign_in(visit_plain, app)


@pytest.fixture
def manager(app, visit_plain):
    """The visitor, signed in as a manager."""
    return sign_in(visit_plain, app, role=Role.MANAGER)
