"""The four tones that the starter writes in, and which of them a free word is nearest to."""

from __future__ import annotations

import re
from collections.abc import Mapping

from triptych.domain import TONES, Tone

USUAL: Tone = "playful"

_NEAR: Mapping[Tone, str] = {
    "playful": "fun funny humorous humour witty cheeky cheerful happy joyful lively young youthful"
    " casual friendly warm relaxed informal bold energetic quirky light lighthearted sunny upbeat"
    " conversational enthusiastic exciting silly",
    "premium": "elegant luxurious luxury refined sophisticated exclusive classy noble calm poetic"
    " romantic timeless stylish graceful aspirational emotional inspiring sensual high-end upscale"
    " dreamy",
    "technical": "precise factual expert informative professional serious sober matter-of-fact"
    " neutral formal scientific detailed objective authoritative trustworthy competent credible"
    " corporate business analytical educational",
    "minimal": "short simple plain clean reduced quiet terse concise brief understated laconic dry"
    " direct modern honest straightforward clear sparse",
}


def nearest_tone(asked: str) -> Tone:
    """The starter's tone for free words; `USUAL` where it knows none of them."""
    words = re.findall(r"[a-z-]+", asked.lower())
    for word in words:
        if word in TONES:
            return word
    for word in words:
        for tone, near in _NEAR.items():
            if word in near.split():
                return tone
    return USUAL


def tone_note(asked: str) -> tuple[str, ...]:
    """What is told where the starter writes in another tone than the one asked for."""
    tone = nearest_tone(asked)
    if asked.strip().lower() == tone:
        return ()
    return (f'The starter has no tone "{asked}": it wrote in its nearest, {tone}.',)
