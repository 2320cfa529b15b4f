"""What one piece of copy is asked to say, and what a written one lacks; all by stand-in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from triptych.domain import TEXT_KINDS, Feedback, TextKind, Tone
from triptych.generators.starter import stand_ins
from triptych.generators.starter.exchange import closed
from triptych.generators.starter.slots import Slots, names_thing
from triptych.generators.starter.tones import nearest_tone
from triptych.generators.starter.world import World
from triptych.protocols import TextRequest
from triptych.seeds import derive_seed

_OFFER = tuple(stand_ins.OFFER.values())
_ROOM: Mapping[TextKind, tuple[int, tuple[str, ...]]] = {
    "headline": (1, (stand_ins.OFFER["price"], stand_ins.OFFER["discount"])),
    "body": (6, (*stand_ins.FACTS[:2], *_OFFER)),
    "call_to_action": (
        1,
        (
            stand_ins.OFFER["code"],
            stand_ins.LINK,
            *(stand_ins.OFFER[n] for n in ("price", "discount")),
        ),
    ),
    "social_post": (6, (stand_ins.FACTS[0], *_OFFER, stand_ins.LINK)),
    "email_subject": (1, tuple(stand_ins.OFFER[n] for n in ("discount", "price", "code"))),
}
"""How many of which stand-ins a channel has room for, the most wanted first."""
_SHAPE = re.compile(
    r"^[a-z]|[{}\[\]\"<>]|\w, [,.!]|\b(\w+)[ ,]+\1\b|[^\W\d],[^\W\d]|\b(?:the|a|an|by)\W*$"
)
"""What no copy of this writer has: a small letter first, brackets, quotes, a word twice."""
_OF_SOMETHING = re.compile(
    "|".join((stand_ins.BRAND, stand_ins.PRODUCT, stand_ins.KIND, *_OFFER, stand_ins.LINK)),
    re.IGNORECASE,
)
"""In every text: whose it is, what it is, or what is offered."""
MORE = 3
"""Texts that are drawn again, one after the other, where the first is not as it should be."""
_SAYABLE = (*stand_ins.FACTS, *_OFFER, stand_ins.LINK)
_SAID = {
    stand_ins.OFFER["price"]: "Now {}.",
    stand_ins.OFFER["was_price"]: "Instead of {}.",
    stand_ins.OFFER["discount"]: "{} off.",
    stand_ins.OFFER["code"]: "Use code {}.",
    stand_ins.OFFER["valid_from"]: "From {}.",
    stand_ins.OFFER["valid_until"]: "Until {}.",
    stand_ins.LINK: "{}",
}
"""Sentences that say what a text was asked to say and does not."""
_SHORTER: Mapping[TextKind, tuple[TextKind, ...]] = {
    "headline": ("headline", "email_subject"),
    "body": ("social_post", "headline"),
    "call_to_action": ("call_to_action",),
    "social_post": ("social_post", "headline"),
    "email_subject": ("email_subject", "headline"),
}
"""Kinds of text that may stand in a field, the longest first."""
_NAMED: tuple[TextKind, ...] = ("body", "social_post")
"""Channels that name both brand and product."""


@dataclass(frozen=True)
class Way:
    """A way to write a text.

    Attributes:
        kind: of text that is written.
        tone: of the four.
        brief: what is read in the brief's place; empty for the brief.
    """

    kind: TextKind
    tone: Tone
    brief: str = ""


_PLAIN_TONES: tuple[Tone, ...] = ("premium", "minimal", "technical")
"""Tones whose short texts suit whatever is sold."""
Phrases = Mapping[str, Sequence[str]]
"""Ways to begin or to end a text, by `channel/tone`."""


def demands(
    slots: Slots,
    channel: TextKind,
    feedback: Sequence[Feedback],
    manner: Sequence[str] = (),
    must_say: Sequence[str] = (),
) -> list[str]:
    """What a text is asked to mention: facts and offer as there is room, what it lacked before.

    Args:
        slots: the brief's.
        channel: where the text goes.
        feedback: why earlier texts were refused; what a reason names is asked for.
        manner: how it is asked to begin and to end.
        must_say: of the brief; comes before all else.
    """
    most, wanted = _ROOM[channel]
    musts = [word for word in stand_ins.FACTS if slots.own.get(word) in must_say]
    wanted = (*musts, *(word for word in wanted if word not in musts))
    most = max(most, len(musts)) if channel in _NAMED else most
    asked = [word for word in wanted if word in slots.own][:most]
    for item in feedback:
        reason = slots.hide(item.reason)
        asked += [word for word in (*stand_ins.FACTS, *_OFFER, stand_ins.LINK) if word in reason]
        asked += [slots.hide(word) for word in item.missing]
    return list(dict.fromkeys([*asked, *manner]))


def ways(request: TextRequest, slots: Slots) -> Iterator[Way]:
    """Ways to write a text, the fullest first; in a field with a limit also those that say less."""
    tone = nearest_tone(request.tone)
    for _ in range(1 + MORE):
        yield Way(request.kind, tone)
    for kind in _SHORTER[request.kind] if request.limit else ():
        yield Way(kind, tone)
    for brief in slots.shorter:
        for kind in _SHORTER[request.kind]:
            own: tuple[Tone, ...] = (tone,) if _is_thing(slots) else ()
            for other in dict.fromkeys((*own, *_PLAIN_TONES)):
                yield Way(kind, other, brief)


def _is_thing(slots: Slots) -> bool:
    """Whether what is sold has a name of its own: nobody plays with a bank."""
    return stand_ins.PRODUCT in slots.own


def missing(text: str, asked: Sequence[str]) -> list[str]:
    """Facts and parts of the offer that a text was asked to say and does not."""
    return [word for word in asked if word in _SAYABLE and word not in text]


def completed(text: str, lacking: Sequence[str]) -> str:
    """A text with sentences that say what it lacks, before its last one where it has several."""
    if not lacking or not text:
        return text
    *before, last = re.findall(r"#\S+|[^.!?]+(?:[.!?]+|$)", text)
    said = [_SAID.get(word, "{}.").format(word) for word in lacking]
    parts = [*before, *said, last] if before else [closed(last), *said]
    return " ".join(part.strip() for part in parts)


def faults(text: str, slots: Slots, way: Way, world: World) -> list[str]:
    """What is wrong with a written text, by stand-in: names that it lacks, what nobody gave."""
    named = (stand_ins.BRAND, stand_ins.PRODUCT) if way.kind in _NAMED and not way.brief else ()
    twice = [word for word in _SAYABLE if text.count(word) > 1]
    of_nothing = not (_OF_SOMETHING.search(text) or world.names_product(text))
    return [
        *(word for word in named if word in slots.own and word not in text),
        *slots.strange(text),
        *twice,
        *(match[0] for match in _SHAPE.finditer(text)),
        *(["of nothing"] if of_nothing else []),
        *(["of another thing"] * 3 if _is_of_another(text, slots, world) else []),
    ]


def _is_of_another(text: str, slots: Slots, world: World) -> bool:
    """Whether a text is of a product of the world, and the brief is not."""
    return names_thing(text, world) and not names_thing(slots.text, world)


def manner_of(
    slots: Slots,
    channel: TextKind,
    tone: Tone,
    attempt: int,
    openings: Phrases,
    closings: Phrases,
) -> list[str]:
    """How a text begins and ends: other brands begin otherwise, and so does each channel.

    Channels choose in their order, so that no two texts of one campaign in one tone begin alike.
    """
    words = " ".join([slots.text, *slots.own.values()]).replace("/", " ")
    first = derive_seed(0, words)
    taken: set[str] = set()
    chosen: dict[str, str] = {}
    for place, name in enumerate(TEXT_KINDS):
        ways = openings.get(f"{name}/{tone}", ())
        turned = [ways[(first + attempt + place + step) % len(ways)] for step in range(len(ways))]
        chosen[name] = next((way for way in turned if way.lower() not in taken), "")
        taken.add(chosen[name].lower())
    nameless = stand_ins.BRAND not in slots.own
    ends = [
        way
        for way in closings.get(f"{channel}/{tone}", ())
        if not (nameless and stand_ins.BRAND in way)
    ]
    manner = [chosen[channel]] if chosen[channel] else []
    return manner + ([ends[(first // 7 + attempt) % len(ends)]] if ends else [])
