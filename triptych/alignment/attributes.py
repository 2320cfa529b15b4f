"""Words that exclude one another in a picture: what a claim is contrasted with.

A picture that shows a blue mug is almost as near to "a red mug" as one of a red mug is; it is
nearer to "a blue mug". So whether an attribute is there is asked by swapping its word, and nothing
else, for its rivals. The groups are common advertising vocabulary; callers may pass their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from triptych.alignment.claims import split_claims

Groups = Mapping[str, Sequence[Sequence[str]]]
"""By name of the group: its values, each as the ways to say it, the plainest first."""

GROUPS: Groups = {
    "colour": (
        ("red", "bright red", "crimson", "scarlet"),
        ("orange", "bold orange"),
        ("yellow", "sunny yellow", "golden"),
        ("green", "leaf green", "olive"),
        ("blue", "deep blue", "navy"),
        ("purple", "rich purple", "violet"),
        ("white", "pure white", "ivory"),
        ("black", "jet black"),
        ("pink",),
        ("brown",),
        ("grey", "gray"),
    ),
    "time": (
        ("by day", "in daylight", "at noon", "in the morning"),
        ("at dusk", "at sunset", "in the evening"),
        ("at night", "after dark"),
    ),
    "weather": (
        ("under a clear sky", "in clear weather", "in the sunshine"),
        ("in the rain", "while rain falls"),
        ("in falling snow", "while snow falls"),
        ("in the fog", "in drifting fog", "in the mist"),
    ),
    "setting": (
        ("at a campsite", "beside the tent"),
        ("on a city street", "on the pavement downtown", "in the city"),
        ("on a kitchen table", "in the kitchen", "in a kitchen"),
        ("on a beach", "on the sand by the sea", "at the beach", "on the beach"),
        ("in the snow", "on a snowy field"),
        ("in a studio", "on a seamless studio backdrop"),
        ("on an office desk", "at the office", "in an office"),
        ("in a forest", "among the trees", "in the woods"),
        ("in the desert", "among the dunes"),
        ("on a rooftop", "above the city on a roof terrace"),
        ("by a swimming pool", "at the poolside"),
        ("in a library", "between the bookshelves"),
        ("in a garden", "in the garden"),
        ("on a mountain", "in the mountains"),
    ),
    "light": (
        (
            "lit",
            "switched on",
            "burning",
            "glowing",
            "with glowing rings",
            "with a glowing ring",
            "with a glowing dial",
        ),
        ("unlit", "switched off"),
    ),
    "wetness": (("wet", "beaded with water"), ("dry",)),
    "heat": (("steaming", "steaming hot"), ("cool", "cold")),
    "content": (
        (
            "filled",
            "full",
            "filled with flowers",
            "full of fresh flowers",
            "filled with toast",
            "loaded with toast",
        ),
        ("empty",),
    ),
    "openness": (("open", "fully open", "unfolded"), ("folded", "closed", "shut")),
    "lens": (("with its lens out", "with the lens extended"), ("with its lens closed",)),
    "product": (
        ("camping lantern", "lantern"),
        ("water bottle", "drinking bottle"),
        ("mug", "coffee mug", "cup"),
        ("headphones", "over-ear headphones"),
        ("speaker", "wireless speaker"),
        ("watch", "wristwatch"),
        ("desk lamp", "reading lamp", "lamp"),
        ("vase", "flower vase"),
        ("backpack", "rucksack"),
        ("umbrella", "rain umbrella"),
        ("candle", "scented candle"),
        ("kettle", "tea kettle"),
        ("perfume bottle", "perfume flacon", "perfume"),
        ("sneaker", "running shoe", "shoe"),
        ("camera", "compact camera"),
        ("toaster", "two-slot toaster"),
    ),
}


@dataclass(frozen=True)
class Contrast:
    """An attribute that a text names, and the same text saying each rival instead."""

    group: str
    words: str
    """As the text says it."""
    text: str
    rivals: tuple[str, ...]
    """The rivals' own words."""
    rival_texts: tuple[str, ...]


def contrasts_in(text: str, groups: Groups = GROUPS) -> tuple[Contrast, ...]:
    """The attributes that a text names, in its order, one a group.

    A phrase inside a longer one of any group is not taken (`in the snow` names the weather no more
    than `camera` in `compact camera` names another product), and a group that the text names twice
    with different values is left out: it cannot be swapped without contradiction.
    """
    spans = _phrases_in(text, groups)
    found: list[tuple[int, Contrast]] = []
    for group, values in groups.items():
        named = [span for span in spans if span[2] == group]
        if len({value for *_, value in named}) != 1:
            continue
        start, end, _, own = named[0]
        rivals = [phrases[0] for index, phrases in enumerate(values) if index != own]
        texts = [text[:start] + rival + text[end:] for rival in rivals]
        contrast = Contrast(group, text[start:end], text, tuple(rivals), tuple(texts))
        found.append((start, contrast))
    return tuple(contrast for _, contrast in sorted(found, key=lambda item: item[0]))


def fitting_contrasts(
    visual: str, count_tokens: Callable[[str], int], limit: int, groups: Groups = GROUPS
) -> tuple[Contrast, ...]:
    """The contrasts of a text, in pieces that a CLIP can read; rivals that do not fit are left out.

    Args:
        visual: what should be seen; split only where it is longer than `limit`.
        count_tokens: tokens as the CLIP in use counts them.
        limit: most tokens that it reads.
        groups: attributes to contrast.
    """
    found = []
    for line in split_claims(visual, count_tokens, limit):
        for contrast in contrasts_in(line, groups):
            pairs = zip(contrast.rivals, contrast.rival_texts, strict=True)
            fitting = [(rival, text) for rival, text in pairs if count_tokens(text) <= limit]
            if fitting:
                rivals, texts = zip(*fitting, strict=True)
                found.append(replace(contrast, rivals=rivals, rival_texts=texts))
    return tuple(found)


def _phrases_in(text: str, groups: Groups) -> list[tuple[int, int, str, int]]:
    """(start, end, group, value) of all phrases, longest first, none inside another."""
    known = [
        (phrase, group, value)
        for group, values in groups.items()
        for value, phrases in enumerate(values)
        for phrase in phrases
    ]
    taken: list[tuple[int, int, str, int]] = []
    for phrase, group, value in sorted(known, key=lambda item: -len(item[0])):
        for match in re.finditer(rf"\b{re.escape(phrase)}\b", text, re.IGNORECASE):
            start, end = match.span()
            if all(end <= s or start >= e for s, e, *_ in taken):
                taken.append((start, end, group, value))
    return sorted(taken)
