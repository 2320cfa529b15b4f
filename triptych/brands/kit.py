"""The record of a brand kit. Its files are names here; where a kit is read, each is opened."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from triptych.records import ChannelName, Context, Line, Record

FILE = "file"
"""Key of a validation's context: opens what a file is called, gives its whole name, or raises."""
KIT = "brand_kit"
"""Key of a validation's context: reads the kit that a brief names by its file, or raises."""
PICTURES = ("png", "jpg", "jpeg", "webp")
VECTORS = ("svg",)
FONTS = ("ttf", "otf", "woff2")
FILMS = ("mp4", "mov", "m4v", "webm", "mkv")

Role = Literal["primary", "secondary", "accent", "background", "text"]

_HEX = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def ending_of(name: str) -> str:
    """What a file's name ends with, in lower case and without the dot; "" for nothing."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def opened_file(name: str, info: ValidationInfo[Context | None]) -> str:
    """A file's whole name if the context opens files, else the name as it is."""
    opened = (info.context or {}).get(FILE)
    return str(opened(name)) if opened else name


def ends_with(*endings: str) -> AfterValidator:
    """Holds a file's name to some endings."""

    def check(name: str) -> str:
        if ending_of(name) not in endings:
            raise ValueError(f"{name} is no {', '.join(endings[:-1])} or {endings[-1]} file")
        return name

    return AfterValidator(check)


def _colour(text: str) -> str:
    match = _HEX.fullmatch(text)
    if match is None:
        what = f"{text!r} is no colour" if text else "there is no colour"
        raise ValueError(f"{what}: write six hex digits in quotes, as in '#0b3d2e'")
    digits = match[1] if len(match[1]) == 6 else "".join(2 * digit for digit in match[1])
    return f"#{digits.lower()}"


def _font(name: str, info: ValidationInfo[Context | None]) -> str:
    """A font file or an installed family: opened where the context opens files."""
    if "/" in name and ending_of(name) not in FONTS:
        raise ValueError(f"{name} is no {', '.join(FONTS)} file, and no name of a family")
    return opened_file(name, info)


FileName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
LogoFile = Annotated[FileName, ends_with(*PICTURES, *VECTORS), AfterValidator(opened_file)]
AssetFile = Annotated[FileName, ends_with(*PICTURES, *VECTORS, *FILMS), AfterValidator(opened_file)]
Font = Annotated[FileName, AfterValidator(_font)]
"""A font file (TTF, OTF, WOFF2), or an installed family; of a kit that was read always a file."""
Colour = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_colour)]
"""As in `#0b3d2e`: six hex digits, lower case."""
SmallPrint = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Logo(Record):
    """One form of a logo."""

    file: LogoFile
    """PNG, JPEG, WebP or SVG."""
    background: Literal["light", "dark", "any"] = "any"
    """What it is to be set on."""
    shape: Literal["mark", "full"] = "full"
    """The sign alone, or the sign with the name."""


class Colours(Record):
    """Colours by what they are for."""

    primary: Colour | None = None
    secondary: Colour | None = None
    accent: Colour | None = None
    background: Colour | None = None
    text: Colour | None = None


class Fonts(Record):
    """What a brand's words are set in."""

    heading: Font | None = None
    body: Font | None = None


class Disclaimer(Record):
    """Small print of a brand, set beside the copy and never written by a model."""

    text: SmallPrint
    placements: tuple[ChannelName, ...] = Field(default=(), max_length=50)
    """Where it has to stand; everywhere if none is named."""
    category: Line | None = None
    """What it is about, as in `price` or `health`."""


class BrandKit(Record):
    """What a brand is called, looks and sounds like. Only `name` is required."""

    name: Line
    """Letter for letter: copy has to write it so."""
    legal_name: Line | None = None
    logos: tuple[Logo, ...] = Field(default=(), max_length=20)
    colours: Colours = Colours()
    fonts: Fonts = Fonts()
    voice: SmallPrint | None = None
    """How it speaks, in free words."""
    use: tuple[Line, ...] = Field(default=(), max_length=50)
    """Words to use where they fit."""
    avoid: tuple[Line, ...] = Field(default=(), max_length=100)
    """Words that neither plan nor copy may hold."""
    disclaimers: tuple[Disclaimer, ...] = Field(default=(), max_length=20)
    competitors: tuple[Line, ...] = Field(default=(), max_length=100)
    """Names that neither plan nor copy may hold."""
    pronunciations: dict[Line, Line] = Field(default={}, max_length=200)
    """How words are spoken: in IPA between slashes, or spelt as one would read them."""

    @model_validator(mode="after")
    def _agrees(self) -> BrandKit:
        clash = {one.casefold() for one in self.use} & {one.casefold() for one in self.avoid}
        if clash:
            raise ValueError(f"{', '.join(sorted(clash))} stands in `use` and in `avoid`")
        if self.name.casefold() in {one.casefold() for one in (*self.avoid, *self.competitors)}:
            raise ValueError(f"its own name {self.name} stands in `avoid` or `competitors`")
        return self

    def small_print(self, placement: str) -> tuple[str, ...]:
        """Its disclaimers that have to stand in a placement, in their order."""
        return tuple(
            one.text
            for one in self.disclaimers
            if not one.placements or placement in one.placements
        )
