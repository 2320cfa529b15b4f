"""A stack of texts in a box: the largest sizes at which all fit, in one scale, or fewer of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from triptych.creatives.boxes import Box
from triptych.creatives.design import Design
from triptych.creatives.fonts import Face
from triptych.creatives.layouts import Role, StackRegion
from triptych.creatives.setting import Block, Type, cap_height, clean, set_text

if TYPE_CHECKING:
    from PIL.Image import Image

RATIO: Mapping[Role, float] = {
    "headline": 1.0,
    "price": 0.92,
    "was_price": 0.5,
    "discount": 0.6,
    "body": 0.44,
    "button": 0.4,
    "brand": 0.42,
    "eyebrow": 0.3,
    "disclaimer": 0.22,
}
"""Sizes of texts beside that of the headline."""
MOST: Mapping[Role, float] = {"body": 0.04, "button": 0.036, "brand": 0.04, "eyebrow": 0.026}
"""Largest sizes, as shares of the square root of the format's area."""
GAP: Mapping[Role, float] = {
    "brand": 1.3, "eyebrow": 0.75, "headline": 0.85, "body": 1.1, "price": 1.15, "button": 0.8
}  # fmt: skip
"""Room below a text, as a multiple of the body's size."""
DROPPED: tuple[Role, ...] = ("eyebrow", "body", "brand", "price", "button")
"""What gives way, in this order, where there is no room for everything."""
_LINES: Mapping[Role, int] = {"body": 5, "disclaimer": 4}
_COMFORT = 1.25
"""Texts are left out before the headline comes nearer to its smallest size than this."""


@dataclass(frozen=True)
class Fonts:
    """The two fonts of a creative, and its language."""

    heading: Face
    body: Face
    language: str

    def kind(self, role: Role) -> Type:
        """How a text is set."""
        if role == "headline":
            return Type(self.heading, 1.08, self.language)
        if role in ("price", "discount"):
            return Type(self.heading, 1.05, self.language, tabular=True)
        if role == "was_price":
            return Type(self.body, 1.1, self.language, tabular=True, struck=True)
        if role == "brand":
            return Type(self.heading, 1.1, self.language)
        if role in ("button", "eyebrow"):
            return Type(_bold(self.body), 1.15, self.language)
        return Type(self.body, 1.36, self.language)


def _bold(face: Face) -> Face:
    return Face(face.path, face.index, max(face.weight, 700))


@dataclass(frozen=True)
class Piece:
    """One item of a stack, measured.

    Attributes:
        role: what it is.
        width: in pixels, with what surrounds the text.
        height: likewise.
        blocks: its texts, each with its role and its offset from the piece's left top.
        pill: whether a filled shape is under it.
        logo: a picture in place of text.
    """

    role: Role
    width: float
    height: float
    blocks: tuple[tuple[Role, Block, float, float], ...] = ()
    pill: bool = False
    logo: Image | None = None


@dataclass(frozen=True)
class Stack:
    """Pieces that fit their box, with the gaps between them.

    Attributes:
        region: that they fill.
        box: of the region, in pixels.
        pieces: from top to bottom.
        gaps: below each piece; that of the last is 0.
        dropped: texts that there was no room for.
    """

    region: StackRegion
    box: Box
    pieces: tuple[Piece, ...]
    gaps: tuple[float, ...]
    dropped: tuple[Role, ...] = ()
    missing: tuple[Role, ...] = field(default=())
    """Texts that must stand there and do not fit."""

    @property
    def height(self) -> float:
        """Of all pieces and gaps."""
        return sum(piece.height for piece in self.pieces) + sum(self.gaps)

    def places(self, rtl: bool) -> list[tuple[Piece, float, float]]:
        """Every piece with its left edge and top."""
        spare = self.box.h - self.height
        y = self.box.y + {"top": 0.0, "middle": 0.5, "bottom": 1.0}[self.region.anchor] * spare
        align = alignment(self.region, rtl)
        found: list[tuple[Piece, float, float]] = []
        for piece, gap in zip(self.pieces, self.gaps, strict=True):
            found.append((piece, self.box.x + (self.box.w - piece.width) * align, y))
            y += piece.height + gap
        return found


def alignment(region: StackRegion, rtl: bool) -> float:
    """0 for the left edge, 0.5 for the middle, 1 for the right edge."""
    share = {"start": 0.0, "center": 0.5, "end": 1.0}[region.align]
    return 1 - share if rtl else share


