"""The twelve places: their colours, and the ground that the product stands on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

EXTENT = 22.0
"""Side of the ground in scene units."""

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Place:
    """Sky at its top and at the horizon by day, ground colours, and how rough the ground is."""

    sky: Colour
    haze: Colour
    ground: Colour
    ground_dark: Colour
    grain: float
    stretch: tuple[float, float] = (1.0, 1.0)
    indoors: bool = False


PLACES: dict[str, Place] = {
    "campsite": Place((70, 110, 160), (150, 170, 180), (74, 84, 46), (44, 46, 26), 0.7),
    "street": Place((150, 165, 185), (190, 195, 200), (92, 94, 100), (66, 68, 74), 0.35),
    "kitchen": Place(
        (240, 232, 215), (235, 225, 205), (214, 178, 130), (176, 134, 88), 0.4, (7, 0.5), True
    ),
    "beach": Place((90, 165, 225), (190, 225, 240), (228, 205, 158), (196, 168, 120), 0.35),
    "snowfield": Place((150, 185, 220), (222, 232, 242), (236, 241, 247), (205, 216, 232), 0.3),
    "studio": Place(
        (168, 169, 173), (190, 190, 193), (192, 192, 195), (186, 186, 189), 0.1, indoors=True
    ),
    "desk": Place(
        (176, 188, 202), (168, 178, 190), (96, 62, 40), (66, 40, 26), 0.45, (9, 0.4), True
    ),
    "forest": Place((120, 160, 105), (150, 185, 120), (88, 72, 44), (52, 58, 28), 0.9),
    "desert": Place((60, 125, 200), (235, 205, 160), (214, 138, 72), (176, 100, 48), 0.45, (1, 4)),
    "rooftop": Place((95, 150, 215), (200, 215, 228), (150, 146, 140), (122, 118, 114), 0.3),
    "poolside": Place((85, 170, 235), (185, 225, 245), (222, 218, 206), (196, 192, 182), 0.15),
    "library": Place((92, 60, 40), (96, 64, 42), (120, 66, 36), (84, 42, 22), 0.45, (9, 0.4), True),
}


def ground_texture(setting: str, time: str, size: int = 1024) -> NDArray[np.uint8]:
    """(size, size, 3) the ground, EXTENT wide: noise of several scales, with the place's pattern.

    It is sharp where the product stands, out of focus around, and fades into the distance.
    """
    place = PLACES[setting]
    rng = np.random.default_rng(sum(map(ord, setting)))
    mix = np.zeros((size, size), dtype=np.float32)
    for octave, weight in ((16, 0.3), (64, 0.25), (256, 0.25), (1024, 0.2)):
        rows = max(int(octave * place.stretch[0]), 1)
        columns = max(int(octave * place.stretch[1]), 1)
        noise = rng.random((min(rows, size), min(columns, size))).astype(np.float32)
        layer = Image.fromarray(noise).resize((size, size), Image.Resampling.BICUBIC)
        mix += weight * np.asarray(layer)
    mix = np.clip((mix - 0.5) * 2.2 * place.grain + 0.35, 0, 1)[..., None]
    ground = np.array(place.ground, np.float32) * (1 - mix) + place.ground_dark * mix
    axis = (np.arange(size, dtype=np.float32) / size - 0.5) * EXTENT
    ground = _pattern(setting, ground.astype(np.float32), axis[None], -axis[:, None])
    ground *= daylight(place, time)
    sharp = Image.fromarray(np.clip(ground, 0, 255).astype(np.uint8))
    away = np.hypot(axis[None], axis[:, None])[..., None]
    soft = np.clip((away - 0.8) / 3.0, 0, 1)
    blurred = np.asarray(sharp.filter(ImageFilter.GaussianBlur(size / 220)), dtype=np.float32)
    ground = np.asarray(sharp, dtype=np.float32) * (1 - soft) + blurred * soft
    if setting not in ("beach", "poolside"):
        far = 0.85 * np.clip((away - 4.0) / 6.5, 0, 1)
        ground = ground * (1 - far) + far_ground(place, time) * far
    return np.clip(ground, 0, 255).astype(np.uint8)


def daylight(place: Place, time: str) -> NDArray[np.floating]:
    """How the hour dims and tints the ground."""
    shade = {"day": 1.0, "dusk": 0.86, "night": 0.72 if place.indoors else 0.62}[time]
    tint = (1.0, 0.92, 0.87) if time == "dusk" else (1.0, 1.0, 1.0)
    if time == "night" and not place.indoors:
        tint = (0.86, 0.92, 1.1)
    return np.array(tint, dtype=np.float32) * shade


def far_ground(place: Place, time: str) -> NDArray[np.floating]:
    """The colour of the ground where it meets the panorama."""
    middle = 0.65 * np.array(place.ground, np.float32) + 0.35 * np.array(place.ground_dark)
    return middle * daylight(place, time)


def _pattern(
    setting: str, ground: NDArray[np.floating], x: NDArray[np.floating], y: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Tiles, ripples, water; `x` to the right and `y` away from the camera, in scene units."""
    if setting in ("rooftop", "poolside"):
        every, gap = (0.7, 0.025) if setting == "rooftop" else (0.5, 0.02)
        line = (np.abs(x % every) < gap) | (np.abs(y % every) < gap)
        ground = np.where(line[..., None], ground * 0.72, ground)
    if setting == "desert":
        wave = np.sin(18 * y + 2.5 * np.sin(1.3 * x + 0.8 * y))[..., None]
        ground = ground * (1 + 0.1 * wave)
    if setting == "street":
        line = (np.abs(y - 2.6) < 0.09) & (x % 2.4 < 1.5)
        ground = np.where(line[..., None], np.array((205, 196, 160), np.float32), ground)
    if setting == "poolside":
        ripple = np.sin(9 * y + 3.0 * np.sin(2.1 * x + y))[..., None]
        water = np.array((44, 176, 205), np.float32) + 20 * ripple
        ground = np.where((y > 1.35)[..., None], np.array((240, 240, 236), np.float32), ground)
        ground = np.where((y > 1.6)[..., None], water, ground)
    if setting == "beach":
        edge = y - 3.2 - 0.25 * np.sin(1.7 * x)
        ground = np.where((edge > -0.35)[..., None], ground * 0.82, ground)
        ground = np.where((edge > 0)[..., None], np.array((244, 248, 248), np.float32), ground)
        ripple = np.sin(7 * y + 2.0 * np.sin(1.9 * x))[..., None]
        sea = np.array((58, 150, 182), np.float32) + 14 * ripple
        ground = np.where((edge > 0.3)[..., None], sea, ground)
    return ground.astype(np.float32)
