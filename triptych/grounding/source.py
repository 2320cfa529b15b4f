"""What a brief says, ready to be compared with: its words, its spellings, its names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from triptych.domain import Brief, CampaignPlan
from triptych.grounding.lexicon import is_word
from triptych.grounding.lists import words_of
from triptych.grounding.tokens import Sentence, Token, fold, plain, sentences, squeezed, tokens

_LAUNCH = re.compile(
    r"^(?:launch|introduce|present|unveil|release|announce|debut|sell|offer|make|bring)(?:e?s)?$"
)
_BEFORE_NAME = words_of("before_names")
_PRONOUNS = words_of("pronouns")
_LEGAL = re.compile(
    r",?\s+(?:gmbh(?: & co\.? kg)?|ag|kg|ug|e\.?k|inc|ltd|llc|plc|s\.?a|s\.?r\.?l|s\.?p\.?a|b\.?v|"
    r"n\.?v|oy|ab|a/s|as|co|corp|pty)\.?$",
    re.IGNORECASE,
)
_CUT = re.compile(r"\s*[,;(|/–—]|\s+-\s")
_LABEL = re.compile(
    r"\b(brand|product|name|marke|produkt|marque|produit|marca|producto)\s*:\s*", re.I
)
MOST = 4
"""Words of a name that has to stand as a whole; of a longer title the part that names it."""


@dataclass(frozen=True)
class Name:
    """A name that a brief gives, as it must be written."""

    kind: Literal["brand", "product"]
    text: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The name as a whole word, letter for letter; trade marks may be left out."""
        words = [re.escape(word) for word in self.text.replace("®", "").replace("™", "").split()]
        joined = r"[®™]?\s+".join(words)
        return re.compile(rf"(?<!\w){joined}(?!\w)")

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words, folded."""
        return frozenset(fold(part) for token in tokens(self.text) for part in _parts(token.core))

    def stands_in(self, text: str) -> bool:
        """Whether a `plain` text has it; one all in capitals may have it in capitals."""
        signed = any(sign in self.text for sign in "®™")
        if signed:
            return bool(re.search(rf"(?<!\w){re.escape(self.text)}(?!\w)", text))
        if self.pattern.search(text):
            return True
        letters = [sign for sign in text if sign.isalpha()]
        capitals = sum(sign.isupper() for sign in letters) > 0.9 * len(letters)
        return capitals and self.text.upper() in text


@dataclass(frozen=True)
class Source:
    """All that a text may take its names, figures and words from.

    Attributes:
        brief: what was asked.
        plan: what was planned; None while it is planned.
    """

    brief: Brief
    plan: CampaignPlan | None = None

    @cached_property
    def said(self) -> str:
        """Everything that the brief says, in lines; what must not be said is not in it."""
        return plain("\n".join(_texts(self.brief)))

    @cached_property
    def planned(self) -> str:
        """Key message, picture and film of the plan, in lines."""
        plan = self.plan
        return plain(f"{plan.key_message}\n{plan.visual}\n{plan.motion}") if plan else ""

    @cached_property
    def text(self) -> str:
        """What brief and plan say."""
        return f"{self.said}\n{self.planned}"

    @cached_property
    def spellings(self) -> frozenset[str]:
        """Its words as they stand."""
        return frozenset(token.core for token in tokens(self.text))

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words, and the parts of those with a hyphen, folded."""
        cores = {token.core for token in tokens(self.text)}
        return frozenset(fold(word) for core in cores for word in (core, *_parts(core)))

    @cached_property
    def squeezed(self) -> str:
        """Letters and digits of all it says: where a hashtag or an address may come from."""
        return squeezed(self.text)

    @cached_property
    def names(self) -> tuple[Name, ...]:
        """Brand and product as the brief gives them, in its fields or plainly in its words."""
        return names_of(self.brief)


def names_of(brief: Brief) -> tuple[Name, ...]:
    """Brand and product of a brief: its fields, else "X launches the Y", "the Y by X", labels.

    Of a seller's long title it is the part that names the product: "Norvik Emberlite" of "Norvik
    Emberlite Camping Lantern, red, 500 lm".
    """
    mentions = _mentions_in(plain(brief.description))
    names: list[Name] = []
    if brand := plain(brief.brand or ""):
        names.append(Name("brand", _LEGAL.sub("", brand)))
    else:
        names += [name for name in mentions if name.kind == "brand"]
    if product := _core(plain(brief.product or "")):
        names.append(Name("product", product))
    elif not brief.product:
        names += [name for name in mentions if name.kind == "product"]
    return tuple({name.text: name for name in reversed(names) if name.text}.values())[::-1]


