"""Whether a text fits its field: it is written again, never cut."""

from __future__ import annotations

from triptych.channels.counting import Counting, length
from triptych.domain import Finding


def too_long(
    text: str, field: str, limit: int | None, counting: Counting = "characters"
) -> list[Finding]:
    """A finding if a text is longer than its field may be, as the platform counts."""
    count = length(text, counting)
    if limit is None or count <= limit:
        return []
    name = field.replace("_", " ")
    reason = f"The {name} has {count} characters and may have {limit}: write it shorter."
    return [Finding(kind="length", where="copy", words=text, reason=reason)]
