"""Fonts: the families that come as packages, those of a brand, and which letters each can set."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from triptych.creatives.scripts import Script
from triptych.errors import CreativeError
from triptych.safe_text import visible

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

MOST_BYTES = 40_000_000
"""Of a font file: the largest of all, for Chinese, Japanese and Korean, has 33 MB."""
MOST_GLYPHS = 65_535
INSTALL = "Install `triptych[design]`."
FONT_SUFFIXES = (".ttf", ".otf", ".ttc", ".woff2")

_NOTO, _CJK = "manimgx_fonts", "manimgx_fonts_cjk"
PACKAGED: Mapping[str, tuple[str, str]] = {
    "Manrope": ("fontpkg_manrope", "files/Manrope[wght].ttf"),
    "Bricolage Grotesque": (
        "fontpkg_bricolage_grotesque",
        "files/BricolageGrotesque[opsz,wdth,wght].ttf",
    ),
    "Space Grotesk": ("fontpkg_space_grotesk", "files/SpaceGrotesk[wght].ttf"),
    "Playfair Display": ("fontpkg_playfair_display", "files/PlayfairDisplay[wght].ttf"),
    "Noto Sans": (_NOTO, "NotoSans[wght].ttf"),
    "Noto Sans Arabic": (_NOTO, "NotoSansArabic[wght].ttf"),
    "Noto Sans Hebrew": (_NOTO, "NotoSansHebrew[wght].ttf"),
    "Noto Sans Thai": (_NOTO, "NotoSansThai[wght].ttf"),
    "Noto Sans Devanagari": (_NOTO, "NotoSansDevanagari[wght].ttf"),
    "Noto Sans Bengali": (_NOTO, "NotoSansBengali[wght].ttf"),
    "Noto Sans Tamil": (_NOTO, "NotoSansTamil[wght].ttf"),
    "Noto Sans Georgian": (_NOTO, "NotoSansGeorgian[wght].ttf"),
    "Noto Sans Armenian": (_NOTO, "NotoSansArmenian[wght].ttf"),
    "Noto Sans Symbols": (_NOTO, "NotoSansSymbols[wght].ttf"),
    "Noto Emoji": (_NOTO, "NotoEmoji[wght].ttf"),
    "Noto Sans CJK": (_CJK, "NotoSansCJK-VF.otf.ttc"),
}
"""Families under the SIL Open Font License, by the package and file that has them."""
FOR_SCRIPT: Mapping[Script, tuple[str, ...]] = {
    "arabic": ("Noto Sans Arabic",),
    "hebrew": ("Noto Sans Hebrew",),
    "thai": ("Noto Sans Thai",),
    "japanese": ("Noto Sans CJK",),
    "han": ("Noto Sans CJK",),
    "hangul": ("Noto Sans CJK",),
    "emoji": ("Noto Emoji", "Noto Sans Symbols"),
}
LAST_RESORT = (
    "Noto Sans", "Noto Sans Symbols", "Noto Emoji", "Noto Sans Devanagari", "Noto Sans Bengali",
    "Noto Sans Tamil", "Noto Sans Georgian", "Noto Sans Armenian", "Noto Sans CJK",
    "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Thai",
)  # fmt: skip
_CJK_FACES = {"ja": 0, "ko": 1, "zh": 2, "zh-TW": 3, "zh-HK": 4}
FontRole = Literal["heading", "body"]
BY_TONE: Mapping[str, tuple[str, int]] = {
    "playful": ("Bricolage Grotesque", 800),
    "premium": ("Playfair Display", 600),
    "technical": ("Space Grotesk", 700),
    "minimal": ("Manrope", 700),
}
"""Family and weight of headings where a brand has none, by tone."""
BODY_FAMILY = "Manrope"


@dataclass(frozen=True)
class Face:
    """One font: a file, which of its fonts, and how heavy it is set.

    Attributes:
        path: of the file.
        index: within a collection.
        weight: 100 to 900; for files with a weight axis.
    """

    path: str
    index: int = 0
    weight: int = 400

    def at(self, size: float) -> FreeTypeFont:
        """The font at a size in pixels."""
        return _opened(self, round(size * 4) / 4)

    def has(self, char: str) -> bool:
        """Whether it has a glyph for a character."""
        return ord(char) in letters_of(self.path, self.index)


def find_face(family: str, weight: int = 400, language: str = "en") -> Face:
    """A face of a family that comes as a package.

    Raises `CreativeError` if there is no such family, or its package is not installed.
    """
    if family not in PACKAGED:
        raise CreativeError(
            f"There is no font “{visible(family)}” here.",
            f"Give its file, or one of {', '.join(PACKAGED)}.",
        )
    package, name = PACKAGED[family]
    try:
        module = import_module(package)
    except ImportError as error:
        raise CreativeError(f"The font {family} is not installed.", INSTALL) from error
    assert module.__file__ is not None, "a package of files"
    index = 0
    if family == "Noto Sans CJK":
        index = _CJK_FACES.get(language, _CJK_FACES.get(language.split("-")[0], 0))
    return Face(str(Path(module.__file__).parent / name), index, weight)


def own_face(path: Path, weight: int = 400) -> Face:
    """A face of a font file from outside, looked at before FreeType opens it.

    Raises `CreativeError` if it is no font, a damaged or a far too large one.
    """
    check_font(path)
    return Face(str(path), 0, weight)


def check_font(path: Path) -> None:
    """Raise `CreativeError` if a file is no font that can be read whole, or is far too large."""
    name = visible(path.name)
    hint = "Give a TTF, OTF or WOFF2 file as its foundry made it."
    try:
        size = path.stat().st_size
        if not path.is_file() or path.suffix.lower() not in FONT_SUFFIXES:
            raise CreativeError(f"{name} is no font file.", hint)
        if size > MOST_BYTES:
            most = MOST_BYTES // 1_000_000
            raise CreativeError(f"{name} has {size / 1e6:.0f} MB; a font may have {most} MB.", hint)
        letters = letters_of(str(path), 0)
        face = Face(str(path))
        for size in (12, 64):
            face.at(size).getbbox("Ag")
    except OSError as error:
        raise CreativeError(f"{name} is no font that can be read: {error}.", hint) from error
    if not letters:
        raise CreativeError(f"{name} has no letters.", hint)


@lru_cache(maxsize=64)
def letters_of(path: str, index: int) -> frozenset[int]:
    """Code points that a font has glyphs for.

    Raises `CreativeError` if it cannot be read; what it holds is not trusted.
    """
    try:
        from fontTools.ttLib import TTFont
    except ImportError as error:
        raise CreativeError("Setting type needs fontTools.", INSTALL) from error
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    try:
        with TTFont(path, fontNumber=index, lazy=True) as font:
            glyphs = int(getattr(font["maxp"], "numGlyphs", 0))
            if (
                not 0 < glyphs <= MOST_GLYPHS
                or not 16 <= getattr(font["head"], "unitsPerEm", 0) <= 16_384
            ):
                raise ValueError("its tables contradict the format")
            order = set(font.getGlyphOrder())
            return frozenset(c for c, glyph in (font.getBestCmap() or {}).items() if glyph in order)
    except MemoryError:
        raise
    except Exception as error:  # fontTools lets out whatever its tables trip over
        name = visible(Path(path).name)
        raise CreativeError(
            f"{name} is no font that can be read: {type(error).__name__}.",
            "Give a TTF, OTF or WOFF2 file as its foundry made it.",
        ) from error


@lru_cache(maxsize=512)
def _opened(face: Face, size: float) -> FreeTypeFont:
    from PIL import ImageFont

    font = ImageFont.truetype(face.path, size, face.index, layout_engine=ImageFont.Layout.RAQM)
    try:
        axes = font.get_variation_axes()
    except OSError:  # no variable font
        return font
    values: list[float] = []
    for axis in axes:
        low, high = float(axis["minimum"] or 0), float(axis["maximum"] or 0)
        usual = float(axis["default"] or 0)
        name = axis.get("name", b"")
        label = name.decode("latin-1") if isinstance(name, bytes) else str(name)
        wanted = {"Weight": face.weight, "Optical Size": size, "Optical size": size}
        values.append(min(max(wanted.get(label, usual or low), low), high))
    font.set_variation_by_axes(values)
    return font


def has_raqm() -> bool:
    """Whether Pillow can shape text, as its wheels do."""
    from PIL import features

    return bool(features.check("raqm"))
