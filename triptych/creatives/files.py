"""A creative as a file: JPEG or PNG tagged sRGB, within the placement's size, without EXIF."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from triptych.errors import CreativeError

if TYPE_CHECKING:
    from PIL.Image import Image

MARKED = 24_000
"""Bytes that marking a file as machine-made may add: they are kept free of a format's limit."""
_BEST, _WORST = 93, 42
"""JPEG qualities between which a file of the right size is sought."""


def encode(image: Image, types: Sequence[str], kilobytes: int | None) -> tuple[bytes, str]:
    """The best file of an image that a placement takes: its bytes, and how its name ends.

    Args:
        image: RGB.
        types: that the placement takes; JPEG is preferred, for all that has a picture in it.
        kilobytes: most that the file may have, 1,000 bytes each; None for no limit.

    Raises `CreativeError` if no quality that can be shown meets the limit.
    """
    most = None if kilobytes is None else kilobytes * 1000 - min(MARKED, kilobytes * 300)
    if types and "jpg" not in types:
        data = _png(image)
        if most is None or len(data) <= most:
            return data, "png"
        raise _too_large(len(data), kilobytes)
    data = jpeg(image, _BEST)
    if most is None or len(data) <= most:
        return data, "jpg"
    low, high = _WORST, _BEST
    data = jpeg(image, low)
    if len(data) > most:
        raise _too_large(len(data), kilobytes)
    while high - low > 1:
        middle = (low + high) // 2
        tried = jpeg(image, middle)
        if len(tried) <= most:
            data, low = tried, middle
        else:
            high = middle
    return data, "jpg"


def jpeg(image: Image, quality: int) -> bytes:
    """A baseline-compatible JPEG with full colour resolution, so that coloured type stays sharp."""
    from PIL import ImageFile

    buffer = io.BytesIO()
    before = ImageFile.MAXBLOCK
    ImageFile.MAXBLOCK = max(before, 4 * image.width * image.height)  # else detail is an error
    try:
        image.convert("RGB").save(
            buffer,
            "JPEG",
            quality=quality,
            subsampling=0 if quality >= 70 else 2,
            optimize=True,
            icc_profile=srgb(),
        )
    finally:
        ImageFile.MAXBLOCK = before
    return buffer.getvalue()


def _png(image: Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", icc_profile=srgb())
    return buffer.getvalue()


@cache
def srgb() -> bytes:
    """The ICC profile of sRGB."""
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _too_large(size: int, kilobytes: int | None) -> CreativeError:
    return CreativeError(
        f"The file has {size / 1000:.0f} kB at the lowest quality and may have {kilobytes} kB.",
        "Take a layout with less picture.",
    )
