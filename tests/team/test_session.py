"""How long a session lasts, and that its member can go on before it ends (WCAG 2.2.1)."""

from datetime import timedelta

import pytest

from portal.team import session
from tests.team import a_member, put_in

LASTS = "/team/session/"
BUTTON = "Stay signed in"


@pytest.fixture
def member(app, clock):
    return a_member()


def test_in_the_last_hour_each_page_says_when_it_ends_and_one_press_lets_it_go_on(
    visit_plain, clock, member
):
    put_in(visit_plain, member)
    assert BUTTON not in visit_plain("/inbox/").text
    clock.shift(session.LASTS - timedelta(minutes=59))
    for path in ("/inbox/", "/team/account/", LASTS):
        assert BUTTON in visit_plain(path).text
    page = visit_plain("/inbox/")
    form = page.page.query("#session form")[0]
    sent = {"csrf_token": form.query("input")[0].attrs["value"]}
    assert form.attrs["target"] == "_blank"  # what is being typed stays on its page
    assert "You are signed in until" in visit_plain.post(LASTS, sent).text
    assert BUTTON not in visit_plain("/inbox/").text
    clock.shift(timedelta(hours=11))
    assert visit_plain("/inbox/").status == 200
    clock.shift(timedelta(hours=2))

    assert visit_plain.client.get("/inbox/").status_code == 303


def test_page_that_stays_open_says_it_once_in_passing(client, clock, member):
    def asked(address=LASTS):
        return client.get(address, headers={"HX-Request": "true"})

    put_in(client, member)
    assert BUTTON not in asked().text
    clock.shift(session.LASTS - timedelta(minutes=59))
    first = asked().text
    assert (BUTTON in first, "#status" in first) == (True, True)
    address = first.partition('data-hx-get="')[2].partition('"')[0]
    again = asked(address.replace("&#43;", "+")).text
    assert (BUTTON in again, "#status" in again) == (True, False)
    clock.shift(timedelta(hours=1))

    assert asked().status_code == 401
