"""A brief in the words of the starter's language model, and the way back.

What a brief alone can say (`reading.py`) is exchanged for stand-ins while the model plans and
writes, and put back letter for letter in what it wrote. So names, prices and facts come out as they
went in, whatever they are, and nothing else can.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from triptych.domain import Brief, Offer
from triptych.generators.starter import reading, stand_ins
from triptych.generators.starter.world import World

_WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
_DANGLING = re.compile(
    r"(?:\s+(?:for|with|in|on|at|by|from|of|and|to|the|an?|or))+(?=\s*(?:[.,;:!?]|$))",
    re.IGNORECASE,
)
_ALL = (
    stand_ins.BRAND,
    stand_ins.PRODUCT,
    stand_ins.KINDS,
    stand_ins.STUFF,
    stand_ins.KIND,
    *stand_ins.FACTS,
    *stand_ins.OFFER.values(),
    stand_ins.LINK,
)
_KINDS = (stand_ins.KINDS, stand_ins.STUFF, stand_ins.KIND)
_STAND_IN = re.compile(rf"\b(?:{'|'.join(_ALL)})\b", re.IGNORECASE)
_ARTICLE = re.compile(rf"\b(an?) ({stand_ins.KIND})\b", re.IGNORECASE)
_FACT = re.compile(rf"\b({'|'.join(stand_ins.FACTS)})\b\.?")
_HASHTAG = re.compile(rf"\s*#{stand_ins.BRAND}\b")
_OWNER = re.compile(rf"\b{stand_ins.BRAND}[’']s (?:new )?({stand_ins.PRODUCT})\b")
_OFF = re.compile(rf"\b{stand_ins.OFFER['discount']} off\b")
_VOWEL = re.compile(r"(?:[aeio]|u(?!ni|se|til|r[aeio]))|(?:8|11\b|18\b)|hour|honest", re.IGNORECASE)


@dataclass(frozen=True)
class Slots:
    """A brief as the model reads it.

    Attributes:
        text: what it reads.
        own: stand-in to the brief's own words.
        left_out: what of the brief is neither read nor kept, in its own words.
    """

    text: str
    own: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    @classmethod
    def of(cls, brief: Brief, world: World, fits: Callable[[str], bool] = lambda _: True) -> Slots:
        """Read a brief.

        Args:
            brief: in English, of whatever is sold.
            world: what the model knows.
            fits: whether a text is short enough for the model.
        """
        return _Reader(brief, world, fits).read()

    def hide(self, text: str) -> str:
        """A text with stand-ins for what is the brief's own."""
        pairs = {own: word for word, own in self.own.items() if own}
        for word in _KINDS:  # they may begin a sentence
            if own := self.own.get(word):
                pairs[own[:1].upper() + own[1:]] = word.capitalize()
        longest = sorted(pairs, key=len, reverse=True)
        if not longest:
            return text
        pattern = "|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in longest)
        hidden = re.sub(pattern, lambda match: pairs[match[0]], text)
        return _OWNER.sub(rf"{stand_ins.BRAND} \1", hidden)

    def show(self, text: str) -> str:
        """What was written with stand-ins, in the brief's own words."""
        brand = self.own.get(stand_ins.BRAND, "")
        if not re.fullmatch(r"\w+", brand):
            text = _HASHTAG.sub("", text)
        text = _ARTICLE.sub(self._with_article, text)
        discount = self.own.get(stand_ins.OFFER["discount"], "")
        if discount.lower().endswith(("off", "discount")):
            text = _OFF.sub(stand_ins.OFFER["discount"], text)
        text = _FACT.sub(lambda match: _closed(self.own.get(match[1], match[1])), text)
        return _STAND_IN.sub(self._own, text)

    def strange(self, text: str) -> list[str]:
        """Stand-ins in a written text that stand for nothing in this brief."""
        return [match[0] for match in _STAND_IN.finditer(text) if not self._has(match[0])]

    def _has(self, word: str) -> bool:
        return word in self.own or word.lower() in self.own

    def _own(self, match: re.Match[str]) -> str:
        word = match[0]
        if word in self.own:
            return self.own[word]
        own = self.own.get(word.lower(), word)
        return own[:1].upper() + own[1:] if word[0].isupper() else own

    def _with_article(self, match: re.Match[str]) -> str:
        article = "an" if _VOWEL.match(self.own.get(stand_ins.KIND, "")) else "a"
        return f"{article.capitalize() if match[1][0] == 'A' else article} {match[2]}"


