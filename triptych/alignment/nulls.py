"""Unrelated copies for a CLIP without a calibration: enough for a z-value, not for a verdict."""

from __future__ import annotations

from functools import cache
from random import Random

from triptych.alignment.calibration import NULL_SIZE
from triptych.grounding.vocabulary import GROUPS


@cache
def default_null_texts() -> tuple[str, ...]:
    """64 captions drawn from the general vocabulary; always the same."""
    rng = Random(0)

    def one() -> str:
        said = {
            g: rng.choice(GROUPS[g])[0] for g in ("colour", "product", "setting", "time", "weather")
        }
        return "{colour} {product} {setting} {time} {weather}".format(**said)

    return tuple(one() for _ in range(NULL_SIZE))
