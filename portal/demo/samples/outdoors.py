"""Pictures of moving under the sky."""

from __future__ import annotations

from random import Random

from portal.demo.samples.canvas import (
    ACCENT,
    HEIGHT,
    INK,
    PAPER,
    WIDTH,
    Canvas,
    along,
    arc,
    curve,
    wave,
)
from portal.demo.samples.scenes import hill, scene, spoked

LIT = 7  # of ten windows


@scene
def wheel(canvas: Canvas, random: Random) -> None:
    """A wheel on a path, with hills and a low sun behind."""
    canvas.disc((1240, 430), 190, ACCENT)
    hill(canvas, (-90, 610), (260, 470), (640, 640), (1000, 600), (1350, 450), (1700, 560))
    hill(
        canvas,
        *((-90, 760), (300, 720), (800, 790), (1250, 650), (1700, 730)),
        colour=PAPER,
        edge=INK,
    )
    canvas.stroke(curve((-90, 915), (500, 905), (1100, 895), (1700, 860)), 60)
    canvas.stroke(curve((-90, 915), (500, 905), (1100, 895), (1700, 860)), 30, ACCENT)
    spoked(canvas, (600, 510), 345, 20, random.random())
    canvas.ring((600, 510), 265, 14)


@scene
def hills(canvas: Canvas, random: Random) -> None:
    """A path over three hills towards the sun."""
    canvas.disc((1130, 260), 150, ACCENT)
    for number in range(9):
        ray = arc((0, 0), 1, 170 + random.randrange(4) + 24 * number, 360)[0]
        canvas.stroke([(1130 + far * ray[0], 260 + far * ray[1]) for far in (205, 275)], 16)
    hill(canvas, (-90, 520), (300, 330), (700, 480), (1100, 350), (1700, 520))
    hill(canvas, (-90, 560), (420, 640), (900, 520), (1300, 600), (1700, 470))
    hill(canvas, (-90, 800), (360, 690), (860, 790), (1300, 720), (1700, 800))
    path = curve((380, 1080), (560, 900), (1000, 840), (1180, 740), (860, 650), (640, 580))
    path += curve((640, 580), (720, 500), (1000, 470), (1090, 380))
    for place, point in enumerate(path):
        canvas.disc(point, 58 - 44 * place / len(path), ACCENT)
    for place, point in enumerate(along(path, 7, gap=0.08)):
        canvas.disc(point, 20 - 2.4 * place, INK)


@scene
def boat(canvas: Canvas, random: Random) -> None:
    """A boat leans into the wind."""
    for number, y in enumerate((170, 260, 350)):
        wind = curve((90 + 60 * number, y), (250, y - 30), (420, y + 16), (560 - 40 * number, y))
        canvas.stroke(wind, 14)
    canvas.stroke([(760, 720), (900, 70)], 24)
    sail = [
        *curve((890, 110), (1140, 330), (1260, 610)),
        *curve((1260, 610), (1000, 640), (790, 610)),
    ]
    canvas.stroke([*sail, sail[0]], 36)
    canvas.shape(sail, ACCENT)
    canvas.shape(
        [*curve((850, 200), (700, 420), (540, 560)), *curve((540, 560), (650, 590), (768, 580))]
    )
    canvas.disc((960, 650), 58)
    canvas.shape(
        [
            *curve((470, 640), (800, 720), (1280, 700)),
            *curve((1280, 700), (1120, 830), (660, 830), (470, 640)),
        ]
    )
    for row in range(3):
        y = 800 + 84 * row
        line = wave(y, 34, 420, 140 * row + random.randrange(60))
        canvas.shape([*line, (WIDTH + 90, HEIGHT), (-90, HEIGHT)], PAPER)
        canvas.stroke(line, 30 + 8 * row)


@scene
def river(canvas: Canvas, random: Random) -> None:
    """A river turns between two hills, with a path at its side."""
    hill(canvas, (-90, 330), (260, 190), (620, 330), (900, 520), (1700, 640))
    hill(canvas, (-90, 690), (620, 560), (1000, 380), (1330, 240), (1700, 330))
    bank = curve((820, 470), (700, 560), (1010, 640), (880, 780), (380, 880), (180, 1100))
    other = curve((880, 440), (830, 560), (1250, 640), (1330, 800), (1130, 940), (1040, 1100))
    canvas.shape([*bank, *other[::-1]], PAPER)
    for number in range(5):
        part = (number + 1) / 6
        line = [
            (x + (to_x - x) * part, y + (to_y - y) * part)
            for (x, y), (to_x, to_y) in zip(bank, other, strict=True)
        ]
        start = 95 + random.randrange(30)
        canvas.stroke(line[start : 280 - 10 * number], 9)
    path = curve((905, 432), (900, 545), (1330, 620), (1440, 800), (1260, 950), (1190, 1100))
    for place, point in enumerate(along(path, 600)):
        canvas.disc(point, 10 + 34 * place / 600, ACCENT)
    canvas.disc((1436, 770), 30)


