"""A story that an editor changed in 17 places, of every kind that there is."""

from portal.stories import shaping
from tests.stories import a_story, an_editor, ask, content

OLD = """I grew up by the sea, and for years I only looked at it.

How it began

My chair and I went to the pool on a Monday in March. The lift was broken. Nobody told us before.

A woman called Ruth saw us wait. She said that she would find the key.

She came back with three people, and they asked me what I needed.

The water was cold and it was loud, but it held me.

I felt light. I had not felt light for a long time,I think since the hospital.

We wrote down what must change. You can read it on its page.

Getting involved

Towel, water, a friend.

You do not need to swim well. You only need to ask.

They tell you to be brave. I say: tell them what you need!

I go each week now and I bring my sister with me.

My doctor says that my shoulders are stronger than they were last year.

The council has mended the lift. That took five months and eleven letters.

If you want to come with us, write to the group.

See you in the water"""
NEW = """I grew up by the sea, and for years I only looked at it from the wall.

## How it began

My chair and I went to the pool one Monday in March. The lift was broken. Nobody told us.

A woman called Ruth saw us wait. She said she would find the key.

She came back with three people. They asked me what I needed.

The water was cold and it was loud, but it held me.

I felt light. I had not felt light for a long time, I think since the hospital.

We wrote down what must change. You can read it [on its page](https://example.org/changes).

## Getting involved

- Towel
- water
- a friend

You do not need to swim well. You **only** need to ask.

> They tell you to be brave. I say: tell them what you need!

I go each week now, and I bring my sister with me.

My doctor says that my shoulders are stronger than last year.

If you want to come with us, write to the group.

See you in the water."""


def much_changed():
    """It waits for its storyteller."""
    story = a_story(text=OLD)
    summary = "A pool, a lift and a group."
    text = content(story, title="The water holds me", summary=summary, text=NEW)
    shaping.revise(story, an_editor(), text, 1, "It is shorter, and easier to read.")
    return ask(story)
