"""The panorama of each place, painted out of focus, as a wide-open lens would show it.

It wraps the whole horizon. Lights of the scene (windows, lanterns, fire) are painted on a layer of
their own that night does not dim.
"""

from __future__ import annotations

import math
from functools import lru_cache
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from triptych.starter.settings import PLACES, Colour, Place, far_ground

WIDTH, HEIGHT, HORIZON = 1536, 256, 172
"""Panorama in pixels; rows below HORIZON are ground seen from afar."""

DUSK_SKY, DUSK_HAZE = (110, 96, 140), (250, 165, 95)
NIGHT_SKY, NIGHT_HAZE = (10, 16, 38), (28, 36, 66)


@lru_cache(maxsize=64)
def panorama(setting: str, time: str) -> NDArray[np.uint8]:
    """(HEIGHT, WIDTH, 3) the whole horizon of a place at a time of day, out of focus."""
    place = PLACES[setting]
    rng = Random(f"panorama:{setting}")
    base = _gradient(place, time)
    shapes = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    lights = Image.new("RGB", (WIDTH, HEIGHT), (0, 0, 0))
    _PAINTERS[setting](ImageDraw.Draw(shapes), ImageDraw.Draw(lights), rng, time)
    tint = np.array(
        {"day": (1, 1, 1), "dusk": (0.92, 0.76, 0.68), "night": (0.27, 0.29, 0.4)}[time]
    )
    if place.indoors and time == "night":
        tint = np.array((0.62, 0.52, 0.45))
    # Blurred with colour times alpha: else every silhouette would get a dark outline.
    layer = np.asarray(_soft(shapes.convert("RGBa"), 2.6), dtype=np.float32)
    painted = base * (1 - layer[..., 3:] / 255) + layer[..., :3] * tint
    strength = {"day": 0.25, "dusk": 0.8, "night": 1.0}[time]
    if place.indoors:
        strength = max(strength, 0.7)
    glow = np.asarray(_soft(lights, 2.0), np.float32) + np.asarray(_soft(lights, 12), np.float32)
    return np.clip(painted + strength * glow, 0, 255).astype(np.uint8)


def _gradient(place: Place, time: str) -> NDArray[np.float32]:
    sky, haze = place.sky, place.haze
    if not place.indoors:
        if time == "dusk":
            sky, haze = DUSK_SKY, DUSK_HAZE
        elif time == "night":
            sky, haze = NIGHT_SKY, NIGHT_HAZE
    shade = {"day": 1.0, "dusk": 0.85, "night": 0.5}[time] if place.indoors else 1.0
    rows = np.clip(np.arange(HEIGHT) / HORIZON, 0, 1)[:, None, None] ** 1.3
    column = np.array(sky) * (1 - rows) + np.array(haze) * rows
    column = column * shade
    column = np.where(np.arange(HEIGHT)[:, None, None] > HORIZON, far_ground(place, time), column)
    return np.repeat(column, WIDTH, axis=1).astype(np.float32)


def _soft(image: Image.Image, radius: float) -> Image.Image:
    """Blur with wrap-around, so that the seam of the panorama does not show."""
    pad = 64
    wide = Image.new(image.mode, (WIDTH + 2 * pad, HEIGHT))
    wide.paste(image, (pad, 0))
    wide.paste(image.crop((WIDTH - pad, 0, WIDTH, HEIGHT)), (0, 0))
    wide.paste(image.crop((0, 0, pad, HEIGHT)), (WIDTH + pad, 0))
    return wide.filter(ImageFilter.GaussianBlur(radius)).crop((pad, 0, WIDTH + pad, HEIGHT))


def _tree(draw: ImageDraw.ImageDraw, x: float, wide: float, tall: float, colour: Colour) -> None:
    for part in range(3):
        top = HORIZON - tall + part * tall * 0.24
        half = wide * (0.5 + 0.25 * part)
        draw.polygon([(x, top), (x - half, top + tall * 0.5), (x + half, top + tall * 0.5)], colour)


def _shade(rng: Random, colour: Colour, spread: int = 18) -> Colour:
    step = rng.randint(-spread, spread)
    return tuple(max(0, min(255, c + step)) for c in colour)  # type: ignore[return-value]


def _campsite(
    draw: ImageDraw.ImageDraw, lights: ImageDraw.ImageDraw, rng: Random, time: str
) -> None:
    for x in range(0, WIDTH, 22):
        _tree(
            draw,
            x + rng.randint(-8, 8),
            rng.randint(12, 22),
            rng.randint(60, 125),
            _shade(rng, (38, 66, 46)),
        )
    for x in range(40, WIDTH, 170):
        tent = [(x, HORIZON - 62), (x - 62, HORIZON + 4), (x + 62, HORIZON + 4)]
        draw.polygon(tent, (226, 122, 52))
        draw.polygon(
            [(x, HORIZON - 62), (x - 14, HORIZON + 4), (x + 14, HORIZON + 4)], (120, 60, 30)
        )
        lights.polygon(tent, (105, 52, 14))
    for x in range(125, WIDTH, 170):
        lights.ellipse((x - 9, HORIZON - 18, x + 9, HORIZON + 6), (255, 150, 40))
    if time == "night":
        for _ in range(260):
            x, y = rng.randrange(WIDTH), rng.randrange(90)
            lights.ellipse((x - 1, y - 1, x + 1, y + 1), (200, 200, 220))


