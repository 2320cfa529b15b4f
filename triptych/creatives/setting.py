"""Setting type: paragraphs in lines of a size, each letter in a font that has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from triptych.creatives.boxes import Box
from triptych.creatives.breaking import Unit, apart, end_cost, units_of
from triptych.creatives.colours import Rgb
from triptych.creatives.fonts import FOR_SCRIPT, LAST_RESORT, Face, find_face
from triptych.creatives.lines import balanced
from triptych.creatives.scripts import (
    JOINERS,
    MARKS,
    levels,
    main_script,
    runs_rtl,
    script_of,
    visual_order,
)
from triptych.errors import CreativeError

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

_REFERENCES = (12.0, 18.0, 28.0, 44.0, 72.0, 110.0)
"""Sizes at which widths are measured once, in pixels: fonts with optical sizes are wider where
they are small."""
_LEADING = {"arabic": 1.42, "thai": 1.42, "other": 1.42, "hebrew": 1.2, "japanese": 1.28}
_LEADING |= {"han": 1.28, "hangul": 1.28}


@dataclass(frozen=True)
class Type:
    """How a text is set, but for its size.

    Attributes:
        face: the font of all letters that it has; others come from those for their script.
        leading: from baseline to baseline, as a multiple of the size; raised for tall scripts.
        language: of the text.
        tabular: figures of one width, as prices have.
        struck: a line through it, as old prices have.
    """

    face: Face
    leading: float = 1.2
    language: str = "en"
    tabular: bool = False
    struck: bool = False


@dataclass(frozen=True)
class Block:
    """A paragraph in lines, ready to be placed.

    Attributes:
        lines: in logical order.
        widths: of each, in pixels.
        size: in pixels.
        step: from baseline to baseline, in pixels.
        ascent: of the first line's ink over its baseline.
        descent: of the last line's ink below its baseline.
        kind: how it is set.
        rtl: whether its lines run from right to left.
    """

    lines: tuple[str, ...]
    widths: tuple[float, ...]
    size: float
    step: float
    ascent: float
    descent: float
    kind: Type
    rtl: bool

    @property
    def width(self) -> float:
        """Of the widest line."""
        return max(self.widths, default=0.0)

    @property
    def height(self) -> float:
        """From the top of the first line's ink to the bottom of the last's."""
        return self.ascent + self.step * (len(self.lines) - 1) + self.descent


def clean(text: str) -> str:
    """A text without what steers direction or the terminal, blanks joined."""
    kept = "".join(char for char in text if char not in MARKS and (char >= " " or char == "\n"))
    return " ".join(kept.split())


def set_text(text: str, kind: Type, size: float, room: float, most: int) -> Block | None:
    """A paragraph in at most so many balanced lines; None if it does not fit.

    Args:
        text: without line ends.
        kind: how it is set.
        size: in pixels.
        room: width of a line, in pixels.
        most: lines.
    """
    units = _units(text, kind.language)
    reference = min(_REFERENCES, key=lambda one: abs(one - size))
    scale = size / reference
    if any(_width(unit.text, kind, reference) * scale > room for unit in units):
        units = tuple(piece for unit in units for piece in apart(unit))
    widths = [_width(unit.text, kind, reference) * scale for unit in units]
    blank = _width(" ", kind, reference) * scale
    gaps = [blank if unit.gap else 0.0 for unit in units]
    costs = [end_cost(unit) for unit in units]
    narrower = room
    for _ in range(4):  # widths at this size differ a little from those measured once
        ends = balanced(widths, gaps, narrower, most, costs)
        if ends is None:
            return None
        starts = [0, *ends[:-1]]
        lines = tuple(_line(units[start:end]) for start, end in zip(starts, ends, strict=True))
        exact = tuple(line_width(line, kind, size) for line in lines)
        if max(exact) <= room:
            break
        narrower *= 0.998 * room / max(exact)
    else:
        return None
    leading = max(kind.leading, _LEADING.get(main_script(text), 0.0))
    up, down = _ink(lines[0], kind, size)[0], _ink(lines[-1], kind, size)[1]
    cap = cap_height(kind.face, size)
    rtl = runs_rtl(text, kind.language)
    return Block(lines, exact, size, leading * size, max(up, cap), max(down, 0.0), kind, rtl)


def draw_block(
    draw: ImageDraw, block: Block, x: float, y: float, room: float, align: float, colour: Rgb
) -> Box:
    """Draw a block; returns the box of its ink.

    Args:
        draw: on an RGB picture.
        block: what to draw.
        x: left edge of its column.
        y: top of its ink.
        room: width of its column.
        align: 0 for the column's left edge, 0.5 for its middle, 1 for its right edge.
        colour: of the ink.
    """
    baseline = y + block.ascent
    left, right = float("inf"), float("-inf")
    for line, width in zip(block.lines, block.widths, strict=True):
        start = x + (room - width) * align
        start += _optical(line, block, align)
        _draw_line(draw, line, block.kind, block.size, start, baseline, colour)
        if block.kind.struck:
            thick = max(1, round(block.size * 0.075))
            middle = baseline - cap_height(block.kind.face, block.size) * 0.5
            over = block.size * 0.06
            ends = (start - over, middle, start + width + over, middle)
            draw.line(ends, fill=colour, width=thick)
        left, right = min(left, start), max(right, start + width)
        baseline += block.step
    return Box(left, y, right - left, block.height)


def line_width(text: str, kind: Type, size: float) -> float:
    """Advance width of a line in pixels."""
    return sum(_length(piece, face, size, kind) for piece, face, _ in pieces_of(text, kind))


def pieces_of(text: str, kind: Type) -> list[tuple[str, Face, int]]:
    """A line in pieces of one font and one direction, in logical order, each with its level."""
    rtl = runs_rtl(text, kind.language)
    line_levels = levels(text, rtl)
    pieces: list[tuple[str, Face, int]] = []
    for char, level in zip(text, line_levels, strict=True):
        face = face_of(char, kind, pieces[-1][1] if pieces else None)
        if pieces and pieces[-1][1] == face and pieces[-1][2] == level:
            pieces[-1] = (pieces[-1][0] + char, face, level)
        else:
            pieces.append((char, face, level))
    return pieces


def face_of(char: str, kind: Type, before: Face | None = None) -> Face:
    """The font that a character is set in: the text's own, that of its script, or any that has it.

    Raises `CreativeError` if no installed font has it: it would come out as a box.
    """
    own = kind.face
    if char in JOINERS:
        return before or own
    if own.has(char):
        return own
    for family in (*FOR_SCRIPT.get(script_of(char), ()), *LAST_RESORT):
        try:
            face = find_face(family, own.weight, kind.language)
        except CreativeError:
            continue
        if face.has(char):
            return face
    raise CreativeError(
        f"No font that is installed has the character “{char}” (U+{ord(char):04X}).",
        "Leave it out, or give a font of the brand that has it.",
    )


def cap_height(face: Face, size: float) -> float:
    """Height of a capital letter in pixels."""
    _, top, _, _ = face.at(size).getbbox("H", anchor="ls")
    return float(-top)


def draw_line(
    draw: ImageDraw, text: str, kind: Type, size: float, x: float, baseline: float, colour: Rgb
) -> float:
    """Draw one line from its left edge; returns its width."""
    return _draw_line(draw, text, kind, size, x, baseline, colour)


def _draw_line(
    draw: ImageDraw, text: str, kind: Type, size: float, x: float, baseline: float, colour: Rgb
) -> float:
    placed = [((piece, face, level), level) for piece, face, level in pieces_of(text, kind)]
    start = x
    for piece, face, level in visual_order(placed):
        shown = "".join(char for char in piece if char not in "\ufe0e\ufe0f" or face.has(char))
        if shown:
            draw.text(
                (x, baseline),
                shown,
                fill=colour,
                font=face.at(size),
                anchor="ls",
                direction="rtl" if level % 2 else "ltr",
                language=kind.language.split("-")[0],
                features=_features(kind),
            )
        x += _length(piece, face, size, kind)
    return x - start


def _length(piece: str, face: Face, size: float, kind: Type) -> float:
    shown = "".join(char for char in piece if char not in "\ufe0e\ufe0f" or face.has(char))
    if not shown:
        return 0.0
    return float(face.at(size).getlength(shown, features=_features(kind)))


def _features(kind: Type) -> list[str] | None:
    return ["tnum", "lnum"] if kind.tabular else None


@lru_cache(maxsize=4096)
def _width(text: str, kind: Type, size: float) -> float:
    return line_width(text, kind, size)


@lru_cache(maxsize=512)
def _units(text: str, language: str) -> tuple[Unit, ...]:
    return tuple(units_of(text, language))


def _line(units: Sequence[Unit]) -> str:
    parts = [unit.text + (" " if unit.gap else "") for unit in units]
    return "".join(parts).rstrip(" ")


def _ink(line: str, kind: Type, size: float) -> tuple[float, float]:
    """How far a line's ink reaches over and below its baseline."""
    up, down = 0.0, 0.0
    for piece, face, _ in pieces_of(line, kind):
        shown = piece.strip(" \u00a0")
        if not shown:
            continue
        _, top, _, bottom = face.at(size).getbbox(shown, anchor="ls", features=_features(kind))
        up, down = max(up, -top), max(down, bottom)
    return up, down


def _optical(line: str, block: Block, align: float) -> float:
    """How far a line moves so that its ink, not its side bearing, stands on the margin."""
    if align == 0.5 or not line:
        return 0.0
    char = line[0] if align == 0 else line[-1]
    if block.rtl:
        char = line[-1] if align == 0 else line[0]
    if script_of(char) not in ("latin", "common") or char.isspace():
        return 0.0
    face = face_of(char, block.kind)
    font = face.at(block.size)
    left, _, right, _ = font.getbbox(char, anchor="ls")
    bearing = left if align == 0 else font.getlength(char) - right
    limit = 0.14 * block.size
    return (-1 if align == 0 else 1) * min(max(float(bearing), 0.0), limit)
