"""Forty people behind one address, all at work at once: they notice no limit."""

from concurrent.futures import ThreadPoolExecutor

from portal.newsletter.models import HeldSignup
from tests.abuse.visitor import Visitor
from tests.services import until

DAY_CENTRE, PEOPLE = "198.51.100.8", 40
HANDS = 8  # of them at once


def test_a_day_centre_of_forty_behind_one_address_notices_no_limit(site, inside):
    def take_part(number):
        email = f"person{number}@example.org"
        visitor = Visitor(site, DAY_CENTRE)
        told = [visitor.fill_in("/newsletter/", {"email": email, "topics": "ideas"})]
        message = {"about": "question", "message": f"Is it warm? {number}", "name": "Ada"}
        visitor.fill_in("/contact/", message | {"reply_by": "email", "email": email})
        told.append(visitor.post("/contact/send", visitor.fields("/contact/send")))
        told.append(visitor.fill_in("/stories/share/", {"way": "write"}))
        begun = told[-1].headers["Location"].partition("?")[0]
        story = {"title": "The water", "text": f"I swim. {number}", "language": "en"}
        told.append(visitor.fill_in(f"{begun}story", story))
        told.append(visitor.fill_in(f"{begun}link", {"email": email}, seen=begun))
        return [one.status_code for one in told]

    with ThreadPoolExecutor(HANDS) as hands:
        assert {*map(tuple, hands.map(take_part, range(PEOPLE)))} == {(303,) * 5}
    assert HeldSignup.query.all() == []
    everybody = [f"person{number}@example.org" for number in range(PEOPLE)]
    until(lambda: all(confirmation(site, email) for email in everybody), 60)


def confirmation(site, email):
    return any("confirm" in link for mail in site.mails(email) for link in mail.links)
