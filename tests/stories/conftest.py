"""What the tests of stories can ask for."""

from __future__ import annotations

import pytest

from tests.stories.media import address, form


@pytest.fixture
def env(env, request):
    """The test's environment, with the changes that `settings` names."""
    return env | getattr(request, "param", {})


@pytest.fixture
def add(client):
    """Sends files as the form does: pairs of a name and content."""

    def add(story, *sent):
        return client.post(address(story, "add"), **form(*sent))

    return add
