"""What the pictures of the samples have in common: their names, hills and wheels."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin
from random import Random

from portal.demo.samples.canvas import HEIGHT, INK, LINE, PAPER, WIDTH, Canvas, Point, curve

Scene = Callable[[Canvas, Random], None]
SCENES: dict[str, Scene] = {}


def scene(draws: Scene) -> Scene:
    """Make a picture known by its function's name."""
    SCENES[draws.__name__] = draws
    return draws


def hill(canvas: Canvas, *points: Point, colour: str = INK, edge: str = PAPER) -> None:
    """Draw a hill down to the lower edge, set off from what is behind it."""
    top = curve(*points)
    canvas.stroke(top, 2 * LINE, edge)
    canvas.shape([*top, (WIDTH + 90, HEIGHT + 90), (-90, HEIGHT + 90)], colour)


def spoked(canvas: Canvas, at: Point, radius: float, spokes: int, turned: float) -> None:
    """Draw a wheel on its spokes."""
    canvas.disc(at, radius + LINE)
    canvas.disc(at, radius - LINE, PAPER)
    for number in range(spokes):
        angle = turned + 2 * pi * number / spokes
        end = (at[0] + radius * cos(angle), at[1] + radius * sin(angle))
        canvas.stroke([at, end], 8)
    canvas.ball(at, radius / 6, line=radius / 18)
