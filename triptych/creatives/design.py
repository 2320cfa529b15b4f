"""A design: all that a creative is rendered from, as data that people can edit and render again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from triptych.channels import Format, Placement, SafeZone
from triptych.creatives.boxes import Box, Share
from triptych.creatives.layouts import Frame, Region, Role, Shape, shape_of
from triptych.creatives.palette import ColourRole, Palette
from triptych.domain import ChannelName, Digest, Language, Line, Record, Slug

Words = Annotated[str, StringConstraints(min_length=1, max_length=2000)]

_SHOWN: Mapping[str, int] = {"IAB display": 0, "E-mail": 600, "Web": 1280}
"""Width in CSS pixels at which a platform shows a picture; 0 for its own width."""
_PHONE = 390
LEAST: Mapping[Role, float] = {
    "headline": 15,
    "body": 11.5,
    "eyebrow": 10,
    "brand": 10,
    "price": 14,
    "was_price": 10,
    "discount": 12,
    "button": 11.5,
    "disclaimer": 8,
}
"""Smallest size of a text on the device, in CSS pixels."""
LEAST_IN_BANNERS: Mapping[Role, float] = {"headline": 11.5, "button": 10, "body": 10, "brand": 9}
"""The same in display banners, which are small and seen from near."""


class FontChoice(Record):
    """A font: a family that is installed, or a file."""

    family: Line = "Manrope"
    file: Line | None = None
    """A file of the brand, by its path within the kit; it counts over the family."""
    weight: int = Field(default=700, ge=100, le=900)


class Design(Record):
    """What a creative is rendered from: `layout.json` holds it."""

    version: Literal[1] = 1
    layout: Slug
    placement: ChannelName
    format: Slug
    width: int = Field(ge=16, le=8192)
    height: int = Field(ge=16, le=8192)
    safe: SafeZone = SafeZone()
    density: float = Field(default=1, gt=0, le=8)
    """Pixels of the file for each CSS pixel of the device that shows it."""
    language: Language = "en"
    ground: ColourRole = "ground"
    regions: tuple[Region, ...] = Field(min_length=1, max_length=40)
    may_cover_subject: bool = False
    texts: dict[Role, Words]
    palette: Palette
    heading: FontChoice = FontChoice()
    body: FontChoice = FontChoice(weight=500)
    picture: Digest | None = None
    """Of the campaign's picture."""
    subject: Share | None = None
    """Where the picture's subject is, as shares of it."""
    variant: Slug = "a"

    @property
    def shape(self) -> Shape:
        """Of the format."""
        return shape_of(self.width, self.height)

    @property
    def canvas(self) -> Box:
        """The whole creative."""
        return Box(0, 0, self.width, self.height)

    @property
    def clear(self) -> Box:
        """What the placement's own buttons leave free."""
        w, h, safe = self.width, self.height, self.safe
        return self.canvas.inset(safe.left * w, safe.top * h, safe.right * w, safe.bottom * h)

    @property
    def live(self) -> Box:
        """The clear area less a margin at the sides that no safe zone keeps free."""
        short = min(self.width, self.height)
        margin = (0.13 if self.shape == "strip" else 0.062) * short
        safe = self.safe
        sides = (safe.left, safe.top, safe.right, safe.bottom)
        return self.clear.inset(*(margin if share < 0.03 else 0.012 * short for share in sides))

    def frame(self, frame: Frame, shares: Share) -> Box:
        """Where a region lies: a part of one of the frames that a layout may name."""
        if frame == "canvas":
            return self.canvas.part(shares)
        box = self.live.part(shares)
        if frame == "live":
            return box
        left, top, right, bottom = shares
        x = 0.0 if left <= 0 else box.x
        y = 0.0 if top <= 0 else box.y
        far_x = float(self.width) if right >= 1 else box.right
        far_y = float(self.height) if bottom >= 1 else box.bottom
        return Box(x, y, far_x - x, far_y - y)

    @property
    def short(self) -> float:
        """A length to measure by: the square root of the area, in pixels."""
        return (self.width * self.height) ** 0.5

    def least(self, role: Role) -> float:
        """Smallest size of a text, in pixels."""
        css = LEAST[role]
        if self.density == 1 and min(self.width, self.height) <= 320:
            css = LEAST_IN_BANNERS.get(role, css)
        return css * self.density


def density_of(placement: Placement, size: Format) -> float:
    """Pixels of a format's file for each CSS pixel of the device that it is seen on."""
    shown = _SHOWN.get(placement.platform, _PHONE)
    return max(size.width / shown, 1.0) if shown else 1.0
