"""A story as HTML, as plain words, and how it reads."""

import re
from cProfile import Profile
from itertools import pairwise
from pstats import Stats
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.stories import made_once
from portal.stories import markdown as stories_markdown
from portal.stories.states import Level

MARKDOWN = st.text(alphabet="ab Aé\n\t#>-*_`[]()!<>&\\:/1.\"'سש\u202e", max_size=80)


REL = 'rel="nofollow noopener noreferrer ugc"'


def html(markdown):
    return str(stories_markdown.to_html(markdown)).strip()


HEADINGS = {
    "# Top": "h2",
    "# Top\n\n## Part": "h2 h3",
    "# Top\n\n### Skips a step": "h2 h3",
    "## Starts low\n\n### Below\n\n## Beside": "h2 h3 h2",
    "# 1\n\n## 2\n\n### 3\n\n#### 4\n\n##### 5": "h2 h3 h4 h4 h4",
}


@pytest.mark.parametrize("markdown", HEADINGS)
def test_headings_start_below_the_title_of_the_page_and_skip_nothing(markdown):
    for top in (2, 3, 4):
        shown = stories_markdown.to_html(markdown, top=top)
        ranks = [int(rank) + top - 2 for rank in re.findall(r"\d", HEADINGS[markdown])]
        assert [int(rank) for rank in re.findall(r"<h(\d)", shown)] == [min(6, r) for r in ranks]


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("#\n\nI swim.", '<p dir="auto">I swim.</p>'),
        ("one\ntwo", '<p dir="auto">one<br>\ntwo</p>'),
        ("Ada\n---", '<p dir="auto">Ada</p>\n<hr>'),
        ("![A *blue* pool](https://example.org/x.png)", '<p dir="auto">A blue pool</p>'),
        ('[x](https://a.org "A title")', f'<p dir="auto"><a href="https://a.org" {REL}>x</a></p>'),
    ],
    ids=["heading without words", "line break", "dashes", "picture", "link vouches for nothing"],
)
def test_what_is_typed_is_shown_as_people_mean_it(markdown, shown):
    assert html(markdown) == shown


def test_what_a_story_needs_is_there():
    shown = html("I *swim* **daily**.\n\n> Come!\n\n1. Walk\n2. Swim\n\n- Rest\n\n***\n\nBye")

    tags = set(re.findall(r"<(\w+)", shown))
    assert tags == {"p", "em", "strong", "blockquote", "ol", "ul", "li", "hr"}


NO_STORY = (
    *("<script>alert(1)</script>", "a <b>bold</b> <img src=x onerror=alert(1)>"),
    *("<!-- hidden -->", "&lt;b&gt; &copy;", "    moved in", "```\ncode\n```", "`code`"),
    *("| a | b |\n|---|---|", "[name]: https://example.org"),
)


@pytest.mark.parametrize("markdown", NO_STORY)
def test_what_is_no_story_is_shown_as_it_was_typed(markdown):
    assert set(re.findall(r"<(\w+)", html(markdown))) <= {"p", "br"}
    assert stories_markdown.plain(markdown).split() == markdown.split()


def test_a_link_without_words_shows_its_address():
    for words in ("", " ", "![](https://x)"):
        assert "https://a.org</a>" in html(f"[{words}](https://a.org)")


EVIL = (
    *("javascript:alert(1)", "JaVaScript:alert(1)", "java\nscript:x", "&#106;avascript:x"),
    *("data:text/html,x", "//evil.example", "/inbox/", "vbscript:x", "file:///etc/passwd"),
)


@pytest.mark.parametrize("address", EVIL)
def test_links_go_to_web_and_mail_addresses_only(address):
    assert "href" not in html(f"[x]({address})") + html(f"<{address}>")


@given(markdown=MARKDOWN | st.text())
def test_whatever_is_typed_gives_only_what_is_allowed_and_can_be_measured(markdown):
    assert stories_markdown.measure(markdown).minutes >= 1
    shown = html(markdown)

    tag = r"<(/?)(\w+)((?: [a-z]+=\"[^\"<>]*\")*)>"
    assert "<" not in re.sub(tag, "", shown)
    for _, name, attributes in re.findall(tag, shown):
        assert name in stories_markdown.TAGS
        names = set(re.findall(r" ([a-z]+)=", attributes)) - ({"rel"} if name == "a" else set())
        assert names <= stories_markdown.ATTRIBUTES.get(name, set())
    ranks = [1, *(int(rank) for rank in re.findall(r"<h(\d)", shown))]
    assert all(after <= before + 1 for before, after in pairwise(ranks))


def test_each_block_says_which_way_it_is_written():
    shown = html("مرحبا\n\nHello\n\n- שלום\n- hi\n\n> سلام")

    assert shown.count('<p dir="auto">') == 3
    assert '<ul dir="rtl">\n<li dir="rtl">שלום</li>\n<li dir="ltr">hi</li>' in shown
    assert '<blockquote dir="rtl">' in shown


