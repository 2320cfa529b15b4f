"""Where a line may end: between words, between phrases of Japanese and Thai, never before a comma.

Rules: no line begins with closing punctuation, small kana or a unit, none ends with an opening
bracket (kinsoku shori, JIS X 4051 and UAX 14); numbers stay with their units and currencies.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from triptych.creatives.fonts import INSTALL
from triptych.creatives.scripts import JOINERS, main_script
from triptych.errors import CreativeError

NEVER_FIRST = frozenset(
    "!%),.:;?]}¢°·’”†‡›℃∶、。〃々〉》」』】〕〗〙〛ゝゞ・ヽヾ！％），．：；？］｝～"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶー…‥–—»،؛؟"
)
"""Characters that no line begins with."""
NEVER_LAST = frozenset("([{‘“‹«〈《「『【〔〖〘〚（［｛$£¥€#＃")
"""Characters that no line ends with."""
_PHRASED = {"japanese": "ja", "han": "zh-hans", "thai": "th"}
_NUMBER = re.compile(r"^[-+−]?[\d.,:/]*\d[\d.,:/]*$")
_UNIT = re.compile(
    r"^(%|‰|°C?F?|€|\$|£|¥|kr|zł|Kč|USD|EUR|GBP|CHF|JPY|kg|g|mg|ml|l|cl|km|m|cm|mm|h|min|s|W|kW|V|A|"
    r"Wh|kWh|mAh|GB|TB|MB|lm|dB|Hz|kHz|rpm|pcs|Uhr|am|pm|a\.m\.|p\.m\.|off)[.,;:!?]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Unit:
    """A piece of text that no line break parts.

    Attributes:
        text: its characters.
        gap: whether a blank stands behind it, unless it ends a line.
    """

    text: str
    gap: bool = False


class _Phrases(Protocol):
    def parse(self, sentence: str) -> list[str]: ...


def units_of(text: str, language: str = "en") -> list[Unit]:
    """The pieces of one paragraph between which a line may end."""
    words = text.split(" ")
    units: list[Unit] = []
    for place, word in enumerate(words):
        if not word:
            continue
        parts = _within(word, language)
        last = place == len(words) - 1
        units += [Unit(part) for part in parts[:-1]]
        units.append(Unit(parts[-1], gap=not last))
    return _joined(units)


def apart(unit: Unit) -> list[Unit]:
    """A unit of Japanese or Chinese in single characters, where a line is too short for a phrase;
    any other as it is."""
    if main_script(unit.text) not in ("japanese", "han"):
        return [unit]
    pieces = _kinsoku(re.findall(r"[A-Za-z0-9.,'-]+|.", unit.text))
    return [*(Unit(piece) for piece in pieces[:-1]), Unit(pieces[-1], unit.gap)]


def end_cost(unit: Unit) -> float:
    """What it costs that a line ends with a unit: less behind punctuation, more behind a word that
    belongs to the next."""
    last = unit.text[-1]
    if last in ":;.!?…。！？":
        return -0.09
    if last in ",،、–—":
        return -0.02
    return 0.07 if len(unit.text) <= 3 and unit.text.islower() else 0.0


def _within(word: str, language: str) -> list[str]:
    """A word as it may be parted: after hyphens, and into phrases where no blanks are written."""
    script = main_script(word)
    if script in _PHRASED:
        model = "zh-hant" if language in ("zh-TW", "zh-HK") else _PHRASED[script]
        pieces = _parser(model).parse(word)
        return _kinsoku(pieces)
    return re.findall(r".+?(?:(?<=\w)[-‐/](?=\w\w)|$)", word) or [word]


def _kinsoku(pieces: Sequence[str]) -> list[str]:
    """Phrases joined where a break between them would be a fault."""
    kept: list[str] = []
    for piece in pieces:
        if not piece:
            continue
        first = piece[0]
        faulty = first in NEVER_FIRST or first in JOINERS or _is_mark(first)
        if kept and (faulty or kept[-1][-1] in NEVER_LAST):
            kept[-1] += piece
        else:
            kept.append(piece)
    return kept


def _is_mark(char: str) -> bool:
    import unicodedata

    return unicodedata.category(char).startswith("M")


def _joined(units: Sequence[Unit]) -> list[Unit]:
    """Units joined by a no-break space where a break would orphan a sign, a unit or a number."""
    kept: list[Unit] = []
    for unit in units:
        before = kept[-1] if kept else None
        if before is not None and _together(before, unit):
            glue = "\u00a0" if before.gap else ""
            kept[-1] = Unit(before.text + glue + unit.text, unit.gap)
        else:
            kept.append(unit)
    return kept


def _together(before: Unit, after: Unit) -> bool:
    if not before.gap and after.text[0] not in NEVER_FIRST and before.text[-1] not in NEVER_LAST:
        return False  # a break that the text's own script allows
    if after.text[0] in NEVER_FIRST or all(not char.isalnum() for char in after.text):
        return len(after.text) < 4
    if before.text[-1] in NEVER_LAST or before.text in ("№", "No.", "Nr.", "à", "–"):
        return True
    words = before.text.split("\u00a0")
    return bool(_NUMBER.match(words[-1]) and _UNIT.match(after.text))


@cache
def _parser(model: str) -> _Phrases:
    try:
        import budoux
    except ImportError as error:
        raise CreativeError("Breaking lines of this language needs budoux.", INSTALL) from error
    if model == "ja":
        return budoux.load_default_japanese_parser()
    if model == "th":
        return budoux.load_default_thai_parser()
    if model == "zh-hant":
        return budoux.load_default_traditional_chinese_parser()
    return budoux.load_default_simplified_chinese_parser()
