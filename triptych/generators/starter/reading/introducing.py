"""Takes the sentence that says what is sold: for the model to read, as facts, as an offer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from triptych.generators.starter import stand_ins
from triptych.generators.starter.exchange import article_of, closed
from triptych.generators.starter.reading import claims
from triptych.generators.starter.reading.kinds import Introduction, Kind
from triptych.generators.starter.reading.known import (
    known_part,
    scenes_of,
    singular,
    unknown_words,
)
from triptych.generators.starter.reading.offers import offer_in
from triptych.generators.starter.reading.record import Reading, as_sentence, quiet, says_only_names
from triptych.generators.starter.reading.subject import Subject, without_offer
from triptych.generators.starter.reading.tails import Tail, is_predicate, tails_of, without_names

KINDS = (stand_ins.KIND, stand_ins.KINDS, stand_ins.STUFF)
LONGEST_KIND = 48
"""Letters of what a product is, with what is said at it."""
_AT_KIND = re.compile(
    r"\s+(?P<phrase>(?:for|with|without|in|at|near|from|of|about|made)\s[^\s,.:;!?()–—]+"
    r"(?:\s[^\s,.:;!?()–—]+){0,3}?)"
    rf"(?=\s*[,.:;!?(–—]|$|\s(?:by|called|named)\s(?:{stand_ins.BRAND}|{stand_ins.PRODUCT})"
    r"|\s(?:that|which|who)\s)"
)
_NO_PART = re.compile(
    r"\d|\b(?:you|your|my|our|we|i|the (?:first|new)|now|is|are|was|has|have|can|will|until|not|and"
    rf"|{stand_ins.BRAND}|{stand_ins.PRODUCT})\b",
    re.IGNORECASE,
)
"""In phrases that are said of a product and are no part of what it is."""
_FINITE = re.compile(
    r"\s+(?:from|by|at|in|of|with)\s+(?:[^\W\d_a-z][^\s,.]*\s+)+(?:(?:now|also|just)\s+)?"
    r"[a-z]+s\s+(?!and\b)[\w\d]"
)
"""A name or place, then what is done: "from Norvik saves energy"."""


def introduce(reading: Reading, text: str, told: Introduction) -> None:
    """Takes what a sentence says of what is sold."""
    hidden = quiet(reading.hidden(text))
    offered, carried, refused = offer_in(hidden), [told.kind.words], list[str]()
    if offered.fields and reading.take_offer(offered):
        carried.append(offered.said)
    if is_predicate(told.rest) and claims.is_claim(text) and not told.dropped:
        carried.append(reading.claim(text))
    if reading.of_the_world:
        hidden, refused = claims.without_negations(without_offer(hidden))
        rest = claims.without_negations(told.rest)[0]
        carried = carried[1:] + _introduce_known(reading, hidden, replace(told, rest=rest))
    elif _FINITE.match(without_names(told.rest)) and claims.is_claim(text):
        carried.append(reading.claim(text))
    else:
        carried += _take_tails(reading, _with_phrase(reading, told))
        carried += [words for word, words in reading.own.items() if word in KINDS]
    wanted = reading.take_wishes(text) if claims.is_instruction(text) else []
    reading.leave(text, [*carried, *wanted], refused)


def _with_phrase(reading: Reading, told: Introduction) -> Introduction:
    """Takes a phrase that stands at the kind of product as part of it: a bakery in Leeds."""
    rest = without_names(told.rest)
    phrase = _AT_KIND.match(rest)
    if phrase is None or _NO_PART.search(phrase["phrase"]):
        return told
    words = phrase["phrase"]
    if scenes_of(words, reading.world) or says_only_names(words):
        return told
    for kind in KINDS:
        if kind in reading.own and len(reading.own[kind]) + len(words) < LONGEST_KIND:
            reading.own[kind] += f" {reading.shown(words)}"
            return replace(told, rest=rest[phrase.end() :])
    return told


def introduce_by_name(reading: Reading, subject: Subject) -> None:
    """Says of a product of the world what it is where only its name does: "Big Lamp"."""
    words = subject.kind.words if subject.kind else ""
    if reading.world.names_product(words):
        kind = Kind(words.lower(), many=False, countable=True)
        _introduce_known(reading, "", Introduction(kind, "", ""))


def _introduce_known(reading: Reading, hidden: str, told: Introduction) -> list[str]:
    """What the model reads of a sentence on a product of the world, and facts beside."""
    hidden, world = singular(hidden, reading.world), reading.world
    if re.search(r"\b(?:an?|the|our)\s", hidden) and not unknown_words(hidden, world):
        reading.sentences.insert(0, closed(hidden))
        return [reading.shown(hidden)]
    whole = singular(told.kind.words, world)
    many = told.kind.many and whole == told.kind.words
    noun = " ".join(word for word in whole.split() if world.knows(word))
    text = _opening(reading, noun if many else f"{article_of(noun)} {noun}")
    carried = [noun]
    rest = without_names(told.rest)
    if known := known_part(rest, world):
        apart = ", " if re.match(r"\s*[,:;(–—-]", rest) else " "
        text += apart + known[:1].lower() + known[1:].strip(" ,.:;")
        carried.append(reading.shown(known))
    reading.sentences.insert(0, closed(text))
    return carried + _take_tails(reading, told, read=bool(known))


def _opening(reading: Reading, what: str) -> str:
    """A sentence that says what is sold in a form that the model was trained to read."""
    brand, product = stand_ins.BRAND, stand_ins.PRODUCT
    if brand in reading.own:
        named = f"the {product}, " if product in reading.own else ""
        return f"{brand} launches {named}{what}"
    return f"{product}, {what}" if product in reading.own else f"Advertise {what}"


def _take_tails(reading: Reading, told: Introduction, *, read: bool = False) -> list[str]:
    """Takes what follows the kind of product as facts and scenes; what of it is carried.

    Args:
        reading: takes it.
        told: the sentence.
        read: whether the model reads what it knows of it.
    """
    carried: list[str] = []
    for tail in _claiming(told):
        words = tail.text.strip(" ,;:")
        if read and (tail.sort in ("scene", "aside") or not unknown_words(words, reading.world)):
            continue
        if tail.sort == "scene" and (scenes := scenes_of(words, reading.world)):
            reading.show_at(scenes)
            carried += scenes
            continue
        shown = reading.shown(words)
        if tail.sort == "clause":
            subject = "They" if told.kind.many else "It"
            fact = f"{subject}{shown}" if shown[0] in "'’" else f"{subject} {shown}"
        else:
            fact = as_sentence(shown, reading.own)
        if claims.is_claim(closed(fact)):
            reading.claims.append(closed(fact))
            carried.append(shown)
    return carried


def _claiming(told: Introduction) -> Iterator[Tail]:
    """The parts of what follows that may be facts or scenes."""
    for tail in tails_of(told.rest):
        words = tail.text
        if tail.sort == "rest" or says_only_names(words):
            continue
        if re.search(r"\b(?:my|i|me)\b", words, re.IGNORECASE) or claims.is_refusal(words):
            continue
        if tail.sort != "clause" and claims.without_negations(words)[1]:
            continue
        if tail.sort == "aside" and " " not in words:
            continue
        yield tail
