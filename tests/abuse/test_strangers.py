"""A thousand networks, or one, have strangers mailed: in an hour so many as the setting says."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy

import pytest

from portal.delivery import ledger
from portal.inbox import news
from tests.abuse.visitor import Beside, Visitor, networks
from tests.delivery import mail, saved
from tests.services import until
from tests.site import START_WITHIN

MOST = 20  # mails an hour to people who have not confirmed
FEW, MANY = 90, 1_500  # strangers; many in a deep run
CLIENTS, KILLED = 4, 3
SOON = 10  # seconds


def sign_up(visitor, email):
    return visitor.fill_in("/newsletter/", {"email": email, "topics": "ideas"})


def write(visitor, email):
    words = {"about": "question", "message": "Is it warm?", "name": "Eve", "reply_by": "email"}
    visitor.fill_in("/contact/", words | {"email": email})
    return visitor.post("/contact/send", visitor.fields("/contact/send"))


def link_of_a_draft(visitor, email):
    begun = visitor.fill_in("/stories/share/", {"way": "write"}).headers["Location"]
    return visitor.fill_in(f"{begun.partition('?')[0]}link", {"email": email}, seen=begun)


DOORS = (sign_up, write, link_of_a_draft)


def ask(site, number, network):
    """Have a stranger mailed, by one of the doors; how that was answered."""
    with Visitor(site, network) as visitor:
        return DOORS[number % len(DOORS)](visitor, f"stranger{number}@example.org").status_code


def mailed(site):
    """How many mails each address got."""
    files = (site.folder / "mailbox").glob("*.eml")
    mails = [message_from_bytes(one.read_bytes(), policy=policy.default) for one in files]
    return Counter(one["To"].addresses[0].addr_spec for one in mails)


@pytest.fixture
def site(make_site, request):
    on = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    return make_site(DATABASE_URL=on, UNPROVED_MAILS_PER_HOUR=str(MOST))


@pytest.mark.parametrize(
    ("site", "places"), [("postgres", "many"), ("sqlite", "one")], indirect=["site"]
)
def test_mails_to_strangers_are_so_many_an_hour_and_hold_up_nothing(
    site, inside, places, pytestconfig
):
    number = MANY if pytestconfig.getoption("deep") else FEW
    froms = [*networks(number if places == "many" else 1)] * (1 if places == "many" else number)
    with Beside(site), ThreadPoolExecutor(CLIENTS) as pool:
        asked = [pool.submit(ask, site, *each) for each in enumerate(froms)]
        for done in range(1, KILLED + 1):
            until(asked[done * number // (KILLED + 1)].done, 600)
            site.stop("worker")
            site.start_worker()
        statuses = Counter(one.result() for one in asked)
        for known, within in (("ben", START_WITHIN), ("ada", SOON)):  # the worker has to start
            saved(mail("An answer", f"{known}@known.example", name="reply"))
            until(lambda to=f"{known}@known.example": site.mails(to), within)

    told = mailed(site)
    team = told.pop(inside.config["TEAM_EMAIL"], 0)
    assert told.pop("ben@known.example") == told.pop("ada@known.example") == 1
    assert MOST - KILLED * CLIENTS <= sum(told.values()) <= MOST
    assert team <= 2 * news.MOST_ALONE  # the flood may stand in two hours of the clock
    assert ledger.read().balances
    if places == "many":
        assert statuses == {303: number}
        assert ledger.read().waiting > number / 2
