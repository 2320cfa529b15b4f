"""What records are made of: their base, and texts of a known shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationInfo,
)

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
PLACEMENT = "placement"
"""Key of a validation's context: turns what a placement is called into its name, or raises."""


Context = Mapping[str, Callable[[str], object]]
"""What a validation knows of the world, by key; without it records are checked by their form."""


def _by_catalogue(name: str, info: ValidationInfo[Context | None]) -> str:
    named = (info.context or {}).get(PLACEMENT)
    return str(named(name)) if named else name


ChannelName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64),
    AfterValidator(_by_catalogue),
]
"""A placement of the catalogue, by its name; where a source is read, by any that it has."""
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
"""As in `en` or `pt-BR`."""
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class Record(BaseModel):
    """Base of all domain types: immutable, and an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
