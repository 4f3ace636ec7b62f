"""The changes of an earlier text, each undone in the newest one where it still fits there."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from portal.stories.comparing import pictures
from portal.stories.comparing.choices import apply
from portal.stories.comparing.paragraphs import ParagraphStep, blocks, joined, steps
from portal.stories.comparing.pictures import Picture
from portal.stories.comparing.sequences import Run, runs
from portal.stories.content import Content

NOTHING = Run(same=True, old=slice(0, 0), new=slice(0, 0))
Part = tuple[ParagraphStep, slice, slice]
"""A step, and where its paragraphs are in the old and in the new text."""


def undone(
    old: Content, new: Content, keys: Iterable[str], newest: Content
) -> dict[str, Content | None]:
    """The newest content without each of the changes that made `new` of `old`.

    None where what was changed has changed again since. The newest as it is
    where it does not have the change any more.
    """
    texts = _texts(old.text, new.text, newest.text)
    return {key: _without(old, new, key, newest, texts) for key in keys}


def _without(
    old: Content, new: Content, key: str, newest: Content, texts: dict[str, str | None]
) -> Content | None:
    if key in texts:
        text = texts[key]
        return None if text is None else replace(newest, text=text)
    if key.startswith("picture"):
        row = _pictures(old, new, key, newest)
        return None if row is None else replace(newest, pictures=row)
    before, after, now = (getattr(one, key) for one in (old, new, newest))
    return replace(newest, **{key: before}) if now in (before, after) else None


def _texts(before: str, after: str, now: str) -> dict[str, str | None]:
    row = blocks(now)
    # Of two empty texts there is no run, and yet something may come back between start and end.
    stays, there = (runs(blocks(text), row) or [NOTHING] for text in (after, before))
    parts: dict[str, list[Part]] = {}
    for part in _parts(steps(before, after)):
        parts.setdefault(part[0].key, []).append(part)
    return {key: _text(found, stays, there, row) for key, found in parts.items() if key}


def _parts(found: Iterable[ParagraphStep]) -> Iterator[Part]:
    at = first = 0
    for step in found:
        to, last = at + len(step.old), first + len(step.new)
        yield step, slice(at, to), slice(first, last)
        at, first = to, last


def _text(
    parts: Iterable[Part], stays: Iterable[Run], there: Iterable[Run], now: Iterable[str]
) -> str | None:
    row = list(now)
    for step, was, made in reversed([*parts]):
        is_back = bool(step.old) and not step.is_moved and _place(there, was) is not None
        place = _place(stays, made)
        if is_back and (place is None or not step.new):
            continue
        if place is None:
            return None
        row[place] = step.old
    return joined(row)


def _place(stays: Iterable[Run], part: slice) -> slice | None:
    """Where the paragraphs are now, if none of them changed; or where there were none."""
    for run in stays:
        if run.same and run.old.start <= part.start and part.stop <= run.old.stop:
            moved = run.new.start - run.old.start
            return slice(part.start + moved, part.stop + moved)
    return None


def _pictures(old: Content, new: Content, key: str, newest: Content) -> tuple[Picture, ...] | None:
    if key == "pictures":  # their order
        wanted = apply(old, new, {key: "undo"}).pictures
        return wanted if newest.pictures in (new.pictures, wanted) else None
    olds, news, now = (pictures.named(one.pictures) for one in (old, new, newest))
    before, after = olds.get(key), news.get(key)
    if now.get(key) == before:
        return newest.pictures
    if now.get(key) != after:
        return None
    row = pictures.merged(now, [one for one in olds if one in now or one == key])
    changed = now | ({key: before} if before else {})
    return tuple(changed[one] for one in row if before or one != key)
