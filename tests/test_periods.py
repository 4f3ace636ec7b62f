"""A number or a period that a page or a mail names is the one that the code goes by."""

from datetime import timedelta

import pytest

from portal import floods, pages
from portal.contact import services as contact
from portal.delivery import occasions
from portal.extensions import db
from portal.newsletter import links as newsletter_links
from portal.newsletter import models
from portal.stories import deadlines, emails, links
from portal.stories.files import allowed
from portal.stories.finding import phrase, services
from portal.stories.library import query
from portal.team import links as team_links
from tests.stories import a_draft, a_story, published, telling_url

FIND = "/stories/share/find"


def page(address):
    """Reads a page that everybody can open."""
    return lambda visit: visit(address).text


def page_of(make, url):
    """Reads a page of a story that `make` makes, at the address that `url` gives."""

    def read(visit):
        address = url(make())
        db.session.commit()
        return visit(address).text

    return read


def mail(make, name):
    """Reads the mail about a story that `make` makes."""
    return lambda visit: emails.about(make(), name).text


def token_page(path):
    return lambda story: path.format(token=links.token(story))


WORDS, PAUSE = (phrase, "LENGTH", 5), (occasions, "MAIL_PAUSE", timedelta(days=2))
ERASE, STOP = token_page("/stories/mine/{token}/erase"), token_page("/stories/mine/{token}/stop")
SENT, YOU = token_page("/stories/share/{token}/sent"), token_page("/stories/share/{token}/you")
NINE_DAYS = timedelta(days=9)
CONFIRM, BOUNCE = (
    (newsletter_links, "CONFIRM_WITHIN", NINE_DAYS),
    (models, "BOUNCE_LASTS", NINE_DAYS),
)
MONTHS = (contact, "LINKS_MONTHS", 9)
RESET, QUESTIONS = (team_links, "RESET_LASTS", timedelta(hours=3)), (deadlines, "QUESTIONS", 3)
COUNTS = (allowed, "LONGER", NINE_DAYS)
COUNTED, LIBRARY = (query, "COUNTED", 0), token_page("/stories/")
CASES = {
    "words, to find a story": (*WORDS, page(FIND), "With your five words"),
    "words, by phone": (*WORDS, page(f"{FIND}/asked"), "give you five new words"),
    "words, to come back": (*WORDS, page_of(a_draft, telling_url), "Show me five words"),
    "words, for no contact": (*WORDS, page_of(a_draft, YOU), "or your five words"),
    "words, once sent": (*WORDS, page_of(a_story, SENT), "Show me five words"),
    "words, no such draft": (*WORDS, page("/stories/share/x/"), "with your five words"),
    "words, no such story": (*WORDS, page("/stories/mine/x"), "with your five words"),
    "words, to erase": (*WORDS, page_of(a_story, ERASE), "your five words no longer work"),
    "words, erased": (*WORDS, page("/stories/mine/erased"), "your five words no longer work"),
    "words, to stop a link": (*WORDS, page_of(a_story, STOP), "Your five words still lead"),
    "words, stopped": (*WORDS, page("/stories/mine/stopped"), "lose your five words"),
    "mails, of links": (*PAUSE, page(f"{FIND}/mailed"), "one such email in 2 days"),
    "mails, once sent": (*PAUSE, page_of(a_story, SENT), "one such email in 2 days"),
    "mails, receipt": (*PAUSE, mail(a_story, "receipt"), "one such email in 2 days"),
    "mails, private link": (*PAUSE, mail(a_draft, "link"), "one such email in 2 days"),
    "links in a mail": (services, "LINKS_MOST", 3, page(f"{FIND}/mailed"), "at most 3."),
    "yearly questions": (*QUESTIONS, mail(published, "unlisted"), "We asked you three times if"),
    "sign-up, to confirm": (*CONFIRM, page("/newsletter/thanks"), "You have 9 days for this"),
    "sign-up, deleted": (*CONFIRM, page("/privacy"), "deleted after 9 days"),
    "bounces": (*BOUNCE, page("/privacy"), "After 9 days you can sign up again"),
    "counts": (*COUNTS, page("/privacy"), "They are deleted after 9 days at most"),
    "mails, newsletter": (*PAUSE, page("/newsletter/preferences/sent"), "one such email in 2 days"),
    "messages in a mail": (contact, "LINKS_MOST", 3, page("/contact/lost/sent"), "at most 3."),
    "months of messages": (*MONTHS, page("/contact/lost/sent"), "of the last 9 months"),
    "forms": (pages, "FORM_LASTS", 9 * 3600, page("/accessibility"), "up to 9 hours after"),
    "a new password": (*RESET, page("/team/reset"), "It works for three hours"),
    "stories that are counted": (*COUNTED, page_of(published, LIBRARY), "More than 0 stories"),
}


SET = {
    "STORY_DRAFT_DAYS": "deleted 9 days after you last changed it",
    "SPAM_DAYS": "marked as spam is deleted 9 days after that",
    "LEFT_DAYS": "After 9 days we delete your address",
    "STORY_ENDED_DAYS": "After 9 days we erase it",
    "CLOSED_DAYS": "nothing was said for 9 days",
    "RECIPIENT_DAYS": "After 9 days we forget who got which newsletter",
    "SENT_DAYS": "forgets addresses after 9 days",
    "HELD_SIGNUP_DAYS": "looked at it, and for 9 days at most",
}


@pytest.mark.parametrize(("name", "words"), SET.items())
def test_the_privacy_page_has_its_days_from_the_settings(app, visit_plain, name, words):
    assert words not in visit_plain("/privacy").text

    app.config[name] = 9

    assert words in visit_plain("/privacy").text


@pytest.mark.parametrize(("where", "constant", "value", "read", "words"), CASES.values(), ids=CASES)
def test_a_page_says_what_is_done(visit_plain, monkeypatch, where, constant, value, read, words):
    assert words not in read(visit_plain)

    monkeypatch.setattr(where, constant, value)

    assert words in read(visit_plain)


@pytest.mark.parametrize(
    ("rate", "period"), [("5/hour", "an hour"), ("5/2 hour", "2 hours"), ("9/day", "a day")]
)
def test_what_came_often_is_told_with_the_period_of_its_rate(rate, period):
    assert floods.timed(floods.MANY_CAME, rate) == f"Many came from one place in {period}"