def _core(title: str) -> str:
    title = _CUT.split(title, maxsplit=1)[0].strip()
    title = re.sub(r"^the\s+", "", title, flags=re.IGNORECASE)
    words = title.split()
    if len(words) < MOST:
        return title
    odd = [i for i, word in enumerate(words) if any(map(str.isdigit, word)) or not is_word(word)]
    if odd:
        return " ".join(words[: odd[-1] + 1])
    return title if len(words) == MOST else ""


def _mentions_in(text: str) -> list[Name]:
    """The names that a text gives plainly."""
    brand = product = ""
    for label in _LABEL.finditer(text):
        value = re.split(r"[\n,;]|\.(?:\s|$)", text[label.end() :], maxsplit=1)[0].strip()
        if not 0 < len(value.split()) <= MOST:
            continue
        if label[1].lower() in ("brand", "marke", "marque", "marca"):
            brand = brand or value
        else:
            product = product or value
    for sentence in sentences(text):
        for one, other in (_launched(sentence, text), _by(sentence, text)):
            brand, product = brand or one, product or other
    names = [Name("brand", _LEGAL.sub("", brand))] if brand else []
    if not brand and len(parts := product.split()) == 2:
        return [Name("product", part) for part in parts]  # perhaps brand and product in one
    return [*names, Name("product", product)] if product else names


def _launched(sentence: Sentence, text: str) -> tuple[str, str]:
    """Brand and product of "X launches the Y"."""
    said = sentence.tokens
    for place, token in enumerate(said):
        if place == 0 or place > MOST or not _LAUNCH.match(token.core):
            continue
        before = [one for one in said[:place] if fold(one.core) not in _BEFORE_NAME]
        brand = ""
        if before and fold(before[0].core) not in _PRONOUNS and _looks_like_names(before):
            brand = text[before[0].start : before[-1].end]
        rest = list(said[place + 1 :])
        while rest and fold(rest[0].core) in _BEFORE_NAME and not rest[0].core.isupper():
            rest.pop(0)
        return brand, _run(rest, text)
    return "", ""


def _by(sentence: Sentence, text: str) -> tuple[str, str]:
    """Brand and product of "the Y by X"."""
    said = sentence.tokens
    for place, token in enumerate(said):
        if token.core != "by" or place == 0:
            continue
        brand = _run(said[place + 1 :], text)
        before: list[Token] = []
        for one in reversed(said[:place]):
            if not _is_name_like(one):
                break
            before.insert(0, one)
        while before and fold(before[0].core) in (_BEFORE_NAME | _PRONOUNS):
            before.pop(0)
        if brand and before:
            return brand, text[before[0].start : before[-1].end]
    return "", ""


def _run(said: tuple[Token, ...] | list[Token], text: str) -> str:
    """The name that a run of words begins with, with the signs between its words; "" for none."""
    taken: list[Token] = []
    for token in said:
        gap = text[taken[-1].end : token.start] if taken else ""
        if not _is_name_like(token) or not re.fullmatch(r"\s*&?\s*", gap) or len(taken) > MOST:
            break
        taken.append(token)
    return text[taken[0].start : taken[-1].end].removesuffix("'s") if taken else ""


def _is_name_like(token: Token) -> bool:
    core = token.core
    return token.has_capital or any(map(str.isdigit, core)) or not is_word(core)


def _looks_like_names(said: list[Token]) -> bool:
    return any(_is_name_like(one) for one in said)


def _parts(core: str) -> list[str]:
    return [part for part in re.split(r"[-_]", core) if part]


def _texts(brief: Brief) -> Iterator[str]:
    yield brief.description
    for words in (
        brief.product,
        brief.brand,
        brief.audience,
        brief.disclaimer,
        brief.url,
        brief.sku,
    ):
        if words:
            yield words
    yield from (*brief.facts, *brief.must_say)
    if kit := brief.brand_kit:
        yield from filter(None, (kit.legal_name, *kit.use))
        yield from (one.text for one in kit.disclaimers)
    if brief.offer:
        yield brief.offer.text()