def test_plain_words_have_no_signs_and_a_blank_line_between_blocks():
    markdown = "# My *week*\n\nI [swim](https://a.org)\ntwice.\n\n- Monday\n- Friday"

    assert stories_markdown.plain(markdown) == "My week\n\nI swim\ntwice.\n\nMonday\n\nFriday"


def test_reading_takes_a_minute_for_110_words():
    minutes = {0: 1, 1: 1, 110: 1, 164: 1, 165: 2, 274: 2, 275: 3, 661: 6, 11_000: 100}

    assert {words: stories_markdown.minutes("swim " * words) for words in minutes} == minutes


def test_levels_are_steps_of_lix():
    easy, middle, hard = Level

    found = [stories_markdown.level(index) for index in (None, 0, 40, 41, 50, 51)]
    assert found == [easy, easy, easy, middle, middle, hard]


def test_a_story_is_measured_without_its_signs():
    measured = stories_markdown.measure("# Swimming\n\nI swim. I swim *every* week with friends.")

    # 3 sentences, the heading being one; 2 long words of 9 ("Swimming", "friends").
    assert (measured.words, measured.lix) == (9, round(9 / 3 + 100 * 2 / 9))
    assert measured.level is Level.BEGINNER
    said = "Measured by LIX: 3 words in a sentence, 22 of 100 words are long."
    assert measured.explanation == said


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("Hi!", "1 word in a sentence, 0 of 100 words are long."),
        ("I can go to it. " * 33 + "Swimming", "1 of 100 words is long."),
        ("I went to the\npool with my\nsister.", "8 words in a sentence"),
        ("I went to pool\nThen I went home", "4 words in a sentence"),
    ],
    ids=["one word", "one long word", "lines that an email program cut", "lines of their own"],
)
def test_the_measure_is_said_in_words(markdown, said):
    assert said in stories_markdown.measure(markdown).explanation


def test_a_text_without_words_is_easy_and_says_so():
    for markdown in ("", " \n\n ", "***", "!?", "#"):
        measured = stories_markdown.measure(markdown)
        assert (measured.words, measured.minutes, measured.lix) == (0, 1, None)
        assert measured.level is Level.BEGINNER
        assert measured.explanation == "There are no words to measure yet."


def test_a_word_is_one_word_in_any_script():
    for word in ("हिन्दी", "e\u0301te\u0301", "مُحَمَّد", "swim\u00adming", "می\u200cروم"):
        assert stories_markdown.measure(f"{word} {word}").words == 2


SIGNS = ("[", "]", ">", "*", "_", "`", "!", "<", "\\", "&#", "\u0300")
PIECES = (
    *("![", "[](", "[a](", "[a](<b", "> ", "- ", "1. ", "a*", "**a ", "*a **b ", "[[]"),
    *("![[]()", "#\n", "- a\n", ">a\n>>b\n", "[](https://a.org)"),
)


@pytest.mark.parametrize("unit", [*SIGNS, *PIECES])
def test_a_long_text_of_one_sign_costs_what_its_length_is(unit):
    """Work is counted in calls, not as time."""
    short, long = (steps(unit * (size // len(unit))) for size in (1_000, 4_000))

    assert long <= 4.5 * short + 1_000


def steps(markdown):
    with Profile() as profile:
        stories_markdown.to_html(markdown)
    return Stats(profile).total_calls


@pytest.mark.parametrize("unit", ["> ", "- ", "1. ", "> - ", "*", "[", "**a "])
def test_no_word_is_lost_however_deep_it_stands(unit):
    for depth in (5, 9, 10, 11, 19, 20, 21, 1000):
        markdown = unit * depth + "deep"
        assert stories_markdown.plain(markdown).endswith("deep")
        assert "deep" in html(markdown)


def test_a_text_of_more_signs_than_anybody_writes_is_shown_as_it_was_typed():
    line = "**a** & <b>\n"
    times = stories_markdown.SIGNS_MOST // len(stories_markdown.SIGN.findall(line))
    read, typed = line * times, line * (times + 1)

    assert "<strong>a</strong>" in html(read)
    shown = "**a** &amp; &lt;b&gt;<br>\n" * (times + 1)
    assert html(typed) == f'<p dir="auto">{shown}</p>'
    assert stories_markdown.plain(typed) == typed.strip()


def test_what_is_made_of_a_text_is_made_once(monkeypatch):
    parse = Mock(wraps=stories_markdown.MARKDOWN.parse)
    monkeypatch.setattr(stories_markdown.MARKDOWN, "parse", parse)
    text = "# A text that is shown several times"

    assert html(text) == html("".join([*text]))
    assert parse.call_count == 1
    assert (html(text)[:3], stories_markdown.to_html(text, 3)[:3]) == ("<h2", "<h3")


def test_no_more_is_kept_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(made_once, "MOST", 5 * made_once.LEAST)
    make = Mock(side_effect=str.upper)
    kept = made_once.made_once(make)

    for letter in "abcdefghij" * 2:
        assert kept(letter) == letter.upper()
        assert kept(letter) == letter.upper()
    assert make.call_count == 20
