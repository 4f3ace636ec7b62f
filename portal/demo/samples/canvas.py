"""A sheet of paper to draw on with thick, round strokes of ink and one bright colour."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from math import cos, pi, sin
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw as Pen

WIDTH, HEIGHT = 1600, 1000
FINER = 2  # it is drawn so many times larger, so that its edges are smooth
INK, PAPER, ACCENT = "#171310", "#fdf8ef", "#ffb31a"
LINE = 26

Point = tuple[float, float]


class Canvas:
    """One drawing. Places and sizes are in pixels of the finished picture."""

    def __init__(self, background: str = PAPER) -> None:
        from PIL import Image, ImageDraw  # noqa: PLC0415 - a fifth of a second, which few need

        self._image = Image.new("RGB", (WIDTH * FINER, HEIGHT * FINER), background)
        self._draw: Pen = ImageDraw.Draw(self._image)

    def disc(self, at: Point, radius: float, colour: str = INK) -> None:
        """A full circle."""
        x, y = at
        box = (x - radius, y - radius, x + radius, y + radius)
        self._draw.ellipse([place * FINER for place in box], fill=colour)

    def ring(self, at: Point, radius: float, width: float = LINE, colour: str = INK) -> None:
        """A circle's line; `radius` goes to its middle."""
        x, y = at
        outer = radius + width / 2
        box = (x - outer, y - outer, x + outer, y + outer)
        self._draw.ellipse(
            [place * FINER for place in box], outline=colour, width=round(width * FINER)
        )

    def ball(self, at: Point, radius: float, colour: str = ACCENT, line: float = LINE) -> None:
        """A circle in a colour with a line of ink round it."""
        self.disc(at, radius)
        self.disc(at, radius - line, colour)

    def shape(self, points: Sequence[Point], colour: str = INK) -> None:
        """An area."""
        self._draw.polygon([(x * FINER, y * FINER) for x, y in points], fill=colour)

    def stroke(self, points: Sequence[Point], width: float = LINE, colour: str = INK) -> None:
        """A line through points, with round ends and corners."""
        fine = [(x * FINER, y * FINER) for x, y in points]
        self._draw.line(fine, fill=colour, width=round(width * FINER))
        for point in points:
            self.disc(point, width / 2, colour)

    def ribbon(self, points: Sequence[Point], width: float = 72, line: float = 14) -> None:
        """A bright path with ink along both sides."""
        self.stroke(points, width + 2 * line)
        self.stroke(points, width, ACCENT)

    def dots(self, points: Sequence[Point], radius: float, colour: str = INK) -> None:
        """Points, as dots."""
        for point in points:
            self.disc(point, radius, colour)

    def png(self) -> bytes:
        """The picture as a file."""
        from PIL import Image  # noqa: PLC0415

        file = BytesIO()
        smooth = self._image.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
        smooth.save(file, "PNG", compress_level=1)
        return file.getvalue()


def arc(at: Point, radius: float, start: float, end: float, flat: float = 1) -> list[Point]:
    """Points of a part of a circle, in degrees from the right, clockwise; `flat` squeezes it."""
    steps = max(2, round(abs(end - start)))
    angles = [(start + (end - start) * step / steps) * pi / 180 for step in range(steps + 1)]
    return [(at[0] + radius * cos(angle), at[1] + flat * radius * sin(angle)) for angle in angles]


def wave(y: float, height: float, length: float, shift: float = 0) -> list[Point]:
    """Points of a wave from edge to edge, and a bit more."""
    return [
        (x, y + height * sin(2 * pi * (x + shift) / length)) for x in range(-60, WIDTH + 61, 10)
    ]


def curve(*points: Point, finely: int = 60) -> list[Point]:
    """Points of a soft line through all these (Catmull-Rom)."""
    ends = [points[0], *points, points[-1]]
    found: list[Point] = []
    for before, start, end, after in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        for step in range(finely):
            part = step / finely
            found.append(
                (
                    _between(before[0], start[0], end[0], after[0], part),
                    _between(before[1], start[1], end[1], after[1], part),
                )
            )
    return [*found, points[-1]]


def _between(before: float, start: float, end: float, after: float, part: float) -> float:
    """A soft way from `start` to `end`, knowing where it came from and where it goes."""
    turn = end - before, after - start
    square, cube = part**2, part**3
    return (
        start * (2 * cube - 3 * square + 1)
        + turn[0] / 2 * (cube - 2 * square + part)
        + end * (3 * square - 2 * cube)
        + turn[1] / 2 * (cube - square)
    )


def along(points: Sequence[Point], number: int, *, gap: float = 0) -> list[Point]:
    """So many points at even distances on the way, `gap` (a part of it) from each end."""
    lengths = [0.0]
    for (x, y), (to_x, to_y) in pairwise(points):
        lengths.append(lengths[-1] + ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5)
    whole = lengths[-1]
    wanted = [whole * (gap + (1 - 2 * gap) * step / max(1, number - 1)) for step in range(number)]
    return [
        points[min(range(len(points)), key=lambda place: abs(lengths[place] - want))]
        for want in wanted
    ]
