"""Names that the starter's language model never read, and those that stand in for them.

Five million parameters copy names made of the world's own syllables, but not any name. So a brief's
own names are exchanged for two of the world's while it plans and writes, and put back in what it
wrote: delexicalisation (Wen et al. 2015). Only names that a brief plainly gives as such are taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from triptych.domain import Brief
from triptych.generators.starter.world import World
from triptych.grounding.source import Source

BRANDS, PRODUCTS = ("Norvik", "Lumora", "Veltrel"), ("Emberlite", "Driftline", "HaloGo")
MOST = 40
"""Characters of a name; what is longer is no name."""

Known = Callable[[str], bool]
"""Whether a word is one that the model read."""

_NAME = re.compile(r"[A-Z][\w’'-]*(?: (?:[A-Z][\w-]*|\d+))*")
_LABELS = frozenset({"brand", "name", "product"})
_BRAND_BEFORE = re.compile(r"\b(?:by|from|brand:?)\s+$", re.IGNORECASE)
_BRAND_AFTER = re.compile(
    r"(?:[’']s\b|\s+(?:launch(?:es)?|sells?|presents?|introduces?|makes?|offers?|brings?)\b)"
)
_PRODUCT_BEFORE = re.compile(r"\b(?:the|our|new|called|named|product:?|name:?)\s+$", re.IGNORECASE)
_PRODUCT_AFTER = re.compile(r"\s+by\b|:")


@dataclass(frozen=True)
class StandIns:
    """What stands in for a brief's own names, by name. Empty where all names are of the world."""

    names: Mapping[str, str] = field(default_factory=dict)
    thing: str = ""
    """What the product is, where the brief gives no name at all; else empty."""

    @classmethod
    def of(cls, brief: Brief, world: World) -> StandIns:
        """The names that a brief gives: in its fields, or in its words ("X launches the Y").

        Names whose words the model knows need no stand-in.
        """
        text, is_known = brief.text(), world.knows
        brand, product = _told(text, is_known)
        brand = _own(brief.brand, is_known) or brand
        product = _own(brief.product, is_known) or product
        pairs = ((brand, BRANDS), (product, PRODUCTS))
        named = brand or product or brief.brand or brief.product or Source(brief).names
        if not named and (thing := world.product_in(text)):
            return cls({}, thing)
        return cls({name: _free(among, text) for name, among in pairs if name})

    @property
    def nameless(self) -> str:
        """What is added to a brief without names, for the model writes none without; else empty."""
        return f" Product: {PRODUCTS[0]}. Brand: {BRANDS[0]}." if self.thing else ""

    def hide(self, text: str) -> str:
        """The text with stand-ins for the brief's own names."""
        return _exchanged(text, self.names)

    def show(self, text: str) -> str:
        """What was written with stand-ins, with the brief's own names, or with none at all."""
        if self.thing:
            return _without_names(text, self.thing)
        return _exchanged(text, {there: name for name, there in self.names.items()})


def _without_names(text: str, thing: str) -> str:
    """What was written of the stand-ins, said of a thing without a name: "Get your mug!"."""
    small = text[:1].islower()
    brand, product = BRANDS[0], PRODUCTS[0]
    name = rf"(?:the )?(?:{brand} )?{product}(?: by {brand})?"
    text = re.sub(rf"\s*#{brand}\b", "", text)
    text = re.sub(rf"\b{name}[:,.]? (?:is |are )?(?=(?:the|your|our|an?) )", "", text, flags=re.I)
    text = re.sub(rf"\b(your |our |the )?(?:{brand} )?{product}(?: by {brand})?\b",
                  lambda match: f"{match[1] or 'the '}{thing}", text, flags=re.I)  # fmt: skip
    text = re.sub(rf",? (?:by|with|at|from) {brand}\b", "", text)
    sentences = [one for one in re.findall(r"[^.!?]+[.!?]?", text) if brand not in one]
    whole = [one.strip() for one in sentences if len(one.split()) > 1 or len(sentences) == 1]
    said = " ".join(one[:1].upper() + one[1:] for one in whole)
    return said[:1].lower() + said[1:] if small else said


def _told(text: str, is_known: Known) -> tuple[str, str]:
    """Brand and product name that a text gives as such and that are of no world; "" for none."""
    brand = product = ""
    for match in _NAME.finditer(text):
        words = match[0].removesuffix("’s").removesuffix("'s").split()
        while words and (is_known(words[0]) or words[0].lower() in _LABELS):
            words.pop(0)
        name = " ".join(words)
        if not name or is_known(name):
            continue
        start = match.start() + match[0].index(name)
        before, after = text[:start], text[start + len(name) :]
        if _BRAND_BEFORE.search(before) or _BRAND_AFTER.match(after):
            brand = brand or name
        elif _PRODUCT_BEFORE.search(before) or _PRODUCT_AFTER.match(after):
            if len(words) > 1 and not words[1].isdigit() and not is_known(words[1]):
                brand, name = brand or words[0], " ".join(words[1:])
            product = product or name
    return _own(brand, is_known), _own(product if product != brand else "", is_known)


def _own(name: str | None, is_known: Known) -> str:
    """A name if it is one that needs a stand-in: short, and with a word that is not known."""
    short = name is not None and 1 < len(name) <= MOST
    return name if short and not all(map(is_known, name.split())) else ""  # type: ignore[union-attr]


def _free(among: tuple[str, ...], text: str) -> str:
    return next((name for name in among if name not in text), among[0])


def _exchanged(text: str, pairs: Mapping[str, str]) -> str:
    if not pairs:
        return text
    longest = sorted(pairs, key=len, reverse=True)
    pattern = "|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in longest)
    return re.sub(pattern, lambda match: pairs[match[0]], text)
