"""Where findings are made, and how."""

from __future__ import annotations

from typing import Literal

from triptych.domain import Finding, FindingKind

Where = Literal["copy", "key_message", "visual", "motion"]
NAMES: dict[Where, str] = {
    "copy": "copy",
    "key_message": "key message",
    "visual": "line of the picture",
    "motion": "line of the film",
}
"""In words for people."""


def finding(kind: FindingKind, where: Where, words: str, reason: str, instead: str = "") -> Finding:
    """A finding, with its words cut to what a line of a report holds."""
    return Finding(kind=kind, where=where, words=words[:200], reason=reason[:500], instead=instead)
