"""Files of kits and assets: opened as what their names say, checked whole, bounded."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from triptych.brands.fonts import check_font
from triptych.brands.kit import FILMS, ending_of
from triptych.brands.svg import check_svg
from triptych.errors import BriefError
from triptych.files.media import MediaError, open_image, open_video
from triptych.files.text import read_bytes


@dataclass(frozen=True)
class FileKind:
    """What a file with some ending must be."""

    media_type: str
    most: int
    """Bytes that it may have."""
    check: Callable[[bytes], object]
    """Raises `MediaError`."""


def _check_picture(data: bytes) -> None:
    with open_image(io.BytesIO(data)) as image:
        if min(image.size) < 16:
            raise MediaError(f"has {image.width}×{image.height} pixels", "Take a larger one.")


def _check_film(ending: str) -> Callable[[bytes], None]:
    def check(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:  # FFmpeg is told what it is by the name
            path = Path(folder) / f"film.{ending}"
            path.write_bytes(data)
            with open_video(path) as container:
                if next(container.decode(video=0), None) is None:
                    raise MediaError("holds no pictures", "Save it again.")

    return check


_PICTURE, _FONT, _FILM = 32_000_000, 32_000_000, 200_000_000
KINDS: dict[str, FileKind] = {
    "png": FileKind("image/png", _PICTURE, _check_picture),
    "jpg": FileKind("image/jpeg", _PICTURE, _check_picture),
    "webp": FileKind("image/webp", _PICTURE, _check_picture),
    "svg": FileKind("image/svg+xml", 1_000_000, check_svg),
    "ttf": FileKind("font/ttf", _FONT, check_font),
    "otf": FileKind("font/otf", _FONT, check_font),
    "woff2": FileKind("font/woff2", _FONT, check_font),
} | {
    ending: FileKind(media_type, _FILM, _check_film(ending))
    for ending, media_type in zip(
        FILMS,
        ("video/mp4", "video/quicktime", "video/x-m4v", "video/webm", "video/x-matroska"),
        strict=True,
    )
}
"""By ending."""


def usual_ending(name: str) -> str:
    """The ending of a file's name, one for each kind of file."""
    ending = ending_of(name)
    return "jpg" if ending == "jpeg" else ending


def ending_by_content(name: str, data: bytes) -> str:
    """The ending that a file of these bytes is kept under: pictures are often misnamed."""
    starts = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg", b"RIFF": "webp"}
    ending = usual_ending(name)
    if ending not in starts.values():
        return ending
    return next((kind for start, kind in starts.items() if data.startswith(start)), ending)


def read_media(path: Path) -> bytes:
    """The bytes of a picture, film or font that a person named, opened and found whole.

    Raises:
        MediaError: `str` goes on from the file's name.
    """
    kind = KINDS.get(usual_ending(path.name))
    if kind is None:
        raise MediaError("is no picture, film or font", f"Take {', '.join(KINDS)}.")
    if path.is_dir():
        raise MediaError("is a folder", "Name a file in it.")
    try:
        data = read_bytes(path, kind.most)
    except BriefError as error:
        reason = error.message.removeprefix(str(path)).strip(" .")
        raise MediaError(reason, "See docs/brand.md for what a file may be.") from error
    kind.check(data)
    return data
