"""What the page says of a deed. An old address or tab may name one that is not so any more."""

from collections.abc import Callable
from typing import Any

from portal.stories.states import StoryState
from portal.stories.storyteller.page import StorytellerPage

Truth = Callable[[StorytellerPage], Any]


def _always(_: StorytellerPage) -> bool:
    return True


def _is_on(page: StorytellerPage) -> bool:
    return not page.story.is_over


def _is_own(page: StorytellerPage) -> bool:
    return _is_on(page) and page.newest is not None and page.newest.author_id is None


def _stays(page: StorytellerPage) -> bool:
    story = page.story
    return story.state is StoryState.PUBLISHED and not (story.checks or story.unlisted_at)


DONE: dict[str, tuple[str, Truth]] = {
    "choices": (
        "Your choices are in the text. Is it right now? Then say yes to it below.",
        lambda page: _is_own(page) and page.may_approve,
    ),
    "kept": (
        "You kept every change. Is the text right? Then say yes to it below.",
        lambda page: page.may_approve,
    ),
    "undone": (
        "The change is undone, in a new text. Is it right? Then say yes to it below.",
        lambda page: _is_own(page) and page.may_approve,
    ),
    "text": (
        "Your text is saved. Our team sees it now. Is it right? Then say yes to it below.",
        lambda page: _is_own(page) and not page.approval,
    ),
    "yes": (
        "You said yes to exactly this text.",
        lambda page: _is_on(page) and page.approval,
    ),
    "not-yet": (
        "We know that it is not a yes yet. A person in our team will answer you.",
        lambda page: _is_on(page) and not page.approval,
    ),
    "taken": (
        "We took your yes back. Nobody can publish this text now.",
        lambda page: _is_on(page) and not page.approval,
    ),
    "version": (
        "You said yes to it. You can take it away again.",
        lambda page: _is_on(page) and any(one.approved_at for one in page.versions),
    ),
    "no-version": ("We took it away. Nobody can see it.", _always),
    "message": ("Your message is saved. A person will read it.", _always),
    "call": ("We know that you want a call. A person in our team will call you.", _always),
    "consents": ("Your choices are saved. They count from now on.", _is_on),
    "press": (
        "Your answer is saved. You can change it at any time.",
        lambda page: any(one.is_open and one.answer for one in page.story.press_questions),
    ),
    "still": ("Thank you. Your story stays up.", _stays),
    "guardian": (
        "We have saved it. Our team talks to the parent or guardian whom we know first.",
        lambda page: _is_on(page) and page.story.young,
    ),
    "reach": ("It is saved. From now on we reach you in this way.", _is_on),
    "reach-mailed": (
        "We have sent an email to the new address. Open the link in it, and we use this way.",
        lambda page: page.new_reach,
    ),
    "reach-called": (
        "We have saved it. A person in our team asks you first. Then we use the new way.",
        lambda page: page.new_reach,
    ),
    "withdrawn": (
        "You took your story back. Nobody can read it on this site any more.",
        lambda page: page.story.state is StoryState.WITHDRAWN,
    ),
}


def said(page: StorytellerPage, done: str) -> str:
    """The words for a deed, where they are true now."""
    words, is_true = DONE.get(done, ("", _always))
    return words if is_true(page) else ""