class _Reader:
    """Reads one brief; what it finds is gathered in `own` and `left_out`."""

    def __init__(self, brief: Brief, world: World, fits: Callable[[str], bool]) -> None:
        self.brief, self.world, self.fits = brief, world, fits
        self.own: dict[str, str] = {}
        self.left_out: list[str] = []

    def read(self) -> Slots:
        brief = self.brief
        lines = reading.sentences_of(brief.description)
        labels = dict(map(reading.label_of, lines))
        lines = [line for line in lines if not reading.label_of(line)[0]]
        self._take_names(labels)
        offer = _told(brief.offer) if brief.offer else {}
        offer |= {n: labels[n] for n in ("price", "code") if n in labels and n not in offer}
        of_the_world = self.world.names_product(f"{brief.description} {brief.product or ''}")
        if not of_the_world and (kind := reading.kind_of([self._hidden(line) for line in lines])):
            self._take_kind(kind)
        sentences, claims = [], [*brief.must_say, *brief.facts]
        for line in lines:
            hidden = self._hidden(line)
            said = reading.offer_of(hidden)
            if said and not offer.keys() & said.keys():
                offer |= said
            elif self._is_known(hidden):
                sentences.append(hidden)
            elif self._says_what_is_sold(hidden):
                rest, more = reading.clauses_of(line, many=stand_ins.KINDS in self.own)
                sentences.append(self._hidden(rest) if more else hidden)
                claims += more
            elif reading.is_claim(hidden):
                claims.append(line)
            else:
                sentences.append(hidden)
        self._take_facts(claims)
        self.own |= {stand_ins.OFFER[name]: words for name, words in offer.items()}
        if link := brief.url or labels.get("link"):
            self.own[stand_ins.LINK] = link
        return Slots(self._composed(sentences, of_the_world), self.own, tuple(self.left_out))

    def _says_what_is_sold(self, hidden: str) -> bool:
        """Whether a sentence with unknown words is the one that names the product or its kind."""
        names = stand_ins.PRODUCT in hidden or stand_ins.BRAND in hidden
        kinds = any(re.search(rf"\b{word}\b", hidden) for word in _KINDS)
        if kinds:
            return names or reading.is_phrase(hidden)
        return self.world.names_product(hidden) and (names or reading.kind_of([hidden]) is not None)

    def _take_names(self, labels: Mapping[str, str]) -> None:
        brief = self.brief
        brand, product = reading.names_of(brief.description, self.world.knows)
        brand = brief.brand or labels.get("brand") or brand
        product = brief.product or labels.get("product") or product
        if brand and brand.casefold() != product.casefold():
            self.own[stand_ins.BRAND] = brand
        if product and not self._is_kind(product):
            self.own[stand_ins.PRODUCT] = product
        elif product and not self.world.names_product(product):
            self._take_kind(reading.Kind(product, many=False, countable=True))

    def _is_kind(self, product: str) -> bool:
        """Whether a product's field says what it is rather than its name."""
        return product == product.lower() and not any(ch.isdigit() for ch in product)

    def _take_kind(self, kind: reading.Kind) -> None:
        word = (
            stand_ins.KINDS if kind.many else stand_ins.KIND if kind.countable else stand_ins.STUFF
        )
        self.own[word] = kind.words

    def _take_facts(self, claims: list[str]) -> None:
        whole = list(dict.fromkeys(claim.strip() for claim in claims))
        for word, claim in zip(stand_ins.FACTS, whole, strict=False):
            self.own[word] = claim
        self.left_out += whole[len(stand_ins.FACTS) :]

    def _hidden(self, text: str) -> str:
        return Slots("", self.own).hide(text)

    def _unknown(self, text: str) -> list[str]:
        knows = self.world.knows
        return [w for w in _WORD.findall(text) if not knows(w) and not _STAND_IN.fullmatch(w)]

    def _is_known(self, text: str) -> bool:
        return not self._unknown(text)

    def _composed(self, sentences: list[str], of_the_world: bool) -> str:
        """What the model reads: what is sold first, then what it knows of the rest."""
        opening: list[str] = []
        if not of_the_world:
            opening = [self._introduction()]
            sentences = [one for one in sentences if not self._introduces(one)]
        parts = [*opening, *(known for one in sentences if (known := self._known_part(one)))]
        brief = self.brief
        for label, word in (("Product", stand_ins.PRODUCT), ("Brand", stand_ins.BRAND)):
            if word in self.own and word not in " ".join(parts):
                parts.append(f"{label}: {word}.")
        tail = [f"{word}." for word in stand_ins.FACTS if word in self.own]
        if offer := [word for word in stand_ins.OFFER.values() if word in self.own]:
            tail.append(f"Offer: {', '.join(offer)}.")
        if stand_ins.LINK in self.own:
            tail.append(f"Link: {stand_ins.LINK}.")
        if brief.audience and self._is_known(brief.audience):
            tail.append(f"Audience: {brief.audience}.")
        if brief.tone:
            tail.append(f"Tone: {brief.tone}.")
        if brief.channels:
            names = ", ".join(channel.replace("_", " ") for channel in brief.channels)
            tail.append(f"Channels: {names}.")
        while len(parts) > 1 and not self.fits(" ".join([*parts, *tail])):
            self.left_out.append(self._shown(parts.pop()))
        return " ".join([*parts, *tail])

    def _shown(self, text: str) -> str:
        return Slots("", self.own).show(text)

    def _introduction(self) -> str:
        """The one sentence that says what is sold, as the model was trained to read it."""
        words = {
            stand_ins.KIND: "a widget",
            stand_ins.KINDS: "widgets",
            stand_ins.STUFF: "widgetry",
        }
        kind = next((said for word, said in words.items() if word in self.own), "")
        brand, name = (w if w in self.own else "" for w in (stand_ins.BRAND, stand_ins.PRODUCT))
        names = f"{brand} {name}".strip()
        text = f"{names}: {kind}" if names and kind else names or f"advertise {kind}"
        return f"{text[:1].upper()}{text[1:]}."

    def _introduces(self, sentence: str) -> bool:
        return _STAND_IN.search(sentence) is not None

    def _known_part(self, sentence: str) -> str:
        """A sentence without the words that the model never read; "" if too little is left."""
        unknown = self._unknown(sentence)
        if not unknown:
            return _closed(sentence)
        self.left_out += unknown
        words = _WORD.findall(sentence)
        if 3 * len(unknown) > len(words):
            return ""
        pattern = "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in unknown)
        rest = " ".join(re.sub(pattern, "", sentence).split())
        return _closed(re.sub(r"\s+([.,;:!?])", r"\1", _DANGLING.sub("", rest)))


def _told(offer: Offer) -> dict[str, str]:
    """The fields of an offer as copy says them."""
    fields = {name: value for name in stand_ins.OFFER if (value := getattr(offer, name))}
    for name in ("price", "was_price"):
        price = fields.get(name)
        if price and offer.currency and not re.search(r"[^\d.,\s]", price):
            sign = len(offer.currency) == 1
            fields[name] = f"{offer.currency}{price}" if sign else f"{price} {offer.currency}"
    if "shipping" in fields and not re.search(r"ship|deliver|post", fields["shipping"], re.I):
        fields["shipping"] = f"Shipping: {fields['shipping']}"
    return fields


def _closed(sentence: str) -> str:
    sentence = sentence.strip()
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."
