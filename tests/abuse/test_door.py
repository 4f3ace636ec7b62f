"""Floods of sign-ins: nobody guesses without end; members and everybody else notice nothing."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.extensions import db
from portal.team import browsers, codes, services
from tests.abuse.visitor import Beside, Person, Visitor, networks
from tests.services import until
from tests.team import PASSWORD, SIGN_IN, a_member, signed_in, with_password

ADA = "ada@team.example"
CLIENTS = 4


@pytest.fixture
def site(make_site):
    """One for each flood: what was tried before counts."""
    return make_site()


@pytest.fixture
def app(inside):
    with_password(a_member(email=ADA))
    db.session.commit()
    return inside


class AdaSignsIn(Person):
    """The member whose account is tried, in a browser in which she was before."""

    def __init__(self, app, site) -> None:
        super().__init__(site)
        key = browsers.new_key()
        with app.app_context():
            ada = services.find(ADA)
            self.code, *_ = codes.new_recovery_codes(ada)
            signed_in(ada, known_by=browsers.digest(key))
        self.visitor.cookies.set("portal-known", key)

    def go(self) -> None:
        """Sign in with both steps, look at the inbox, and sign out."""
        self._form("password", SIGN_IN, {"email": ADA, "password": PASSWORD})
        self._form("code", "/team/code", {"code": self.code})
        self._step("inbox", "GET", "/inbox/")
        self._step("account", "GET", "/team/account/")
        out = "/team/sign-out"
        self._step("out", "POST", out, 303, self.visitor.fields(out))


def flood(site, number: int, places: list[str], emails: list[str]) -> Counter:
    """So many wrong passwords, from one place after the other: how often each status came."""
    form = Visitor(site, places[0])
    form.get(SIGN_IN)
    sent, cookies = form.fields(SIGN_IN), form.cookies

    def client(first: int) -> Counter:
        stranger, statuses = Visitor(site, ""), Counter()
        stranger.cookies.update(cookies)
        for one in range(first, number, CLIENTS):
            stranger.headers["X-Forwarded-For"] = places[one % len(places)]
            tried = sent | {"email": emails[one % len(emails)], "password": "wrong words"}
            statuses[stranger.post(SIGN_IN, tried).status_code] += 1
        stranger.close()
        return statuses

    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(client, range(CLIENTS)), Counter())


@pytest.mark.parametrize(
    ("places", "accounts", "tries", "checked"),
    [(1, 1, 100, 10), (1500, 1, 1500, 40), (150, 150, 150, 150)],
)
def test_flood_of_wrong_passwords_keeps_nobody_out_and_nobody_waiting(
    site, app, places, accounts, tries, checked
):
    emails = [ADA] if accounts == 1 else [f"a{one}@team.example" for one in range(accounts)]
    with Beside(site), Beside(site, lambda _: AdaSignsIn(app, site)):
        statuses = flood(site, tries, [*networks(places)], emails)

    assert statuses.keys() <= {422, 429}
    assert statuses[422] <= checked
    if accounts == 1:
        told = until(lambda: site.mails(ADA))
        assert [mail.subject for mail in told] == ["Somebody tries to sign in as you"]
