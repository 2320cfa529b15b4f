"""Colour, material, place, time, weather and state: those of the brief, then those of the plan."""

from __future__ import annotations

import re
from collections.abc import Iterator

from triptych.domain import Finding
from triptych.grounding.lexicon import is_word
from triptych.grounding.lists import words_by_language
from triptych.grounding.negation import excluded_in, without_excluded
from triptych.grounding.source import Source
from triptych.grounding.tokens import fold, plain, tokens
from triptych.grounding.vocabulary import GROUPS, Groups, Phrase, phrases_in
from triptych.grounding.where import Where, finding

MATERIALS: tuple[tuple[str, ...], ...] = (
    ("steel", "stainless steel"), ("plastic",), ("glass",), ("ceramic", "stoneware", "porcelain"),
    ("leather",), ("wood", "wooden", "oak", "walnut", "bamboo"), ("fabric", "cotton", "linen",
    "canvas", "wool", "polyester", "nylon"), ("wax", "beeswax"), ("aluminium", "aluminum"),
    ("titanium",), ("copper",), ("brass",), ("silicone",), ("rubber",), ("marble",), ("concrete",),
    ("silk",), ("paper", "cardboard"), ("cast iron", "cast-iron", "wrought iron"),
)  # fmt: skip
_COLOURS: tuple[tuple[str, ...], ...] = (
    ("silver",), ("turquoise", "teal"), ("beige",), ("gold",), ("magenta",), ("bronze",),
)  # fmt: skip
_MORE: dict[str, tuple[str, ...]] = {
    "grey": ("charcoal",), "red": ("burgundy", "maroon"), "purple": ("lilac",),
    "by day": ("in daytime",), "at dusk": ("at sundown",), "at night": ("by night",),
    "under a clear sky": ("in clear air",), "in the rain": ("in steady rain",),
    "in falling snow": ("in a snowfall",), "in the fog": ("in thick fog",),
    "at a campsite": ("at the campsite", "at the camp"),
    "on a city street": ("on a town street", "on the street"),
    "on a kitchen table": ("on the kitchen table", "on the kitchen counter"),
    "on a beach": ("on the seashore", "at the seaside"), "in the snow": ("on fresh snow",),
    "in a studio": ("on a studio backdrop", "in the studio", "in the photo studio"),
    "on an office desk": ("on a tidy work desk", "on a desk", "on the desk"),
    "in a forest": ("in the forest",), "in the desert": ("on desert sand", "in a desert"),
    "on a rooftop": ("on a roof terrace", "up on the roof", "on the rooftop"),
    "by a swimming pool": ("beside the pool", "by the pool"),
    "in a library": ("among library books", "in the library"),
}  # fmt: skip
"""Further ways to say a value, by its plainest."""


def _with_more(group: str) -> tuple[tuple[str, ...], ...]:
    return tuple((*value, *_MORE.get(value[0], ())) for value in GROUPS[group])


CHECKED: Groups = {
    "colour": (*_with_more("colour"), *_COLOURS),
    "material": MATERIALS,
    "time": _with_more("time"),
    "weather": _with_more("weather"),
    "setting": _with_more("setting"),
    "light": (("lit", "switched on"), ("unlit", "switched off")),
    "openness": (("unfolded", "fully open"), ("folded",)),
    "content": (("filled with flowers", "full of fresh flowers", "filled with toast",
                 "loaded with toast"), ("without flowers", "without toast")),
}  # fmt: skip
"""The critic's groups, less words that copy also uses in other senses, and with materials."""

_OTHER_SENSE = re.compile(
    r"\b(?:a glass of|out of the blue|red carpet|green light|white noise|black friday|"
    r"golden (?:hour|rule|age)|silver lining|gold standard|on paper|glass of|orange juice|"
    r"green energy|blue sky|white lies?|like (?:glass|silk|steel|wax|leather))\b",
    re.IGNORECASE,
)
_OF_THING = frozenset({"colour", "material"})
_SMALL = words_by_language("small_words")["en"]
_LINK_WORDS = frozenset(["in", "is", "are", "all", "comes", "come", "came", "now", "and", "or"])