def fill_stack(
    region: StackRegion, box: Box, design: Design, fonts: Fonts, logo: Image | None
) -> Stack:
    """The texts of a region, as large as its box allows; the least needed are left out if they
    would make the others small."""
    wanted: list[Role] = [
        role for role in region.items if role in design.texts or (role == "brand" and logo)
    ]
    kept: list[Role] = list(wanted)
    while kept:
        stack = _largest(region, box, design, fonts, logo, kept)
        room_to_drop: list[Role] = [role for role in DROPPED if role in kept and len(kept) > 1]
        least = design.least("headline")
        cramped = stack is None or (
            "headline" in kept and bool(room_to_drop) and _headline(stack) < _COMFORT * least
        )
        if stack is not None and not cramped:
            return _told(stack, wanted, kept)
        if not room_to_drop:
            if stack is not None:
                return _told(stack, wanted, kept)
            missing: tuple[Role, ...] = tuple(
                role for role in kept if role in ("headline", "disclaimer")
            )
            return Stack(region, box, (), (), tuple(wanted), missing)
        kept.remove(room_to_drop[0])
    return Stack(region, box, (), (), tuple(wanted))


def _told(stack: Stack, wanted: Sequence[Role], kept: Sequence[Role]) -> Stack:
    dropped: tuple[Role, ...] = tuple(role for role in wanted if role not in kept)
    return Stack(stack.region, stack.box, stack.pieces, stack.gaps, dropped)


def _headline(stack: Stack) -> float:
    sizes = [b.size for p in stack.pieces for role, b, _, _ in p.blocks if role == "headline"]
    return min(sizes, default=float("inf"))


def _largest(
    region: StackRegion,
    box: Box,
    design: Design,
    fonts: Fonts,
    logo: Image | None,
    roles: Sequence[Role],
) -> Stack | None:
    """The stack of some texts at the largest scale that fits, by bisection; None if none does."""
    low, high = design.least("headline") * 0.9, region.largest * design.short
    if "headline" in roles:
        low = design.least("headline")
    high = max(high, low)
    best = _measured(region, box, design, fonts, logo, roles, high)
    if best is not None:
        return best
    best = _measured(region, box, design, fonts, logo, roles, low)
    if best is None:
        return None
    for _ in range(8):
        middle = (low + high) / 2
        stack = _measured(region, box, design, fonts, logo, roles, middle)
        if stack is None:
            high = middle
        else:
            best, low = stack, middle
    return best


def _measured(
    region: StackRegion,
    box: Box,
    design: Design,
    fonts: Fonts,
    logo: Image | None,
    roles: Sequence[Role],
    scale: float,
) -> Stack | None:
    pieces: list[Piece] = []
    for role in roles:
        piece = _piece(role, region, box, design, fonts, logo, scale)
        if piece is None:
            return None
        pieces.append(piece)
    body = size_of("body", design, scale)
    gaps = [GAP.get(piece.role, 0.8) * body for piece in pieces]
    for place, (piece, below) in enumerate(pairwise(pieces)):
        if piece.role == "headline":
            gaps[place] = max(gaps[place], 0.5 * size_of("headline", design, scale))
        if below.role == "button":
            gaps[place] = max(gaps[place], 1.5 * body)
    gaps[-1:] = [0.0]
    stack = Stack(region, box, tuple(pieces), tuple(gaps))
    return stack if stack.height <= box.h and all(p.width <= box.w for p in pieces) else None


def size_of(role: Role, design: Design, scale: float) -> float:
    """The size of a text beside a headline of so many pixels."""
    most = MOST.get(role, 1.0) * design.short
    return max(min(RATIO[role] * scale, most), design.least(role))


def _piece(
    role: Role,
    region: StackRegion,
    box: Box,
    design: Design,
    fonts: Fonts,
    logo: Image | None,
    scale: float,
) -> Piece | None:
    size = size_of(role, design, scale)
    if role == "brand" and logo is not None:
        high = min(size * 1.5, box.h)
        wide = high * logo.width / logo.height
        if wide > box.w * 0.6:
            wide, high = box.w * 0.6, box.w * 0.6 * logo.height / logo.width
        return Piece(role, wide, high, logo=logo) if high >= design.least("brand") * 0.9 else None
    text = clean(design.texts[role])
    if (role == "headline" and region.upper) or role == "eyebrow":
        text = text.upper() if len(text) < 40 else text
    lines = region.lines if role == "headline" else _LINES.get(role, 1)
    if role == "button":
        pad_x, pad_y = 0.95 * size, 0.62 * size
        block = set_text(text, fonts.kind(role), size, box.w - 2 * pad_x, 1)
        if block is None:
            return None
        cap = cap_height(block.kind.face, size)
        top = pad_y + cap - block.ascent
        high = cap + 2 * pad_y
        return Piece(role, block.width + 2 * pad_x, high, ((role, block, pad_x, top),), pill=True)
    block = set_text(text, fonts.kind(role), size, box.w, lines)
    if block is None:
        return None
    blocks: list[tuple[Role, Block, float, float]] = [(role, block, 0.0, 0.0)]
    width = block.width
    if role == "price" and "was_price" in design.texts:
        smaller = size_of("was_price", design, scale)
        was = set_text(clean(design.texts["was_price"]), fonts.kind("was_price"), smaller, box.w, 1)
        gap = 0.45 * smaller
        if was is not None and width + gap + was.width <= box.w:
            blocks.append(("was_price", was, width + gap, block.ascent - was.ascent))
            width += gap + was.width
    return Piece(role, width, block.height, tuple(blocks))
