"""docs/operating.md, done line by line in a Debian with nothing in it."""

import os
from shutil import which

import pytest

from tests.deploy.walk import LOG, SIGN_UP, clean_debian, lines_of, seconds_taken
from tests.services import absent

pytestmark = pytest.mark.deep
IS_THERE = "portal newsletter show ada@example.net\n"
OPEN = "echo OPEN $(find /var/lib/portal /var/backups/portal -perm /077 | wc -l)\n"
HALF_AN_HOUR = 1800  # seconds


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_the_page_sets_up_upgrades_and_restores_a_site(suite, tmp_path):
    if os.geteuid() or not which("debootstrap"):
        absent("debootstrap is not installed, or who runs this is not root")
    steps = (
        *(lines_of("Install"), SIGN_UP, lines_of("Upgrade"), IS_THERE, lines_of("Backup")),
        *(lines_of("Restore"), IS_THERE, SIGN_UP, OPEN, LOG),
    )
    with clean_debian(suite, tmp_path) as debian:
        said = debian.run("".join(steps))

    took = seconds_taken(said)
    print(suite, took)  # noqa: T201 - the figure for the closing report
    assert said.count("ANSWER 303 https://www.example.org/newsletter/thanks") == 2
    assert said.count('"Email address": "ada@example.net"') == 4
    assert "OPEN 0" in said.splitlines()
    assert sum(took.values()) < HALF_AN_HOUR
