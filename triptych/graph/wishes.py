"""What a person's reason asks to see, read from its words."""

from __future__ import annotations

import re

from triptych.alignment.attributes import contrasts_in
from triptych.grounding.negation import without_excluded

_LESS = re.compile(r"\bless\s+\w+", re.IGNORECASE)


def wanted_attributes(reason: str) -> tuple[str, ...]:
    """What a reason asks to see, in its own words: "it should be at night" → "at night".

    Those are words of the attributes that the critic knows; what is told not to be there is left
    out. Copywriter and prompts lead with them, as with what the critic missed.
    """
    return tuple(
        contrast.words for contrast in contrasts_in(_LESS.sub("", without_excluded(reason)))
    )
