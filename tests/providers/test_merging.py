"""Nobody's words are taken for a provider's merge language, and each person's own links are."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.providers.campaigns import PREFERENCES_URL, UNSUBSCRIBE_URL
from portal.providers.merging import APART, harmless, merged

# What providers look for, as their pages on merge tags write it.
LANGUAGES = re.compile(
    r"\{\{|\{%|\{#|\{\$|\[\[|\*\||\[[A-Z_]{2,}\]|\{[A-Z_]{2,}\}|\[%|\[[Uu]nsubscribe\]"
)


@given(st.text("{}[]%*|#$ aA_é", max_size=30))
def test_no_words_stay_a_mark_and_all_are_read_as_they_were(words):
    safe = harmless(words)

    assert not LANGUAGES.search(safe)
    assert safe.replace(APART, "") == words


@pytest.mark.parametrize(
    "words", ["a{color:red}", "@media x{a{b:c}}", "[sic] 5 * 3 | 2 [1]", "{ }"]
)
def test_what_is_no_mark_is_left_as_it_is(words):
    assert harmless(words) == words


def test_only_our_own_links_are_filled_in():
    text = f'<a href="{PREFERENCES_URL}">*|UNSUB|*</a> {UNSUBSCRIBE_URL}'

    assert merged(text, "*|PREFS|*", "*|UNSUB|*") == (
        f'<a href="*|PREFS|*">*{APART}|UNSUB|*</a> *|UNSUB|*'
    )


@pytest.mark.parametrize("mark", [PREFERENCES_URL, UNSUBSCRIBE_URL])
@pytest.mark.parametrize("words", ["https://a.example/?to={}", "<{}>", "{}&x", "https://{}"])
def test_nobodys_own_link_is_put_into_the_address_of_a_stranger(mark, words):
    assert merged(words.format(mark), "*|PREFS|*", "*|UNSUB|*") == words.format(mark)
