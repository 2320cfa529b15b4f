"""Fonts: files that really open, and the files of installed families.

FreeType, by way of Pillow, opens them: it is what draws with them later, holds broken and hostile
fonts off, and reads WOFF2 within bounds.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from triptych.brands.kit import FONTS
from triptych.files.media import MediaError

_SIGNS = (b"\x00\x01\x00\x00", b"OTTO", b"true", b"wOF2")
_REGULAR = ("regular", "book", "roman", "normal", "text", "medium")
_MOST_FILES = 5_000


def check_font(data: bytes) -> str:
    """The family's name of a font file. Raises `MediaError` if it is no font, or a broken one."""
    if not data.startswith(_SIGNS):
        raise MediaError("is no font", "Take a TrueType, OpenType or WOFF2 file.")
    from PIL import ImageFont

    try:
        font = ImageFont.truetype(io.BytesIO(data), 32)
        family = str(font.getname()[0] or "")
        is_drawn = any(font.getbbox("Aa1")) and font.getmask("Aa1").getbbox() is not None
    except (OSError, ValueError, MemoryError) as error:
        raise MediaError(f"is a broken font ({error})", "Take it from its maker anew.") from error
    if not family or not is_drawn:
        raise MediaError("is a font without a name or letters", "Take another.")
    return family


def installed_font(family: str) -> Path:
    """The file of an installed family, its regular style where it has one.

    Raises `MediaError` if there is none.
    """
    from PIL import ImageFont

    wanted, found = _plain(family), list[tuple[int, str, Path]]()
    for number, path in enumerate(_font_files()):
        if number == _MOST_FILES:
            break
        try:
            name, style = ImageFont.truetype(str(path), 16).getname()
        except (OSError, ValueError):
            continue
        if wanted in (_plain(name or ""), _plain(f"{name} {style}")):
            rank = _REGULAR.index(_plain(style or "")) if _plain(style or "") in _REGULAR else 99
            found.append((rank, path.name, path))
    if not found:
        raise MediaError("is no installed family of fonts", "Name a font file instead.")
    return min(found)[2]


def _font_files() -> Iterator[Path]:
    for folder in _folders():
        for place, _, names in sorted(os.walk(folder)):
            for name in sorted(names):
                if name.lower().endswith(tuple(f".{ending}" for ending in FONTS)):
                    yield Path(place) / name


def _folders() -> list[Path]:
    """Where the system and the user have fonts."""
    home = Path.home()
    if sys.platform == "darwin":
        return [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    if sys.platform == "win32":
        windows = Path(os.environ.get("WINDIR", "C:/Windows"))
        return [home / "AppData/Local/Microsoft/Windows/Fonts", windows / "Fonts"]
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    return [
        data / "fonts",
        home / ".fonts",
        Path("/usr/local/share/fonts"),
        Path("/usr/share/fonts"),
    ]


def _plain(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())