def false_attributes(source: Source, text: str, where: Where) -> list[Finding]:
    """What a text says of the thing and its scene that brief and plan say otherwise."""
    findings = []
    for group in CHECKED:
        expected, expected_words = _expected(source, group, where)
        if not expected:
            continue
        claims = list(_claims(source, text, group))
        if group not in _OF_THING and any(phrase.value in expected for phrase, _ in claims):
            continue  # "red by day, aglow by night" says where else it may be
        for phrase, words in claims:
            if phrase.value not in expected:
                reason = f'{_NAMED[group]} is "{expected_words}", not "{words}".'
                findings.append(finding("attribute", where, words, reason, instead=expected_words))
                break
    return findings


_NAMED = {
    "colour": "The colour", "material": "The material", "time": "The time of day",
    "weather": "The weather", "setting": "The place", "light": "Its state",
    "openness": "Its state", "content": "Its state",
}  # fmt: skip


def _expected(source: Source, group: str, where: Where) -> tuple[set[int], str]:
    """The values that a group may have, and the first of them in words.

    The brief's; with a plan also the plan's, and the plan's alone where a person has changed it.
    """
    one_group: Groups = {group: CHECKED[group]}
    said = without_excluded(source.said)
    brief = [(p.value, said[p.start : p.end]) for p in phrases_in(_bare(said), one_group)]
    plan: list[tuple[int, str]] = []
    if source.plan is not None and where == "copy":
        shown = plain(f"{source.plan.visual}\n{source.plan.key_message}")
        plan = [(p.value, shown[p.start : p.end]) for p in phrases_in(_bare(shown), one_group)]
    values, planned = {value for value, _ in brief}, {value for value, _ in plan}
    first = (plan or brief)[:1]
    if values and planned and not values & planned:
        return planned, first[0][1]
    return values | planned, first[0][1] if first else ""


def _claims(source: Source, text: str, group: str) -> Iterator[tuple[Phrase, str]]:
    """The phrases of a group that a text asserts of what it is about."""
    bare = _bare(_without_negated(text))
    for phrase in phrases_in(bare, {group: CHECKED[group]}):
        words = text[phrase.start : phrase.end]
        if group in _OF_THING and not _is_of_thing(source, text, phrase):
            continue
        yield phrase, words


def _without_negated(text: str) -> str:
    """The text with blanks for what it negates itself, so that places stay."""
    for one in excluded_in(text):
        text = re.sub(re.escape(one.phrase), lambda match: " " * len(match[0]), text)
    return text


def _bare(text: str) -> str:
    """A text with blanks for idioms."""
    return _OTHER_SENSE.sub(lambda match: " " * len(match[0]), text)


def _is_of_thing(source: Source, text: str, phrase: Phrase) -> bool:
    """Whether a colour or material is said of the thing: before a word of the brief, or at an end.

    "golden mornings" is no claim about a blue mug; "a golden mug" and "entirely golden." are.
    """
    said = tokens(text)
    after = [token for token in said if token.start >= phrase.end]
    stop = re.search(r"[.!?;:,\n—–|]|$", text[phrase.end :])
    limit = phrase.end + (stop.start() if stop else 0)
    following = [token for token in after if token.start < limit][:4]
    if not following:
        return True
    known = {word for value in (*CHECKED["colour"], *MATERIALS) for word in value}
    for token in following:
        word = fold(token.core)
        if word in known or word in _LINK_WORDS or _is_thing(source, word):
            return True
        if word in _SMALL:
            return False
    return False


def _is_thing(source: Source, word: str) -> bool:
    nouns = {part for value in GROUPS["product"] for way in value for part in way.split()}
    names = {part for name in source.names for part in name.words}
    return word in nouns or word in names or (word in source.words and is_word(word))
