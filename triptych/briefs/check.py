"""Checking what was read against the record it shall be: every wrong field in one message."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from triptych.brands.kit import BrandKit
from triptych.channels import find_placement
from triptych.channels.reading import LISTED
from triptych.domain import (
    TONES,
    Asset,
    Brief,
    Budget,
    CampaignPlan,
    Deliverable,
    Offer,
    Record,
    SearchChoice,
)
from triptych.errors import BriefError, ChannelError
from triptych.files.faults import MOST_TOLD, Lines, faults_in_words
from triptych.records import PLACEMENT, Context

Model = TypeVar("Model", bound=Record)

_WITHIN: dict[str, type[Record]] = {
    "assets": Asset,
    "brand_kit": BrandKit,
    "budget": Budget,
    "brief": Brief,
    "offer": Offer,
    "search": SearchChoice,
    "deliverables": Deliverable,
}
_NAMES: dict[type[Record], str] = {
    Asset: "an asset",
    BrandKit: "a brand kit",
    Brief: "a brief",
    Budget: "a budget",
    CampaignPlan: "a plan",
    Deliverable: "a deliverable",
    Offer: "an offer",
    SearchChoice: "a search",
}
_INSTEAD = {
    "name": "product",
    "title": "product",
    "company": "brand",
    "vendor": "brand",
    "color": "facts",
    "colour": "facts",
    "material": "facts",
    "features": "facts",
    "price": "offer.price",
    "discount": "offer.discount",
    "code": "offer.code",
    "target": "audience",
    "target_audience": "audience",
    "platforms": "channels",
    "link": "url",
    "website": "url",
}
"""What people call it, and the field that is meant."""


def parse(
    kind: type[Model],
    content: object,
    where: str,
    lines: Lines | None = None,
    context: Context | None = None,
) -> Model:
    """Validate content.

    Args:
        kind: the record it shall be.
        content: as it was read.
        where: it comes from, for messages.
        lines: at which lines of it the fields stand, where that is known.
        context: what else is known: files to open, kits to read (`triptych.brands`).

    Raises:
        BriefError: naming every wrong field.
    """
    try:
        return kind.model_validate(content, context={PLACEMENT: named_placement, **(context or {})})
    except ValidationError as error:
        problems = error.errors()
        hints = [hint for one in problems[:MOST_TOLD] for hint in _hints(kind, one)]
        hints.sort(key=lambda hint: not hint.startswith("For "))
        message = faults_in_words(problems, where, lines)
        raise BriefError(message, " ".join(dict.fromkeys(hints))) from error


def named_placement(name: str) -> str:
    """The name of a placement that is called so. Raises `ValueError` with the nearest."""
    try:
        return find_placement(name).name
    except ChannelError as error:
        near = error.hint.removesuffix(LISTED)
        raise ValueError(f"{error.message} {near}".strip()) from error


def _hints(kind: type[Record], problem: ErrorDetails) -> tuple[str, ...]:
    """What may stand there: the fields of the innermost record that a wrong field lies in."""
    loc = [str(part) for part in problem["loc"]]
    if problem["type"] not in ("extra_forbidden", "missing"):
        if "channel" in ".".join(loc):
            return (LISTED,)
        if "tone" in loc:
            return (f"Tones are {', '.join(TONES)}.",)
    if problem["type"] in ("string_too_long", "too_long"):
        return ("Shorten it.",)
    for name in loc[:-1]:
        kind = _WITHIN.get(name, kind)
    fields = f"Fields of {_NAMES.get(kind, 'it')} are {', '.join(kind.model_fields)}."
    if problem["type"] != "extra_forbidden":
        return (fields,)
    wrong = loc[-1].strip().lower().replace(" ", "_").replace("-", "_")
    close = get_close_matches(wrong[:100], kind.model_fields, 1, 0.75)
    meant = close[0] if close else _INSTEAD.get(wrong) if kind is Brief else None
    return (f"For `{loc[-1][:100]}` write `{meant}`.", fields) if meant else (fields,)
