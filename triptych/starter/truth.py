"""Reading claims back out of text: what a text says of product, colour, place, … and is it so.

The lexicon is the grammar's own phrase tables and the plain words beside them, so every way the
grammar has of saying a fact is found, in whatever text: true copy, a model's, or junk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from triptych.starter import phrases, plain_skeletons, skeletons
from triptych.starter.scene import BRAND_ENDS, BRAND_STARTS, NAME_ENDS, NAME_STARTS, Scene

ATTRIBUTES = (
    "product", "colour", "material", "setting", "time", "weather", "motion", "state", "brand",
    "name",
)  # fmt: skip

BRAND_CHANNELS = frozenset({"body", "social_post"})
"""Channels whose copy must name the brand; every channel's copy names the product."""


@dataclass(frozen=True)
class Claim:
    """A fact that a text asserts: which attribute, which value, in which words.

    The value of a state is `kind:on` or `kind:off`, for a state word belongs to a kind.
    """

    attribute: str
    value: str
    words: str


_PLAIN: dict[str, dict[str, str]] = {
    "product": {
        "bottle": "bottle", "flask": "bottle", "cup": "mug", "headset": "headphones",
        "lamp": "lamp", "rucksack": "backpack", "perfume": "perfume", "sneakers": "sneaker",
        "shoe": "sneaker", "shoes": "sneaker", "trainers": "sneaker", "loudspeaker": "speaker",
    },
    "colour": {
        "crimson": "red", "scarlet": "red", "golden": "yellow", "navy": "blue",
        "violet": "purple", "ivory": "white", "pink": "pink", "brown": "brown", "grey": "grey",
        "gray": "grey", "silver": "silver", "turquoise": "turquoise", "beige": "beige",
    },
    "setting": {
        "campsite": "campsite", "camp": "campsite", "tent": "campsite", "street": "street",
        "pavement": "street", "kitchen": "kitchen", "beach": "beach", "seaside": "beach",
        "seashore": "beach", "sea": "beach", "snow": "snowfield", "snowy": "snowfield",
        "studio": "studio", "desk": "desk", "office": "desk", "forest": "forest",
        "trees": "forest", "woods": "forest", "desert": "desert", "dunes": "desert",
        "rooftop": "rooftop", "roof": "rooftop", "terrace": "rooftop", "pool": "poolside",
        "poolside": "poolside", "library": "library", "bookshelves": "library",
    },
    "time": {
        "daylight": "day", "daytime": "day", "noon": "day", "dusk": "dusk", "sunset": "dusk",
        "sundown": "dusk", "night": "night", "midnight": "night",
    },
    "weather": {
        "rain": "rain", "rainy": "rain", "raining": "rain", "rainfall": "rain",
        "waterproof": "rain", "snow": "snow", "snowing": "snow", "snowfall": "snow", "fog": "fog",
        "foggy": "fog", "mist": "fog",
    },
}  # fmt: skip
"""Single words that claim a value by themselves; a word in two groups may mean either."""

_EITHER = {"bottle": ("product", "perfume"), "waterproof": ("state", "wet")}
"""What else a word may mean: a perfume's bottle is a bottle; what is wet may be waterproof."""

_NOT = frozenset({"no", "not", "never", "without"})
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")

Lexicon = Mapping[tuple[str, ...], Sequence[tuple[str, str]]]


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


@lru_cache(maxsize=1)
def _lexicon() -> tuple[Lexicon, int]:
    """What each phrase, as a tuple of lower-case words, may mean; and the longest's length."""
    meanings: dict[tuple[str, ...], list[tuple[str, str]]] = {}

    def add(phrase: str, attribute: str, value: str) -> None:
        plain = phrase.replace("{is}", "is").replace("{s}", "s")
        meanings.setdefault(tuple(_words(plain.lower())), []).append((attribute, value))

    tables = {
        "product": phrases.NOUNS,
        "colour": phrases.COLOUR_WORDS,
        "material": phrases.MATERIALS,
        "setting": phrases.PLACES,
        "time": phrases.TIMES,
        "weather": phrases.WEATHERS,
        "motion": phrases.MOTION_WORDS,
    }
    for attribute, table in tables.items():
        for value, said in table.items():
            for phrase in said:
                add(phrase, attribute, value)
    for product, said in phrases.BENEFITS.items():
        for phrase in said:
            add(phrase, "product", product)
    for table, value in ((phrases.STATES_ON, "on"), (phrases.STATES_OFF, "off")):
        for product, said in table.items():
            for phrase in said:
                add(phrase, "state", f"{product}:{value}")
    single = {key for key in meanings if len(key) == 1}
    for attribute, table in _PLAIN.items():
        for word, value in table.items():
            if (word,) not in single:
                add(word, attribute, value)
    for word, (attribute, value) in _EITHER.items():
        if attribute == "state":
            for product in phrases.STATES_ON:
                if value in phrases.STATES_ON[product]:
                    add(word, attribute, f"{product}:on")
        else:
            add(word, attribute, value)
    return meanings, max(map(len, meanings))


