"""The few colours of a creative: a brand's, or chosen from its picture so that they go with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np

from triptych.creatives.boxes import Share
from triptych.creatives.colours import Hex, contrast, hex_of, oklch, rgb_of, shade
from triptych.domain import Record

if TYPE_CHECKING:
    from triptych.protocols import Pixels

ColourRole = Literal[
    "ground", "ink", "soft", "field", "on_field", "accent", "on_accent", "dark", "paper"
]
"""What a colour is for; a layout names colours by it."""
READABLE, LARGE = 4.5, 3.0
CLEAR = 6.0
"""Least contrast of text, and of large text (WCAG 2.2, 1.4.3)."""


class Palette(Record):
    """The colours of a creative by what they are for."""

    ground: Hex
    """Behind most of it: light, or dark for a picture of the night."""
    ink: Hex
    """Text on the ground."""
    soft: Hex
    """Lesser text on the ground."""
    field: Hex
    """A strong plane, such as a panel or a whole ground of the brand's colour."""
    on_field: Hex
    accent: Hex
    """Buttons and badges."""
    on_accent: Hex
    dark: Hex
    """Text on light places, and what darkens a picture under text."""
    paper: Hex
    """Text on dark places, cards."""

    def of(self, role: ColourRole) -> str:
        """The colour for a role."""
        return str(getattr(self, role))


def from_brand(colours: Mapping[str, str], from_picture: Palette) -> Palette:
    """A brand's colours by role; what it does not name is derived from those, or the picture's.

    Args:
        colours: of the roles primary, secondary, accent, background and text, as hex.
        from_picture: what is taken where the brand says nothing.
    """
    if not colours:
        return from_picture
    primary = colours.get("primary") or colours.get("accent") or colours.get("secondary")
    if primary is None:
        return from_picture
    accent = colours.get("accent") or primary
    ground = colours.get("background") or shade(primary, 0.97, 0.012)
    dark = colours.get("text") or shade(primary, 0.2, 0.03)
    if oklch(dark)[0] > 0.5:  # a brand on dark grounds: its text is light
        dark = shade(primary, 0.18, 0.03)
    ink = _readable(colours.get("text") or dark, ground)
    return Palette(
        ground=ground,
        ink=ink,
        soft=_softer(ink, ground),
        field=primary,
        on_field=_on(primary, dark),
        accent=accent,
        on_accent=_on(accent, dark),
        dark=dark,
        paper="#ffffff",
    )


def from_picture(pixels: Pixels, subject: Share = (0.25, 0.25, 0.75, 0.75)) -> Palette:
    """Colours that go with a picture (H, W, 3): its subject's strongest hue, and tints of it."""
    key = _strongest(_part(pixels, subject)) or _strongest(pixels) or "#3b5b7a"
    light, chroma, _ = oklch(key)
    mean = float(np.asarray(pixels, dtype=np.float64).mean())
    night = mean < 88
    field = shade(key, min(max(light, 0.42), 0.62), max(min(chroma, 0.16), 0.05))
    warm = oklch(key)[0] > 0.78 and chroma > 0.09  # yellow and the like lose their name when dark
    if warm:
        field = shade(key, 0.86, 0.17)
    dark = shade(key, 0.2, 0.035)
    ground = shade(key, 0.18, 0.03) if night else shade(key, 0.965, 0.016)
    ink = "#ffffff" if night else dark
    accent = field if not night else shade(key, 0.74, 0.16)
    field, accent = _clear(field, dark), _clear(accent, dark)
    return Palette(
        ground=ground,
        ink=ink,
        soft=_softer(ink, ground),
        field=field,
        on_field=_on(field, dark),
        accent=accent,
        on_accent=_on(accent, dark),
        dark=dark,
        paper="#ffffff",
    )


def _clear(colour: str, dark: str) -> str:
    """A colour lightened or darkened until one of the inks stands on it clearly: thin strokes of
    small type lose a part of their contrast to smooth edges."""
    light, chroma, _ = oklch(colour)
    for step in range(20):
        ratio = float(contrast(rgb_of(_on(colour, dark)), rgb_of(colour)))
        if ratio >= CLEAR:
            break
        away = -0.015 if _on(colour, dark) == "#ffffff" else 0.015
        colour = shade(colour, light + away * (step + 1), chroma)
    return colour


def _part(pixels: Pixels, share: Share) -> Pixels:
    height, width = pixels.shape[:2]
    left, top, right, bottom = share
    return pixels[
        int(top * height) : max(int(bottom * height), int(top * height) + 1),
        int(left * width) : max(int(right * width), int(left * width) + 1),
    ]


def _strongest(pixels: Pixels) -> str | None:
    """The colour that most of a picture's chroma is of; None for a grey one."""
    from PIL import Image

    small = Image.fromarray(np.ascontiguousarray(pixels)).resize((48, 48), Image.Resampling.BOX)
    reduced = small.quantize(8, kmeans=2)
    colours, table = reduced.getcolors() or [], reduced.getpalette() or []
    best, most = None, 0.0
    for count, index in colours:
        number = int(index) * 3 if isinstance(index, int) else 0
        r, g, b = table[number : number + 3]
        one = hex_of((r, g, b))
        light, chroma, _ = oklch(one)
        weight = count**0.5 * max(chroma - 0.035, 0) * (1 - abs(light - 0.62))
        if weight > most:
            best, most = one, weight
    return best


def _on(colour: str, dark: str) -> str:
    """What is read best on a colour: white, where it is as large text, or a dark ink."""
    white = float(contrast(rgb_of("#ffffff"), rgb_of(colour)))
    black = float(contrast(rgb_of(dark), rgb_of(colour)))
    if white >= READABLE or white >= black:
        return "#ffffff"
    return dark if black >= READABLE else "#0b0b0c"


def _readable(ink: str, ground: str) -> str:
    if float(contrast(rgb_of(ink), rgb_of(ground))) >= READABLE:
        return ink
    return _on(ground, "#0b0b0c")


def _softer(ink: str, ground: str) -> str:
    """The ink mixed with its ground as far as small text allows."""
    one, other = np.array(rgb_of(ink), dtype=float), np.array(rgb_of(ground), dtype=float)
    for share in (0.34, 0.28, 0.2, 0.12):
        mixed = hex_of(one * (1 - share) + other * share)
        if float(contrast(rgb_of(mixed), rgb_of(ground))) >= 5.2:
            return mixed
    return ink
