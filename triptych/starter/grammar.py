"""The starter world's writer: briefs, copy, captions and plans that are true of a scene.

A text is a few sentences; a sentence is one of a few skeletons with slots (`skeletons.py`); a slot
has a few ways to be said (`phrases.py`), chosen independently. So copies are many, yet two of one
scene share most phrases, as two good copywriters' do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import TypedDict

from triptych.domain import TEXT_KINDS, TONES
from triptych.starter import phrases, skeletons
from triptych.starter.scene import Scene

Slots = Mapping[str, Sequence[str]]
Choose = Callable[[Sequence[str]], str]


class PlanTexts(TypedDict):
    """What a planner says, as `domain.PlanDraft` has it."""

    key_message: str
    tone: str
    channels: list[str]
    visual: str
    motion: str


class CaseTexts(TypedDict):
    """All texts of a case, as a line of `cases.jsonl` has them."""

    description: str
    tone: str
    channels: list[str]
    caption: str
    plan: PlanTexts
    copy: dict[str, dict[str, list[str]]]
    """By tone and channel."""


USUAL_TONE = "playful"
USUAL_CHANNELS = ("headline", "body", "call_to_action")
"""What a plan takes where the brief does not say."""

_SLOT = re.compile(r"\{(\w+)\}|\[([^\]]*)\]")
_ARTICLE = re.compile(r"\0 *(\w)")
_NOTHING_SAID = re.compile(r"\s*[,.](?=\s*[,.])|\s+(?=[,.:])|(?<=\.) ,")
"""A comma or stop before which nothing was said."""
_SENTENCE_START = re.compile(r"(?:^|(?<=[.!?] ))[a-z]")


def usually(rng: Random) -> Choose:
    """A chooser that takes the first option half of the time and the others evenly."""

    def choose(options: Sequence[str]) -> str:
        if len(options) == 1 or rng.random() < 0.5:
            return options[0]
        return options[1 + int(rng.random() * (len(options) - 1))]

    return choose


def first(options: Sequence[str]) -> str:
    """The chooser that always takes the usual wording."""
    return options[0]


@lru_cache(maxsize=4096)
def slots_of(scene: Scene) -> dict[str, Sequence[str]]:
    """What each slot may be filled with for this scene; every option is true of it."""
    product, plural = scene.product, scene.product in phrases.PLURAL
    benefits = [*phrases.BENEFITS[product], *phrases.RESISTS.get(scene.weather, ())]
    if scene.weather == "rain" and product in phrases.WATERPROOF:
        benefits.append("{is} waterproof")
    indoors = scene.weather == "indoors"
    states = phrases.STATES_ON if scene.state_on else phrases.STATES_OFF
    return {
        "brand": (scene.brand,),
        "name": (scene.name,),
        "noun": phrases.NOUNS[product],
        "colour": phrases.COLOUR_WORDS[scene.colour],
        "material": phrases.MATERIALS[scene.material],
        "place": phrases.PLACES[scene.setting],
        "time": phrases.TIMES[scene.time],
        "weather": ("",) if indoors else [f" {w}" for w in phrases.WEATHERS[scene.weather]],
        "state": states[product],
        "benefit": benefits,
        "a": ("" if plural else "\0",),
        "it": ("they" if plural else "it",),
        "them": ("them" if plural else "it",),
        "is": ("are" if plural else "is",),
        "s": ("" if plural else "s",),
    }


def fill(template: str, slots: Slots, choose: Choose) -> str:
    """Fill a skeleton, letting `choose` decide each slot (see `skeletons.py` for the notation)."""
    while match := _SLOT.search(template):
        option = choose(_options(match, slots))
        template = template[: match.start()] + option + template[match.end() :]
    return _finish(template)


def expand(template: str, slots: Slots) -> Iterator[str]:
    """Every way to fill a skeleton; the same text may come twice."""
    match = _SLOT.search(template)
    if match is None:
        yield _finish(template)
        return
    for option in _options(match, slots):
        yield from expand(template[: match.start()] + option + template[match.end() :], slots)


def choices(template: str, slots: Slots) -> int:
    """How many ways there are to fill a skeleton: the length of `expand`, without doing it."""
    ways = 1
    for match in _SLOT.finditer(template):
        ways *= sum(choices(option, slots) for option in _options(match, slots))
    return ways


def _options(match: re.Match[str], slots: Slots) -> Sequence[str]:
    slot, choices = match.groups()
    return slots[slot] if slot else choices.split("|")


def _finish(text: str) -> str:
    """Articles, single blanks, and a capital where a sentence starts."""
    text = _ARTICLE.sub(lambda m: ("an " if m[1] in "aeiou" else "a ") + m[1], text)
    text = " ".join(text.split())
    return _SENTENCE_START.sub(lambda m: m[0].upper(), text)


def motion_phrase(scene: Scene, choose: Choose = first) -> str:
    """How the camera moves and what moves before it: "slow orbit, rain falling"."""
    parts = [choose(phrases.MOTION_WORDS[scene.motion])]
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
    """The brief of a scene; tone and channels are said in words if they are given.

    A state that is off is left unsaid in one brief of five: what is not said is off.
    """
    choose = usually(rng)
    slots = dict(slots_of(scene)) | {
        "audience": [rng.choice(phrases.AUDIENCES)],
        "motion": [motion_phrase(scene, choose)],
        "tone": [tone or ""],
    }
    if not scene.state_on and rng.random() < 0.2:
        slots["state"] = ("",)
    parts: list[Sequence[str]] = [
        skeletons.BRIEF_OPENINGS,
        skeletons.BRIEF_SCENES,
        skeletons.BRIEF_MOTIONS,
        skeletons.BRIEF_AUDIENCES,
    ]
    if tone:
        parts.append(skeletons.BRIEF_TONES)
    if channels:
        listed = rng.random() < 0.5
        words = [phrases.CHANNEL_WORDS[channel][0 if listed else 1] for channel in channels]
        last = words[-1] if listed or len(words) == 1 else f"{words[-2]} and {words[-1]}"
        words = words if listed or len(words) == 1 else [*words[:-2], last]
        slots["channels"] = [", ".join(words)]
        parts.append(skeletons.BRIEF_LISTS if listed else skeletons.BRIEF_REQUESTS)
    return " ".join(fill(rng.choice(part), slots, choose) for part in parts)


def sketch(
    scene: Scene,
    rng: Random,
    sentences: Sequence[str] = skeletons.SKETCHES,
    given: Slots | None = None,
) -> tuple[str, str, list[str]]:
    """A brief as people type it, with much left out; what tone and channels a plan should take.

    A fact is there in about half of them. A state that is on is always said, for what is not said
    is off; a tone or channels that are not said are the usual ones.

    Args:
        scene: the truth.
        rng: chooses the words.
        sentences: that a brief begins with.
        given: what their slots are filled with; by default the scene's.

    Returns:
        The brief, the tone, the channels.
    """
    choose = usually(rng)
    slots: dict[str, Sequence[str]] = dict(slots_of(scene) if given is None else given)
    chances = {"colour": 0.85, "material": 0.5, "place": 0.5, "time": 0.4, "weather": 0.4}
    if not scene.state_on:
        chances["state"] = 0.3
    for slot, chance in chances.items():
        if rng.random() >= chance:
            slots[slot] = ("",)
    tone: str = USUAL_TONE
    channels: list[str] = list(USUAL_CHANNELS)
    parts: list[Sequence[str]] = [sentences]
    if rng.random() < 0.2:
        slots["motion"] = [motion_phrase(scene, choose)]
        parts.append(skeletons.BRIEF_MOTIONS)
    if rng.random() < 0.3:
        slots["audience"] = [rng.choice(phrases.AUDIENCES)]
        parts.append(skeletons.BRIEF_AUDIENCES)
    if rng.random() < 0.5:
        tone = rng.choice(TONES)
        slots["tone"] = [tone]
        parts.append(skeletons.BRIEF_TONES)
    if rng.random() < 0.5:
        channels = some_channels(rng)
        slots["channels"] = [", ".join(phrases.CHANNEL_WORDS[channel][0] for channel in channels)]
        parts.append(skeletons.BRIEF_LISTS)
    text = " ".join(fill(rng.choice(part), slots, choose) for part in parts)
    return _NOTHING_SAID.sub("", text), tone, channels


def briefed(scene: Scene, rng: Random, *, sketched: bool) -> tuple[str, PlanTexts]:
    """A brief of the scene and the plan that a good planner makes of it.

    Args:
        scene: the truth.
        rng: chooses the words.
        sketched: whether the brief leaves much out; else it says everything.
    """
    if sketched:
        brief, tone, channels = sketch(scene, rng)
    else:
        tone, channels = rng.choice(TONES), some_channels(rng)
        brief = describe(scene, rng, tone, channels)
    return brief, write_plan(scene, tone, channels, rng)


def write_copy(scene: Scene, channel: str, tone: str, rng: Random) -> str:
    """Marketing copy that is true of the scene.

    Args:
        scene: the truth.
        channel: one of `triptych.domain.TEXT_KINDS`.
        tone: one of `triptych.domain.TONES`.
        rng: chooses the words.
    """
    choose, slots = usually(rng), slots_of(scene)
    sentences = skeletons.COPY[channel][tone]
    return " ".join(fill(choose(sentence), slots, choose) for sentence in sentences)


def all_sentences(scene: Scene, channel: str, tone: str) -> list[list[str]]:
    """For each sentence of a copy in turn, every different wording of it.

    Any combination of them is a copy that `write_copy` can write.
    """
    slots = slots_of(scene)
    return [
        list(dict.fromkeys(text for skeleton in sentence for text in expand(skeleton, slots)))
        for sentence in skeletons.COPY[channel][tone]
    ]


def caption(scene: Scene, rng: Random) -> str:
    """What the picture shows, in one line of at most 24 words."""
    choose = usually(rng)
    return _line(fill(choose(skeletons.CAPTIONS), slots_of(scene), choose))


def canonical_caption(scene: Scene) -> str:
    """The caption in the usual wording of everything: one fixed line a scene."""
    return _line(fill(skeletons.CAPTIONS[0], slots_of(scene), first))


def video_caption(scene: Scene, rng: Random) -> str:
    """The caption with the motion."""
    return f"{caption(scene, rng)}, {motion_phrase(scene, usually(rng))}"


def write_plan(scene: Scene, tone: str, channels: Sequence[str], rng: Random) -> PlanTexts:
    """The draft that a good planner makes of the scene's brief (see `domain.PlanDraft`).

    The visual line and the motion are in their usual wording, whatever the brief's was.
    """
    choose = usually(rng)
    return {
        "key_message": fill(choose(skeletons.MESSAGES), slots_of(scene), choose),
        "tone": tone,
        "channels": list(channels),
        "visual": canonical_caption(scene),
        "motion": motion_phrase(scene),
    }


def case_texts(scene: Scene, *, references: int = 1) -> CaseTexts:
    """All texts of a case, a function of the scene alone.

    Args:
        scene: the truth; its `seed` decides the words.
        references: different copies for each tone and channel, where the grammar has that many.
    """
    rng = Random(f"texts:{scene.seed}")
    tone = rng.choice(TONES)
    channels = some_channels(rng)
    return {
        "description": describe(scene, rng, tone, channels),
        "tone": tone,
        "channels": channels,
        "caption": caption(scene, rng),
        "plan": write_plan(scene, tone, channels, rng),
        "copy": {
            t: {c: _different(scene, c, t, references, rng) for c in TEXT_KINDS} for t in TONES
        },
    }


def some_channels(rng: Random) -> list[str]:
    """One to five channels, in their usual order."""
    return sorted(rng.sample(TEXT_KINDS, rng.randint(1, 5)), key=TEXT_KINDS.index)


def _different(scene: Scene, channel: str, tone: str, count: int, rng: Random) -> list[str]:
    texts: dict[str, None] = {}
    for _ in range(20 * count):
        texts[write_copy(scene, channel, tone, rng)] = None
        if len(texts) == count:
            break
    return list(texts)


def _line(text: str) -> str:
    return text[:1].lower() + text[1:]
