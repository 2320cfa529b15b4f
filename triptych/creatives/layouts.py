"""Layouts as data: regions in shares of a frame, what stands in them, what may cover what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import Field, ValidationError, model_validator

from triptych.creatives.boxes import Share, Shares
from triptych.creatives.palette import ColourRole
from triptych.domain import Line, Record, Slug
from triptych.errors import BriefError, CreativeError
from triptych.files.text import read_text
from triptych.files.yaml import parse_yaml

Shape = Literal["strip", "landscape", "square", "portrait", "tall", "column"]
"""Of a format: from a leaderboard, by the page's width, to a skyscraper."""
SHAPES: tuple[tuple[Shape, float], ...] = (
    ("strip", 3.2),
    ("landscape", 1.3),
    ("square", 0.92),
    ("portrait", 0.66),
    ("tall", 0.42),
    ("column", 0.0),
)
"""Each with the least width for its height."""
_INSTEAD: Mapping[Shape, tuple[Shape, ...]] = {
    "strip": ("landscape",),
    "landscape": ("square",),
    "square": ("portrait", "landscape"),
    "portrait": ("square", "tall"),
    "tall": ("portrait", "square"),
    "column": ("tall", "portrait", "square"),
}
Role = Literal[
    "brand", "eyebrow", "headline", "body", "price", "was_price", "discount", "button", "disclaimer"
]
"""What a text is for."""
Frame = Literal["bleed", "live", "canvas"]
"""What shares are of. `live`: what the placement's buttons leave free, less a margin. `bleed`: the
same, but an edge at 0 or 1 goes to the creative's own edge. `canvas`: the whole creative."""
Align = Literal["start", "center", "end"]
Anchor = Literal["top", "middle", "bottom"]
SHIPPED = Path(__file__).parents[1] / "layouts"


class PictureRegion(Record):
    """Where the picture stands."""

    kind: Literal["picture"]
    box: Shares
    frame: Frame = "bleed"
    subject: Shares = (0.06, 0.06, 0.94, 0.94)
    """Where the subject shall be, as shares of this region."""
    radius: float = Field(default=0, ge=0, le=0.5)
    """Of its corners, as a share of its shorter side."""
    shape: Literal["box", "circle", "arch"] = "box"
    tone: Literal["as it is", "grey", "dimmed"] = "as it is"
    shadow: bool = False


class FillRegion(Record):
    """A plane of one colour."""

    kind: Literal["fill"]
    box: Shares
    frame: Frame = "bleed"
    colour: ColourRole
    radius: float = Field(default=0, ge=0, le=0.5)
    shape: Literal["box", "circle"] = "box"
    slant: float = Field(default=0, ge=-0.5, le=0.5)
    """How far its edge beside the picture leans, as a share of its width."""
    shadow: bool = False


class ScrimRegion(Record):
    """Darkening under text, as strong as the text needs."""

    kind: Literal["scrim"]
    box: Shares
    frame: Frame = "bleed"
    towards: Literal["bottom", "top", "start", "end", "all"]
    colour: ColourRole = "dark"


class OutlineRegion(Record):
    """A thin frame."""

    kind: Literal["outline"]
    box: Shares
    frame: Frame = "bleed"
    colour: ColourRole = "paper"
    width: float = Field(default=0.004, gt=0, le=0.05)
    """As a share of the format's shorter side."""


class StackRegion(Record):
    """Texts one below the other, as large as their box allows."""

    kind: Literal["stack"]
    box: Shares
    frame: Frame = "live"
    items: tuple[Role, ...] = Field(min_length=1)
    on: ColourRole | Literal["picture"]
    """What is under it."""
    align: Align = "start"
    anchor: Anchor = "top"
    largest: float = Field(default=0.13, gt=0, le=0.5)
    """Of the headline, as a share of the square root of the format's area."""
    lines: int = Field(default=4, ge=1, le=8)
    """Of the headline, at most."""
    upper: bool = False
    """Whether the headline is in capitals."""


