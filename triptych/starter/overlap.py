"""How alike the words of cases are: between references, and between the test and the train split.

Words are lower-cased, and a case's own brand and product name are replaced by a mark, so that a
text which differs from another in its names alone counts as the same text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise, product
from pathlib import Path
from typing import TypedDict

from triptych.cases.format import Case, read_cases
from triptych.domain import TEXT_KINDS, TONES
from triptych.starter import skeletons
from triptych.starter.grammar import choices, slots_of
from triptych.starter.scene import COLOURS, PRODUCTS, SETTINGS, Scene

Ngram = tuple[str, ...]

_WORD = re.compile(r"\w+|[^\w\s]")


def ngrams(text: str, size: int) -> list[Ngram]:
    """The runs of `size` words and marks of a text."""
    words = _WORD.findall(text.lower())
    return [tuple(words[i : i + size]) for i in range(len(words) - size + 1)]


def overlap(text: str, others: Iterable[str], size: int) -> float | None:
    """The share of a text's n-grams that are in any of the others; None if it has none."""
    mine = ngrams(text, size)
    known = {gram for other in others for gram in ngrams(other, size)}
    return sum(gram in known for gram in mine) / len(mine) if mine else None


def between_references(cases: Sequence[Case], size: int = 4) -> dict[str, float]:
    """By channel, the mean share of a reference's n-grams that its neighbour has too.

    Each reference is compared with the next one of the same case, channel and tone. Cases with a
    single reference are passed over; a channel without any pair is left out.
    """
    shares: dict[str, list[float]] = {}
    for case in cases:
        for by_channel in case.copy_texts.values():
            for channel, texts in by_channel.items():
                for text, other in pairwise(texts):
                    share = overlap(text, [other], size)
                    if share is not None:
                        shares.setdefault(channel, []).append(share)
    return {channel: sum(values) / len(values) for channel, values in shares.items()}


def between_splits(
    tested: Sequence[Case],
    trained: Sequence[Case],
    size: int = 4,
    texts_of: Callable[[Case], Iterator[str]] | None = None,
) -> dict[str, float]:
    """How much of the test texts was seen in training.

    Args:
        tested: cases of the test split.
        trained: cases of the train split.
        size: words in an n-gram.
        texts_of: which texts of a case; by default all its copy.

    Returns:
        `ngrams`: mean share of a test text's n-grams that some training text has; `verbatim`:
        share of test texts that are, but for the names, a training text; `texts`: how many.
    """
    texts_of = texts_of or copies_of
    known_texts: set[str] = set()
    known: set[Ngram] = set()
    for case in trained:
        for text in texts_of(case):
            masked = masked_names(text, case)
            if masked not in known_texts:
                known_texts.add(masked)
                known.update(ngrams(masked, size))
    shares, same, count = [], 0, 0
    for case in tested:
        for text in texts_of(case):
            masked = masked_names(text, case)
            count += 1
            same += masked in known_texts
            mine = ngrams(masked, size)
            if mine:
                shares.append(sum(gram in known for gram in mine) / len(mine))
    return {
        "ngrams": sum(shares) / len(shares) if shares else 0.0,
        "verbatim": same / count if count else 0.0,
        "texts": float(count),
    }


def copies_of(case: Case, channel: str | None = None) -> Iterator[str]:
    """All copy of a case, or that of one channel."""
    for by_channel in case.copy_texts.values():
        for name, texts in by_channel.items():
            if channel is None or name == channel:
                yield from texts


def masked_names(text: str, case: Case) -> str:
    """A text in lower case, with marks for the brand and name that the attributes tell."""
    for key, mark in (("brand", "brand_"), ("name", "name_")):
        name = case.attributes.get(key)
        if isinstance(name, str) and name:
            text = re.sub(rf"\b{re.escape(name)}\b", mark, text, flags=re.IGNORECASE)
    return text.lower()


class Overlaps(TypedDict):
    """How alike the texts of a case folder are."""

    references: dict[str, float]
    """By channel, the share of 4-grams that references of a case have in common."""
    splits: dict[str, dict[str, float]]
    """By channel, or `description`, as `between_splits`."""
    unseen: dict[str, dict[str, float]]
    """The same for the cases of unseen combinations."""


def overlap_report(folder: Path) -> Overlaps:
    """The n-gram overlaps of a case folder, as data for a table.

    Raises:
        CaseError: if the folder cannot be read.
    """
    cases = read_cases(folder)
    tested = [case for case in cases if case.split == "test"]
    trained = [case for case in cases if case.split == "train"]
    texts: dict[str, Callable[[Case], Iterator[str]]] = {
        channel: (lambda case, channel=channel: copies_of(case, channel)) for channel in TEXT_KINDS
    }
    texts["description"] = lambda case: iter([case.description])
    return {
        "references": between_references(tested),
        "splits": {key: between_splits(tested, trained, 4, of) for key, of in texts.items()},
        "unseen": {
            key: between_splits([c for c in tested if c.unseen_combination], trained, 4, of)
            for key, of in texts.items()
        },
    }


def wordings(scene: Scene, channel: str, tone: str) -> int:
    """How many ways the grammar has of writing a copy of this scene, each with its own choices."""
    slots = slots_of(scene)
    ways = 1
    for sentence in skeletons.COPY[channel][tone]:
        ways *= sum(choices(skeleton, slots) for skeleton in sentence)
    return ways


def bodies_of_kind(kind: str) -> int:
    """How many body copies the grammar has for one kind of product, names and motion left alone.

    Bodies of two scenes differ, for a body says every fact and no phrase says two.
    """
    one = PRODUCTS[kind]
    places = [
        (setting.key, time, weather)
        for setting in SETTINGS.values()
        for time in setting.times
        for weather in setting.weathers
    ]
    return sum(
        wordings(
            Scene(kind, colour, material, on, *place, "orbit", "Norvik", "Emberlite", 0),
            "body",
            tone,
        )
        for colour, material, on, place, tone in product(
            COLOURS, one.materials, (True, False), places, TONES
        )
    )
