"""Rendering a design: its regions, then its texts, on a canvas of the format's own size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from triptych.creatives import picture as pictures
from triptych.creatives.boxes import Box, around
from triptych.creatives.colours import Rgb, contrast, rgb_of
from triptych.creatives.design import Design
from triptych.creatives.layouts import (
    BadgeRegion,
    FillRegion,
    MarkRegion,
    OutlineRegion,
    PictureRegion,
    Region,
    Role,
    ScrimRegion,
    StackRegion,
    mirrored,
)
from triptych.creatives.palette import READABLE, ColourRole
from triptych.creatives.scripts import runs_rtl
from triptych.creatives.setting import Block, clean, draw_block, set_text
from triptych.creatives.shapes import arch, disc, leaning, rounded, shadowed
from triptych.creatives.stack import Fonts, Piece, Stack, alignment, fill_stack

if TYPE_CHECKING:
    from PIL.Image import Image

Under = ColourRole | Literal["picture"]
"""What is under a text."""
_SCRIMS = (0.55, 0.68, 0.8, 0.9, 0.96)
"""How strong a scrim is, tried in turn until the text over it can be read."""


@dataclass(frozen=True)
class Sources:
    """What a design is rendered with.

    Attributes:
        picture: the campaign's, RGB.
        fonts: of headings and of everything else.
        logos: RGBA, by the ground that they are for: `light`, `dark` or `any`.
    """

    picture: Image | None
    fonts: Fonts
    logos: Mapping[str, Image] = field(default_factory=dict[str, "Image"])


@dataclass(frozen=True)
class Placed:
    """A text where it stands.

    Attributes:
        role: what it is.
        text: as it was set.
        lines: in logical order.
        box: of its ink.
        size: in pixels.
        colour: of the ink.
        bold: whether it counts as bold.
    """

    role: Role
    text: str
    lines: tuple[str, ...]
    box: Box
    size: float
    colour: Rgb
    bold: bool


@dataclass(frozen=True)
class Rendered:
    """A creative as pixels, with all that the checks need to know of it.

    Attributes:
        image: what is posted.
        ground: the same without its texts.
        texts: where they stand.
        logos: boxes of the logos.
        subjects: boxes of the subject, one for each picture that shows it.
        dropped: texts that there was no room for.
        missing: texts that had to stand there and did not fit.
        enlarged: how many times the picture was enlarged.
    """

    image: Image
    ground: Image
    texts: tuple[Placed, ...]
    logos: tuple[Box, ...]
    subjects: tuple[Box, ...]
    dropped: tuple[Role, ...]
    missing: tuple[Role, ...]
    enlarged: float


def render(design: Design, sources: Sources) -> Rendered:
    """Render a design at its format's size; the same design gives the same pixels.

    Raises `CreativeError` if a font lacks a letter or cannot be read.
    """
    page = _Page(design, sources)
    for region in design.regions:
        page.add(region)
    return page.finished()


class _Page:
    """A creative on its way: regions are drawn as they come, texts at the end."""

    def __init__(self, design: Design, sources: Sources) -> None:
        from PIL import Image

        self.design, self.sources = design, sources
        self.rtl = runs_rtl(design.texts.get("headline", ""), design.language)
        ground = rgb_of(design.palette.of(design.ground))
        self.image = Image.new("RGB", (design.width, design.height), ground)
        self.stacks = {
            number: self._stack(region)
            for number, region in enumerate(design.regions)
            if isinstance(region, StackRegion)
        }
        self.waiting: list[tuple[Role, Block, float, float, float, float, Rgb]] = []
        self.pills: list[tuple[Piece, Box, StackRegion]] = []
        self.logos: list[Box] = []
        self.subjects: list[Box] = []
        self.enlarged = 0.0
        self.without: list[Role] = []
        self.number = -1

    def add(self, region: Region) -> None:
        """Draw a region; of stacks and badges the texts wait until all planes are there."""
        self.number += 1
        if isinstance(region, PictureRegion):
            self._picture(region)
        elif isinstance(region, FillRegion):
            self._fill(region)
        elif isinstance(region, ScrimRegion):
            self._scrim(region)
        elif isinstance(region, OutlineRegion):
            self._outline(region)
        elif isinstance(region, StackRegion):
            self._place(self.stacks[self.number])
        elif isinstance(region, BadgeRegion):
            self._badge(region)
        else:
            self._mark(region)

    def finished(self) -> Rendered:
        """The creative with its texts."""
        from PIL import ImageDraw

        ground = self.image.copy()
        draw = ImageDraw.Draw(self.image)
        texts: list[Placed] = []
        for role, block, x, y, room, align, colour in self.waiting:
            box = draw_block(draw, block, x, y, room, align, colour)
            bold = block.kind.face.weight >= 600
            text = " ".join(block.lines)
            texts.append(Placed(role, text, block.lines, box, block.size, colour, bold))
        placed: set[Role] = {one.role for one in texts}
        if self.logos:
            placed.add("brand")
        stacks = self.stacks.values()
        dropped: list[Role] = [r for r in self.without if r not in placed]
        dropped.extend(r for stack in stacks for r in stack.dropped if r not in placed)
        missing: list[Role] = [r for stack in stacks for r in stack.missing if r not in placed]
        return Rendered(
            self.image,
            ground,
            tuple(texts),
            tuple(self.logos),
            tuple(self.subjects),
            tuple(dict.fromkeys(dropped)),
            tuple(dict.fromkeys(missing)),
            self.enlarged,
        )

    # Regions.

    def _box(self, region: Region) -> Box:
        box = self.design.frame(region.frame, mirrored(region.box) if self.rtl else region.box)
        left, top, right, bottom = box.corners()
        return Box(left, top, max(right - left, 1), max(bottom - top, 1))

    def _stack(self, region: StackRegion) -> Stack:
        logo = self._logo(region.on)
        return fill_stack(region, self._box(region), self.design, self.sources.fonts, logo)

    def _logo(self, on: Under) -> Image | None:
        logos = self.sources.logos
        if on in ("picture", "dark"):
            wanted = "dark"
        else:
            light = float(contrast(rgb_of(self.design.palette.of(on)), (0, 0, 0)))
            wanted = "light" if light > 8 else "dark"
        return logos.get(wanted) or logos.get("any")

    def _picture(self, region: PictureRegion) -> None:
        from PIL import Image, ImageEnhance, ImageOps

        box = self._box(region)
        source = self.sources.picture
        if region.shape == "circle":
            side = min(box.w, box.h)
            box = Box(box.x + (box.w - side) / 2, box.y + (box.h - side) / 2, side, side)
        size = (max(round(box.w), 1), max(round(box.h), 1))
        if source is None:
            made = Image.new("RGB", size, rgb_of(self.design.palette.field))
        else:
            subject = self.design.subject or (0.2, 0.2, 0.8, 0.8)
            area = mirrored(region.subject) if self.rtl else region.subject
            where = pictures.place(source.size, subject, (box.w, box.h), area)
            made = pictures.laid(source, size, where)
            self.enlarged = max(self.enlarged, where.w / source.width)
            seen = where.part(subject)
            self.subjects.append(Box(box.x + seen.x, box.y + seen.y, seen.w, seen.h).shared(box))
        if region.tone == "grey":
            made = ImageEnhance.Brightness(ImageOps.grayscale(made).convert("RGB")).enhance(0.92)
        elif region.tone == "dimmed":
            made = ImageEnhance.Color(ImageEnhance.Brightness(made).enhance(0.72)).enhance(0.8)
        mask = None
        if region.shape == "circle":
            mask = disc(size)
        elif region.shape == "arch":
            mask = arch(size)
        elif region.radius:
            mask = rounded(size, region.radius * min(size))
        if region.shadow and mask is not None:
            self.image = shadowed(self.image, mask, box)
        self.image.paste(made, (round(box.x), round(box.y)), mask)

    def _fill(self, region: FillRegion) -> None:
        box = self._box(region)
        size = (round(box.w), round(box.h))
        colour = rgb_of(self.design.palette.of(region.colour))
        if region.slant:
            mask = leaning(size, region.slant, upright=box.w < self.design.width - 1, rtl=self.rtl)
        elif region.shape == "circle":
            mask = disc(size)
        else:
            mask = rounded(size, region.radius * min(size))
        if region.shadow:
            self.image = shadowed(self.image, mask, box)
        self.image.paste(colour, box.corners(), mask)

    def _scrim(self, region: ScrimRegion) -> None:
        """Darken as little as lets every text that will stand over it be read."""
        box = self._box(region)
        over = [
            (Box(x, y, piece.width, piece.height), piece)
            for stack in self.stacks.values()
            if stack.region.on == "picture"
            for piece, x, y in stack.places(self.rtl)
        ]
        over = [(one, piece) for one, piece in over if box.shared(one).area]
        if not over:
            return
        colour = rgb_of(self.design.palette.of(region.colour))
        towards = region.towards
        if self.rtl and towards in ("start", "end"):
            towards = "end" if towards == "start" else "start"
        text = around(one for one, _ in over)
        ramp = _ramp(self.image.size, box, towards, text)
        boxes = [one for one, piece in over if not piece.pill and piece.logo is None]
        ink = rgb_of(self.design.palette.paper)
        bright = [_brightest(self.image, one) for one in boxes]
        strength = _SCRIMS[-1]
        for tried in _SCRIMS:
            under = [_mixed(one, colour, tried) for one in bright]
            if all(float(contrast(one, ink)) >= READABLE + 0.5 for one in under):
                strength = tried
                break
        self.image = _darkened(self.image, ramp, colour, strength)

    def _outline(self, region: OutlineRegion) -> None:
        from PIL import ImageDraw

        width = max(1, round(region.width * min(self.design.width, self.design.height)))
        colour = rgb_of(self.design.palette.of(region.colour))
        ImageDraw.Draw(self.image).rectangle(
            self._box(region).corners(), outline=colour, width=width
        )

    def _place(self, stack: Stack) -> None:
        from PIL import Image

        on = stack.region.on
        align = alignment(stack.region, self.rtl)
        for piece, x, y in stack.places(self.rtl):
            if piece.logo is not None:
                size = (max(round(piece.width), 1), max(round(piece.height), 1))
                logo = piece.logo.resize(size, Image.Resampling.LANCZOS)
                self.image.paste(logo, (round(x), round(y)), logo)
                self.logos.append(Box(round(x), round(y), *size))
                continue
            colours = _inks(self.design, on)
            if piece.pill:
                fill, label = _button(
                    self.design, on, self.image, Box(x, y, piece.width, piece.height)
                )
                pill = Box(round(x), round(y), round(piece.width), round(piece.height))
                mask = rounded((round(pill.w), round(pill.h)), pill.h / 2)
                self.image.paste(fill, pill.corners(), mask)
                colours = {**colours, "button": label}
            for role, block, dx, dy in piece.blocks:
                ink = colours.get(role, colours["body"])
                one = len(piece.blocks) == 1 and not piece.pill
                left, room = (x, piece.width) if one else (x + dx, block.width)
                if self.rtl and not one and not piece.pill:  # the first stands at the right
                    left = x + piece.width - dx - block.width
                self.waiting.append((role, block, left, y + dy, room, align if one else 0.5, ink))

    def _badge(self, region: BadgeRegion) -> None:
        texts = self.design.texts
        role: Role | None = next((one for one in region.items if one in texts), None)
        if role is None:
            return
        box = self._box(region)
        side = min(box.w, box.h)
        box = Box(box.x + (box.w - side) / 2, box.y + (box.h - side) / 2, side, side)
        kind = self.sources.fonts.kind("discount")
        words, least = clean(texts[role]), self.design.least("discount")
        size = 0.42 * side
        block = None
        while size >= least and block is None:
            for lines in (1, 2):
                tried = set_text(words, kind, size, side * 0.74, lines)
                if tried is not None and tried.height <= side * 0.6:
                    block = tried
                    break
            size *= 0.92
        if block is None:
            self.without.append(role)
            return
        whole = (round(side), round(side))
        mask = disc(whole)
        colour = _badge_colour(self.design, region.colour)
        self.image.paste(rgb_of(colour), (round(box.x), round(box.y)), mask)
        ink = rgb_of(_best_on(self.design, colour))
        x, y = box.x + side * 0.13, box.y + (side - block.height) / 2
        self.waiting.append((role, block, x, y, side * 0.74, 0.5, ink))

    def _mark(self, region: MarkRegion) -> None:
        from PIL import ImageDraw

        box = self._box(region)
        colour = rgb_of(self.design.palette.of(region.colour))
        draw = ImageDraw.Draw(self.image)
        high = min(box.h, box.w * 0.62)
        wide = high * 0.62
        start = box.right - 2.35 * wide if self.rtl else box.x
        top = box.y + (box.h - high) / 2
        for number in range(2):  # two drops: a quotation mark of every font's design
            x = start + number * 1.35 * wide
            draw.ellipse((x, top + high - wide, x + wide, top + high), fill=colour)
            draw.polygon(
                [
                    (x, top + high - wide / 2),
                    (x, top + high * 0.5),
                    (x + wide * 0.75, top),
                    (x + wide * 0.92, top + high * 0.14),
                    (x + wide * 0.42, top + high - wide * 0.98),
                ],
                fill=colour,
            )


def worst_contrast(image: Image, box: Box, ink: Rgb) -> float:
    """Contrast of an ink with what is under a box, in the worst of its tiles.

    A tile is as wide as the box is high, at least 12 px; of each the value counts that a tenth of
    its pixels fall below.
    """
    left, top, right, bottom = box.corners()
    pixels = np.asarray(image)[max(top, 0) : max(bottom, 1), max(left, 0) : max(right, 1)]
    if not pixels.size:
        return 1.0
    step = max(1, pixels.shape[0] // 160)
    values = contrast(pixels[::step, ::step], ink)
    side = max(12 // step, min(values.shape))
    worst = float("inf")
    for start in range(0, values.shape[1], side):
        for high in range(0, values.shape[0], side):
            tile = values[high : high + side, start : start + side]
            worst = min(worst, float(np.quantile(tile, 0.1)))
    return worst


def _ramp(size: tuple[int, int], box: Box, towards: str, text: Box) -> np.ndarray:
    """How strong a scrim is at each place, 0 to 1, at a quarter of the size: full where the text
    begins, and fading away from it."""
    width, height = (max(side // 4, 1) for side in size)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) * 4
    pad = 0.04 * min(size)
    if towards == "all":
        return np.ones((height, width), np.float32)
    if towards == "bottom":
        ramp = (y - box.y) / max(text.y - pad - box.y, 1)
    elif towards == "top":
        ramp = (box.bottom - y) / max(box.bottom - text.bottom - pad, 1)
    elif towards == "start":
        ramp = (box.right - x) / max(box.right - text.right - pad, 1)
    else:
        ramp = (x - box.x) / max(text.x - pad - box.x, 1)
    ramp = np.clip(ramp, 0, 1)
    return ramp * ramp * (3 - 2 * ramp)


def _darkened(image: Image, ramp: np.ndarray, colour: Rgb, strength: float) -> Image:
    from PIL import Image as Images

    mask = Images.fromarray((ramp * strength * 255 + 0.5).astype(np.uint8))
    mask = mask.resize(image.size, Images.Resampling.BILINEAR)
    return Images.composite(Images.new("RGB", image.size, colour), image, mask)


def _brightest(image: Image, box: Box) -> tuple[float, float, float]:
    """The brightest of the tiles under a box, as a mean colour."""
    left, top, right, bottom = box.corners()
    part = image.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    side = max(min(box.w, box.h) / 2, 6)
    tiles = (max(round(box.w / side), 1), max(round(box.h / side), 1))
    means = np.asarray(part.resize(tiles, 4), dtype=np.float64).reshape(-1, 3)  # 4: box filter
    best = means[int(np.argmax(means @ np.array([0.2126, 0.7152, 0.0722])))]
    return tuple(np.minimum(best + 12, 255).tolist())


def _mixed(
    under: tuple[float, float, float], colour: Rgb, share: float
) -> tuple[float, float, float]:
    r, g, b = (u * (1 - share) + c * share for u, c in zip(under, colour, strict=True))
    return r, g, b


def _inks(design: Design, on: Under) -> dict[Role, Rgb]:
    """Colours of texts on a ground, by what they are."""
    palette = design.palette
    if on == "ground":
        main, lesser = palette.ink, palette.soft
        under = palette.ground
    elif on == "paper":
        main, lesser, under = palette.dark, palette.dark, palette.paper
    elif on in ("picture", "dark"):
        main = lesser = palette.paper
        under = palette.dark
    else:
        under = palette.of(on)
        main = lesser = _best_on(design, under)
    accent = palette.accent
    readable = float(contrast(rgb_of(accent), rgb_of(under))) >= READABLE and on != "picture"
    special = accent if readable else main
    return {
        "headline": rgb_of(main),
        "body": rgb_of(lesser),
        "eyebrow": rgb_of(accent if readable else lesser),
        "price": rgb_of(special),
        "was_price": rgb_of(lesser),
        "brand": rgb_of(main),
        "disclaimer": rgb_of(lesser),
    }


def _button(design: Design, on: Under, image: Image, box: Box) -> tuple[Rgb, Rgb]:
    """A button's colour and that of its words: the accent, where it stands out from its ground."""
    palette = design.palette
    left, top, right, bottom = box.corners()
    under = np.asarray(image.crop((left, top, max(right, left + 1), max(bottom, top + 1))))
    mean = tuple(int(one) for one in under.reshape(-1, 3).mean(axis=0))
    for fill in (palette.accent, palette.paper, palette.dark):
        if float(contrast(rgb_of(fill), mean)) >= 1.9:
            return rgb_of(fill), rgb_of(_best_on(design, fill))
    return rgb_of(palette.dark), rgb_of(palette.paper)


def _badge_colour(design: Design, role: ColourRole) -> str:
    palette = design.palette
    under = palette.of(design.ground)
    wanted = palette.of(role)
    return wanted if float(contrast(rgb_of(wanted), rgb_of(under))) >= 1.35 else palette.dark


def _best_on(design: Design, colour: str) -> str:
    """White or a dark ink, whichever is read better on a colour; white where both will do."""
    palette = design.palette
    tried: Sequence[str] = (palette.paper, palette.dark, "#0b0b0c")
    ratios = [float(contrast(rgb_of(one), rgb_of(colour))) for one in tried]
    for one, ratio in zip(tried, ratios, strict=True):
        if ratio >= READABLE:
            return one
    return tried[int(np.argmax(ratios))]
