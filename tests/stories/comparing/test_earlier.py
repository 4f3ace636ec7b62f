"""A change of an earlier text, undone in the newest."""

from dataclasses import replace

import pytest
from hypothesis import given

from portal.stories.comparing import changes
from portal.stories.comparing.choices import apply
from portal.stories.comparing.earlier import undone
from portal.stories.comparing.paragraphs import blocks
from tests.stories.comparing.test_changes import CONTENT, POOL, SEA, SKY, told


def parts(content):
    return replace(content, text=blocks(content.text))


@given(old=CONTENT, new=CONTENT)
def test_undone_in_the_text_that_has_it_and_in_one_that_changed_elsewhere(old, new):
    more = "A towel, a cap and nothing else."
    later = replace(new, text=f"{new.text}\n\n{more}")
    keys = [change.key for change in changes.compare(old, new)]
    now, then = (undone(old, new, keys, newest) for newest in (new, later))
    back = undone(old, new, keys, old)
    for key in keys:
        wanted = parts(apply(old, new, {key: "undo"}))

        assert parts(now[key]) == wanted
        assert back[key] is None or parts(back[key]) == parts(old)
        if new.text.strip():
            assert parts(then[key]) == replace(wanted, text=[*wanted.text, more])


ONE, TWO, THREE = "I swim in the sea.", "Sam comes along.", "We eat cake."


@pytest.mark.parametrize(
    ("old", "new", "newest", "made"),
    [
        ([ONE, TWO], ["I swim.", TWO], ["I swim.", THREE], [ONE, THREE]),
        ([ONE, TWO], ["I swim.", TWO], ["I swim daily.", TWO], None),
        ([ONE, TWO], ["I swim.", TWO], [ONE, TWO, THREE], [ONE, TWO, THREE]),
        ([ONE, TWO, THREE], [ONE, THREE], [ONE, "We eat."], [ONE, TWO, "We eat."]),
        ([ONE, TWO, THREE], [ONE, THREE], ["I run.", "We eat."], None),
        ([ONE, THREE], [ONE, TWO, THREE], [ONE, TWO], [ONE]),
        ([ONE, THREE], [ONE, TWO, THREE], [ONE, "Sam stays.", THREE], None),
    ],
)
def test_it_fits_where_its_paragraph_is_as_it_made_it(old, new, newest, made):
    old, new, newest = (told("\n\n".join(text)) for text in (old, new, newest))
    (change,) = changes.compare(old, new)
    found = undone(old, new, [change.key], newest)[change.key]

    assert (blocks(found.text) if found else None) == made


def test_a_picture_comes_back_and_goes_beside_others():
    old, new = replace(told(""), pictures=(POOL, SEA)), replace(told(""), pictures=(POOL,))
    later = replace(new, pictures=(SKY, POOL))

    assert one(old, new, "picture-2", later).pictures == (SKY, POOL, SEA)
    assert one(new, old, "picture-2", replace(old, pictures=(SEA, SKY))).pictures == (SKY,)
    worded = replace(new, pictures=(POOL | {"alt": "Water"},))
    other = replace(new, pictures=(POOL | {"alt": "Waves"},))
    assert one(old, worded, "picture-1", other) is None


def one(old, new, key, newest):
    return undone(old, new, [key], newest)[key]
