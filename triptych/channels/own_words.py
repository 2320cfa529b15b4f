"""Copy that a person wrote, taken apart into a placement's texts."""

from __future__ import annotations

import re

from triptych.channels.placement import Placement, TextField
from triptych.errors import ChannelError


def own_texts(placement: Placement, words: str) -> list[tuple[TextField, str]]:
    """The texts of a person's copy, in the placement's order.

    A placement of one text takes the words as they stand. One of several takes a line
    `field: text` for each; a field may come more than once, and lines without a field's name go on
    with the text before.

    Raises `ChannelError` that names what is missing.
    """
    fields = placement.written
    if len(fields) == 1:
        return [(fields[0], words.strip())]
    names = "|".join(re.escape(field.name) for field in fields)
    parts = re.split(rf"^\s*({names})\s*:", words, flags=re.MULTILINE | re.IGNORECASE)
    said: dict[str, list[str]] = {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        said.setdefault(name.lower(), []).append(text.strip())
    missing = [field.name for field in fields if field.least and not any(said.get(field.name, []))]
    if missing or parts[0].strip():
        example = "\n".join(f"{field.name}: …" for field in fields)
        raise ChannelError(
            f"{placement.title} takes several texts; {', '.join(missing) or 'a line'}"
            f" {'is missing' if missing else 'belongs to none of them'}.",
            f"Give one line for each:\n{example}",
        )
    return [(field, text) for field in fields for text in said.get(field.name, []) if text]
