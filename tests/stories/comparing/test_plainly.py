"""A text without Markdown signs, and the signs put back over what was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.stories import markdown
from portal.stories.comparing.looks import looks
from portal.stories.comparing.paragraphs import blocks
from portal.stories.comparing.plainly import put_back, shown
from tests.stories.comparing.test_changes import ANY_TEXT, TEXT

WORDS = st.sampled_from(["I swim", "the pool, Ada", "**strong** water", "*so* light", "שלום"])
LINK = st.sampled_from(
    ["[on its page](https://example.org/a_(b))", "<https://a.org>", "[mail](mailto:a@b.org)"]
)
LINE = st.lists(WORDS | LINK, min_size=1, max_size=4).map(" ".join)
SIGN = st.sampled_from(["", "# ", "### ", "> ", "- ", "7. ", "> # "])
STORY = st.lists(st.builds("{}{}".format, SIGN, LINE), max_size=6).map("\n\n".join)
MARKED = """# How it began

I roll. See [its page](https://a.org/x).

> Be brave,
> says Ruth

- Towel
- You **only** ask"""
PLAIN = """Heading: How it began

I roll. See its page (https://a.org/x).

Quote: Be brave,
says Ruth

• Towel
• You only ask"""


@given(text=TEXT | ANY_TEXT | STORY)
def test_what_was_left_as_it_was_keeps_every_sign(text):
    assert put_back(shown(text), text) == text


@given(text=STORY, at=st.integers(0, 5))
def test_no_heading_and_no_link_is_lost_where_words_are_added(text, at):
    parts = blocks(shown(text))
    parts[at : at + 1] = [f"{part} more" for part in parts[at : at + 1]]
    made = put_back("\n\n".join(parts), text)

    assert kept(made) == kept(text)
    others = set(blocks(text)) - set(blocks(text)[at : at + 1])
    assert others <= set(blocks(made))


def kept(text):
    marks = [mark for block in blocks(text) for mark in looks(block).marks.elements()]
    headings = str(markdown.to_html(text)).count("<h")
    return headings, sorted(address for kind, _, address in marks if kind == "a link")


def test_no_sign_is_shown():
    assert shown(MARKED) == PLAIN


@pytest.mark.parametrize(
    ("old", "new", "made"),
    [
        ("How it began", "How it all began", "# How it all began"),
        ("I roll", "I swim", "I swim. See [its page](https://a.org/x)."),
        ("its page", "that", "I roll. See that (<https://a.org/x>)."),
        ("Heading: How", "How", "How it began"),
        ("I roll. See", "Heading: See", "## See [its page](https://a.org/x)."),
        ("brave", "bold", "> Be bold,\nsays Ruth"),
        ("Towel", "Cap", "- Cap\n- You **only** ask"),
        ("I roll.", "https://b.org/y.", "<https://b.org/y>. See [its page](https://a.org/x)."),
    ],
)
def test_what_was_typed_is_put_into_signs(old, new, made):
    assert made in put_back(PLAIN.replace(old, new), MARKED)
