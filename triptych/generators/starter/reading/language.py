"""Whether a text is in English, by the little words of its sentences."""

from __future__ import annotations

import re

from triptych.generators.starter.reading.lexicon import ENGLISH, FOREIGN


def is_english(text: str) -> bool:
    """Whether a text has more little words of English than of its neighbours, or none of either.

    Texts in letters that English does not write are none.
    """
    words = re.findall(r"[^\W\d_]+", text.lower())
    if words and not any(word[0] < "\u0250" for word in words):
        return False
    foreign = sum(word in FOREIGN for word in words)
    return foreign <= sum(word in ENGLISH for word in words)
