"""A server installs one lock: all that it may need, with hashes, in the tested versions."""

import re
import tomllib

import pytest

from portal.config import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = {name: wants for name, wants in PROJECT["optional-dependencies"].items() if name != "dev"}


def locked(name):
    """The packages of a lock file with their versions."""
    return dict(re.findall(r"(?m)^([a-z0-9.-]+)==(\S+)", (ROOT / name).read_text()))


def names(wants):
    return {re.match(r"[\w.-]+", want)[0].lower() for want in wants}


def test_the_servers_lock_has_every_extra():
    wanted = names(PROJECT["dependencies"]).union(*map(names, EXTRAS.values()))

    assert wanted <= locked("requirements-server.txt").keys()


@pytest.mark.parametrize("other", ["requirements.txt", "requirements-dev.txt"])
def test_no_version_differs_between_locks(other):
    server, there = locked("requirements-server.txt"), locked(other)

    assert {
        name: there[name] for name in there.keys() & server.keys() if there[name] != server[name]
    } == {}


def test_what_servers_run_is_tested():
    assert locked("requirements-server.txt").keys() <= locked("requirements-dev.txt").keys()
