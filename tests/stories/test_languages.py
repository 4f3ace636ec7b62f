"""Languages as people call them, and as pages say them."""

import re
from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from portal.extensions import db
from portal.stories import formats, languages, shaping, texts
from portal.stories.models import Revision, Version
from portal.stories.states import VersionKind
from portal.transaction import NotPossible
from tests.stories import a_draft, an_editor, content, published

SPOKEN_AND_SIGNED = [("en", False), ("bfi", True), ("BFI-GB", True), ("isg", True), ("bn", False)]
WELL_FORMED = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")


NAMED = {"Polish": "pl", " URDU ": "ur", "Scottish  Gaelic": "gd", "BSL": "bfi"}
TAGGED = {"pl": "pl", "EN-gb": "en-GB", "zh-hant-TW": "zh-Hant-TW", "es-419": "es-419"}
UNKNOWN = dict.fromkeys(("Klingon", "", "p", "en-", "العربية"), "und")


def test_a_language_becomes_a_tag():
    tags = NAMED | TAGGED | UNKNOWN

    assert {typed: languages.tag_of(typed) for typed in tags} == tags
    assert all(WELL_FORMED.fullmatch(tag) for tag in languages.NAMES.values())
    assert all(name == name.casefold() for name in languages.NAMES)


@pytest.mark.parametrize(("tag", "is_signed"), SPOKEN_AND_SIGNED)
@pytest.mark.usefixtures("each_database")
def test_no_text_is_in_a_language_that_is_signed_whoever_writes_it(app, tag, is_signed):
    story, editor = published(), an_editor()
    newest, in_it = texts.latest(story), {"language": tag}
    past = {"story_id": story.id, "number": 9, "title": "", "text": "", "digest": "0"}
    form = {"story_id": story.id, "revision_id": newest.id, "kind": "language", "title": ""}
    form["digest"] = "0"
    deeds = {
        "draft": lambda: a_draft(**in_it),
        "text": lambda: shaping.revise(story, editor, content(story, **in_it), newest.number),
        "version": lambda: formats.add_version(
            story, editor, VersionKind.EASY_READ, "Easy", tag, text="I swim."
        ),
        "past the services": lambda: db.session.execute(insert(Revision).values(**past, **in_it)),
        "a version past them": lambda: db.session.execute(insert(Version).values(**form, **in_it)),
    }
    film = formats.add_version(story, editor, VersionKind.BSL, "Film", tag, link="https://a.org")
    assert film.language == (tag if is_signed else "bfi")
    for deed in deeds.values():
        with pytest.raises((NotPossible, DBAPIError)) if is_signed else nullcontext():
            deed()
        db.session.rollback()


def test_an_old_text_that_names_one_stays_and_what_follows_does_not(app):
    old = Revision(title="Pool", text="I swim.", language="bfi", topics=[], pictures=[])

    assert texts.content_of(old).language == "en"


@given(typed=st.text(max_size=30))
def test_whatever_is_typed_becomes_a_tag_that_a_page_can_have(typed):
    assert WELL_FORMED.fullmatch(languages.tag_of(typed))
