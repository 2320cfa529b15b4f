"""Tone and channels that a sentence asks for."""

from __future__ import annotations

import re

from triptych.domain import TONES

_TONE = re.compile(rf"\b(?P<tone>{'|'.join(TONES)})\b", re.IGNORECASE)
_CHANNEL_WORDS = {
    "headline": r"headlines?",
    "body": r"body(?: copy| text)?",
    "call_to_action": r"calls? to action|CTA",
    "social_post": r"social(?: media)? posts?|(?:instagram|facebook|linkedin) posts?",
    "email_subject": r"e-?mail subjects?(?: lines?)?|subject lines?",
}


def tone_in(text: str) -> str:
    """The first tone that a text names, as it stands there; empty without."""
    match = _TONE.search(text)
    return match[0] if match else ""


def channels_in(text: str) -> dict[str, str]:
    """The channels that a text names, with its words for each."""
    found = {
        channel: re.search(rf"\b(?:{pattern})\b", text, re.IGNORECASE)
        for channel, pattern in _CHANNEL_WORDS.items()
    }
    return {channel: match[0] for channel, match in found.items() if match}
