"""How long a text is, as each platform counts it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Literal

Counting = Literal["characters", "wide", "x"]

_LINK = re.compile(
    r"https?://[^\s<>\"]+|\b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|org|net|de|eu|co|io|app|shop"
    r"|uk|fr|it|es|at|ch|nl|us)\b(?:/[^\s<>\"]*)?",
    re.IGNORECASE,
)
_LINK_LENGTH = 23
_LIGHT = ((0, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
"""Code points that X weighs as one character; all others are two."""
_PICTURE = "[\u203c-\u3299\U0001f000-\U0001faff]"
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3"
    f"|{_PICTURE}(?:[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d{_PICTURE})*"
)
"""One emoji, however it is composed: a flag, a key cap, a picture with what varies and joins it."""


def length(text: str, counting: Counting = "characters") -> int:
    """A text's length in characters, by one way of counting.

    `characters`: Unicode code points of the composed text (NFC).
    `wide`: the same, and full-width characters (Chinese, Japanese, Korean) count twice, as Google
    Ads has it.
    `x`: twitter-text's configuration 3: a link counts 23, most Latin and other alphabets one, all
    else two, an emoji two however it is composed.
    """
    return _WAYS[counting](unicodedata.normalize("NFC", text))


def _wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _x(text: str) -> int:
    links = len(_LINK.findall(text))
    text = _LINK.sub("", text)
    emoji, rest = len(_EMOJI.findall(text)), _EMOJI.sub("", text)
    weights = sum(1 if _is_light(ord(char)) else 2 for char in rest)
    return links * _LINK_LENGTH + 2 * emoji + weights


def _is_light(point: int) -> bool:
    return any(first <= point <= last for first, last in _LIGHT)


_WAYS: Mapping[Counting, Callable[[str], int]] = {"characters": len, "wide": _wide, "x": _x}
