"""The pictures of the sample stories: motion, in ink on paper with one bright colour.

The same name and seed give the same picture, to the byte.
"""

from __future__ import annotations

from random import Random

from portal.demo.samples import indoors, outdoors
from portal.demo.samples.canvas import INK, PAPER, Canvas
from portal.demo.samples.scenes import SCENES

__all__ = ["draw", "indoors", "outdoors"]
AT_NIGHT = ("night",)


def draw(name: str, seed: int = 1) -> bytes:
    """The picture of that name, as a PNG file."""
    canvas = Canvas(INK if name in AT_NIGHT else PAPER)
    SCENES[name](canvas, Random(seed))  # noqa: S311 - nothing secret
    return canvas.png()
