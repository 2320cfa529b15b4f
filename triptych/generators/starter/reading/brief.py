"""Reads a brief: what is its own, what the model may read of it, and what is left out."""

from __future__ import annotations

import re

from triptych.domain import TEXT_KINDS, TONES, Brief, Offer
from triptych.generators.starter import stand_ins
from triptych.generators.starter.exchange import closed, show
from triptych.generators.starter.reading import claims
from triptych.generators.starter.reading.introducing import introduce, introduce_by_name
from triptych.generators.starter.reading.kinds import Kind
from triptych.generators.starter.reading.known import (
    known_part,
    scenes_of,
    singular,
    unknown_words,
)
from triptych.generators.starter.reading.language import is_english
from triptych.generators.starter.reading.links import link_in, says_only
from triptych.generators.starter.reading.offers import Offered, offer_in
from triptych.generators.starter.reading.record import Reading, quiet, says_only_names
from triptych.generators.starter.reading.sentences import Line, lines_of
from triptych.generators.starter.reading.subject import subject_in
from triptych.generators.starter.world import World

_APART = re.compile(
    rf"^(?:(?:please |promote |advertise |introducing |meet |presenting |discover "
    rf"|announcing )*(?:the |our )?"
    rf"(?:{stand_ins.BRAND}|{stand_ins.PRODUCT})(?: (?:by |from )?(?:{stand_ins.BRAND}"
    rf"|{stand_ins.PRODUCT}))?"
    rf"|(?:it[’']s|it is|they[’']re|they are|its name is) (?:called|named) {stand_ins.PRODUCT})"
    r"(?:,|:|\s[–—-])\s+(?=\S)",
    re.IGNORECASE,
)
"""What is only a name, before what is said of it."""
_NO_VALUE = {"", "none", "n/a", "na", "tbd", "tba", "no", "nil", "open", "?"}
_ASKS_TO_SHOW = re.compile(
    r"(?:please )?(?:show|picture|film|scene|video|clip|for the|the picture|the film|the clip"
    r"|the video"
    r"|advertise|promote|make it|put it|use)\b",
    re.IGNORECASE,
)
_SHOULD_BE = re.compile(r"^(?:it|they) (?:should|must|has to|have to) be ", re.IGNORECASE)
_CLAIMS = re.compile(r"\b(?:it|they|you|your|we|our|is|are|has|have|can|for|to)\b", re.IGNORECASE)
_TELLS = re.compile(
    r"(?:show|picture|scene|film|video|the picture|the film|for the clip"
    r"|.{0,40}\b(?:is|are|stands?|sits?)\b)",
    re.IGNORECASE,
)
"""How a sentence begins that tells what is to be seen."""


def read(brief: Brief, world: World) -> Reading:
    """Read a brief in English; of another language nothing is read.

    Args:
        brief: of whatever is sold.
        world: what the model knows.
    """
    reading = Reading(world, link=brief.url or "")
    lines = lines_of(brief.description)
    if not is_english(brief.description):
        reading.left_out += [line.whole for line in lines]
        lines = []
    subject = subject_in(brief, lines, world)
    reading.own |= subject.names
    reading.of_the_world = subject.of_the_world
    if brief.offer:
        reading.offer |= _told(brief.offer)
    if subject.kind is not None and not subject.of_the_world:
        reading.own[_stand_in(subject.kind)] = show(subject.kind.words, {})
    _take_given(reading, brief)
    for line in lines:
        if subject.introduction is not None and line is subject.line:
            introduce(reading, line.text, subject.introduction)
        elif line.role:
            _read_labelled(reading, line)
        else:
            _read_free(reading, line.text)
    if subject.of_the_world and not any(map(world.names_product, reading.sentences)):
        introduce_by_name(reading, subject)
    _take_facts(reading, brief)
    if brief.audience:
        _take_audience(reading, brief.audience)
    reading.tone = brief.tone or reading.tone
    reading.channels = list(brief.channels) or [c for c in TEXT_KINDS if c in reading.channels]
    reading.left_out = list(dict.fromkeys(filter(None, reading.left_out)))
    return reading


def _stand_in(kind: Kind) -> str:
    if kind.many:
        return stand_ins.KINDS
    return stand_ins.KIND if kind.countable else stand_ins.STUFF


def _take_given(reading: Reading, brief: Brief) -> None:
    """Facts of the brief's fields; those that are an offer or a link are taken as such."""
    for fact in brief.facts:
        offered = offer_in(fact)
        if offered.alone and reading.take_offer(offered):
            continue
        if not reading.link and link_in(fact) == fact:
            reading.link = fact
        else:
            reading.claims.append(fact)


def _take_facts(reading: Reading, brief: Brief) -> None:
    """Stand-ins for facts, offer and link; what must not be said is none of them."""
    refused = [words.casefold() for words in brief.must_not_say]
    fine = [
        fact for fact in reading.claims if not any(words in fact.casefold() for words in refused)
    ]
    facts = list(dict.fromkeys([*brief.must_say, *fine]))
    reading.own |= dict(zip(stand_ins.FACTS, facts, strict=False))
    reading.own |= {stand_ins.OFFER[name]: words for name, words in reading.offer.items()}
    if reading.link:
        reading.own[stand_ins.LINK] = reading.link
    reading.left_out += [fact for fact in reading.claims if fact not in fine]
    reading.left_out += facts[len(stand_ins.FACTS) :]


