"""Colours as numbers: hex and sRGB, luminance, WCAG contrast, and differences that eyes see."""

from __future__ import annotations

from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt
from typing import Annotated

import numpy as np
from pydantic import StringConstraints

Hex = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
"""As in `#1d4ed8`."""
Rgb = tuple[int, int, int]
Values = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip
_WHITE = np.array([0.95047, 1.0, 1.08883])


def rgb_of(colour: str) -> Rgb:
    """`#rrggbb` as three values of 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def hex_of(rgb: Rgb | Values) -> str:
    """Three values of 0 to 255 as `#rrggbb`."""
    return "#" + "".join(f"{min(max(round(float(one)), 0), 255):02x}" for one in rgb)


def linear(srgb: object) -> Values:
    """sRGB values (…, 3) of 0 to 255 as linear light of 0 to 1 (IEC 61966-2-1)."""
    share = np.asarray(srgb, dtype=np.float64) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def luminance(srgb: object) -> Values:
    """Relative luminance (…) of sRGB values (…, 3), from 0 to 1 (WCAG 2.2)."""
    return linear(srgb) @ np.array([0.2126, 0.7152, 0.0722])


def contrast(one: object, other: object) -> Values:
    """Contrast ratio of WCAG 2.2, from 1 to 21, of sRGB values (…, 3) that broadcast."""
    first, second = luminance(one), luminance(other)
    return (np.maximum(first, second) + 0.05) / (np.minimum(first, second) + 0.05)


def lab(srgb: object) -> Values:
    """CIE L*a*b* (…, 3) of sRGB values (…, 3), under D65."""
    ratio = (linear(srgb) @ _TO_XYZ.T) / _WHITE
    curve = np.where(ratio > 216 / 24389, np.cbrt(ratio), (ratio * 24389 / 27 + 16) / 116)
    x, y, z = curve[..., 0], curve[..., 1], curve[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def difference(one: Rgb, other: Rgb) -> float:
    """ΔE of two colours by CIEDE2000 (Sharma, Wu, Dalal 2005): below 3 few people see it."""
    (l1, a1, b1), (l2, a2, b2) = lab(one).tolist(), lab(other).tolist()
    mean_chroma7 = ((hypot(a1, b1) + hypot(a2, b2)) / 2) ** 7
    stretch = 1 + 0.5 * (1 - sqrt(mean_chroma7 / (mean_chroma7 + 25**7)))
    c1, c2 = hypot(a1 * stretch, b1), hypot(a2 * stretch, b2)
    h1, h2 = degrees(atan2(b1, a1 * stretch)) % 360, degrees(atan2(b2, a2 * stretch)) % 360
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    light, chroma = l2 - l1, c2 - c1
    hue = 2 * sqrt(c1 * c2) * sin(radians(turn / 2))
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    mean_h = (h1 + h2) % 360 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    t = (
        1
        - 0.17 * cos(radians(mean_h - 30))
        + 0.24 * cos(radians(2 * mean_h))
        + 0.32 * cos(radians(3 * mean_h + 6))
        - 0.20 * cos(radians(4 * mean_h - 63))
    )
    weight_l = 1 + 0.015 * (mean_l - 50) ** 2 / sqrt(20 + (mean_l - 50) ** 2)
    weight_c, weight_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    rotation = -2 * sqrt(mean_c**7 / (mean_c**7 + 25**7))
    rotation *= sin(radians(60 * exp(-(((mean_h - 275) / 25) ** 2))))
    c, h = chroma / weight_c, hue / weight_h
    return sqrt((light / weight_l) ** 2 + c**2 + h**2 + rotation * c * h)


def shade(colour: str, light: float, chroma: float | None = None) -> str:
    """A colour of the same hue with another lightness, by OKLCH (Ottosson 2020).

    Args:
        colour: whose hue is kept.
        light: from 0, black, to 1, white.
        chroma: at most this much, from 0, grey, to about 0.3; None keeps the colour's own.
    """
    _, own, hue = oklch(colour)
    wanted = own if chroma is None else min(own, chroma)
    values = _from_oklab(light, 0.0, 0.0)
    for step in range(21):  # less chroma until the colour can be shown
        c = wanted * (1 - step / 20)
        values = _from_oklab(light, c * cos(hue), c * sin(hue))
        if values.min() >= -1e-4 and values.max() <= 1 + 1e-4:
            break
    share = np.clip(values, 0, 1)
    srgb = np.where(share <= 0.0031308, share * 12.92, 1.055 * share ** (1 / 2.4) - 0.055)
    return hex_of(srgb * 255)


def oklch(colour: str) -> tuple[float, float, float]:
    """Lightness (0 to 1), chroma and hue (radians) of a colour, by OKLCH."""
    lms = np.cbrt(linear(rgb_of(colour)) @ _TO_LMS.T)
    light, a, b = (_TO_LAB @ lms).tolist()
    return light, hypot(a, b), atan2(b, a)


_TO_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
_TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


def _from_oklab(light: float, a: float, b: float) -> Values:
    """Linear sRGB of a colour in OKLab; outside 0 to 1 where it cannot be shown."""
    lms = (np.linalg.inv(_TO_LAB) @ np.array([light, a, b])) ** 3
    return np.linalg.inv(_TO_LMS) @ lms
