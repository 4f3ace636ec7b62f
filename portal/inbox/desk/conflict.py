"""The page for who saved from a page that is not true any more: both sides, and nothing lost."""

import json
from typing import NamedTuple

from flask import Response, request

from portal.inbox.desk import edits, enclosures, page, wording
from portal.inbox.desk.edits import Conflict
from portal.inbox.desk.forms import typed
from portal.inbox.models import Conversation
from portal.team import services as team
from portal.transaction import Stale
from portal.ways import WAYS
from portal.web import number_in, render

STATUS = 409
# What was sent beside the text, as the page calls it. All else is carried on, and not shown.
LABELS = {
    "way": "How you answer",
    "reason": "Why another way",
    "also_to": "Also to",
    "reference": "Put into",
    "why": "Why nobody is in danger",
    "note": "Your note",
}
KEPT = ("alt-", "was-")  # what pictures show: it is kept whatever becomes of the rest
CARRIED = {"csrf_token", "was", "seen", "draft_seen", "over", "text", "files", "enclosed"}


class TwoSided(NamedTuple):
    """A field that two people changed, in words."""

    label: str
    was: str
    now: str
    wanted: str


def show(conversation: Conversation, reason: Stale) -> Response:
    """Show what a colleague did beside what was sent, to go on from there."""
    lost = reason if isinstance(reason, Conflict) else Conflict({}, {})
    draft, seen = conversation.draft, number_in(typed("seen")) or 0
    ids = [one.id for one in page.family(conversation)]
    changes = page.changes(ids, since=seen)
    differences = _differences(conversation, lost)
    sent = {
        name: text
        for name, text in request.form.items()
        if name not in CARRIED and not name.startswith(KEPT)
    }
    return render(
        "inbox/conflict.html",
        STATUS,
        title="Somebody else was quicker",
        conversation=conversation,
        differences=differences,
        text=typed("text"),
        sent=sent,
        said={LABELS[name]: _said(name, text) for name, text in sent.items() if name in LABELS}
        | _also_wanted(lost),
        was=_seen_now(conversation, lost),
        seen=page.last_change(ids),
        enclosed=enclosures.listed(conversation),
        draft=draft,
        draft_seen=draft.version if draft else 0,
        changes=[one for one in changes if one.what != "opened"][:10],
        messages=page.messages(ids)[-3:],
        names=team.names(),
    )


def _said(name: str, text: str) -> str:
    logged = {str(way): facts.logged for way, facts in WAYS.items()}
    return logged.get(text, text) if name == "way" else text


def _differences(conversation: Conversation, conflict: Conflict) -> list[TwoSided]:
    names = team.names()
    now = edits.shown(conversation, *conflict.was)
    return [
        TwoSided(
            wording.FIELDS.get(name, name),
            wording.value(name, was, names),
            wording.value(name, now[name], names),
            wording.value(name, conflict.wanted[name], names) if name in conflict.wanted else "",
        )
        for name, was in conflict.was.items()
    ]


def _also_wanted(conflict: Conflict) -> dict[str, str]:
    """What else was changed on the page, in words: it waits for the same button."""
    names = team.names()
    return {
        wording.FIELDS.get(name, name): wording.value(name, wanted, names)
        for name, wanted in conflict.wanted.items()
        if name not in conflict.was
    }


def _seen_now(conversation: Conversation, conflict: Conflict) -> str:
    """What the page carried, and what this page shows of it beside that; empty for none."""
    if not conflict.was:
        return typed("was")
    was = json.loads(typed("was"))  # it was read before
    since = was.get(edits.SINCE, {}) | edits.shown(conversation, *conflict.was)
    return json.dumps(was | {edits.SINCE: since})