def _street(draw: ImageDraw.ImageDraw, lights: ImageDraw.ImageDraw, rng: Random, time: str) -> None:
    x = 0
    while x < WIDTH:
        wide = rng.randint(46, 90)
        draw.rectangle((x, rng.randint(0, 30), x + wide, HORIZON), _shade(rng, (112, 96, 90), 30))
        for wx in range(x + 8, x + wide - 8, 16):
            for wy in range(40, HORIZON - 30, 22):
                draw.rectangle((wx, wy, wx + 8, wy + 12), (70, 80, 96))
                if rng.random() < 0.55:
                    lights.rectangle((wx, wy, wx + 8, wy + 12), (210, 165, 90))
        x += wide
    for x in range(10, WIDTH, 46):
        colour = rng.choice([(255, 70, 60), (255, 200, 90), (80, 220, 255), (255, 120, 200)])
        y = HORIZON - rng.randint(2, 30)
        lights.ellipse((x - 6, y - 6, x + 6, y + 6), colour)


def _kitchen(
    draw: ImageDraw.ImageDraw, lights: ImageDraw.ImageDraw, rng: Random, time: str
) -> None:
    for x in range(0, WIDTH, 24):
        for y in range(0, HORIZON, 24):
            draw.rectangle((x, y, x + 21, y + 21), _shade(rng, (236, 238, 236), 8))
    for x in range(20, WIDTH, 256):
        draw.rectangle((x, 20, x + 96, 118), (250, 250, 245))
        lights.rectangle(
            (x + 6, 26, x + 90, 112), (70, 90, 105) if time == "day" else (120, 70, 20)
        )
        draw.rectangle((x + 46, 20, x + 50, 118), (240, 240, 236))
        draw.rectangle((x + 120, 10, x + 236, 74), (104, 146, 128))
        for px in range(x + 126, x + 230, 26):
            draw.ellipse(
                (px, 96, px + 20, 124),
                rng.choice([(190, 110, 70), (225, 225, 220), (90, 110, 120)]),
            )
        draw.rectangle((x + 120, 122, x + 236, 128), (150, 108, 70))
    draw.rectangle((0, 148, WIDTH, HORIZON), (226, 226, 222))


def _beach(draw: ImageDraw.ImageDraw, lights: ImageDraw.ImageDraw, rng: Random, time: str) -> None:
    sea = (34, 120, 165) if time == "day" else (110, 105, 140)
    draw.rectangle((0, HORIZON - 58, WIDTH, HORIZON - 6), sea)
    draw.rectangle((0, HORIZON - 10, WIDTH, HORIZON - 4), (236, 244, 246))
    for x in range(60, WIDTH, 330):
        draw.polygon(
            [(x, HORIZON - 74), (x - 46, HORIZON - 44), (x + 46, HORIZON - 44)], (240, 240, 235)
        )
        draw.rectangle((x - 2, HORIZON - 60, x + 2, HORIZON), (150, 110, 80))
    if time == "dusk":
        for x in range(150, WIDTH, 380):
            lights.ellipse((x - 18, HORIZON - 92, x + 18, HORIZON - 56), (255, 190, 110))


def _snowfield(
    draw: ImageDraw.ImageDraw, lights: ImageDraw.ImageDraw, rng: Random, time: str
) -> None:
    hills: list[tuple[float, float]] = [(0, HORIZON)]
    hills += [
        (x, HORIZON - 36 - 26 * math.sin(x / 97) - 12 * math.sin(x / 31))
        for x in range(0, WIDTH + 8, 8)
    ]
    draw.polygon([*hills, (WIDTH, HORIZON)], (226, 234, 244))
    for x in range(0, WIDTH, 64):
        at, tall = x + rng.randint(-14, 14), rng.randint(64, 112)
        _tree(draw, at, 20, tall, (74, 104, 96))
        _tree(draw, at - 3, 14, tall + 4, (232, 240, 248))
    draw.rectangle((0, HORIZON - 5, WIDTH, HORIZON), (236, 241, 248))


def _studio(draw: ImageDraw.ImageDraw, lights: ImageDraw.ImageDraw, rng: Random, time: str) -> None:
    for x in range(0, WIDTH, 512):
        lights.ellipse((x + 120, 10, x + 390, 170), (26, 26, 26))


def _desk(draw: ImageDraw.ImageDraw, lights: ImageDraw.ImageDraw, rng: Random, time: str) -> None:
    for x in range(10, WIDTH, 192):
        draw.rectangle((x, 52, x + 96, 124), (34, 38, 46))
        lights.rectangle((x + 5, 57, x + 91, 119), (60, 120, 190))
        draw.rectangle((x + 42, 124, x + 54, 150), (60, 64, 70))
        draw.rectangle((x + 112, 96, x + 130, 150), (70, 84, 96))
        for px in range(x + 112, x + 130, 5):
            draw.line((px, 96, px + rng.randint(-5, 5), 72), (190, 150, 60), 3)
        draw.rectangle((x + 138, 60, x + 178, 150), (226, 226, 222))
    draw.rectangle((0, 150, WIDTH, HORIZON), (104, 72, 50))


