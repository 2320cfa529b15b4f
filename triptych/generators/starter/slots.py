"""A brief in the words of the starter's language model, and the way back.

What a brief alone can say (`reading`) is exchanged for stand-ins while the model plans and writes,
and put back letter for letter in what it wrote (`exchange.py`): delexicalisation (Wen et al. 2015).
So names, prices and facts come out as they went in, whatever they are, and nothing else can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from triptych.domain import Brief
from triptych.generators.starter import exchange, stand_ins
from triptych.generators.starter.reading.brief import read
from triptych.generators.starter.reading.record import Reading
from triptych.generators.starter.reading.subject import is_product
from triptych.generators.starter.world import World

_INTRODUCED = {
    stand_ins.KIND: "a widget",
    stand_ins.KINDS: "widgets",
    stand_ins.STUFF: "widgetry",
}


def names_thing(text: str, world: World) -> bool:
    """Whether a text names a product of the world, by whichever of its nouns."""
    words = text.split()
    pairs = (" ".join(pair) for pair in pairwise(["", *words]))
    return world.names_product(text) or any(is_product(pair, world) for pair in pairs)


@dataclass(frozen=True)
class Slots:
    """A brief as the model reads it.

    Attributes:
        text: what it reads.
        own: stand-in to the brief's own words.
        left_out: what of the brief is neither read nor kept, in its own words.
        shorter: what it reads where there is room for a name alone, or for what the product is.
    """

    text: str
    own: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    shorter: tuple[str, ...] = ()

    @classmethod
    def of(cls, brief: Brief, world: World, fits: Callable[[str], bool] = lambda _: True) -> Slots:
        """Read a brief.

        Args:
            brief: in English, of whatever is sold.
            world: what the model knows.
            fits: whether a text is short enough for the model.
        """
        reading = read(brief, world)
        opening, rest, tail = _opening(reading), _rest(reading), _tail(reading)
        too_much: list[str] = []
        while rest and not fits(" ".join([*opening, *rest, *tail])):
            too_much.insert(0, exchange.show(rest.pop(), reading.own))
        left_out = (*reading.left_out, *too_much)
        text = " ".join([*opening, *rest, *tail])
        return cls(text, reading.own, left_out, _shorter(reading.own))

    def says_what(self, world: World) -> bool:
        """Whether it says whose or what a thing is; else a writer would make up one."""
        named = (stand_ins.BRAND, stand_ins.PRODUCT, *_INTRODUCED)
        return any(word in self.own for word in named) or names_thing(self.text, world)

    def as_product(self, text: str) -> str:
        """A text with a brand alone as a product's name: of those the model learned to write."""
        others = (stand_ins.PRODUCT, *_INTRODUCED)
        first = text.startswith(f"{stand_ins.BRAND}.") and not any(w in self.own for w in others)
        return text.replace(stand_ins.BRAND, stand_ins.PRODUCT) if first else text

    def as_brand(self, text: str) -> str:
        """The way back: where there is no product's name, what stands as one is the brand's."""
        own = self.own
        swapped = stand_ins.PRODUCT not in own and stand_ins.BRAND in own
        return text.replace(stand_ins.PRODUCT, stand_ins.BRAND) if swapped else text

    def hide(self, text: str) -> str:
        """A text with stand-ins for what is the brief's own; `show` gives it back as it was."""
        return exchange.hide(text, self.own)

    def show(self, text: str) -> str:
        """What was written with stand-ins, in the brief's own words."""
        return exchange.show(text, self.own)

    def strange(self, text: str) -> list[str]:
        """Stand-ins in a written text that stand for nothing in this brief."""
        return exchange.strange(text, self.own)


def _opening(reading: Reading) -> list[str]:
    """The sentence that says what is sold, in a form that the model was trained to read."""
    names = [w for w in (stand_ins.BRAND, stand_ins.PRODUCT) if w in reading.own]
    if reading.of_the_world:
        said = " ".join(reading.sentences)
        labels = {stand_ins.PRODUCT: "Product", stand_ins.BRAND: "Brand"}
        more = [f"{label}: {w}." for w, label in labels.items() if w in names and w not in said]
        return [*reading.sentences[:1], *more]
    kind = next((said for word, said in _INTRODUCED.items() if word in reading.own), "")
    named = " ".join(names)
    text = f"{named}: {kind}" if named and kind else named or (f"advertise {kind}" if kind else "")
    return [f"{text[:1].upper()}{text[1:]}."] if text else []


def _shorter(own: Mapping[str, str]) -> tuple[str, ...]:
    """Briefs of nothing but a name, or nothing but what the product is.

    A brand alone stands as a product's name: of those alone the model has learned to write.
    """
    name = [f"{stand_ins.PRODUCT}."] if stand_ins.BRAND in own or stand_ins.PRODUCT in own else []
    return (*name, *(f"Advertise {said}." for word, said in _INTRODUCED.items() if word in own))


def _rest(reading: Reading) -> list[str]:
    """What else it reads of the brief, the first first."""
    sentences = reading.sentences[1:] if reading.of_the_world else []
    scene = [f"Show it {' '.join(reading.scenes)}."] if reading.scenes else []
    return [*scene, *sentences, *reading.motion]


def _tail(reading: Reading) -> list[str]:
    """What it reads of every brief: the stand-ins of facts, offer and link, and what is asked."""
    own = reading.own
    tail = [f"{word}." for word in stand_ins.FACTS if word in own]
    if offer := [word for word in stand_ins.OFFER.values() if word in own]:
        tail.append(f"Offer: {', '.join(offer)}.")
    if stand_ins.LINK in own:
        tail.append(f"Link: {stand_ins.LINK}.")
    if reading.audience:
        tail.append(f"Audience: {reading.audience}.")
    if reading.tone:
        tail.append(f"Tone: {reading.tone}.")
    if reading.channels:
        names = ", ".join(channel.replace("_", " ") for channel in reading.channels)
        tail.append(f"Channels: {names}.")
    return tail
