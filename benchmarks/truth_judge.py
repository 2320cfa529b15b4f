"""Whether copy is true to a brief, by labels of a person and by means of its own.

It shares no code with the checks that it measures (`triptych.grounding`): names, offers and what
must not be said are labelled by hand, numbers and names are compared letter for letter with the
brief's text, and a word is sense if the brief or the writer's grammar has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_SENTENCE_START = re.compile(r"(?:^|[.!?:…]\s+|\n)[\"“‘'(#@]*$")


@dataclass(frozen=True)
class Labels:
    """What a person says of a brief.

    Attributes:
        brand: letter for letter; empty where the brief gives none.
        product: likewise.
        says: of its offer and of what must be said, letter for letter.
        never: what no copy and no plan may hold.
    """

    brand: str = ""
    product: str = ""
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


def untrue(text: str, given: str, labels: Labels, vocabulary: Iterable[str]) -> list[str]:
    """What in a text the brief does not bear out, as `kind: words`.

    Args:
        text: copy, or a line of a plan.
        given: all that the brief says, its fields included.
        labels: what a person says of it.
        vocabulary: words that the writer may use of its own, in lower case.
    """
    brief_words = {word.casefold() for word in _WORD.findall(given)}
    brief_numbers = set(re.findall(r"\d+", given))
    own = text
    for name in (labels.product, labels.brand):
        own = _without(own, name)
    found = [f"number: {n}" for n in re.findall(r"\d+", own) if n not in brief_numbers]
    found += [f"negated: {one}" for one in labels.never if _has(own, one.casefold(), fold=True)]
    known = set(vocabulary)
    for match in _WORD.finditer(own):
        word = match[0]
        if word.casefold() in brief_words or _is_cased(word, given):
            continue
        starts = _SENTENCE_START.search(own[: match.start()])
        if word.casefold() not in known:
            found.append(f"{'nonsense' if word.islower() else 'name'}: {word}")
        elif word[0].isupper() and not starts and not own.istitle():
            found.append(f"name: {word}")
    sentences = [one.strip() for one in re.split(r"(?<=[.!?])\s+", text) if len(one) > 3]
    found += [f"twice: {one}" for one in set(sentences) if sentences.count(one) > 1]
    return found


def unnamed(text: str, labels: Labels) -> list[str]:
    """Which of brand and product a text does not name letter for letter."""
    return [name for name in (labels.brand, labels.product) if name and not _has(text, name)]


def unsaid(text: str, labels: Labels) -> list[str]:
    """What of the offer a text does not say letter for letter."""
    return [words for words in labels.says if not _has(text, words)]


def _has(text: str, words: str, *, fold: bool = False) -> bool:
    """Whether words stand in a text as whole words."""
    text = text.casefold() if fold else text
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None


def _without(text: str, name: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", text) if name else text


def _is_cased(word: str, given: str) -> bool:
    """Whether a word stands in the brief with another end: "Norwell" of "Norwell's"."""
    return re.search(rf"(?<!\w){re.escape(word)}(?:[’']s?)?(?!\w)", given) is not None
