"""To whom each mail goes: who goes first, and who must not be mailed without end, follow from it.

A mail that stands nowhere here counts as one to somebody whom we do not know.
"""

from portal.delivery.models import Urgency

TO_WHOM = {
    Urgency.URGENT: ("team_invite", "team_reset", "team_tries"),
    # The team, or they themselves behind a link that we had mailed them, have caused these.
    Urgency.PERSON: (
        *("already_subscribed", "welcome", "question", "reply", "reply_copy", "test"),
        *("story_ready", "story_published", "story_version", "story_declined", "story_yes_noted"),
        *("story_yes_ended", "story_reminder", "story_resting", "story_still_happy"),
        *("story_unlisted", "story_press", "story_shows"),
    ),
    Urgency.TEAM: (
        "team_notice",
        "member_notice",
        "held_notice",
        "many_notice",
        "digest",
        "issue_notice",
        "retention_notice",
    ),
    # A stranger may have typed the address, and causes the mail with no help of ours.
    Urgency.UNPROVED: (
        *("confirm_signup", "preferences_link", "contact_receipt", "contact_link", "your_details"),
        *("story_receipt", "story_link", "story_links", "story_draft_reminder", "story_erased"),
        *("story_withdrawn", "story_way_changed", "story_new_address", "story_guardian_waits"),
        "guardian_ask",
    ),
    Urgency.BULK: ("issue",),
}
USUAL = {name: urgency for urgency, names in TO_WHOM.items() for name in names}


def urgency(name: str) -> Urgency:
    """When the mail of that name goes, if nothing else is said."""
    return USUAL.get(name, Urgency.UNPROVED)
