"""Which words are English: SCOWL's list, and what grows from its words.

The list (SCOWL up to size 70, all spellings, no names) is data of its own licence, which stands
beside it; `benchmarks/word_list.py` makes it.
"""

from __future__ import annotations

import lzma
import re
from functools import lru_cache
from importlib.resources import files

from triptych.grounding.lists import words_of
from triptych.grounding.tokens import fold

_ENDINGS = (
    ("ies", "y"), ("iest", "y"), ("ier", "y"), ("ily", "y"), ("iness", "y"),
    ("es", ""), ("s", ""), ("ed", ""), ("ed", "e"), ("d", ""), ("ing", ""), ("ing", "e"),
    ("er", ""), ("er", "e"), ("ers", ""), ("est", ""), ("est", "e"), ("ly", ""), ("ness", ""),
    ("able", ""), ("able", "e"), ("less", ""), ("ful", ""), ("y", ""), ("y", "e"), ("ish", ""),
    ("like", ""), ("proof", ""), ("wise", ""), ("free", ""), ("worthy", ""), ("friendly", ""),
)  # fmt: skip
_BEGINNINGS = (
    "un", "re", "non", "pre", "over", "under", "super", "ultra", "anti", "multi", "mid", "out",
    "eco", "mini", "micro", "semi", "self", "co", "up", "bio", "hyper",
)  # fmt: skip
_CONTRACTED = re.compile(r"(?:n't|'(?:s|re|ve|ll|d|m|em|til|tis|twas|all|n))$")


@lru_cache(maxsize=1)
def words() -> frozenset[str]:
    """The list, in lower case and without accents: 117,880 words."""
    packed = (files("triptych.grounding") / "data/words.txt.xz").read_bytes()
    return frozenset(lzma.decompress(packed).decode().split("\n")) | words_of("young")


@lru_cache(maxsize=8192)
def is_word(word: str) -> bool:
    """Whether a word is English: of the list, grown from one, contracted, or made with hyphens."""
    word = fold(word)
    if word in words_of("contracted") or word in words():
        return True
    if "'" in word:
        bare = _CONTRACTED.sub("", word)
        return bare != word and (bare in words() or bare in ("ca", "wo", "sha", "ai", "y"))
    if "-" in word:
        parts = word.split("-")
        ends = {ending for ending, _ in _ENDINGS}
        return all(
            is_word(part) or part.isdigit() or part in _BEGINNINGS or part in ends for part in parts
        )
    return _grown(word)


def _grown(word: str) -> bool:
    """Whether an ending or a beginning stands at a word of the list of three letters or more."""
    stems = [word[: -len(ending)] + back for ending, back in _ENDINGS if word.endswith(ending)]
    stems += [stem[:-1] for stem in stems if len(stem) > 4 and stem[-1] == stem[-2]]
    if any(len(stem) > 3 and stem in words() for stem in stems):
        return True
    return any(
        word.startswith(start) and len(word) - len(start) > 3 and is_word(word[len(start) :])
        for start in _BEGINNINGS
    )


@lru_cache(maxsize=4096)
def is_compound(word: str) -> bool:
    """Whether a word is two words of the list, of at least three letters, written as one."""
    word = fold(word)
    return any(word[:i] in words() and word[i:] in words() for i in range(3, len(word) - 2))
