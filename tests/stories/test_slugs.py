"""The readable end of a story's address."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.stories import slugs


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("How I learned to swim", "how-i-learned-to-swim"),
        ("  It\u2019s MY story -- at last!  ", "its-my-story-at-last"),
        ("Café Zoë, Łódź & Ærø", "cafe-zoe-lodz-aero"),
        ("Fy wythnos yn nŵr y môr, tŷ", "fy-wythnos-yn-nwr-y-mor-ty"),
        ("رحلتي إلى البحر", "رحلتي-إلى-البحر"),
        ("मेरी कहानी", "मेरी-कहानी"),
        ("私の物語", "私の物語"),
        ("\uff26ull \uff57idth \uff12", "full-width-2"),
        ("Swimming 🏊‍♀️ is 💚", "swimming-is"),
        ("e\u0301te\u0301", "ete"),
        ("<script>/../..?#", "script"),
        ("10,000 steps", "10-000-steps"),
        ("swimming " * 20, "-".join(["swimming"] * 6)),
        ("a" * 100, "a" * 60),
        ("a" * 60 + " b", "a" * 60),
        ("É" * 200_000, "e" * 60),
        *((title, "story") for title in ("", "   ", "🎉🎉", "?!", "---", "\u202e\u200d", "\u0301")),
    ],
    ids=lambda words: ascii(words[:20]),
)
def test_a_title_can_be_read_in_its_address_to_a_whole_word(title, slug):
    assert slugs.make(title) == slug


@pytest.mark.parametrize("title", ["Share", "MINE", "topics!", "find", "Files", "\uff53hare"])
def test_addresses_of_ours_are_never_taken(title):
    assert slugs.make(title).endswith("-story")


@given(title=st.text() | st.text(alphabet="aB É-'\u2019ßقُक\u093f\u0130\u0131🎉/.?#%", max_size=90))
def test_any_title_has_an_address(title):
    slug = slugs.make(title)

    assert 1 <= len(slug) <= slugs.LONGEST
    assert slug not in slugs.RESERVED
    assert slug == slugs.make(slug)
    assert slug == unicodedata.normalize("NFKC", slug)
    assert not re.search(r"--|^-|-$|[\s/?#%.\\]", slug)
    assert all(unicodedata.category(sign)[0] in "LNM" or sign == "-" for sign in slug)
