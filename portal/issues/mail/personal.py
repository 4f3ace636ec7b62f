"""Somebody's own copy of an issue: their links in it, and the way out in its headers.

Who chose plain text gets no HTML: mail programs would show that in its place.
"""

from dataclasses import replace

from flask import current_app
from markupsafe import escape

from portal.delivery.compose import AUTOMATIC
from portal.issues.mail.rendering import MailLook, RenderedEdition
from portal.issues.models import Edition
from portal.newsletter import emails, links
from portal.newsletter.models import Subscriber
from portal.providers.merging import with_links
from portal.providers.values import Address, Email
from portal.team.models import Member
from portal.web import public_address

NAME, TEST_NAME = "issue", "test"
TEST = "Test"


def copy_for(edition: Edition | RenderedEdition, subscriber: Subscriber) -> Email:
    """A subscriber's copy, ready to be sent."""
    unsubscribe_url = links.unsubscribe_url(subscriber)
    mail = _mail(edition, subscriber.email, links.preferences_url(subscriber), unsubscribe_url)
    return replace(mail, headers=(*mail.headers, *emails.way_out(unsubscribe_url)))


def test_for(edition: Edition | RenderedEdition, member: Member) -> Email:
    """A test for somebody of the team, whose links lead to where anybody gets their own."""
    anybodys = public_address("newsletter.lost_link")
    mail = _mail(edition, member.email, anybodys, anybodys)
    look = current_app.config["FORMATS"].get(edition.format, edition.format)
    return replace(mail, name=TEST_NAME, subject=f"{TEST} ({look}): {mail.subject}")


def _mail(
    edition: Edition | RenderedEdition, to: str, preferences_url: str, unsubscribe_url: str
) -> Email:
    config = current_app.config
    html = "" if edition.format == MailLook.PLAIN else edition.html
    return Email(
        name=NAME,
        to=Address(to),
        sender=Address(config["MAIL_FROM"], config["ORG_NAME"]),
        reply_to=Address(config["TEAM_EMAIL"], config["ORG_NAME"]),
        subject=edition.subject,
        text=with_links(edition.text, preferences_url, unsubscribe_url),
        html=with_links(html, escape(preferences_url), escape(unsubscribe_url)),
        headers=tuple(AUTOMATIC.items()),
    )