class BadgeRegion(Record):
    """A disc with the offer."""

    kind: Literal["badge"]
    box: Shares
    frame: Frame = "live"
    items: tuple[Role, ...] = ("discount", "price")
    """The first of these that the campaign has."""
    colour: ColourRole = "accent"


class MarkRegion(Record):
    """A large quotation mark."""

    kind: Literal["mark"]
    box: Shares
    frame: Frame = "live"
    colour: ColourRole = "accent"


Region = Annotated[
    PictureRegion
    | FillRegion
    | ScrimRegion
    | OutlineRegion
    | StackRegion
    | BadgeRegion
    | MarkRegion,
    Field(discriminator="kind"),
]


class Arrangement(Record):
    """The regions of a layout for formats of some shapes, from the lowest to the uppermost."""

    shapes: tuple[Shape, ...] = Field(min_length=1)
    ground: ColourRole = "ground"
    regions: tuple[Region, ...] = Field(min_length=1)


class Layout(Record):
    """A way to put a creative together."""

    name: Slug
    title: Line
    suits: tuple[Line, ...] = ()
    """Tones and purposes that it goes with well, in words that a reason may name."""
    needs: tuple[Role, ...] = ()
    """Texts without which it is not proposed."""
    may_cover_subject: bool = False
    """Whether text may stand on the subject: where the picture is a dimmed ground."""
    arrangements: tuple[Arrangement, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _shapes_once(self) -> Layout:
        named = [shape for one in self.arrangements for shape in one.shapes]
        if len(set(named)) != len(named):
            raise ValueError("two arrangements are for the same shape")
        return self

    def arrangement(self, shape: Shape) -> Arrangement:
        """The arrangement for a shape, or for the nearest that it has one for."""
        by_shape = {shape: one for one in self.arrangements for shape in one.shapes}
        for name in (shape, *_INSTEAD[shape]):
            if name in by_shape:
                return by_shape[name]
        return self.arrangements[0]


def shape_of(width: int, height: int) -> Shape:
    """The shape of a format."""
    return next(shape for shape, least in SHAPES if width / height >= least)


def mirrored(box: Share) -> Share:
    """A box of shares as in a mirror, for scripts that run from right to left."""
    left, top, right, bottom = box
    return 1 - right, top, 1 - left, bottom


def user_folder() -> Path:
    """Where users put layouts of their own, one file each."""
    return Path(platformdirs.user_config_dir("triptych", appauthor=False)) / "layouts"


def layouts(folders: Sequence[Path] | None = None) -> dict[str, Layout]:
    """All layouts by name: those shipped, then those of the user's folder.

    Args:
        folders: where to look besides what is shipped; by default `user_folder()`.

    Raises:
        CreativeError: naming file and field, if a file is wrong or a name comes twice.
    """
    found = dict(_shipped())
    for folder in [user_folder()] if folders is None else folders:
        for path in sorted(folder.glob("*.yaml")):
            one = read_layout(path)
            if one.name in found:
                raise CreativeError(
                    f"{path}: there is a layout {one.name} already.", "Choose another name."
                )
            found[one.name] = one
    return found


def find_layout(name: str, among: Mapping[str, Layout] | None = None) -> Layout:
    """A layout by its name. Raises `CreativeError` with all names if there is none."""
    known = layouts() if among is None else among
    if name not in known:
        raise CreativeError(f"There is no layout “{name}”.", f"There are {', '.join(known)}.")
    return known[name]


def read_layout(path: Path) -> Layout:
    """The layout of one file. Raises `CreativeError` naming the file and every wrong field."""
    try:
        return Layout.model_validate(parse_yaml(read_text(path), str(path), typed=True).value)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'layout'}: {one['msg']}" for one in error.errors()
        )
        raise CreativeError(f"{path}: {problems}", "See docs/creatives.md.") from error
    except BriefError as error:
        raise CreativeError(str(error), error.hint) from error


@cache
def _shipped() -> Mapping[str, Layout]:
    every = [read_layout(path) for path in sorted(SHIPPED.glob("*.yaml"))]
    return {one.name: one for one in every}
