"""Who makes issues."""

import pytest

from tests.team import a_member, sign_in
from tests.visit import Visit


@pytest.fixture
def ada(app, visit_plain):
    """The visitor, signed in as an editor."""
    return sign_in(visit_plain, app)


@pytest.fixture
def ben(app):
    return a_member(name="Ben")


@pytest.fixture
def cleo(app):
    """Another colleague, in a browser of her own."""
    visitor = Visit(app, htmx=False)
    visitor.member = sign_in(visitor, app, name="Cleo")
    return visitor
