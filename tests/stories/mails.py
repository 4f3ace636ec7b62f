"""The mails to storytellers, each in each of its forms."""

from datetime import timedelta
from functools import partial

from portal.extensions import now
from portal.providers.values import Email
from portal.stories import emails, links, reach
from portal.stories.models import Story
from tests.stories import (
    ADA,
    a_draft,
    a_story,
    a_young_story,
    approved,
    fresh,
    handed_over,
    published,
    withdrawn,
)

SOON, LATE = {"again": False, "left": 1}, {"again": True, "left": 0}
SENT = ("receipt", "ready", "version", "reminder", "resting", "declined", "withdrawn", "erased")
SENT += ("yes_noted", "yes_ended", "guardian_waits", "press", "shows")
PUBLIC = ("published", "resting", "withdrawn", "erased", "still_happy", "unlisted")


def a_mail(story: Story, name: str, **context: object) -> Email:
    """The mail as the value that is handed over, whatever it is about."""
    if name == "links":
        return emails.lost_links(ADA, [story, a_draft()])
    days = dict.fromkeys(("delete_at", "rests_at", "answer_by"), now() + timedelta(days=30))
    url = links.story_url(story) if story.slug else ""
    words = "It names a person.\n\nWe can talk about it."
    return emails.about(story, name, words=words, story_url=url, **days, **context)


def _made(make, name, context=SOON):
    story = make()
    return a_mail(fresh(withdrawn(story)) if name == "withdrawn" else story, name, **context)


def _asked_for_another_way():
    story = a_story()
    reach.ask(story, reach.Reach("email", "new@example.org", "", "", ""))
    return story


def _new_address():
    story = _asked_for_another_way()
    return emails.new_address(story, ADA, links.new_address_url(story, reach.wanted(story).code))


def _way_changed():
    story = _asked_for_another_way()
    reach.confirm(story, reach.wanted(story).code)
    return emails.way_changed(story, links.undo_url(story, reach.former(story)[-1].code))


MAILS = {
    **{f"story_{one}": partial(_made, a_draft, one) for one in ("link", "draft_reminder", "links")},
    **{f"story_{one}": partial(_made, a_story, one) for one in SENT},
    **{f"story_{one}, public": partial(_made, published, one) for one in PUBLIC},
    "story_reminder, the last": partial(_made, a_story, "reminder", LATE),
    "story_guardian_waits, public": partial(_made, published, "guardian_waits"),
    "guardian_ask": lambda: emails.to_guardian(approved(handed_over(a_young_story()))),
    "guardian_ask, of a film": lambda: emails.to_guardian(approved(a_young_story()), of_form=True),
    "story_new_address": _new_address,
    "story_way_changed": _way_changed,
    "story_still_happy, again": partial(_made, published, "still_happy", LATE),
}
