"""What a brief sells: its names, its kind, and the sentence that says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from triptych.domain import Brief
from triptych.generators.starter import stand_ins
from triptych.generators.starter.exchange import exchanged
from triptych.generators.starter.reading import claims
from triptych.generators.starter.reading.kinds import (
    Introduction,
    Kind,
    introduction_of,
    kind_from,
    subject_of,
)
from triptych.generators.starter.reading.lexicon import COMMON, MASS, STATES, STOPS
from triptych.generators.starter.reading.names import names_of
from triptych.generators.starter.reading.offers import offer_in
from triptych.generators.starter.reading.record import quiet
from triptych.generators.starter.reading.sentences import Line
from triptych.generators.starter.world import World

EARLY = 6
"""Sentences among which the one that says what is sold is looked for."""

_OTHER_NOUNS = re.compile(r"(?:rucksack|wristwatch|running shoe|flacon|perfume)(?:e?s)?$", re.I)
"""What the world's products are also called."""


@dataclass(frozen=True)
class Subject:
    """What a brief sells.

    Attributes:
        names: stand-in to brand and product name.
        kind: None where the brief does not say.
        introduction: what the sentence that says so tells.
        line: that sentence.
        of_the_world: whether the model knows it.
    """

    names: dict[str, str]
    kind: Kind | None
    introduction: Introduction | None
    line: Line | None
    of_the_world: bool


def subject_in(brief: Brief, lines: Sequence[Line], world: World) -> Subject:
    """What a brief with these lines sells; its fields count more than its words."""
    names, kind = _named(brief, lines, world)
    told, line = _introduction(lines, names, world)
    free = [one for one in lines if one.role == ""]
    if kind is None:
        subjects = (subject_of(exchanged(one.text, names)) for one in free[:EARLY])
        kind = told.kind if told else next(filter(None, subjects), None)
    if kind is not None:
        of_the_world = is_product(kind.words, world)
    else:
        naming = [one for one in free if any(name in one.text for name in names.values())]
        told_of = [one for one in [*_telling(free), *naming] if world.names_product(one.text)]
        of_the_world = bool(told_of)
        kind = _noun_in(told_of[0].text, world) if told_of else None
    if of_the_world and not brief.product:
        names = _parted(names)
    return Subject(names, kind, told, line, of_the_world)


def is_product(words: str, world: World) -> bool:
    """Whether a phrase's last word is a product of the world: a camera, no camera bag."""
    head = words.split(" of ")[-1] if re.match(r"(?:pair|set) of ", words) else words
    last = head.split()[-1].strip(".,:;!?#")
    return bool(world.names_product(last) or _OTHER_NOUNS.search(head.strip(".,:;!?#")))


def without_offer(hidden: str) -> str:
    """A sentence without the offer that it makes beside other things."""
    offered = offer_in(hidden)
    if not offered.fields or offered.alone:
        return hidden
    before, after = offered.before.rstrip(" ,:("), offered.after
    apart = "; " if before and re.search(r"\w", after) else ""
    return re.sub(r"^[\s:,.–—-]+", "", f"{before}{apart}{after}")


def _named(brief: Brief, lines: Sequence[Line], world: World) -> tuple[dict[str, str], Kind | None]:
    """The names of a brief, and the kind that stands where a name may."""
    labelled = {line.role: line.text for line in reversed(lines) if line.role}
    read = names_of([line.text for line in lines if line.role in ("", "kind", "scene")])
    brand = brief.brand or labelled.get("brand") or read[0]
    given = brief.product or labelled.get("product")
    product, kind = given or read[1], None
    if given and _says_kind(given, brief.description, world):
        product, kind = read[1] if read[1].casefold() != given.casefold() else "", kind_from(given)
    elif not given and product and _is_thing(product, world):
        product, kind = "", kind_from(product.lower())
    if brand.casefold() == product.casefold():
        brand = ""
    pairs = ((stand_ins.BRAND, brand), (stand_ins.PRODUCT, product))
    return {word: name for word, name in pairs if name}, kind


def _parted(names: dict[str, str]) -> dict[str, str]:
    """Brand and product where one name of a thing says both in two made-up words.

    Of others nobody can tell whether "Morning Light" is a brand's Light, or who Anneke Visser is.
    """
    words = names.get(stand_ins.PRODUCT, "").split()
    if stand_ins.BRAND in names or len(words) != 2:
        return names
    coined = all(w.isalpha() and w[0].isupper() and w.lower() not in COMMON for w in words)
    return {stand_ins.BRAND: words[0], stand_ins.PRODUCT: words[1]} if coined else names


def _says_kind(product: str, text: str, world: World) -> bool:
    """Whether a product's field says what it is rather than its name."""
    if product != product.lower() or any(ch.isdigit() for ch in product):
        return False
    if " " in product or world.names_product(product) or re.search(r"\w{3}[^s]s$", product):
        return True
    some = rf"\b(?:an?|our|the|this|your|every|each)\s+(?:[\w-]+\s+)?{re.escape(product)}\b"
    return re.search(some, text, re.IGNORECASE) is not None


def _is_thing(name: str, world: World) -> bool:
    """Whether a word that stands as a name is none: "Sneakers by Ånes"."""
    return " " not in name and (world.names_product(name) or name.lower() in MASS)


def _introduction(
    lines: Sequence[Line], names: dict[str, str], world: World
) -> tuple[Introduction | None, Line | None]:
    """The sentence that says what is sold; first those that say it with a verb or a name."""
    free = [one for one in lines if one.role == "" and not claims.is_refusal(one.text)]
    early = [*(one for one in lines if one.role == "kind"), *free[:EARLY]]
    for bare in (False, True):
        for line in _candidates(early, bare=bare, named=bool(names)):
            hidden = without_offer(quiet(exchanged(line.text, names)))
            if found := introduction_of(hidden, first=bare or line.role == "kind"):
                return _without_state(found, world), line
    return None, None


def _candidates(early: Sequence[Line], *, bare: bool, named: bool) -> Iterator[Line]:
    """The sentences that may say what is sold; where there are names, "The water filter that …"."""
    head = next((one for one in early if not claims.is_instruction(one.text)), None)
    for line in early:
        if line is not early[0] and re.match(r"(?:show|picture|film)\b", line.text, re.IGNORECASE):
            continue
        nominal = named and re.match(r"(?:an?|the)\s", line.text, re.IGNORECASE)
        if not bare or line is head or line.role == "kind" or nominal:
            yield line


def _without_state(told: Introduction, world: World) -> Introduction:
    """ "A candle lit …" is a candle: how it is belongs to what follows."""
    words = told.kind.words.split()
    for place, word in enumerate(words[1:], start=1):
        noun = " ".join(words[:place])
        if word in STATES and is_product(noun, world):
            rest = f", {' '.join(words[place:])}{told.rest}"
            return replace(told, kind=replace(told.kind, words=noun), rest=rest)
    return told


def _noun_in(text: str, world: World) -> Kind | None:
    """The product of the world that a text names, with the known words before it."""
    words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text)
    for place, word in enumerate(words):
        if not world.names_product(word):
            continue
        first = place
        while first and words[first - 1].islower() and _describes(words[first - 1], world):
            first -= 1
        return kind_from(" ".join([*words[first:place], word.lower()]))
    return None


def _describes(word: str, world: World) -> bool:
    return world.knows(word) and word not in STOPS


def _telling(free: Sequence[Line]) -> list[Line]:
    """The first sentence that asks for nothing, and those that do."""
    asked = [one for one in free if claims.is_instruction(one.text)]
    return [*[one for one in free if one not in asked][:1], *asked]
