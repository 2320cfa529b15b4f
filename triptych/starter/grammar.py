"""The starter world's writer: briefs, copy, captions and plans that are true of a scene.

A text is a few sentences; a sentence is one of a few skeletons with slots; a slot has a few ways
to be said, chosen independently. So copies are many, yet two of one scene share most phrases, as
two good copywriters' do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from triptych.domain import CHANNELS, TONES
from triptych.starter import phrases
from triptych.starter.scene import Scene

Slots = Mapping[str, Sequence[str]]

_SLOT = re.compile(r"\{(\w+)\}|\[([^\]]*)\]")

_CHANNEL_WORDS = {
    "headline": ("headline", "a headline"),
    "body": ("body", "body copy"),
    "call_to_action": ("call to action", "a call to action"),
    "social_post": ("social post", "a social post"),
    "email_subject": ("email subject", "an e-mail subject line"),
}

_BRIEF_OPENINGS = (
    "{brand} launches the {name}, {a} {colour} {material} {noun}.",
    "The {name} by {brand} is {a} {colour} {material} {noun}.",
    "We present the {brand} {name}: {a} {colour} {noun} of {material}.",
)
_BRIEF_SCENES = (
    "Show {it} {state} {place} {time}{weather}.",
    "Picture {it} {state} {place} {time}{weather}.",
    "The picture has {it} {state} {place} {time}{weather}.",
)
_BRIEF_MOTIONS = ("In the film {motion}.", "For the clip: {motion}.")
_BRIEF_AUDIENCES = ("It is for {audience}.", "Audience: {audience}.", "Made for {audience}.")
_BRIEF_TONES = ("Tone: {tone}.", "The tone is {tone}.", "Keep it {tone}.")
_BRIEF_CHANNELS = ("Channels: {channels}.", "We need {channels}.", "Write {channels}.")

_HEADLINES = {
    "playful": ("[Hello|Hey], {name}: {the} {colour} {noun}!", "[Meet|Say hi to] {name}{place_}!"),
    "premium": ("{name} by {brand}. [Quietly|Simply] {colour}.", "{name}: {colour} {noun} {place}"),
    "technical": (
        "{name}: {colour} {material} {noun}",
        "{name} by {brand}: [built|made] in {material}",
    ),
    "minimal": ("{name}. {Colour}. {Noun}.", "{name}. {Place}."),
}
_BODY_OPENINGS = {
    "playful": (
        "[Meet|Say hello to] the {brand} {name}, {a} {colour} {material} {noun} "
        "with [a big heart|a sense of fun].",
        "[Psst|Hey there]! The {brand} {name} is {a} {colour} {material} {noun} "
        "[that loves to play|that loves company].",
    ),
    "premium": (
        "The {brand} {name} is {a} {colour} {material} {noun} of [rare|quiet] elegance.",
        "[Discover|Experience] the {brand} {name}, {a} {colour} {material} {noun} "
        "made with [care|patience].",
    ),
    "technical": (
        "The {brand} {name} is {a} {colour} {noun} [engineered|built] from {material}.",
        "[Specification|Data sheet]: {brand} {name}, {a} {colour} {noun} in {material}.",
    ),
    "minimal": (
        "{brand} {name}. {A} {colour} {material} {noun}.",
        "The {brand} {name}: {a} {colour} {material} {noun}.",
    ),
}
_BODY_SCENES = {
    "playful": (
        "{State} {place} {time}{weather}, it {benefit}[| like a friend]!",
        "See it {state} {place} {time}{weather}: it {benefit}!",
    ),
    "premium": (
        "{State} {place} {time}{weather}, it {benefit} with [grace|ease].",
        "See it {state} {place} {time}{weather}, where it {benefit}.",
    ),
    "technical": (
        "Shown {state} {place} {time}{weather}, it {benefit} [by design|every time].",
        "Tested {state} {place} {time}{weather}: it {benefit}.",
    ),
    "minimal": (
        "{State} {place} {time}{weather}. It {benefit}.",
        "{State} {place}, {time}{weather}. It {benefit}.",
    ),
}
_BODY_CLOSINGS = {
    "playful": (
        "[Come out and play|Take it along] with {brand}!",
        "[Who could say no|Ready when you are]?",
    ),
    "premium": ("[Only|Always] by {brand}.", "[Made to be kept|Made to last], by {brand}."),
    "technical": (
        "[Tested and backed|Measured and backed] by {brand}.",
        "[Details|Full data] at {brand}.",
    ),
    "minimal": ("[That is all|Nothing more].", "By {brand}."),
}
_CALLS = {
    "playful": ("[Grab|Bag] your {name} [today|now]!", "[Go on|Come on], get the {name}!"),
    "premium": (
        "[Discover|Experience] the {name} [today|at {brand}].",
        "Reserve your {name} [today|now].",
    ),
    "technical": (
        "[Compare|See] the {name} [specs|data] now.",
        "Configure your {name} [today|now].",
    ),
    "minimal": ("[Get|Choose] the {name}.", "{name}. [Now|Today]."),
}
_POSTS = {
    "playful": (
        "[Spotted|Look who is here]: our {colour} {noun} {name}, {state} {place} {time}! #{tag}",
        "{name} {place} {time}, {state} and very {colour}! [Yours|Coming along]? #{tag}",
    ),
    "premium": (
        "{name}, {a} {colour} {material} {noun}. {State} {place} {time}. #{tag}",
        "{A} {colour} {noun}, {state} {place} {time}: [the|our] {name}. #{tag}",
    ),
    "technical": (
        "{name}: {colour} {material} {noun}, [shown|tested] {state} {place} {time}. #{tag}",
        "[Field test|Test]: {name}, {colour} {noun}, {state} {place} {time}. #{tag}",
    ),
    "minimal": (
        "{name}. {Colour} {noun}, {state} {place} {time}. #{tag}",
        "{Colour} {noun}, {place}, {time}. {name}. #{tag}",
    ),
}
_SUBJECTS = {
    "playful": (
        "[Psst|Hey]: {name} is here, in {colour}!",
        "Your {colour} {noun} [misses|wants] you",
    ),
    "premium": (
        "[Introducing|Presenting] {name}, in {colour}",
        "{name} by {brand}: {the} {colour} {noun}",
    ),
    "technical": (
        "{name}: the {colour} {material} {noun}",
        "[New|Now in stock]: {name} in {colour} {material}",
    ),
    "minimal": ("{name}, in {colour}", "{brand} {name}. {Colour}."),
}

_MESSAGES = (
    "The {brand} {name} {benefit}.",
    "The {colour} {noun} by {brand} {benefit}.",
)


def article(phrase: str) -> str:
    """`a` or `an`, as the first letter asks."""
    return "an" if phrase[:1].lower() in "aeiou" else "a"


def slots_of(scene: Scene, rng: Random) -> dict[str, Sequence[str]]:
    """What each slot may be filled with for this scene; every choice is true of it."""
    product, plural = scene.product, scene.product in phrases.PLURAL
    benefits = list(phrases.BENEFITS[product])
    if not plural:
        benefits += phrases.RESISTS.get(scene.weather, ())
    weather = phrases.WEATHERS[scene.weather]
    states = phrases.STATES_ON if scene.state_on else phrases.STATES_OFF
    return {
        "brand": (scene.brand,),
        "name": (scene.name,),
        "tag": (scene.brand,),
        "noun": phrases.NOUNS[product],
        "colour": phrases.COLOUR_WORDS[scene.colour],
        "material": phrases.MATERIALS[scene.material],
        "place": phrases.PLACES[scene.setting],
        "time": phrases.TIMES[scene.time],
        "weather": tuple(f" {w}" for w in weather) if scene.weather != "indoors" else ("",),
        "state": states[product],
        "benefit": tuple(benefits),
        "it": ("them",) if plural else ("it",),
        "audience": phrases.AUDIENCES,
        "motion": (motion_phrase(scene, rng),),
    }


def fill(template: str, slots: Slots, rng: Random, plural: bool = False) -> str:
    """Fill a skeleton: `{slot}` from the slots, `[a|b]` with one of the choices.

    `{Slot}` is capitalised; `{a}` and `{A}` agree with the next word; plural nouns take none.
    """

    def put(match: re.Match[str]) -> str:
        name, choices = match.groups()
        if choices is not None:
            return _SLOT.sub(put, rng.choice(choices.split("|")))
        if name in ("a", "A", "the"):
            return f"\0{name}\0"
        if name.endswith("_"):
            return " " + rng.choice(list(slots[name[:-1]]))
        text = rng.choice(list(slots[name.lower()]))
        return text[:1].upper() + text[1:] if name[0].isupper() else text

    text = _SLOT.sub(put, template)
    for mark, word in (("a", None), ("A", None), ("the", "the ")):
        pattern = re.compile(f"\0{mark}\0 ?")
        while found := pattern.search(text):
            said = word if word else article(text[found.end() :]) + " "
            if plural and mark != "the":
                said = ""
            rest = text[found.end() :]
            if mark == "A":
                said = said[:1].upper() + said[1:]
                rest = rest if said else rest[:1].upper() + rest[1:]
            text = text[: found.start()] + said + rest
    if plural:
        text = _agree(text, str(slots["name"][0]))
    return " ".join(text.split())


def _agree(text: str, name: str) -> str:
    """Plural products: "PineMax are", "see them", "they turn"."""
    for old, new in (
        (f"{name} is ", f"{name} are "),
        (", it ", ", they "),
        (": it ", ": they "),
        (". It ", ". They "),
        ("where it ", "where they "),
        ("See it ", "See them "),
        ("Take it along", "Take them along"),
        (" that loves ", " that love "),
        (" misses you", " miss you"),
        (" wants you", " want you"),
    ):
        text = text.replace(old, new)
    return text


def motion_phrase(scene: Scene, rng: Random) -> str:
    """How the camera moves and what moves before it: "slow orbit, rain falling"."""
    parts = [rng.choice(phrases.MOTION_WORDS[scene.motion])]
    if scene.weather in ("rain", "snow"):
        parts.append(phrases.EFFECT_WORDS[scene.weather])
    if scene.state_on and scene.state == "steaming":
        parts.append(phrases.EFFECT_WORDS["steaming"])
    if scene.state_on and scene.product in ("candle", "lantern"):
        parts.append(phrases.EFFECT_WORDS["flame"])
    return ", ".join(parts)


def describe(
    scene: Scene, rng: Random, tone: str | None = None, channels: Sequence[str] = ()
) -> str:
    """The brief of a scene: two to five sentences, tone and channels said if they are given."""
    slots = dict(slots_of(scene, rng))
    parts = [rng.choice(_BRIEF_OPENINGS), rng.choice(_BRIEF_SCENES), rng.choice(_BRIEF_MOTIONS)]
    if rng.random() < 0.5:
        parts.append(rng.choice(_BRIEF_AUDIENCES))
    if tone:
        slots["tone"] = (tone,)
        parts.append(rng.choice(_BRIEF_TONES))
    if channels:
        words = [rng.choice(_CHANNEL_WORDS[channel]) for channel in channels]
        slots["channels"] = (", ".join(words),)
        parts.append(rng.choice(_BRIEF_CHANNELS))
    plural = scene.product in phrases.PLURAL
    return " ".join(_capital(fill(part, slots, rng, plural)) for part in parts)


def write_copy(scene: Scene, channel: str, tone: str, rng: Random) -> str:
    """Marketing copy that is true of the scene.

    Args:
        scene: the truth.
        channel: one of `triptych.domain.CHANNELS`.
        tone: one of `triptych.domain.TONES`.
        rng: chooses the words.
    """
    slots = slots_of(scene, rng)
    plural = scene.product in phrases.PLURAL
    if channel == "body":
        sources = (_BODY_OPENINGS[tone], _BODY_SCENES[tone], _BODY_CLOSINGS[tone])
    else:
        source = {
            "headline": _HEADLINES,
            "call_to_action": _CALLS,
            "social_post": _POSTS,
            "email_subject": _SUBJECTS,
        }[channel]
        sources = (source[tone],)
    return " ".join(_capital(fill(rng.choice(s), slots, rng, plural)) for s in sources)


def caption(scene: Scene, rng: Random) -> str:
    """What the picture shows, in one line of at most 24 words."""
    slots = slots_of(scene, rng)
    plural = scene.product in phrases.PLURAL
    template = rng.choice(
        (
            "{a} {colour} {material} {noun}, {state}, {place} {time}{weather}",
            "{a} {colour} {noun} of {material}, {state}, {place}, {time}{weather}",
        )
    )
    return fill(template, slots, rng, plural)


def canonical_caption(scene: Scene) -> str:
    """The caption with the first wording of everything: one fixed line a scene."""
    first = {name: (choices[0],) for name, choices in slots_of(scene, Random(0)).items()}
    template = "{a} {colour} {material} {noun}, {state}, {place} {time}{weather}"
    return fill(template, first, Random(0), scene.product in phrases.PLURAL)


def video_caption(scene: Scene, rng: Random) -> str:
    """The caption with the motion."""
    return f"{caption(scene, rng)}, {motion_phrase(scene, rng)}"


def write_plan(scene: Scene, tone: str, channels: Sequence[str], rng: Random) -> dict[str, Any]:
    """The draft that a good planner makes of the scene's brief (see `domain.PlanDraft`)."""
    slots = slots_of(scene, rng)
    plural = scene.product in phrases.PLURAL
    message = fill(rng.choice(_MESSAGES), slots, rng, plural)
    return {
        "key_message": message,
        "tone": tone,
        "channels": list(channels),
        "visual": canonical_caption(scene),
        "motion": motion_phrase(scene, Random(0)),
    }


def case_texts(scene: Scene, *, references: int = 1) -> dict[str, Any]:
    """All texts of a case, a function of `scene.seed` alone.

    Args:
        scene: the truth.
        references: different copies for each tone and channel, where the grammar has that many.

    Returns:
        `description`, `tone`, `channels`, `copy` as {tone: {channel: [texts]}}, `caption`, `plan`.
    """
    rng = Random(f"texts:{scene.seed}")
    tone = rng.choice(TONES)
    channels = sorted(rng.sample(CHANNELS, rng.randint(1, 4)), key=CHANNELS.index)
    return {
        "description": describe(scene, rng, tone, channels),
        "tone": tone,
        "channels": channels,
        "copy": {t: {c: _different(scene, c, t, references, rng) for c in CHANNELS} for t in TONES},
        "caption": caption(scene, rng),
        "plan": write_plan(scene, tone, channels, rng),
    }


def _different(scene: Scene, channel: str, tone: str, count: int, rng: Random) -> list[str]:
    found: dict[str, None] = {}
    for _ in range(20 * count):
        found[write_copy(scene, channel, tone, rng)] = None
        if len(found) == count:
            break
    return list(found)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
