"""Shapes as masks with smooth edges, and the soft shadows below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triptych.creatives.boxes import Box

if TYPE_CHECKING:
    from PIL.Image import Image

Size = tuple[int, int]
_FINER = 3
"""Masks are drawn so many times larger, then made smaller: Pillow draws no smooth edges."""


def rounded(size: Size, radius: float) -> Image:
    """A rectangle with round corners, (w, h) of 0 to 255."""
    from PIL import Image, ImageDraw

    if radius <= 0:
        return Image.new("L", size, 255)
    large = _large(size)
    box = (0, 0, large.width - 1, large.height - 1)
    ImageDraw.Draw(large).rounded_rectangle(box, radius * _FINER, fill=255)
    return _smooth(large, size)


def disc(size: Size) -> Image:
    """An ellipse that fills its box."""
    from PIL import ImageDraw

    large = _large(size)
    ImageDraw.Draw(large).ellipse((0, 0, large.width - 1, large.height - 1), fill=255)
    return _smooth(large, size)


def arch(size: Size) -> Image:
    """A window: straight sides, a half circle above."""
    from PIL import ImageDraw

    large = _large(size)
    draw, half = ImageDraw.Draw(large), large.width / 2
    rise = min(half, large.height * 0.6)
    draw.ellipse((0, 0, large.width - 1, 2 * rise), fill=255)
    draw.rectangle((0, rise, large.width, large.height), fill=255)
    return _smooth(large, size)


def leaning(size: Size, slant: float, *, upright: bool, rtl: bool = False) -> Image:
    """A plane of which one edge leans: the end of an upright one, the top or foot of one
    that lies.

    Args:
        size: width and height.
        slant: how far the edge leans, as a share of the plane's width; below 0 a lying plane
            leans at its foot.
        upright: whether the plane stands beside the picture, or lies below it.
        rtl: mirrored.
    """
    from PIL import ImageDraw, ImageOps

    large = _large(size)
    w, h = large.size
    lean = abs(slant) * w
    if upright:
        corners = [(0, 0), (w, 0), (w - lean, h), (0, h)]
    elif slant > 0:
        corners = [(0, lean), (w, 0), (w, h), (0, h)]
    else:
        corners = [(0, 0), (w, 0), (w, h - lean), (0, h)]
    ImageDraw.Draw(large).polygon(corners, fill=255)
    mask = _smooth(large, size)
    return ImageOps.mirror(mask) if rtl else mask


def shadowed(image: Image, mask: Image, box: Box) -> Image:
    """An image with the soft shadow of a shape that will lie on it."""
    from PIL import Image as Images
    from PIL import ImageFilter

    spread = max(0.03 * min(image.size), 2)
    whole = Images.new("L", image.size, 0)
    strength = mask.point([round(value * 0.28) for value in range(256)])
    whole.paste(strength, (round(box.x), round(box.y + spread * 0.35)))
    whole = whole.filter(ImageFilter.GaussianBlur(spread))
    dark = Images.new("RGB", image.size, (0, 0, 0))
    return Images.composite(dark, image, whole)


def _large(size: Size) -> Image:
    from PIL import Image

    return Image.new("L", (size[0] * _FINER, size[1] * _FINER), 0)


def _smooth(large: Image, size: Size) -> Image:
    from PIL import Image

    return large.resize(size, Image.Resampling.BOX)
