"""Words of what can be seen, in groups of which a thing has one value: colour, place, time, …

Common advertising vocabulary. The critic swaps such words to ask a picture which of them it shows;
the checks of copy hold them to what the brief says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

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
class Phrase:
    """A phrase of the vocabulary in a text."""

    start: int
    end: int
    group: str
    value: int
    """Which of the group's values it says."""


def phrases_in(text: str, groups: Groups = GROUPS) -> list[Phrase]:
    """The phrases of a text in its order; of two that overlap the longer one."""
    known = [
        (phrase, group, value)
        for group, values in groups.items()
        for value, phrases in enumerate(values)
        for phrase in phrases
    ]
    taken: list[Phrase] = []
    for phrase, group, value in sorted(known, key=lambda item: -len(item[0])):
        for match in _pattern(phrase).finditer(text):
            start, end = match.span()
            if all(end <= one.start or start >= one.end for one in taken):
                taken.append(Phrase(start, end, group, value))
    return sorted(taken, key=lambda one: one.start)


@cache
def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(phrase)}\b", re.IGNORECASE)
