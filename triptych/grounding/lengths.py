"""Whether a field can take a text: it is written again, never cut."""

from __future__ import annotations

from collections.abc import Sequence

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


def repeated(text: str, field: str, others: Sequence[str]) -> list[Finding]:
    """A finding if a field has the text already, in whatever case: ads with it are refused."""
    if text.casefold() not in (other.casefold() for other in others):
        return []
    reason = f'The {field.replace("_", " ")} "{text}" is there already: write another one.'
    return [Finding(kind="wording", where="copy", words=text, reason=reason)]
