"""What an editor changed, in words, and each change kept, undone or put in own words."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.stories.comparing import changes, paragraphs
from portal.stories.comparing.choices import OwnWords, apply
from portal.stories.comparing.looks import looks
from portal.stories.content import Content

WORDS = st.sampled_from(["I", "swim", "swimming", "the", "pool,", "*very*", "#", "Ada.", "שלום"])
PARAGRAPH = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)
ANY_TEXT = st.text(alphabet="ab .,\n\r\t*-#\u2028\u0301é💚", max_size=60) | st.text(max_size=30)
TEXT = st.lists(PARAGRAPH, max_size=7).map("\n\n".join) | ANY_TEXT
ALT = st.sampled_from(["", "Pool", "Sea"])
PICTURE = st.builds(dict, file=st.sampled_from("abcd"), digest=st.sampled_from("12"), alt=ALT)
CONTENT = st.builds(
    Content,
    title=ANY_TEXT,
    summary=TEXT,
    text=TEXT,
    name=st.sampled_from(["", "Ada", "Ada B."]),
    topics=st.lists(st.sampled_from("xyz"), unique=True).map(tuple),
    pictures=st.lists(PICTURE, max_size=4).map(tuple),
    language=st.sampled_from(["en", "cy"]),
)
NAMES = {"", "p0", "p99", "title", "summary", "name", "topics", "language", "pictures"}
NAMES |= {f"picture-{name}" for name in "abcde"}
CHOICE = st.sampled_from(["keep", "undo"]) | ANY_TEXT.map(OwnWords)


def told(text):
    return Content(text=text)


def compare(old, new, **options):
    return changes.compare(told(old), told(new), **options)


def only(found):
    (change,) = found
    return change


def undo(found):
    return {change.key: "undo" for change in found}


def without_blank_lines(content):
    return replace(content, text="\n\n".join(paragraphs.blocks(content.text)))


# Laws


@given(old=CONTENT, new=CONTENT)
def test_all_kept_is_the_new_one_all_undone_the_old_one_and_each_says_both_sides(old, new):
    assert changes.compare(old, old) == []
    assert all(block.change is None for block in changes.paragraphs(old, old))
    found = changes.compare(old, new)

    assert apply(old, new, {}) == new
    assert apply(old, new, dict.fromkeys([change.key for change in found], "keep")) == new
    unknown = NAMES - {change.key for change in found}
    assert apply(old, new, dict.fromkeys(unknown, "undo")) == new
    assert apply(old, new, dict.fromkeys(unknown, OwnWords("x"))) == new
    undone = apply(old, new, undo(found))
    assert without_blank_lines(undone) == without_blank_lines(old)
    assert len({change.key for change in found}) == len(found)
    for change in found:
        assert change.sentence.endswith(".")
        assert change.sentence.startswith("We ")
        shown = (lambda text: looks(text).words) if change.what == "paragraph" else str
        if change.what != "pictures":
            assert side(change, "out") == shown(change.before)
            assert side(change, "in") == shown(change.after)


@given(old=CONTENT, new=CONTENT, data=st.data())
def test_a_change_that_is_undone_or_kept_is_so_whatever_else_is_chosen(old, new, data):
    found = changes.compare(old, new)
    choices = {change.key: data.draw(CHOICE) for change in found}
    made = apply(old, new, choices)

    for name in ("title", "summary", "name", "topics", "language"):
        choice = choices.get(name, "keep")
        if isinstance(choice, str):
            assert getattr(made, name) == getattr(new if choice == "keep" else old, name)
        elif name in {"topics", "language"}:  # own words are no topics
            assert getattr(made, name) == getattr(new, name)
        else:
            assert getattr(made, name) == choice.text


def side(change, op):
    return "".join(text for kind, text in change.words if kind in {"same", op})


def is_removed(block):
    return bool(block.change) and block.change.kind == "removed"


@given(old=TEXT, new=TEXT, words=TEXT, data=st.data())
def test_the_paragraphs_are_the_new_text_and_own_words_replace_only_one(old, new, words, data):
    blocks = changes.paragraphs(told(old), told(new))
    stays = [part for b in blocks if not is_removed(b) for part in paragraphs.blocks(b.text)]
    assert stays == paragraphs.blocks(new)
    assert [b.change for b in blocks if b.change] == compare(old, new)

    keys = [b.change.key for b in blocks if b.change]
    for key in keys and [data.draw(st.sampled_from(keys))]:
        made = apply(told(old), told(new), {key: OwnWords(words)})
        expected = []
        for block in blocks:
            if block.change and block.change.key == key:
                expected += paragraphs.blocks(words)
            elif not is_removed(block):
                expected += paragraphs.blocks(block.text)
        assert paragraphs.blocks(made.text) == expected


FIRST = "On Monday I went to the pool with Ada."
SECOND = "Afterwards we had tea and cake at home."
MANY = "We changed “one” to “ein”. We changed “two” to “zwei”. We changed “three” to “drei”."
MANY += " And 2 more small changes."
SMALL = "We changed small signs, spaces or how words look."


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("I swim very often.", "I swim often.", "We took out “very”."),
        ("I swim.", "I swim every week.", "We added “every week”."),
        ("I liked it.", "I loved it.", "We changed “liked” to “loved”."),
        ("Then I fell ill.\n\nBye", "Bye", "We took out “Then I fell ill”."),
        ("Bye", "Hello!\n\nBye", "We added “Hello!”."),
        ("word " * 60 + "end\n\nBye", "Bye", f"We took out “{'word ' * 8}… {'word ' * 7}end”."),
        ("# Swim\n\nBye", "## Swim\n\nBye", SMALL),
        ("I swim", "I swim.", SMALL),
        ("I *swim*", "I _swim_", SMALL),
        ("Swim\n\nBye", "# Swim\n\nBye", "We made “Swim” a heading."),
        ("# Swim\n\nBye", "Swim\n\nBye", "We made “Swim” plain words: it was a heading."),
        ("# Swim\n\nBye", "# Swim more\n\nBye", "We added “more”."),
        ("Bye", "- Towel\n- Cap\n\nBye", "We added the list “Towel, Cap”."),
        ("> Go on!\n\nBye", "Bye", "We took out the quote “Go on!”."),
        ("Bye", "***\n\nBye", "We added a line."),
        ("I do.", "**I** do.", "We made “I” bold."),
        ("See it.", "See [it](https://a.org/x?y).", "We made “it” a link to a.org."),
        ("See it.", "See [it](mailto:a@b.org).", "We made “it” a link to a@b.org."),
        ("[it](https://a.org)", "[it](https://b.org)", "We made the link “it” lead to b.org."),
        ("[it](https://a.org)", "[that](https://a.org)", "We changed “it” to “that”."),
        ("A man I met.", "Someone who I saw.", "We changed “A man I met” to “Someone who I saw”."),
        (f"{FIRST} {SECOND}", f"{FIRST}\n\n{SECOND}", "We made 2 paragraphs of one."),
        (f"Hi\n\n{FIRST}\n\n{SECOND}", f"Hi\n\n{FIRST} {SECOND}", "We made one paragraph of 2."),
        (
            "one stays two stays here three stays here four stays here five stays",
            "ein stays zwei stays here drei stays here vier stays here funf stays",
            MANY,
        ),
    ],
)
def test_a_change_is_said_in_plain_words(old, new, sentence):
    change = only(compare(old, new))

    assert change.sentence == sentence
    assert change.is_small is (sentence == SMALL)
    assert only(compare(old, new, who="They")).sentence == sentence.replace("We ", "They ")


def test_the_words_that_changed_are_marked():
    words = only(compare("I liked the pool.", "I loved the pool.")).words

    assert words == (("same", "I "), ("out", "liked "), ("in", "loved "), ("same", "the pool."))


def test_a_paragraph_that_moved_is_one_change():
    old = "I grew up by the sea.\n\nNow I swim.\n\nAnd I run."
    new = "Now I swim.\n\nAnd I run.\n\nI grew up by the sea."
    change = only(compare(old, new))

    assert (change.kind, change.key) == ("moved", "p1")
    assert change.sentence == "We moved “I grew up by the sea” to another place."
    assert apply(told(old), told(new), {"p1": "undo"}).text == old
    own = apply(told(old), told(new), {"p1": OwnWords("Hi")})
    assert own.text == "Now I swim.\n\nAnd I run.\n\nHi"


def test_paragraphs_that_changed_are_shown_beside_what_they_were():
    old = f"{FIRST}\n\nThis goes out altogether.\n\n{SECOND}"
    new = f"On Tuesday I went to the pool with Ada.\n\n{SECOND[:-1]} again."

    found = [(change.key, change.kind) for change in compare(old, new)]
    assert found == [("p1", "changed"), ("p2", "removed"), ("p3", "changed")]


def test_blank_lines_and_line_ends_are_no_change():
    assert compare("a\n\nb", "\r\na\r\n \r\n\r\nb\n") == []


# Everything but the text


def picture(file, alt="", digest="d"):
    return {"file": file, "digest": digest, "alt": alt}


POOL, SEA, SKY = picture("1", "A pool"), picture("2", "The sea"), picture("3", "The sky")


def sentences(old, new):
    labels = {"en": "English", "cy": "Welsh", "a": "Art", "c": "Cycling"}
    found = changes.compare(Content(**old), Content(**new), labels)
    return {change.key: change.sentence for change in found}


def test_fields_are_said_by_their_names():
    old = {"title": "My swim", "summary": "I swim a lot.", "topics": ("a", "b")}
    new = {"title": "Swim", "summary": "I swim daily.", "topics": ("b", "c")}

    assert sentences(old, new | {"name": "Ada", "language": "cy"}) == {
        "title": "We changed the title from “My swim” to “Swim”.",
        "summary": "We changed the summary. We changed “a lot” to “daily”.",
        "name": "We added the name “Ada”.",
        "language": "We changed the language from “English” to “Welsh”.",
        "topics": "We took out the topic “Art”. We added the topic “Cycling”.",
    }


def test_pictures_are_said_by_their_words():
    old = {"pictures": (POOL, SEA, picture("4"))}
    new = {"pictures": (SKY, picture("2", "The grey sea"), picture("4", digest="e"))}

    assert sentences(old, new) == {
        "picture-1": "We took out the picture “A pool”.",
        "picture-3": "We added the picture “The sky”.",
        "picture-2": "We changed the words for a picture from “The sea” to “The grey sea”.",
        "picture-4": "We changed a picture without words.",
    }


def test_a_picture_that_was_taken_out_comes_back_where_it_was():
    old, new = Content(pictures=(POOL, SEA, SKY)), Content(pictures=(POOL, SKY))

    assert apply(old, new, {"picture-2": "undo"}).pictures == (POOL, SEA, SKY)
    waves = apply(old, new, {"picture-2": OwnWords("Waves")}).pictures[1]
    assert waves == SEA | {"alt": "Waves"}


def test_the_order_of_pictures_is_a_change_of_its_own():
    old, new = Content(pictures=(POOL, SEA)), Content(pictures=(SEA, SKY, POOL))
    order = changes.compare(old, new)[-1]

    assert (order.key, order.sentence) == ("pictures", "We put the pictures in another order.")
    assert apply(old, new, {"pictures": "undo"}).pictures == (POOL, SEA, SKY)


# Long and hostile texts


def parts(*texts):
    return "\n\n".join(texts)


def numbered(words, most=2000):
    return parts(*(words.format(number) for number in range(most)))


LONG = {
    "paragraphs": (numbered("a{0} b{0}"), numbered("c{0} d{0}")),
    "paragraphs reversed": (numbered("{}"), parts(*numbered("{}").split("\n\n")[::-1])),
    "one word": ("a " * 100_000, "b " * 100_000),
    "two words": ("a b " * 50_000, "b b a a " * 25_000),
    "words reversed": (" ".join(map(str, range(35_000))), " ".join(map(str, range(35_000, 0, -1)))),
    "no space": ("a" * 200_000, "b" * 200_000),
    "signs": ("*-" * 100_000, "-*" * 100_000),
    "letters": ("a\n\n" * 2_000, "b\n\n" * 2_000),
    "alike": (numbered("a b " * 50, 500), numbered("b b a a " * 25 + "{}", 500)),
}


@pytest.mark.parametrize("what", LONG)
def test_long_texts_are_compared_all_the_same(what):
    old, new = LONG[what]
    found = compare(old, new)

    assert found
    assert apply(told(old), told(new), undo(found)).text == old


def test_nobody_is_asked_about_hundreds_of_changes():
    most = paragraphs.MOST_CHANGES
    old, new = (numbered(words, most + 1) for words in ("This was line {}.", "This is line {}."))
    change = only(compare(old, new))

    assert change.sentence == "We changed the text from its start to its end."
    assert (change.before, change.after) == (old, new)
    fewer = compare(numbered("This was line {}.", most), numbered("This is line {}.", most))
    assert len(fewer) == most


def test_one_word_is_found_in_a_text_of_200000_letters():
    words = [f"w{number % 5000}" for number in range(35_000)]
    changed = [*words[:20_000], "new", *words[20_001:]]

    change = only(compare(" ".join(words), " ".join(changed)))
    assert change.sentence == "We changed “w0” to “new”."
