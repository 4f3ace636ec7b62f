"""Drives the desk of issues, as a member of the team does."""

from portal.issues import drafts
from portal.issues.models import Issue
from tests.issues import an_issue
from tests.stories import published

DESK = "/newsletter/issues/desk/"


def path(issue: Issue) -> str:
    return f"{DESK}{issue.id}"


def titled(title: str):
    """A published story that may be in a newsletter, under this title."""
    return published(title=title)


def a_draft_of(*titles: str, **values) -> Issue:
    """A draft with stories of these titles."""
    return an_issue(*(titled(one) for one in titles), **values)


def words(issue: Issue) -> list[str]:
    """What is in an issue, in its order: titles of stories, and own words."""
    return [part.revision.title if part.revision else part.text for part in issue.parts]


__all__ = ["DESK", "a_draft_of", "drafts", "path", "titled", "words"]
