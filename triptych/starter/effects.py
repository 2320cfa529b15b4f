"""What a camera sees beside solids: rain, snow, steam, fog, glow, flicker, and the film itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from triptych.starter.products import Part
from triptych.starter.scene import Scene

_EMITTERS = {"warm": (255, 190, 95), "flame": (255, 170, 70), "cyan": (60, 190, 205)}


_STEAM_FROM = {"mug": (0.0, 0.0, 0.68), "kettle": (-0.6, 0.0, 0.55)}


def source_of(scene: Scene, parts: Sequence[Part]) -> tuple[float, float, float] | None:
    """Where steam rises from, or the middle of what shines; None if neither is to be seen.

    Headphones shine around a void, so they get no glow.
    """
    if scene.state_on and scene.state == "steaming":
        return _STEAM_FROM[scene.product]
    shining = [np.asarray(p.mesh.points) for p in parts if p.surface in _EMITTERS]
    if not shining or scene.product == "headphones":
        return None
    middle = np.vstack(shining).mean(axis=0)
    return float(middle[0]), float(middle[1]), float(middle[2])


def flicker(scene: Scene, frame: int) -> float:
    """Brightness of what shines in a frame: flames waver, electric light is steady."""
    if not (scene.state_on and scene.product in ("candle", "lantern")):
        return 1.0
    phase = scene.seed % 97
    return 0.86 + 0.2 * math.sin(1.9 * frame + phase) * math.sin(0.7 * frame + 0.3 * phase)


def finish(
    image: NDArray[np.floating],
    scene: Scene,
    frame: int,
    size: int,
    haze: NDArray[np.float64],
    spot: tuple[float, float] | None,
    brightness: float,
    distance: float,
) -> NDArray[np.uint8]:
    """From the rendered frame to the picture: weather, glow, tone, and down to `size`.

    Args:
        image: (height, width, 3) in 0..255, at least twice `size`.
        scene: the truth.
        frame: number on the clip's time line.
        size: side of the result.
        haze: colour of the far distance.
        spot: where the glow is or the steam rises from, in 0..1.
        brightness: of the glow.
        distance: of the camera, which sets how large the glow looks.
    """
    half = Image.fromarray(image.astype(np.uint8)).resize(
        (2 * size, 2 * size), Image.Resampling.BOX
    )
    image = np.asarray(half, dtype=np.float32)
    if scene.weather == "fog":
        image = image * 0.8 + 0.2 * (0.45 * haze + 70)
        image += _fog(frame, len(image), scene.seed) * 26
    if spot is not None and scene.state == "steaming":
        steam = _steam(scene.seed, spot, frame, len(image), distance)
        shaded = image * (1 - 0.3 * np.roll(steam, (3, 6), (0, 1)))[..., None]  # seen on white too
        image = _blend(shaded, steam, (252, 252, 253))
    elif spot is not None:
        image = image + _glow(scene, spot, len(image), brightness, distance)
    if scene.weather == "rain":
        image = _blend(image * 0.94, _rain(frame, len(image), scene.seed), (205, 215, 230))
    if scene.weather == "snow":
        image = _blend(image, _snow(frame, len(image), scene.seed), (252, 253, 255))
    small = Image.fromarray(np.clip(image, 0, 255).astype(np.uint8)).resize(
        (size, size), Image.Resampling.BOX
    )
    return np.asarray(_film(np.asarray(small, dtype=np.float32)))


def _film(image: NDArray[np.floating]) -> NDArray[np.uint8]:
    """A gentle S-curve and a slight vignette, as a lens and a print have."""
    x = np.clip(image / 255, 0, 1)
    toned = x + 0.1 * np.sin(2 * np.pi * (x - 0.5)) / 2
    return np.clip(toned * _vignette(len(image)) * 255 + 0.5, 0, 255).astype(np.uint8)


@lru_cache(maxsize=4)
def _vignette(size: int) -> NDArray[np.floating]:
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    return (1 - 0.13 * (axis[:, None] ** 2 + axis[None] ** 2))[..., None]


def _glow(
    scene: Scene, spot: tuple[float, float], size: int, brightness: float, distance: float
) -> NDArray[np.floating]:
    colour = _EMITTERS["cyan"]
    reach = 0.12
    if scene.state == "lit":
        colour, reach = _EMITTERS["warm"], 0.2
    axis = np.arange(size, dtype=np.float32) / size
    squared = (axis[None] - spot[0]) ** 2 + (axis[:, None] - spot[1]) ** 2
    reach = reach * 3.2 / distance
    near = np.exp(-squared / (2 * (0.3 * reach) ** 2)) * 0.5
    wide = np.exp(-squared / (2 * reach**2)) * 0.42
    dark = {"day": 0.45, "dusk": 0.8, "night": 1.0}[scene.time]
    return ((near + wide) * dark * brightness)[..., None] * np.array(colour, dtype=np.float32)


def _blend(
    image: NDArray[np.floating], alpha: NDArray[np.floating], colour: tuple[int, int, int]
) -> NDArray[np.floating]:
    alpha = alpha[..., None]
    return image * (1 - alpha) + np.array(colour, dtype=np.float32) * alpha


def _rain(frame: int, size: int, seed: int) -> NDArray[np.floating]:
    rng = Random(f"rain:{seed}")
    layer = Image.new("L", (size, size))
    draw = ImageDraw.Draw(layer)
    for _ in range(90):
        x, y, speed = rng.random() * 1.2, rng.random(), rng.uniform(0.14, 0.24)
        length = speed * 0.42
        top = (y + speed * frame) % 1.15 - 0.15
        left = x - 0.12 * top - 0.1
        start = (left * size, top * size)
        end = ((left - 0.12 * length) * size, (top + length) * size)
        draw.line((*start, *end), fill=rng.randint(70, 150), width=2)
    return np.asarray(layer.filter(ImageFilter.GaussianBlur(0.6)), dtype=np.float32) / 255


def _snow(frame: int, size: int, seed: int) -> NDArray[np.floating]:
    rng = Random(f"snow:{seed}")
    layer = Image.new("L", (size, size))
    draw = ImageDraw.Draw(layer)
    for _ in range(75):
        x, y = rng.random(), rng.random()
        radius, speed = rng.uniform(1.2, 4.2), rng.uniform(0.025, 0.06)
        sway = 0.02 * math.sin(0.5 * frame + 6 * x)
        cx, cy = ((x + sway) % 1) * size, ((y + speed * frame) % 1.06 - 0.03) * size
        draw.ellipse(
            (cx - radius, cy - radius, cx + radius, cy + radius), fill=rng.randint(150, 235)
        )
    return np.asarray(layer.filter(ImageFilter.GaussianBlur(0.8)), dtype=np.float32) / 255


def _steam(
    seed: int, spot: tuple[float, float], frame: int, size: int, distance: float
) -> NDArray[np.floating]:
    """Wisps that rise from a spot, widen and fade."""
    rng = Random(f"steam:{seed}")
    layer = Image.new("L", (size, size))
    draw = ImageDraw.Draw(layer)
    scale = 3.2 / distance
    for _ in range(18):
        age = (rng.random() + frame / 14) % 1
        drift = rng.uniform(-0.07, 0.07)
        x = spot[0] + scale * (drift * (0.4 + age) + 0.05 * age * math.sin(6 * age + 0.4 * frame))
        y = spot[1] - scale * (0.34 * age + 0.01)
        radius = (0.016 + 0.045 * age) * size * scale
        shade = int(220 * (1 - age) * min(1.0, age * 6 + 0.2))
        box = (x * size - radius, y * size - radius, x * size + radius, y * size + radius)
        draw.ellipse(box, fill=shade)
    return np.asarray(layer.filter(ImageFilter.GaussianBlur(size / 52)), dtype=np.float32) / 255


def _fog(frame: int, size: int, seed: int) -> NDArray[np.floating]:
    axis = np.linspace(0, 1, size, dtype=np.float32)
    drift = frame * 0.05 + seed % 17
    wave = np.sin(5 * axis[None] + drift) * np.sin(7 * axis[:, None] + 0.6 * drift)
    high = np.exp(-((axis[:, None] - 0.45) ** 2) / 0.06)
    return ((0.6 + 0.4 * wave) * high)[..., None]
