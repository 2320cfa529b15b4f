"""What one piece of copy is asked to say, and what a written one lacks; all by stand-in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from triptych.domain import TEXT_KINDS, Feedback, TextKind, Tone
from triptych.generators.starter import stand_ins
from triptych.generators.starter.slots import Slots
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
_SHAPE = re.compile(r"^[a-z]|[{}\[\]\"<>]|\w, [,.!]")
"""What no copy of this writer has: a small letter first, brackets, quotes."""
_NAMED: tuple[TextKind, ...] = ("body", "social_post")
"""Channels that name both brand and product."""

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


def lacks(text: str, slots: Slots, channel: TextKind, asked: Sequence[str]) -> list[str]:
    """What is wrong with a written text, by stand-in: what it lacks, and what nobody gave."""
    named = (stand_ins.BRAND, stand_ins.PRODUCT) if channel in _NAMED else ()
    sayable = {*stand_ins.FACTS, *_OFFER, stand_ins.LINK}
    wanted = [word for word in named if word in slots.own]
    wanted += [word for word in asked if word in sayable]
    twice = [word for word in sayable if text.count(word) > 1]
    shape = _SHAPE.findall(text)
    return [*(word for word in wanted if word not in text), *slots.strange(text), *twice, *shape]


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