@lru_cache(maxsize=1)
def _names() -> Mapping[str, Sequence[tuple[str, str]]]:
    """Every brand and product name of the world in lower case, and which of the two it is."""
    names: dict[str, list[tuple[str, str]]] = {}
    for attribute, starts, ends in (
        ("brand", BRAND_STARTS, BRAND_ENDS),
        ("name", NAME_STARTS, NAME_ENDS),
    ):
        for name in (start + end for start in starts for end in ends):
            names.setdefault(name.lower(), []).append((attribute, name))
    return names


@lru_cache(maxsize=1)
def vocabulary() -> frozenset[str]:
    """The grammar's own words in lower case, which are no misspelt names; no names."""
    modules = (phrases, skeletons, plain_skeletons)
    text = " ".join(word for module in modules for word in _strings(vars(module)))
    both = text.replace("{s}", "s") + " " + text.replace("{s}", "")
    return frozenset(_words(re.sub(r"\{\w+\}", " ", both).lower()))


def _strings(data: object) -> Iterator[str]:
    """Every string that is a value somewhere in nested data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            if not str(key).startswith("__"):
                yield from _strings(value)
    elif isinstance(data, Sequence | frozenset):
        for value in data:
            yield from _strings(value)


def claims(text: str) -> Iterator[list[Claim]]:
    """All claims of a text in order; each is a list of the things that its words may mean.

    The longest phrase wins ("desk lamp" names no desk), and a word after "no" or "not" claims
    nothing unless the two are a phrase of their own ("not yet lit").
    """
    words = _words(text.lower())
    meanings, longest = _lexicon()
    names = _names()
    place = 0
    while place < len(words):
        if words[place] in names:
            yield [Claim(a, value, words[place]) for a, value in names[words[place]]]
            place += 1
            continue
        for length in range(min(longest, len(words) - place), 0, -1):
            said = tuple(words[place : place + length])
            if said in meanings:
                if place == 0 or words[place - 1] not in _NOT:
                    yield [Claim(a, value, " ".join(said)) for a, value in meanings[said]]
                place += length
                break
        else:
            place += 1


def read_attributes(text: str) -> dict[str, str]:
    """What a text says of each attribute: the first value given, in the words of the world.

    Attributes that the text does not mention are left out. `state` is `on` or `off`.
    """
    values: dict[str, str] = {}
    states: list[list[Claim]] = []
    for meant in claims(text):
        if meant[0].attribute == "state":
            states.append(meant)
        elif meant[0].attribute not in values:
            values[meant[0].attribute] = meant[0].value
    for meant in states:
        kinds = dict(claim.value.split(":") for claim in meant if claim.attribute == "state")
        kind = values.get("product")
        if kind in kinds or (kind is None and len(set(kinds.values())) == 1):
            values.setdefault("state", kinds[kind] if kind in kinds else next(iter(kinds.values())))
    return values


def false_claims(text: str, scene: Scene) -> list[Claim]:
    """The claims of a text that are not true of a scene, names copied wrong among them."""
    wrong = [
        meant[0] for meant in claims(text) if not any(_is_true(claim, scene) for claim in meant)
    ]
    known = {claim.words for claim in wrong}
    return wrong + [claim for claim in _misspelt(text, scene) if claim.words not in known]


def _is_true(claim: Claim, scene: Scene) -> bool:
    if claim.attribute == "state":
        return claim.value == f"{scene.product}:{'on' if scene.state_on else 'off'}"
    return claim.value == getattr(scene, claim.attribute)


def _misspelt(text: str, scene: Scene) -> list[Claim]:
    """Words that begin like the brand or the name, are neither, and are no word of the grammar."""
    right = {scene.brand.lower(), scene.name.lower()}
    misspellings = []
    for word in _words(text.lower()):
        if word in right or word in vocabulary():
            continue
        for attribute, name in (("brand", scene.brand), ("name", scene.name)):
            if word[:3] == name[:3].lower() and len(word) > 3:
                misspellings.append(Claim(attribute, word, word))
                break
    return misspellings


def names_right(text: str, scene: Scene, channel: str | None = None) -> bool:
    """Whether the product's name, and the brand where it is due, are copied letter by letter.

    Args:
        text: copy; if it is all in lower case, the case of the names is not asked for.
        scene: the truth.
        channel: tells whether the brand is due (`BRAND_CHANNELS`); None asks for the name alone.
            A name or brand that is there must be right in any case.
    """
    lower = text == text.lower()
    words = set(_words(text))
    due = [scene.name, *([scene.brand] if channel in BRAND_CHANNELS else [])]
    if any((name.lower() if lower else name) not in words for name in due):
        return False
    for word in words:
        for name in (scene.brand, scene.name):
            if not lower and word.lower() == name.lower() and word != name:
                return False
    return not any(claim.attribute in ("brand", "name") for claim in false_claims(text, scene))
