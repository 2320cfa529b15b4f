"""Which script a character belongs to, and in which order pieces of a line are drawn."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal, TypeVar

Script = Literal[
    "common", "latin", "arabic", "hebrew", "thai", "japanese", "han", "hangul", "emoji", "other"
]
T = TypeVar("T")

_RANGES: tuple[tuple[int, int, Script], ...] = (
    (0x0041, 0x005A, "latin"), (0x0061, 0x007A, "latin"), (0x00C0, 0x024F, "latin"),
    (0x0370, 0x052F, "latin"), (0x0590, 0x05FF, "hebrew"), (0x0600, 0x077F, "arabic"),
    (0x08A0, 0x08FF, "arabic"), (0x0900, 0x0DFF, "other"), (0x0E00, 0x0E7F, "thai"),
    (0x0E80, 0x10FF, "other"), (0x1100, 0x11FF, "hangul"), (0x1200, 0x1DFF, "other"),
    (0x1E00, 0x1FFF, "latin"), (0x2600, 0x27BF, "emoji"), (0x2B05, 0x2B55, "emoji"),
    (0x3001, 0x3003, "japanese"), (0x3005, 0x3005, "han"), (0x3008, 0x3011, "japanese"),
    (0x3040, 0x30FF, "japanese"), (0x31F0, 0x31FF, "japanese"), (0x3400, 0x9FFF, "han"),
    (0xAC00, 0xD7AF, "hangul"), (0xF900, 0xFAFF, "han"), (0xFB1D, 0xFB4F, "hebrew"),
    (0xFB50, 0xFDFF, "arabic"), (0xFE70, 0xFEFF, "arabic"), (0xFF00, 0xFF9F, "japanese"),
    (0x1F000, 0x1FAFF, "emoji"), (0x20000, 0x3FFFF, "han"),
)  # fmt: skip
_STARTS = [first for first, _, _ in _RANGES]
JOINERS = "\u200d\ufe0e\ufe0f\u20e3"
"""What ties or styles emoji, and belongs to what stands before."""
RTL_LANGUAGES = ("ar", "fa", "he", "iw", "ur", "yi")
MARKS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Characters that steer the direction of text and are not seen."""


def script_of(char: str) -> Script:
    """The script of a character, as far as fonts and line breaks need to know."""
    code = ord(char)
    place = bisect_right(_STARTS, code) - 1
    if place >= 0 and _RANGES[place][0] <= code <= _RANGES[place][1]:
        return _RANGES[place][2]
    return "common" if not char.isalpha() else "other"


def main_script(text: str) -> Script:
    """The script that most letters of a text are of; `common` without any."""
    counted: dict[Script, int] = {}
    for char in text:
        script = script_of(char)
        if script not in ("common", "emoji"):
            counted[script] = counted.get(script, 0) + 1
    if "japanese" in counted and "han" in counted:
        return "japanese"
    return max(counted, key=lambda one: counted[one]) if counted else "common"


def runs_rtl(text: str, language: str = "") -> bool:
    """Whether a paragraph runs from right to left, by its first strong letter or its language."""
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in ("L", "R", "AL"):
            return kind != "L"
    return language.split("-")[0] in RTL_LANGUAGES


def levels(text: str, rtl: bool) -> list[int]:
    """The embedding level of each character: the Unicode Bidirectional Algorithm without marks.

    Of its rules those that a line of an advertisement meets: strong letters, numbers within words
    of either direction, and neutral characters between them.
    """
    base = int(rtl)
    kinds = [unicodedata.bidirectional(char) for char in text]
    found: list[int | None] = []
    strong = base
    for kind in kinds:
        if kind in ("R", "AL"):
            strong = 1
            found.append(1)
        elif kind == "L":
            strong = 0
            found.append(2 if rtl else 0)
        elif kind in ("EN", "AN"):
            found.append(2 if rtl or strong else 0)
        else:
            found.append(None)
    _keep_numbers_whole(kinds, found)
    sides = [
        None
        if level is None
        else 1
        if kind in ("EN", "AN", "ES", "CS", "ET") and level
        else level % 2
        for kind, level in zip(kinds, found, strict=True)
    ]
    result: list[int] = []
    before = base
    for place, level in enumerate(found):
        side = sides[place]
        if level is None or side is None:
            after = next((one for one in sides[place:] if one is not None), base)
            level = _level_of(before if before == after else base, base)
        else:
            before = side
        result.append(level)
    return result


def _level_of(side: int, base: int) -> int:
    """The level of neutral characters within text that runs to one side."""
    return base if side == base else base + 1


def _keep_numbers_whole(kinds: Sequence[str], found: list[int | None]) -> None:
    """Give separators within a number, and currency or percent beside it, the number's level."""
    for place, kind in enumerate(kinds):
        if kind in ("ES", "CS") and 0 < place < len(kinds) - 1:
            if kinds[place - 1] == kinds[place + 1] == "EN":
                found[place] = found[place - 1]
        elif kind == "ET":
            beside = [p for p in (place - 1, place + 1) if 0 <= p < len(kinds)]
            numbers = [found[p] for p in beside if kinds[p] in ("EN", "AN")]
            if numbers:
                found[place] = numbers[0]


def visual_order(pieces: Sequence[tuple[T, int]]) -> list[T]:
    """Pieces of a line, each with its level, as they stand from left to right (rule L2)."""
    order = list(pieces)
    highest = max((level for _, level in order), default=0)
    for level in range(highest, 0, -1):
        start = 0
        while start < len(order):
            if order[start][1] < level:
                start += 1
                continue
            end = start
            while end < len(order) and order[end][1] >= level:
                end += 1
            order[start:end] = order[start:end][::-1]
            start = end
    return [piece for piece, _ in order]
