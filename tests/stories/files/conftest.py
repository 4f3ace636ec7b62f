"""What the tests of files can ask for."""

import pytest

from tests.stories import a_draft


@pytest.fixture
def story(app):
    """A story that is being told."""
    return a_draft()