@scene
def morning(canvas: Canvas, random: Random) -> None:
    """A large sun above small houses."""
    canvas.disc((800, 470), 330, ACCENT)
    for radius in (390, 450, 510):
        canvas.stroke(arc((800, 470), radius, 190, 350), 14)
    left = -40
    while left < WIDTH:
        width, height = random.randrange(120, 210), random.randrange(150, 330)
        top = 760 - height
        canvas.shape(
            [
                (left - 12, 760),
                (left - 12, top - 12),
                (left + width + 12, top - 12),
                (left + width + 12, 760),
            ],
            PAPER,
        )
        canvas.shape([(left, 760), (left, top), (left + width, top), (left + width, 760)])
        for x in range(left + 34, left + width - 40, 52):
            for y in range(top + 36, 700, 74):
                if random.randrange(10) < LIT:
                    canvas.shape([(x, y), (x + 24, y), (x + 24, y + 36), (x, y + 36)], PAPER)
        left += width + 12
    canvas.shape([(0, 760), (WIDTH, 760), (WIDTH, HEIGHT), (0, HEIGHT)], PAPER)
    canvas.stroke([(-60, 760), (WIDTH + 60, 760)], 30)
    canvas.ribbon(curve((-90, 890), (400, 880), (800, 900), (1200, 880), (1700, 890)), 76, 16)
    canvas.disc((560, 884), 26)


@scene
def night(canvas: Canvas, random: Random) -> None:
    """Steps go over soft ground under the moon."""
    canvas.ring((1180, 290), 270, 10, PAPER)
    canvas.ring((1180, 290), 350, 6, PAPER)
    canvas.disc((1180, 290), 180, ACCENT)
    for _ in range(26):
        at = random.randrange(40, WIDTH), random.randrange(40, 480)
        if (at[0] - 1180) ** 2 + (at[1] - 290) ** 2 > 390**2:
            canvas.disc(at, random.choice((4, 6, 9)), PAPER)
    for ground in (600, 710, 820):
        soft = curve(
            (-90, ground + 40), (400, ground - 60), (900, ground + 50), (1700, ground - 30)
        )
        canvas.stroke(soft, 12, PAPER)
    canvas.shape(
        [*curve((-90, 730), (420, 640), (900, 740), (1700, 640)), (1700, 1090), (-90, 1090)], PAPER
    )
    for place, (x, y) in enumerate(
        along(curve((90, 950), (520, 860), (1000, 850), (1660, 720)), 12)
    ):
        up = 26 if place % 2 else -26
        canvas.stroke([(x - 26, y + up + 5), (x + 26, y + up - 5)], 34)


@scene
def park(canvas: Canvas, random: Random) -> None:
    """A path round some trees, and people on it."""
    track = arc((800, 610), 600, 0, 360, 0.46)
    canvas.ribbon(track, 92, 16)
    for x, y, size in ((110, 210, 110), (520, 110, 70), (1010, 90, 80), (1470, 190, 120)):
        grown = size + random.randrange(-6, 7)
        canvas.stroke([(x, y), (x, y + 1.9 * size)], 22)
        canvas.disc((x, y), grown)
    for x, y, size in ((620, 560, 90), (860, 500, 120), (1040, 600, 74)):
        canvas.stroke([(x, y), (x, y + 1.8 * size)], 22)
        canvas.disc((x, y), size)
        canvas.stroke(arc((x, y), size * 0.62, 190, 250), 14, PAPER)
    canvas.dots(along(arc((800, 610), 600, 118, 330, 0.46), 11), 26)
    canvas.ball((800, 886), 78, line=16)


@scene
def trike(canvas: Canvas, random: Random) -> None:
    """A trike with a basket."""
    canvas.stroke([(-60, 900), (WIDTH + 60, 900)], 60)
    canvas.stroke([(-60, 900), (WIDTH + 60, 900)], 30, ACCENT)
    spoked(canvas, (1150, 640), 200, 14, random.random())
    spoked(canvas, (560, 690), 150, 12, random.random())
    spoked(canvas, (350, 690), 150, 12, random.random())
    canvas.stroke([(1150, 640), (1050, 300), (930, 270)], 36)
    canvas.stroke([(1075, 390), (760, 620), (455, 690)], 36)
    canvas.stroke([(760, 620), (690, 400)], 36)
    canvas.stroke([(590, 390), (770, 390)], 50)
    canvas.disc((800, 640), 46)
    basket = [(250, 330), (560, 330), (520, 540), (290, 540)]
    canvas.stroke([*basket, basket[0]], 36)
    canvas.shape(basket, ACCENT)
    for part in (0.33, 0.66):
        y = 330 + 210 * part
        canvas.stroke([(270 + 30 * part, y), (540 - 30 * part, y)], 12)
        canvas.stroke([(250 + 310 * part, 335), (290 + 230 * part, 535)], 12)
    for x in (320, 405, 480):
        canvas.ball((x, 290), 62, PAPER, 14)
