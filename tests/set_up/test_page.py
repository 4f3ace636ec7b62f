"""The page “Set-up”: what `flask check` says, for managers, who can change nothing there."""

import threading

import pytest

from portal import checks
from portal.checks import SiteCheck
from portal.providers.values import Finding
from portal.team.models import Role
from tests.conftest import SECRET
from tests.newsletter import tables
from tests.team import sign_in

SET_UP = "/team/set-up/"


@pytest.fixture
def manager(app, visit):
    return sign_in(visit, app, Role.MANAGER)


def test_managers_see_what_is_wrong_with_its_cure_and_what_is_for_them_to_look_at(
    app, visit, manager, add_check
):
    wrong = Finding("The roof leaks.", ok=False, cure="Mend it.")
    add_check(SiteCheck("Roof", lambda: [wrong, Finding("It is red.", ok=None)]))
    before = tables()
    shown = visit(SET_UP)

    items = [" ".join(one.to_text().split()) for one in shown.page.query("li")]
    assert "Wrong: The roof leaks. Mend it." in items
    assert "For you to look at: It is red." in items
    assert [one for one in items if one.startswith("Right: The database answers")]
    titles = [one.to_text() for one in shown.page.query("h2")]
    assert titles.index("Roof") < titles.index("Database")
    assert tables() == before
    assert SECRET not in shown.text


def test_services_of_others_are_asked_only_when_somebody_wants_it(app, visit_plain, add_check):
    asked = []
    add_check(SiteCheck("Pigeons", lambda: asked.append(1) or [], outside=True))
    sign_in(visit_plain, app, Role.MANAGER)
    first = visit_plain(SET_UP)
    assert (asked, "Pigeons" in first.text) == ([], False)

    second = visit_plain(f"{SET_UP}?ask=services")
    assert (asked, "Pigeons" in second.text) == ([1], True)


def test_a_part_that_gives_no_answer_holds_up_nobody_for_long(
    app, visit_plain, monkeypatch, add_check
):
    monkeypatch.setattr("portal.team.set_up_routes.PATIENCE", 0.1)
    over = threading.Event()
    add_check(SiteCheck("Silent", lambda: over.wait(60) or []))
    sign_in(visit_plain, app, Role.MANAGER)
    shown = visit_plain(SET_UP)
    over.set()

    assert checks.SILENT in shown.text