def _take_audience(reading: Reading, words: str) -> None:
    if unknown_words(words, reading.world):
        reading.left_out.append(words)
    else:
        reading.audience = words.rstrip(".")


def _read_labelled(reading: Reading, line: Line) -> None:
    """A line with a label that says what it is."""
    role, text = line.role, line.text
    if role in ("brand", "product", "kind") or text.strip(" .,–—-").lower() in _NO_VALUE:
        return
    if role in (*stand_ins.OFFER, "offer"):
        _take_labelled_offer(reading, line)
    elif role == "audience":
        _take_audience(reading, text)
    elif role in ("tone", "channels"):
        reading.leave(line.whole, reading.take_wishes(text))
    elif role == "scene":
        _read_scene(reading, line)
    elif role == "fact" and _take_offer_or_link(reading, text):
        return
    elif role == "fact" and (claims.is_claim(text) or len(text.split()) == 1):
        reading.claim(text)
    elif role == "link" and reading.link in ("", text):
        reading.link = text
    elif role == "motion" and not unknown_words(reading.hidden(text), reading.world):
        told = reading.sentences if reading.of_the_world else reading.motion
        told.append(closed(f"The film: {reading.hidden(text)}"))
    elif role == "look" and reading.of_the_world and not unknown_words(text, reading.world):
        reading.sentences.append(closed(text))
    elif role == "look":
        reading.claim(line.whole)
    else:
        reading.left_out.append(line.whole)


def _take_labelled_offer(reading: Reading, line: Line) -> None:
    offered = offer_in(line.text)
    if not offered.alone and line.role != "offer" and len(line.text) <= 60:
        offered = Offered({line.role: line.text})
    if offered.alone:
        if not reading.take_offer(offered):
            reading.left_out.append(line.whole)
    elif claims.is_claim(line.text):
        reading.claim(line.text)
    else:
        reading.left_out.append(line.whole)


def _read_scene(reading: Reading, line: Line) -> None:
    hidden, refused = claims.without_negations(reading.hidden(line.text))
    kept = known_part(hidden, reading.world) if reading.of_the_world else ""
    if kept:
        reading.sentences.append(closed(f"Scene: {kept[:1].lower()}{kept[1:]}"))
    else:
        scenes = scenes_of(hidden, reading.world)
        reading.show_at(scenes)
        kept = " ".join(scenes)
    reading.leave(line.whole, [reading.shown(kept)], refused)


def _read_free(reading: Reading, text: str) -> None:
    """A sentence without label: an offer, a wish, something to see, or a claim."""
    if _take_offer_or_link(reading, text):
        return
    whole = quiet(reading.hidden(text))
    if apart := _APART.match(whole):
        whole = whole[apart.end() :]
        text = reading.shown(whole)
    if says_only_names(whole):
        return
    refuses = claims.is_refusal(text)
    asks = refuses or claims.is_instruction(text)
    wanted = reading.take_wishes(text) if asks or text.strip(" .!").lower() in TONES else []
    hidden, refused = claims.without_negations(_without(whole, wanted))
    kept = _seen(reading, hidden, asks=asks) if reading.of_the_world else ""
    if kept:
        reading.sentences.append(closed(kept))
    elif not asks and claims.is_claim(text):
        reading.claim(text)
        return
    elif asks and not refuses:
        scenes = scenes_of(hidden, reading.world)
        reading.show_at(scenes)
        kept = " ".join(scenes)
    reading.leave(text, [reading.shown(kept), *wanted], refused)


def _seen(reading: Reading, hidden: str, *, asks: bool) -> str:
    """What the model reads of a sentence on a product of the world; empty if it is a claim."""
    world = reading.world
    hidden = singular(_uncontracted(_SHOULD_BE.sub("Show it ", hidden)), world)
    unknown = unknown_words(hidden, world)
    if asks and not _ASKS_TO_SHOW.match(hidden):
        return ""
    tells = (
        asks or world.names_product(hidden) or _TELLS.match(hidden) or not _CLAIMS.search(hidden)
    )
    if unknown and (not tells or 3 * len(unknown) > len(re.findall(r"[^\W_]+", hidden))):
        return ""
    return known_part(hidden, world)


def _take_offer_or_link(reading: Reading, text: str) -> bool:
    """Whether a sentence is an offer or a link and nothing else, and taken as that."""
    link = link_in(text)
    if link and reading.link in ("", link):
        reading.link = link
        if says_only(text, link):
            return True
    offered = offer_in(reading.hidden(text))
    return offered.alone and reading.take_offer(offered)


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


def _uncontracted(text: str) -> str:
    text = re.sub(r"\b(it|that)[’']s\b", r"\1 is", text, flags=re.IGNORECASE)
    return re.sub(r"\b(they)[’']re\b", r"\1 are", text, flags=re.IGNORECASE)


def _without(text: str, words: list[str]) -> str:
    for one in words:
        text = re.sub(rf",?\s*\b{re.escape(one)}\b", "", text, count=1)
    return text.strip()
