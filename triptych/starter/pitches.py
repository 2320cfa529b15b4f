"""Briefs with names, facts and offers of their own, and copy that says them: by stand-ins.

The world's own texts (`grammar.py`) know sixteen products and no price. Here the rest is trained:
products that the model has never heard of, briefs without a brand or a name, facts and offers.
What a brief alone can say is written as the words of `stand_ins.py`, which the generator exchanges
for the brief's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from triptych.domain import TONES
from triptych.generators.starter import stand_ins
from triptych.starter import phrases, plain_skeletons
from triptych.starter.grammar import (
    USUAL_CHANNELS,
    USUAL_TONE,
    Choose,
    Slots,
    briefed,
    fill,
    motion_phrase,
    sketch,
    slots_of,
    some_channels,
    usually,
    write_copy,
    write_plan,
)
from triptych.starter.scene import Scene

OFFER_SLOTS = {"money", "price", "discount", "code", "link"}
"""Slots that say what is offered; a short text has room for one of them."""

_SLOT = re.compile(r"\{(\w+)\}")
_OPENING = re.compile(r"^[A-Z][a-z' -]+?(?=[:!.,]| (?:the|an?|this|your|our) | [A-Z])")
_STAND_IN = re.compile(
    "|".join((*stand_ins.FACTS, *stand_ins.OFFER.values(), stand_ins.LINK)), re.IGNORECASE
)


@dataclass(frozen=True)
class Pitch:
    """What a brief has to say.

    Attributes:
        scene: of the world's; None for a product that it does not know.
        kind: what such a product is, by stand-in; empty if the brief does not say.
        brand: whether it names one.
        name: whether the product has a name.
        facts: stand-ins of its facts.
        offer: fields of its offer.
        link: whether it has one.
        shown: the scene of the world that a product unknown to it is shown in.
    """

    scene: Scene | None
    kind: str
    brand: bool
    name: bool
    facts: tuple[str, ...] = ()
    offer: frozenset[str] = frozenset()
    link: bool = False
    shown: Scene | None = None

    @property
    def of_the_world(self) -> bool:
        """Whether the world's own writer can write of it."""
        return self.scene is not None and self.brand and self.name


def draw_pitch(rng: Random, scene: Scene) -> Pitch:
    """A pitch at random.

    Args:
        rng: chance.
        scene: of the world; half of the pitches are of its product.
    """
    scene = replace(scene, brand=stand_ins.BRAND, name=stand_ins.PRODUCT)
    facts = stand_ins.FACTS[: rng.choice((0, 0, 1, 1, 2, 3, 4))]
    offer = frozenset(_offer(rng)) if rng.random() < 0.5 else frozenset[str]()
    known = rng.random() < 0.5
    brand, name = rng.random() < 0.8, rng.random() < 0.8
    kinds = (stand_ins.KIND, stand_ins.KIND, stand_ins.KIND, stand_ins.KINDS, stand_ins.STUFF)
    kind = "" if known or (name and rng.random() < 0.15) else rng.choice(kinds)
    if not (known or kind or name):
        name = True
    return Pitch(
        scene=scene if known else None,
        kind=kind,
        brand=brand,
        name=name,
        facts=facts,
        offer=offer,
        link=rng.random() < 0.25,
        shown=scene if not known and rng.random() < 0.3 else None,
    )


def _offer(rng: Random) -> list[str]:
    """Fields of an offer that go together."""
    fields = rng.choice(
        (["price"], ["price"], ["price", "was_price"], ["discount"], ["price", "discount"], [])
    )
    chances = {"was_price": 0.1, "code": 0.3, "valid_until": 0.4, "valid_from": 0.1}
    fields += [name for name, chance in chances.items() if rng.random() < chance]
    fields += ["shipping"] if rng.random() < 0.2 else []
    return fields or ["code"]


def plain_slots(pitch: Pitch) -> dict[str, Sequence[str]]:
    """What the slots of `plain_skeletons.py` may be filled with; those of nothing are left out."""
    slots: dict[str, Sequence[str]] = {}
    kind = pitch.kind
    if pitch.scene is not None:
        slots |= slots_of(pitch.scene)
        del slots["brand"], slots["name"]
        kind = "{colour} {material} {noun}"
        slots["scene"] = ("{state} {place} {time}{weather}, {it} {benefit}.",)
    else:
        many = kind == stand_ins.KINDS
        article = "" if many or kind == stand_ins.STUFF else "\0"
        slots |= {"a": (article,), "it": ("they" if many else "it",), "is": ("is",)}
        slots["s"] = ("" if many else "s",)
    if kind:
        slots["kind"] = (kind,)
    the = ["the {kind}"] if kind else []
    slots |= {"title": the, "what": ("",)}
    if pitch.brand:
        slots |= {"brand": (stand_ins.BRAND,), "tag": (f"#{stand_ins.BRAND}",)}
        the = ["the {kind} by {brand}"] if kind else []
        slots["title"] = the or ["{brand}"]
    if pitch.name:
        slots["name"] = (stand_ins.PRODUCT,)
        the = ["the {brand} {name}", "{name} by {brand}"] if pitch.brand else ["{name}"]
        slots["title"] = ["{name}", "{brand} {name}"] if pitch.brand else ["{name}"]
        if kind:
            slots |= {
                "what": (", {a} {kind}",),
                "kind_word": (kind,),
                "kind_line": ("{a} {kind}.",),
            }
    elif kind == stand_ins.KINDS or _is_many(pitch.scene):
        slots["is"] = ("are",)
    slots["the"] = the or ["{brand}"]
    return slots | _offer_slots(pitch)


