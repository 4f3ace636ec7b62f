"""Languages as people call them, and as pages say them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from portal.stories import languages

WELL_FORMED = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")


NAMED = {"Polish": "pl", " URDU ": "ur", "Scottish  Gaelic": "gd", "BSL": "bfi"}
TAGGED = {"pl": "pl", "EN-gb": "en-GB", "zh-hant-TW": "zh-Hant-TW", "es-419": "es-419"}
UNKNOWN = dict.fromkeys(("Klingon", "", "p", "en-", "العربية"), "und")


def test_a_language_becomes_a_tag():
    tags = NAMED | TAGGED | UNKNOWN

    assert {typed: languages.tag_of(typed) for typed in tags} == tags
    assert all(WELL_FORMED.fullmatch(tag) for tag in languages.NAMES.values())
    assert all(name == name.casefold() for name in languages.NAMES)


@given(typed=st.text(max_size=30))
def test_whatever_is_typed_becomes_a_tag_that_a_page_can_have(typed):
    assert WELL_FORMED.fullmatch(languages.tag_of(typed))
