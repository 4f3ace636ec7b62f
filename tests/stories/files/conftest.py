"""What the tests of files can ask for."""

import pytest

from tests.stories import a_draft


@pytest.fixture
def story(app):
    return a_draft()


@pytest.fixture
def meanwhile(monkeypatch):
    """Lets something be done once, while somebody is about to call a function of a module."""

    def let(module, name, deed):
        function = getattr(module, name)

        def interrupted(*args, **options):
            monkeypatch.setattr(module, name, function)
            deed()
            return function(*args, **options)

        monkeypatch.setattr(module, name, interrupted)

    return let