def _is_many(scene: Scene | None) -> bool:
    return scene is not None and scene.product in phrases.PLURAL


def _offer_slots(pitch: Pitch) -> dict[str, Sequence[str]]:
    words = {name: stand_ins.OFFER[name] for name in pitch.offer}
    slots: dict[str, Sequence[str]] = {name: (word,) for name, word in words.items()}
    dates = [f"from {words['valid_from']}"] if "valid_from" in words else []
    dates += [f"until {words['valid_until']}"] if "valid_until" in words else []
    slots |= {
        "instead": (f" instead of {words['was_price']}" if "was_price" in words else "",),
        "less": (f", {words['discount']} off" if "discount" in words else "",),
        "with_code": (f" with code {words['code']}" if "code" in words else "",),
        "dates": (" " + " ".join(dates) if dates else "",),
    }
    if "price" in words or "discount" in words:
        money = plain_skeletons.OFFERS
    elif "code" in words:
        money = plain_skeletons.CODES
    else:
        money = plain_skeletons.DATES if dates else ()
    if money := usable(money, slots):
        more = f" {words['shipping']}." if "shipping" in words else ""
        slots["money"] = [f"{sentence}{more}" for sentence in money]
    elif "shipping" in words:
        slots["money"] = (f"{words['shipping']}.",)
    if pitch.link:
        slots["link"] = (stand_ins.LINK,)
    return slots


def usable(sentences: Sequence[str], slots: Set[str] | Slots) -> list[str]:
    """Those skeletons of which all slots can be filled."""
    return [one for one in sentences if _slots(one) <= set(slots)]


def _naming(sentences: Sequence[str], names: set[str], slots: Slots) -> list[str]:
    """Those skeletons that say all of `names` that can be filled, and no others."""
    return [one for one in sentences if names & _slots(one) == names & slots.keys()]


def _slots(sentence: str) -> set[str]:
    return set(_SLOT.findall(sentence))


def write_pitch(pitch: Pitch, channel: str, tone: str, rng: Random) -> str:
    """Copy for a pitch: by the world's writer where it can, else in plain sentences."""
    choose, slots = usually(rng), plain_slots(pitch)
    shown = _shown(pitch, channel, slots, rng)
    said = (slots.keys() - OFFER_SLOTS) | shown.keys()
    slots |= shown
    if channel not in ("body", "social_post"):
        if pitch.of_the_world and not shown:
            assert pitch.scene is not None, "what is of the world has a scene"
            return write_copy(pitch.scene, channel, tone, rng)
        options = usable(plain_skeletons.SHORT[channel][tone][0], said)
        if shown:
            options = [one for one in options if shown.keys() & _slots(one)] or options
        return fill(choose(options), slots, choose)
    if channel == "body":
        sentences = plain_skeletons.BODY[tone]
    else:
        sentences = plain_skeletons.SHORT[channel][tone]
    if pitch.of_the_world:
        assert pitch.scene is not None, "what is of the world has a scene"
        return _with_extras(write_copy(pitch.scene, channel, tone, rng), said, slots, choose)
    parts = [usable(sentence, said) for sentence in sentences]
    return " ".join(fill(choose(options), slots, choose) for options in parts if options)


def _with_extras(text: str, said: Set[str], slots: Slots, choose: Choose) -> str:
    """The world's own copy, with facts and offer before its last sentence or its hashtag."""
    extras = [f"{{{slot}}}" for slot in ("fact", "fact2", "money", "link") if slot in said]
    *before, last = re.findall(r"#\S+|[^.!?]+[.!?]", text)
    more = [fill(extra, slots, choose) for extra in extras]
    return " ".join([*(sentence.strip() for sentence in before), *more, last.strip()])


def _shown(pitch: Pitch, channel: str, slots: Slots, rng: Random) -> dict[str, Sequence[str]]:
    """Which facts and which part of the offer this text has room for."""
    if channel in ("body", "social_post"):
        wide = ("money",) if channel == "body" else ("money", "link")
        shown = {name: slots[name] for name in wide if name in slots and rng.random() < 0.8}
        most = rng.randint(0, 2 if channel == "body" else 1)
        facts = sorted(rng.sample(range(len(pitch.facts)), min(most, len(pitch.facts))))
        chosen = [(f"{pitch.facts[place]}.",) for place in facts]
        return shown | dict(zip(("fact", "fact2"), chosen, strict=False))
    if pitch.facts and rng.random() < 0.15:
        return {"fact": (f"{rng.choice(pitch.facts)}.",)}
    room = {"headline": ("price", "discount"), "email_subject": ("price", "discount", "code")}
    offered = [n for n in room.get(channel, ("price", "discount", "code", "link")) if n in slots]
    if not offered or rng.random() < 0.4:
        return {}
    name = rng.choice(offered)
    return {name: slots[name]}


