"""A change of an earlier text undone in the newest one, where it still fits there."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from portal.stories.comparing import pictures
from portal.stories.comparing.choices import apply
from portal.stories.comparing.paragraphs import blocks, joined
from portal.stories.comparing.pictures import Picture
from portal.stories.comparing.sequences import Run, runs
from portal.stories.content import Content

FIELDS = ("title", "summary", "name", "topics", "language")


def undone(old: Content, new: Content, key: str, newest: Content) -> Content | None:
    """The newest content without a change that made `new` of `old`.

    None where what was changed has changed again since. The newest as it is
    where it does not have the change any more.
    """
    wanted = apply(old, new, {key: "undo"})
    values: dict[str, Any] = {}
    for name in FIELDS:
        after, before, now = (getattr(one, name) for one in (new, wanted, newest))
        if after != before != now:
            if now != after:
                return None
            values[name] = before
    text = _text(new.text, wanted.text, newest.text)
    row = _pictures(old, new, key, newest)
    if text is None or row is None:
        return None
    return replace(newest, text=text, pictures=row, **values)


def _text(after: str, before: str, now: str) -> str | None:
    if after == before:
        return now
    base, wanted, row = blocks(after), blocks(before), blocks(now)
    stays = [run for run in runs(base, row) if run.same]
    if not base and not row:
        return before
    there = [run for run in runs(wanted, row) if run.same]
    for run in reversed([run for run in runs(base, wanted) if not run.same]):
        place = _place(stays, run.old)
        if place is not None:
            row[place] = wanted[run.new]
        elif not wanted[run.new] or _place(there, run.new) is None:
            return None
    return joined(row)


def _place(stays: Iterable[Run], part: slice) -> slice | None:
    """Where the paragraphs are now, if none of them changed; or where there were none."""
    for run in stays:
        if run.old.start <= part.start and part.stop <= run.old.stop:
            moved = run.new.start - run.old.start
            return slice(part.start + moved, part.stop + moved)
    return None


def _pictures(old: Content, new: Content, key: str, newest: Content) -> tuple[Picture, ...] | None:
    olds, news, now = (pictures.named(one.pictures) for one in (old, new, newest))
    if key == "pictures":  # their order
        wanted = apply(old, new, {key: "undo"}).pictures
        return wanted if newest.pictures in (new.pictures, wanted) else None
    before, after = olds.get(key), news.get(key)
    if before == after or now.get(key) == before:
        return newest.pictures
    if now.get(key) != after:
        return None
    row = pictures.merged(now, [one for one in olds if one in now or one == key])
    changed = now | ({key: before} if before else {})
    return tuple(changed[one] for one in row if before or one != key)
