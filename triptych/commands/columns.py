"""Labelled lines for a terminal: text hangs beside its label and breaks at the window's edge."""

from __future__ import annotations

import shutil
import sys
import textwrap

LABEL = 9
WIDEST = 100
"""Longer lines are hard to read, however wide the window is."""


def window() -> int | None:
    """Columns to fill on a terminal; None when piped, where lines stay whole for other programs."""
    if not sys.stdout.isatty():
        return None
    return min(shutil.get_terminal_size().columns, WIDEST)


def wrapped(text: str, width: int | None = None, first: str = "", after: str = "  ") -> str:
    """Text broken into lines of `width` columns, each led by a margin; one line if None."""
    if width is None or len(first + text) <= width:
        return first + text
    return textwrap.fill(
        text,
        max(width, len(after) + 30),
        initial_indent=first,
        subsequent_indent=after,
        break_long_words=False,
        break_on_hyphens=False,
    )


def labelled(label: str, text: str, width: int | None = None) -> str:
    """A label and its text, hanging beside it."""
    return wrapped(text, width, f"  {label:<{LABEL}}", " " * (LABEL + 2))
