"""The mails of an issue, one for each format, and the digest that stands for all of them.

Each person's own links are put in later, where `PREFERENCES_URL` and `UNSUBSCRIBE_URL` stand.
"""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from flask import current_app, render_template

from portal.issues.mail import parts
from portal.issues.models import Issue
from portal.providers.campaigns import PREFERENCES_URL, UNSUBSCRIBE_URL

HEAVIEST = 100_000  # bytes of HTML: a little above that Gmail cuts a mail off
KILOBYTE = 1000


class MailLook(StrEnum):
    """The formats that look different. Whatever else FORMATS offers looks like the standard one."""

    STANDARD = "standard"
    PLAIN = "plain"
    LARGE = "large"
    EASY_READ = "easy-read"


@dataclass(frozen=True)
class RenderedEdition:
    """The mail in one format.

    The HTML begins with the preview line, hidden. The one in plain text has some too, which is as
    plain as can be, for providers that send nothing without.
    """

    format: str
    subject: str
    html: str
    text: str

    @property
    def weight(self) -> int:
        """Of the HTML, in bytes."""
        return len(self.html.encode())

    @property
    def is_too_heavy(self) -> bool:
        """Whether Gmail would cut it off."""
        return self.weight > HEAVIEST


def editions(issue: Issue) -> list[RenderedEdition]:
    """The mails in all formats, in the order of FORMATS."""
    shown = parts.shown(issue)
    return [_edition(issue, format_, shown) for format_ in current_app.config["FORMATS"]]


def edition(issue: Issue, format_: str) -> RenderedEdition:
    """The mail in one format."""
    return _edition(issue, format_, parts.shown(issue))


def format_for(wanted: str) -> str:
    """The format in which somebody gets it who chose this one, which may be gone from FORMATS."""
    formats = current_app.config["FORMATS"]
    usual = MailLook.STANDARD if MailLook.STANDARD in formats else next(iter(formats))
    return wanted if wanted in formats else str(usual)


def digest(issue: Issue) -> str:
    """SHA-256 of all that would be sent, and to whom; the same on any machine."""
    said: dict[str, Any] = {
        "editions": [asdict(one) for one in editions(issue)],
        "topics": sorted(issue.topics),
        "texts": [[part.kind, part.story_id, part.revision_id] for part in issue.parts],
    }
    written = json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return sha256(written.encode()).hexdigest()


def _edition(issue: Issue, format_: str, shown: list[parts.ShownPart]) -> RenderedEdition:
    known = {kind.value for kind in MailLook}
    context = {
        "subject": issue.title,
        "preview": issue.preview,
        "opening": parts.MailText(issue.opening),
        "parts": shown,
        "kind": format_ if format_ in known else MailLook.STANDARD,
        "preferences_url": PREFERENCES_URL,
        "unsubscribe_url": UNSUBSCRIBE_URL,
    }
    text = render_template("email/issue/body.txt", **context)
    html = render_template("email/issue/body.html", **context)
    return RenderedEdition(format_, issue.title, html, f"{text.strip()}\n")
