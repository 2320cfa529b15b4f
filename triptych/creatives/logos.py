"""Logos as pictures: PNG and JPEG as they are, SVG by resvg, after a look at what it holds."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from triptych.creatives.fonts import INSTALL
from triptych.errors import CreativeError
from triptych.safe_text import visible

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 2_000_000
MOST_PIXELS = 40_000_000
MOST_ELEMENTS = 20_000
MOST_DEPTH = 60
_HINT = "Export the logo as plain shapes: no scripts, no links, no embedded files."
_FORBIDDEN = frozenset((
    "script", "foreignobject", "iframe", "object", "embed", "audio", "video", "animate",
    "animatemotion", "animatetransform", "set", "handler", "listener", "discard", "feimage",
    "image", "text", "a",
))  # fmt: skip
Ground = Literal["light", "dark"]


def read_logo(path: Path, height: int = 512) -> Image:
    """A logo as an RGBA picture without empty margins.

    Args:
        path: an SVG, PNG, JPEG or WebP file.
        height: at which an SVG is drawn, in pixels.

    Raises `CreativeError` if it is none of these, too large, or an SVG that does more than draw.
    """
    name = visible(path.name)
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CreativeError(f"The logo {name} cannot be read: {error.strerror}.") from error
    if len(data) > MOST_BYTES:
        raise CreativeError(f"The logo {name} is larger than {MOST_BYTES // 1_000_000} MB.", _HINT)
    return _trimmed(_rendered(data, path.suffix.lower(), name, height))


@lru_cache(maxsize=16)
def _rendered(data: bytes, suffix: str, name: str, height: int) -> Image:
    from PIL import Image, UnidentifiedImageError

    if suffix == ".svg":
        data = _drawn(data, name, height)
    try:
        with Image.open(io.BytesIO(data), formats=["PNG", "JPEG", "WEBP"]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise CreativeError(f"The logo {name} has too many pixels.", "Make it smaller.")
            return image.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise CreativeError(f"The logo {name} is no picture that can be read.", _HINT) from error


def _drawn(data: bytes, name: str, height: int) -> bytes:
    check_svg(data, name)
    try:
        import resvg_py
    except ImportError as error:
        raise CreativeError("Drawing SVG logos needs resvg.", INSTALL) from error
    try:
        return bytes(
            resvg_py.svg_to_bytes(svg_string=data.decode(), height=height, skip_system_fonts=True)
        )
    except (ValueError, RuntimeError, UnicodeDecodeError) as error:
        raise CreativeError(f"The logo {name} cannot be drawn: {error}.", _HINT) from error
    except BaseException as error:  # a panic of Rust's is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise CreativeError(f"The logo {name} cannot be drawn.", _HINT) from error


def check_svg(data: bytes, name: str) -> None:
    """Raise `CreativeError` if an SVG holds more than shapes, or would draw too much.

    Entities are refused unread, so that nothing can be multiplied by them; so is whatever runs,
    loads or links. Text must be outlines, for no font of this machine belongs in a logo.
    """
    from xml.etree import ElementTree

    head = data.lower()
    if b"<!doctype" in head or b"<!entity" in head or b"<?xml-stylesheet" in head:
        raise _refused(name, "defines entities or style sheets")
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise _refused(name, f"is not well-formed: {error}") from error
    if str(root.tag).rpartition("}")[2] != "svg":
        raise _refused(name, "is no SVG")
    elements = uses = 0
    level = [root]
    for _ in range(MOST_DEPTH):
        for element in level:
            tag = str(element.tag).rpartition("}")[2].lower()
            if tag in _FORBIDDEN:
                raise _refused(name, f"holds <{visible(tag)}>")
            uses += tag == "use"
            elements += 1
            _check_attributes(name, element.attrib, element.text or "")
        if elements > MOST_ELEMENTS or uses > 50:
            raise _refused(name, "has too many parts")
        level = [child for element in level for child in element]
    if level:
        raise _refused(name, "is nested too deep")


def _check_attributes(name: str, attributes: dict[str, str], text: str) -> None:
    for key, value in attributes.items():
        plain = key.rpartition("}")[2].lower()
        if plain.startswith("on"):
            raise _refused(name, f"holds the handler {visible(plain)}")
        if plain == "href" and not value.strip().startswith("#"):
            raise _refused(name, "links to something outside")
        _check_css(name, value)
        number = re.match(r"\s*([\d.]+)", value) if plain in ("width", "height") else None
        if number and len(number[1].partition(".")[0]) > 4:
            raise _refused(name, "is too large")
    _check_css(name, text)


def _check_css(name: str, value: str) -> None:
    plain = re.sub(r"\s|\\\\", "", value).lower()
    if "@import" in plain or "javascript:" in plain or re.search(r"url\((?!['\"]?#)", plain):
        raise _refused(name, "loads something from outside")


def _refused(name: str, why: str) -> CreativeError:
    return CreativeError(f"The logo {name} {why}.", _HINT)


def _trimmed(logo: Image) -> Image:
    """Without the transparent margins, so that its size is what is seen."""
    box = logo.getchannel("A").point([255 * (value > 8) for value in range(256)]).getbbox()
    if box is None:
        raise CreativeError("The logo is empty.", _HINT)
    return logo.crop(box)
