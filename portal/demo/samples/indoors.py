"""Pictures of moving in halls, pools and kitchens."""

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
from portal.demo.samples.scenes import scene


@scene
def pool(canvas: Canvas, random: Random) -> None:
    """A swimmer among waves."""
    for x in range(-20, WIDTH + 60, 100):
        canvas.ball((x, 110), 38, PAPER if x % 200 else INK, 16)
    arm = curve((520, 560), (600, 330), (800, 250), (980, 370), (1050, 600))
    canvas.ribbon(arm, 84, 18)
    canvas.disc((800, 505), 108)
    for row in range(6):
        y = 600 + 76 * row
        line = wave(y, 30 + 2 * row, 400 + 30 * row, random.randrange(400))
        canvas.shape([*line, (WIDTH + 90, HEIGHT), (-90, HEIGHT)], PAPER)
        canvas.stroke(line, 20 + 6 * row)


@scene
def dance(canvas: Canvas, random: Random) -> None:
    """Two dancers who turn round each other."""
    for row in range(4):
        canvas.stroke([(-60, 830 + 58 * row), (WIDTH + 60, 830 + 58 * row)], 12 + 6 * row)
    for number in range(3):
        radius, turned = 560 + 66 * number, random.randrange(5)
        canvas.stroke(arc((800, 470), radius, 172 + 5 * number, 212 - turned), 14)
        canvas.stroke(arc((800, 470), radius, 328 + turned, 368 - 5 * number), 14)
    canvas.stroke(curve((470, 812), (560, 690), (500, 560), (560, 440)), 100)
    canvas.stroke(curve((690, 812), (660, 700), (560, 600), (545, 470)), 100)
    canvas.stroke(curve((300, 590), (400, 470), (560, 430), (690, 320), (780, 190)), 74)
    canvas.disc((505, 290), 92)
    limbs = (
        (curve((1180, 806), (1100, 690), (1130, 570), (1060, 450)), 76),
        (curve((920, 806), (990, 700), (1090, 600), (1075, 470)), 76),
        (curve((1330, 300), (1230, 450), (1070, 440), (930, 400), (850, 250)), 48),
    )
    for points, width in limbs:
        canvas.stroke(points, width + 30)
    for points, width in limbs:
        canvas.stroke(points, width, ACCENT)
    canvas.ball((1130, 280), 92, line=15)


@scene
def kitchen(canvas: Canvas, random: Random) -> None:
    """Somebody on a chair at a window moves their arms."""
    canvas.shape([(930, 70), (1510, 70), (1510, 640), (930, 640)])
    canvas.shape([(962, 102), (1478, 102), (1478, 608), (962, 608)], PAPER)
    canvas.disc((1220, 390), 150, ACCENT)
    canvas.stroke([(1220, 102), (1220, 608)], 22)
    canvas.stroke([(962, 340), (1478, 340)], 22)
    canvas.stroke([(890, 652), (1550, 652)], 36)
    for number in range(3):
        line = arc((500, 420), 290 + 66 * number, 186 + 3 * number, 354 - random.randrange(6))
        canvas.stroke(line, 14)
    canvas.stroke([(-60, 930), (WIDTH + 60, 930)], 34)
    for points in ([(290, 460), (290, 920)], [(610, 740), (610, 920)], [(290, 740), (610, 740)]):
        canvas.stroke(points, 36)
    canvas.stroke(curve((470, 480), (440, 580), (440, 690)), 120)
    canvas.stroke([(450, 685), (680, 685), (740, 905), (800, 905)], 74)
    canvas.ribbon(curve((250, 240), (300, 400), (460, 500), (640, 440), (720, 250)), 44, 14)
    canvas.disc((485, 330), 90)


@scene
def boccia(canvas: Canvas, random: Random) -> None:
    """Balls round a white one, seen from above."""
    canvas.stroke([(-60, 120), (WIDTH + 60, 120)], 20)
    canvas.stroke([(220, -60), (220, HEIGHT + 60)], 20)
    throw = curve((-30, 900), (240, 590), (580, 450), (880, 560))
    canvas.dots(along(throw, 15), 15)
    canvas.ball((1080, 560), 66, PAPER, 16)
    places = ((960, 320, INK), (1270, 390, ACCENT), (1340, 650, INK), (1090, 810, ACCENT))
    for x, y, colour in (*places, (920, 600, ACCENT), (620, 790, INK), (1500, 880, ACCENT)):
        at = (x + random.randrange(-9, 10), y)
        canvas.ball(at, 112, colour, 18)
        canvas.stroke(arc(at, 68, 195, 255), 16, PAPER if colour == INK else INK)


@scene
def doors(canvas: Canvas, random: Random) -> None:
    """A row of doors, one of them open."""
    canvas.stroke([(-60, 700), (WIDTH + 60, 700)], 30)
    for left in (-70, 260, 590, 1370):
        top = 190 + random.randrange(-4, 5)
        canvas.shape([(left, top), (left + 240, top), (left + 240, 715), (left, 715)])
        canvas.stroke([(left + 44, 640), (left + 44, top + 48), (left + 190, top + 48)], 12, PAPER)
        canvas.disc((left + 198, 470), 16, PAPER)
    canvas.shape([(920, 190), (1160, 190), (1160, 715), (920, 715)])
    canvas.shape([(948, 218), (1160, 218), (1160, 715), (948, 715)], ACCENT)
    canvas.shape([(1160, 190), (1310, 270), (1310, 815), (1160, 715)])
    canvas.disc((1276, 520), 14, PAPER)
    edge = curve((948, 690), (930, 790), (760, 880), (640, 930), (590, 1080))
    other = curve((1160, 690), (1130, 830), (960, 960), (900, 1010), (880, 1080))
    canvas.shape([*edge, *other[::-1]], ACCENT)
    canvas.stroke(edge[34:], 18)
    canvas.stroke(other[22:], 18)
    canvas.disc((900, 868), 62)


@scene
def goalball(canvas: Canvas, random: Random) -> None:
    """A ball that rings, and three players who stretch out to stop it."""
    at = (1190, 470)
    for number in range(6):
        radius = 300 + 78 * number
        canvas.stroke(arc(at, radius, 140, 220 - random.randrange(4)), 26 - 3 * number)
    canvas.ball(at, 210, line=26)
    for x, y in ((0, 0), (-92, -40), (-40, 92), (92, 40), (40, -92)):
        canvas.disc((at[0] + x, at[1] + y), 28)
    for number, left in enumerate((90, 250, 90)):
        y = 230 + 270 * number
        canvas.stroke([(left, y), (left + 330, y)], 150, PAPER)
        canvas.stroke([(left, y), (left + 300, y)], 92)
        canvas.stroke([(left + 260, y), (left + 470, y - 30)], 44)
        canvas.disc((left + 350, y - 66), 62)
    canvas.stroke([(-60, 930), (WIDTH + 60, 930)], 34)
