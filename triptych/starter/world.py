"""What the starter's models are told that they know: the world that this package renders."""

from __future__ import annotations

import re
from functools import cache
from random import Random

from triptych.domain import TEXT_KINDS, TONES
from triptych.generators.starter import stand_ins
from triptych.generators.starter.world import World
from triptych.starter.pitches import closing_of, draw_pitch, opening_of, write_pitch
from triptych.starter.scene import PRODUCTS, draw_scene
from triptych.starter.truth import vocabulary

_OWN = re.compile(
    rf"\b(?:it|them|is|are|comes|code|until|off|{stand_ins.BRAND}|{stand_ins.PRODUCT}"
    rf"|{stand_ins.KIND}\w*)\b|^(?:The|At)$",
    re.IGNORECASE,
)
"""In ways to begin or end that hold for some products alone."""
_CLAIMS = re.compile(r"\b(?:it|them|designed|engineered|developed)\b", re.IGNORECASE)
"""In ways to end that say something of the product."""
_TEXTS, _SELDOM = 300, 3
"""Texts of each channel and tone that are looked at; what comes less often is no way to begin."""


@cache
def known_world() -> World:
    """Of all cases that `triptych data render` makes and all texts of the grammar."""
    openings: dict[str, tuple[str, ...]] = {}
    closings: dict[str, tuple[str, ...]] = {}
    for channel in TEXT_KINDS:
        for tone in TONES:
            rng, begun, ended = Random(f"{channel}/{tone}"), [], []
            for _ in range(_TEXTS):
                pitch = draw_pitch(rng, draw_scene(rng, held_out=False))
                text = write_pitch(pitch, channel, tone, rng)
                begun.append(opening_of(text))
                ended.append(closing_of(text) if channel == "body" else "")
            openings[f"{channel}/{tone}"] = _usual([way for way in begun if not _OWN.search(way)])
            closings[f"{channel}/{tone}"] = _usual(
                [way for way in ended if not _CLAIMS.search(way)]
            )
    return World(
        products=tuple(sorted(kind.replace("_", " ") for kind in PRODUCTS)),
        words=vocabulary(),
        language="en",
        openings=openings,
        closings=closings,
    )


def _usual(said: list[str]) -> tuple[str, ...]:
    """Ways of saying that come often, the most frequent first."""
    counts = {way: said.count(way) for way in sorted(set(said)) if way}
    often = [way for way, count in counts.items() if count >= _SELDOM]
    return tuple(sorted(often, key=lambda way: -counts[way]))
