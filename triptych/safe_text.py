"""Text from outside, made fit to be looked at: nothing in it may steer, hide or reorder.

Briefs, models' words and file names come from others. Shown in a terminal, a page or a diagram
they must be text and nothing else, and what cannot be seen must become visible.
"""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks by their category, yet never drawn."""
_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0), range(0x180B, 0x1810))
"""Variation selectors: seen used to carry hidden text."""
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MOST_MARKS = 4
"""Combining marks on one letter; more would climb over neighbouring lines."""


def visible(text: str, *, lines: bool = False) -> str:
    """Text with everything spelled out that a reader would not see as it is.

    Control characters (so also terminal escapes), bidirectional and zero-width ones, surrogates
    and unassigned code points become `⟨U+202E⟩`; a newline or tab becomes a space.

    Args:
        text: from anywhere.
        lines: keep newlines and tabs.
    """
    if text.isascii() and text.isprintable():
        return text
    shown, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if character in "\n\t":
            shown.append(character if lines else " ")
        elif marks > _MOST_MARKS or _hides(character):
            shown.append(f"⟨U+{ord(character):04X}⟩")
        else:
            shown.append(character)
    return "".join(shown)


def clipped(text: str, most: int) -> str:
    """One visible line of at most `most` characters, with an ellipsis where it was cut."""
    # Spelling out makes text longer, never shorter: no more than `most` + 1 need be looked at.
    line = visible(text[: most + 1])
    return line if len(line) <= most else f"{line[: max(most - 1, 0)]}…"


def for_markup(text: str, *, lines: bool = False) -> str:
    """Visible text for rich's console markup: `[red]` stays four letters and two brackets."""
    from rich.markup import escape

    shown = visible(text, lines=lines)
    # A last backslash would take the bracket of the markup that follows for its own.
    return escape(f"{shown} " if shown.endswith("\\") else shown)


def for_mermaid(text: str, most: int = 60) -> str:
    """Visible text for a quoted Mermaid label: all that could end or style it is an entity."""
    return re.sub(r"[^\w .,:;·…⟨⟩+-]|;", lambda m: f"#{ord(m[0])};", clipped(text, most))


def for_file_name(text: str, most: int = 60) -> str:
    """A file name that is only letters, digits, `-` and `_`; never empty, hidden or a path."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_]+", "-", plain)[:most].strip("-") or "run"


def _hides(character: str) -> bool:
    point = ord(character)
    return (
        unicodedata.category(character) in _HIDDEN
        or character in _INVISIBLE
        or any(point in selectors for selectors in _SELECTORS)
    )
