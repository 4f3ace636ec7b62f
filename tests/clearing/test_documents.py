"""What docs/privacy says is what the portal does."""

import re

from portal import retention
from portal.config import ROOT, load_config
from portal.providers import ADAPTERS
from portal.settings import SETTINGS

FOLDER = ROOT / "docs/privacy"
MARK = "> **To be completed by the organisation:**"


def page(name):
    return (FOLDER / name).read_text()


def test_the_table_of_periods_is_the_portals_own(app):
    app.config |= load_config({"SECRET_KEY": "x" * 40, "DEVELOPMENT": "1"})
    rows = [line for line in page("retention.md").splitlines() if line.startswith("|")]

    assert rows == retention.table()


def test_each_period_by_a_setting_is_one_of_the_portal(app):
    named = {kind.setting for kind in retention.kinds.values() if kind.setting}

    assert named <= set(SETTINGS)
    assert all(kind.setting or kind.lasts for kind in retention.kinds.values())


def test_each_provider_is_among_the_processors():
    rows = re.findall(r"(?m)^\| `([a-z]+)` \|", page("processors.md"))

    assert sorted(rows) == sorted(ADAPTERS)


def test_links_between_the_pages_lead_somewhere_and_what_is_open_is_marked():
    for file in FOLDER.glob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)", file.read_text()):
            assert (FOLDER / link).resolve().exists(), (file.name, link)
        assert MARK in file.read_text() or file.name in {"README.md"}, file.name
