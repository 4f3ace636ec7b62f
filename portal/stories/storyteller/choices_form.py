"""The form over all changes of a text: keep each, undo it, or say it in one's own words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from wtforms import Field, RadioField, StringField, TextAreaField

from portal.fields import CountField, one_of
from portal.forms import LongText, PlainText, says_something, tidy
from portal.stories.comparing import plainly
from portal.stories.comparing.changes import TextChange, What
from portal.stories.comparing.choices import Choice, OwnWords, apply
from portal.stories.content import STORY_LONGEST, SUMMARY_LONGEST, TITLE_LONGEST, Content
from portal.stories.files.store import ALT_LONGEST
from portal.stories.models import Revision
from portal.stories.storyteller.forms import YesForm
from portal.stories.texts import content_of

KEEP, UNDO, OWN = "keep", "undo", "own"
SMALL = "small"  # the key of all small changes together
UNDOING = {
    "added": "Undo it: take this out again",
    "removed": "Undo it: put this back",
    "changed": "Undo it: go back to what it was",
    "moved": "Undo it: move it back",
}
# What can be said in other words, and how long it may be.
WORDED: dict[What, tuple[type[Field], Any]] = {
    "title": (StringField, PlainText("The title", TITLE_LONGEST)),
    "summary": (TextAreaField, LongText("The summary", SUMMARY_LONGEST)),
    "paragraph": (TextAreaField, LongText("Your words", STORY_LONGEST)),
    "picture": (StringField, PlainText("The words for the picture", ALT_LONGEST)),
}
TOO_LONG = f"The whole story must have {STORY_LONGEST:,} letters or fewer."


@dataclass(frozen=True)
class Row:
    """One change, or all the small ones together, and what was answered about it."""

    number: int
    key: str
    changes: Sequence[TextChange]
    answer: RadioField
    words: Field | None
    """Where own words are typed; none where there are no words to choose."""

    @property
    def sentence(self) -> str:
        """What was changed, in plain words."""
        if len(self.changes) == 1:
            return self.changes[0].sentence
        return f"We changed small signs, such as commas and spaces, in {len(self.changes)} places."

    @property
    def is_answered(self) -> bool:
        """Whether it is not simply kept: what was answered is not in the text yet."""
        return self.answer.data != KEEP or self.has_words or bool(self.answer.errors)

    @property
    def choice(self) -> Choice:
        """The answer as `apply` takes it."""
        if self.answer.data == OWN and self.words is not None:
            return OwnWords(_as_typed(self.changes[0], self.words.data))
        return "undo" if self.answer.data == UNDO else "keep"

    @property
    def has_words(self) -> bool:
        """Whether own words were typed."""
        if self.words is None or not says_something(self.words.data):
            return False
        return tidy(self.words.data) != tidy(self.words.default)


class ChoicesForm(YesForm):
    """An answer to each change. It also carries the yes, so that none is given past an answer."""

    seen = CountField()
    base = CountField()

    listed: Sequence[TextChange] = ()

    @property
    def rows(self) -> Iterator[Row]:
        """The changes in their order."""
        for number, (key, changes) in enumerate(_grouped(self.listed), 1):
            words = self._fields.get(f"own-{key}")
            yield Row(number, key, changes, self[f"do-{key}"], words)

    @property
    def pending(self) -> list[Row]:
        """The changes that are not simply kept."""
        return [row for row in self.rows if row.is_answered]

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether every answer can be used; own words must be there if, and only if, chosen."""
        is_good = super().validate(extra_validators)
        for row in self.rows:
            if row.words is not None and not row.words.errors:
                row.words.errors = [*_doubts(row)]
                is_good = is_good and not row.words.errors
        return is_good

    def applied(self, old: Revision | None, new: Revision | None) -> Content | None:
        """The text that was chosen; None, with a message, where it is too long."""
        answers = {change.key: row.choice for row in self.rows for change in row.changes}
        chosen = apply(content_of(old), content_of(new), answers)
        if len(chosen.text) <= STORY_LONGEST:
            return chosen
        for row in self.pending[:1]:
            row.answer.errors = [TOO_LONG]
        return None


def _doubts(row: Row) -> Iterator[str]:
    assert row.words is not None  # noqa: S101 - the caller looked
    if row.answer.data == OWN and not says_something(row.words.data):
        yield f"Change {row.number}: write your own words, or choose another answer."
    elif row.answer.data != OWN and row.has_words:
        yield f"Change {row.number}: you wrote your own words. Choose them, or empty the box."


def _grouped(listed: Sequence[TextChange]) -> Iterator[tuple[str, Sequence[TextChange]]]:
    """Each change with its key, and at the end those of small signs as one."""
    for change in listed:
        if not change.is_small:
            yield change.key, [change]
    if small := [change for change in listed if change.is_small]:
        yield SMALL, small


def choices_form(listed: Sequence[TextChange], text: int = 0) -> type[ChoicesForm]:
    """The form for the changes of a text, given by its number.

    The number is in the ids: the same key may stand for another change in another text,
    and what was answered to the one must not stay on the page for the other.
    """
    fields: dict[str, Any] = {"listed": listed}
    for number, (key, changes) in enumerate(_grouped(listed), 1):
        words = None if key == SMALL else _words_field(changes[0], text)
        answers = {KEEP: "Keep this change", UNDO: UNDOING[changes[0].kind]}
        fields[f"do-{key}"] = one_of(
            f"Your answer to change {number}",
            f"Choose an answer to change {number}.",
            answers | {OWN: "In my own words"} if words else answers,
            default=KEEP,
            id=f"do-{text}-{key}",
        )
        if words:
            fields[f"own-{key}"] = words
    return type("ChoicesOfAText", (ChoicesForm,), fields)


def _as_typed(change: TextChange, words: str) -> str:
    """The own words as they are kept: those of a paragraph with their Markdown signs again."""
    if change.what != "paragraph":
        return words
    return plainly.put_back(words, change.after or change.before)


def _words_field(change: TextChange, text: int) -> Any:
    """Where own words are typed, with the text as it is; None where there are none to choose."""
    if change.what not in WORDED or (change.what == "picture" and change.kind != "changed"):
        return None
    kind, check = WORDED[change.what]
    before = change.after or change.before
    rows = min(12, 2 + len(before) // 60)
    return kind(
        "In my own words",
        [check],
        default=plainly.shown(before) if change.what == "paragraph" else before,
        id=f"own-{text}-{change.key}",
        render_kw={} if kind is StringField else {"rows": rows},
    )