def brief_pitch(pitch: Pitch, rng: Random) -> tuple[str, Mapping[str, Any]]:
    """A brief that says a pitch, and the plan that a good planner makes of it."""
    if pitch.of_the_world:
        assert pitch.scene is not None, "what is of the world has a scene"
        brief, plan = briefed(pitch.scene, rng, sketched=rng.random() < 0.5)
        return _with_facts(brief, pitch, rng), plan
    choose, slots = usually(rng), plain_slots(pitch)
    tone, channels = USUAL_TONE, list[str](USUAL_CHANNELS)
    key_message = fill(choose(plain_skeletons.KEY_MESSAGES), slots, choose)
    if pitch.scene is not None:
        sentences = _naming(plain_skeletons.WORLD_BRIEFS, {"brand", "name"}, slots)
        text, tone, channels = sketch(pitch.scene, rng, sentences, slots)
        plan = write_plan(pitch.scene, tone, channels, rng) | {"key_message": key_message}
        return _with_facts(text, pitch, rng), plan
    openings = _naming(plain_skeletons.BRIEFS, {"brand", "name", "kind"}, slots)
    parts = [fill(rng.choice(openings), slots, choose)]
    where = _where(pitch, rng)
    if pitch.shown is not None:
        parts.append(fill(rng.choice(plain_skeletons.SCENES), slots | where, choose))
    if rng.random() < 0.3:
        parts.append(f"Audience: {rng.choice(phrases.AUDIENCES)}.")
    motion = phrases.MOTION_WORDS["orbit"][0]
    if pitch.shown is not None and rng.random() < 0.3:
        motion = motion_phrase(replace(pitch.shown, state_on=False, weather="clear"))
        parts.append(f"{rng.choice(('The film', 'Video', 'For the clip'))}: {motion}.")
    if rng.random() < 0.5:
        tone = rng.choice(TONES)
        parts.append(f"Tone: {tone}.")
    if rng.random() < 0.6:
        channels = some_channels(rng)
        words = ", ".join(phrases.CHANNEL_WORDS[channel][0] for channel in channels)
        parts.append(f"Channels: {words}.")
    looks = {name: options[:1] for name, options in where.items()} | {
        "thing": ("{a} {kind}" if pitch.kind else "{title}",)
    }
    visual = fill(plain_skeletons.VISUAL, slots | looks, choose)
    plan = {
        "key_message": key_message,
        "tone": tone,
        "channels": channels,
        "visual": visual[:1].lower() + visual[1:] if pitch.kind else visual,
        "motion": motion,
    }
    return _with_facts(" ".join(parts), pitch, rng), plan


def _where(pitch: Pitch, rng: Random) -> dict[str, Sequence[str]]:
    """Place, time and weather of a product that the world does not know: a studio by day."""
    usual = {"place": phrases.PLACES["studio"], "time": phrases.TIMES["day"], "weather": ("",)}
    if pitch.shown is None:
        return usual
    slots = slots_of(pitch.shown)
    said = {name: slots[name] for name in usual if rng.random() < 0.7} or {"place": slots["place"]}
    return usual | said


def _with_facts(brief: str, pitch: Pitch, rng: Random) -> str:
    """The brief with its facts among its sentences or after them, its offer and its link."""
    sentences = re.findall(r"[^.!?]+[.!?]", brief)
    facts = [f" {fact}." for fact in pitch.facts]
    place = rng.choice((1, len(sentences)))
    sentences[place:place] = facts
    if offer := [word for name, word in stand_ins.OFFER.items() if name in pitch.offer]:
        sentences.append(f" Offer: {', '.join(offer)}.")
    if pitch.link:
        sentences.append(f" Link: {stand_ins.LINK}.")
    return "".join(sentences).strip()


def mentioned(text: str) -> list[str]:
    """The facts and parts of an offer that a text says, by stand-in, in their order."""
    return list(dict.fromkeys(match[0] for match in _STAND_IN.finditer(text)))


def opening_of(text: str) -> str:
    """The words that a text begins with, before it comes to its matter; empty for none."""
    match = _OPENING.match(text)
    return match[0] if match else ""


def closing_of(text: str) -> str:
    """The last of several sentences, without its stop; empty for a text of one."""
    sentences = re.findall(r"[^.!?]+[.!?]", text)
    return sentences[-1].strip(" .!?") if len(sentences) > 1 and text[-1] in ".!?" else ""
