"""Logos as pictures: PNG, JPEG and WebP as they are, SVG by resvg after a look at what is in it."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

from triptych.brands.svg import check_svg
from triptych.creatives.fonts import INSTALL
from triptych.errors import CreativeError
from triptych.files.media import MediaError

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 2_000_000
MOST_PIXELS = 40_000_000
MOST_DEPTH = 60
"""Of elements within elements of an SVG."""
_HINT = "Export the logo as plain shapes: no scripts, no links, no embedded files, no text."


def read_logo(data: bytes, ending: str, height: int = 512) -> Image:
    """A logo as an RGBA picture without empty margins.

    Args:
        data: of an SVG, PNG, JPEG or WebP file.
        ending: of its name, without the dot.
        height: at which an SVG is drawn, in pixels.

    Raises `CreativeError` if it is none of these, too large, or an SVG that does more than draw.
    """
    if len(data) > MOST_BYTES:
        raise CreativeError(f"The logo is larger than {MOST_BYTES // 1_000_000} MB.", _HINT)
    return _trimmed(_rendered(data, ending.lower() == "svg", height))


@lru_cache(maxsize=16)
def _rendered(data: bytes, is_drawing: bool, height: int) -> Image:
    from PIL import Image, UnidentifiedImageError

    if is_drawing:
        data = _drawn(data, height)
    try:
        with Image.open(io.BytesIO(data), formats=["PNG", "JPEG", "WEBP"]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise CreativeError("The logo has too many pixels.", "Make it smaller.")
            return image.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise CreativeError("The logo is no picture that can be read.", _HINT) from error


def _drawn(data: bytes, height: int) -> bytes:
    """An SVG as a PNG. Text is refused: no font of this machine belongs in a logo."""
    try:
        check_svg(data)
    except MediaError as error:
        raise CreativeError(f"The logo {error}.", error.hint or _HINT) from error
    if _depth(data) > MOST_DEPTH:  # resvg calls itself for each level, and ends the process
        raise CreativeError("The logo is nested too deep.", _HINT)
    if b"<text" in data:
        raise CreativeError("The logo holds text that is no outline.", _HINT)
    try:
        import resvg_py
    except ImportError as error:
        raise CreativeError("Drawing SVG logos needs resvg.", INSTALL) from error
    try:
        drawn = resvg_py.svg_to_bytes(
            svg_string=data.decode("utf-8-sig"), height=height, skip_system_fonts=True
        )
        return bytes(drawn)
    except (ValueError, RuntimeError) as error:
        raise CreativeError(f"The logo cannot be drawn: {error}.", _HINT) from error
    except BaseException as error:  # a panic of Rust's is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise CreativeError("The logo cannot be drawn.", _HINT) from error


def _depth(data: bytes) -> int:
    """How deep the elements of an SVG, known to be well-formed, stand within each other."""
    from xml.etree import ElementTree

    level, depth = [ElementTree.fromstring(data)], 0
    while level:
        level, depth = [child for element in level for child in element], depth + 1
    return depth


def _trimmed(logo: Image) -> Image:
    """Without the transparent margins, so that its size is what is seen."""
    box = logo.getchannel("A").point([255 * (value > 8) for value in range(256)]).getbbox()
    if box is None:
        raise CreativeError("The logo is empty.", _HINT)
    return logo.crop(box)
