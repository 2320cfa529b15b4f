"""What is read of a brief, gathered sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from triptych.generators.starter import stand_ins
from triptych.generators.starter.exchange import exchanged, show
from triptych.generators.starter.reading.leftovers import lost
from triptych.generators.starter.reading.offers import Offered
from triptych.generators.starter.reading.wishes import channels_in, tone_in
from triptych.generators.starter.world import World

NAMES = (stand_ins.BRAND, stand_ins.PRODUCT)
_NAMES_ALONE = re.compile(
    rf"(?:{stand_ins.BRAND}|{stand_ins.PRODUCT})(?:[’']s\b)?|\W"
    r"|\b(?:the|by|from|call|it|them|this|launches|presents|introduces|meet|promote|advertise|new"
    r"|introducing|announcing|presenting|discover|our|is|are|s|called|named|its|name)\b",
    re.IGNORECASE,
)


@dataclass
class Reading:
    """What is read of a brief.

    Attributes:
        world: what the model knows.
        own: stand-in to the brief's own words, letter for letter.
        of_the_world: whether the model knows what is sold.
        sentences: that the model reads, with stand-ins, if it does.
        scenes: where else the product is shown, in words of the model.
        motion: sentences of what the clip does, likewise.
        claims: sentences that copy may repeat as they stand.
        offer: by field of an `Offer`.
        link: where the campaign leads; may be empty.
        audience: in words of the model; may be empty.
        tone: empty if the brief names none.
        channels: that the brief names.
        left_out: what is neither read nor kept, in the brief's own words.
    """

    world: World
    own: dict[str, str] = field(default_factory=dict)
    of_the_world: bool = False
    sentences: list[str] = field(default_factory=list)
    scenes: list[str] = field(default_factory=list)
    motion: list[str] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    offer: dict[str, str] = field(default_factory=dict)
    link: str = ""
    audience: str = ""
    tone: str = ""
    channels: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def hidden(self, text: str) -> str:
        """A text with stand-ins for names and kind of product, as far as they are known."""
        return exchanged(text, self.own)

    def shown(self, text: str) -> str:
        """The way back."""
        return show(text, self.own)

    def claim(self, sentence: str) -> str:
        """Keeps a sentence that copy may repeat; what is kept."""
        self.claims.append(as_sentence(sentence, self.own))
        return sentence

    def take_offer(self, offered: Offered) -> bool:
        """Keeps an offer, unless another was given for one of its fields; whether it is kept."""
        if self.offer.keys() & offered.fields.keys():
            return all(self.offer.get(name) == words for name, words in offered.fields.items())
        self.offer |= offered.fields
        return bool(offered.fields)

    def take_wishes(self, text: str) -> list[str]:
        """Keeps tone and channels that a sentence asks for; the words that do."""
        words: list[str] = []
        if not self.tone and (tone := tone_in(text)):
            self.tone = tone.lower()
            words.append(tone)
        channels = channels_in(text)
        self.channels += channels
        return [*words, *channels.values()]

    def show_at(self, scenes: Iterable[str]) -> None:
        """Keeps where the product is shown."""
        self.scenes += [one for one in scenes if one not in self.scenes]

    def leave(self, text: str, carried: Iterable[str], refused: Iterable[str] = ()) -> None:
        """Notes the words of a sentence that nothing carries.

        Args:
            text: the sentence.
            carried: what was taken from it.
            refused: what it says not to show, with stand-ins.
        """
        names = [self.own.get(word, "") for word in NAMES]
        self.left_out += lost(text, [*carried, *names], [self.shown(one) for one in refused])


def says_only_names(hidden: str) -> bool:
    """Whether a sentence with stand-ins says nothing but names."""
    return not _NAMES_ALONE.sub("", hidden)


def quiet(hidden: str) -> str:
    """A sentence all in capitals as others are written; stand-ins of names stay."""
    letters = re.sub(rf"{'|'.join(NAMES)}|\W|\d", "", hidden)
    if len(letters) < 8 or letters != letters.upper():
        return hidden
    low = re.sub(r"[^\W\d_]+", lambda m: m[0] if m[0] in NAMES else m[0].lower(), hidden)
    return low[:1].upper() + low[1:]


def as_sentence(sentence: str, own: Mapping[str, str]) -> str:
    """A sentence with a capital, unless it begins with a name."""
    first = re.match(r"[^\W\d_]+(?![\w®™]|-(?:inspired|style|like|compatible|certified))", sentence)
    if first is None or not first[0].islower():
        return sentence
    if any(word in own and sentence.startswith(own[word]) for word in NAMES):
        return sentence
    return sentence[:1].upper() + sentence[1:]