def _forest(draw: ImageDraw.ImageDraw, lights: ImageDraw.ImageDraw, rng: Random, time: str) -> None:
    for _ in range(420):
        x, y, r = rng.randrange(WIDTH), rng.randrange(HORIZON), rng.randint(10, 26)
        draw.ellipse((x - r, y - r, x + r, y + r), _shade(rng, (74, 122, 52), 36))
    for x in range(0, WIDTH, 40):
        at, wide = x + rng.randint(-12, 12), rng.randint(7, 15)
        draw.rectangle((at, 0, at + wide, HORIZON + 6), _shade(rng, (78, 56, 38), 12))
    draw.rectangle((0, HORIZON - 16, WIDTH, HORIZON), (64, 92, 42))


def _desert(draw: ImageDraw.ImageDraw, lights: ImageDraw.ImageDraw, rng: Random, time: str) -> None:
    for depth, colour in ((46, (214, 148, 92)), (24, (226, 150, 80))):
        dunes: list[tuple[float, float]] = [(0, HORIZON)]
        for x in range(0, WIDTH + 8, 8):
            angle = x / WIDTH * 2 * math.pi
            height = abs(math.sin(angle * 5 + depth)) * depth + 6 * math.sin(angle * 17)
            dunes.append((x, HORIZON - 8 - height))
        draw.polygon([*dunes, (WIDTH, HORIZON)], colour)


def _rooftop(
    draw: ImageDraw.ImageDraw, lights: ImageDraw.ImageDraw, rng: Random, time: str
) -> None:
    x = 0
    while x < WIDTH:
        wide, tall = rng.randint(22, 46), rng.randint(18, 92)
        draw.rectangle((x, HORIZON - tall, x + wide, HORIZON), _shade(rng, (92, 104, 124), 24))
        for wx in range(x + 4, x + wide - 4, 8):
            for wy in range(HORIZON - tall + 6, HORIZON - 22, 10):
                if rng.random() < 0.4:
                    lights.rectangle((wx, wy, wx + 3, wy + 4), (255, 215, 130))
        x += wide + rng.randint(0, 12)
    draw.rectangle((0, HORIZON - 14, WIDTH, HORIZON), (168, 162, 154))


def _poolside(
    draw: ImageDraw.ImageDraw, lights: ImageDraw.ImageDraw, rng: Random, time: str
) -> None:
    draw.rectangle((0, HORIZON - 60, WIDTH, HORIZON - 36), (236, 234, 226))
    draw.rectangle((0, HORIZON - 36, WIDTH, HORIZON), (40, 176, 205))
    draw.rectangle((0, HORIZON - 6, WIDTH, HORIZON), (60, 190, 215))
    for x in range(30, WIDTH, 150):
        draw.line((x, HORIZON - 40, x + 8, HORIZON - 128), (130, 100, 70), 6)
        for angle in range(0, 360, 45):
            dx, dy = 36 * math.cos(math.radians(angle)), 22 * math.sin(math.radians(angle))
            draw.line((x + 8, HORIZON - 128, x + 8 + dx, HORIZON - 124 + dy), (52, 128, 62), 7)
        draw.polygon(
            [(x + 60, HORIZON - 44), (x + 100, HORIZON - 44), (x + 112, HORIZON - 62)],
            (245, 245, 240),
        )


def _library(
    draw: ImageDraw.ImageDraw, lights: ImageDraw.ImageDraw, rng: Random, time: str
) -> None:
    spines = [
        (122, 44, 40),
        (52, 74, 60),
        (44, 58, 92),
        (150, 116, 66),
        (92, 66, 84),
        (180, 160, 126),
    ]
    for y in range(0, HORIZON - 8, 40):
        x = 0
        while x < WIDTH:
            wide, tall = rng.randint(6, 13), rng.randint(26, 34)
            draw.rectangle(
                (x, y + 36 - tall, x + wide, y + 36), _shade(rng, rng.choice(spines), 14)
            )
            x += wide + 1
        draw.rectangle((0, y + 36, WIDTH, y + 40), (84, 54, 34))
    for x in range(0, WIDTH, 180):
        draw.rectangle((x, 0, x + 9, HORIZON), (92, 60, 38))
    for x in range(95, WIDTH, 360):
        lights.ellipse((x - 16, 30, x + 16, 58), (255, 205, 120))


_PAINTERS = {
    "campsite": _campsite,
    "street": _street,
    "kitchen": _kitchen,
    "beach": _beach,
    "snowfield": _snowfield,
    "studio": _studio,
    "desk": _desk,
    "forest": _forest,
    "desert": _desert,
    "rooftop": _rooftop,
    "poolside": _poolside,
    "library": _library,
}
