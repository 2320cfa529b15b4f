"""Checking what was read against the record it shall be: every wrong field in one message."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from reprlib import Repr
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from triptych.channels import find_placement
from triptych.channels.reading import LISTED
from triptych.domain import (
    PLACEMENT,
    TONES,
    Brief,
    Budget,
    CampaignPlan,
    Deliverable,
    Offer,
    Record,
    SearchChoice,
)
from triptych.errors import BriefError, ChannelError

Model = TypeVar("Model", bound=Record)

_MOST_TOLD = 20
_WITHIN: dict[str, type[Record]] = {
    "budget": Budget,
    "brief": Brief,
    "offer": Offer,
    "search": SearchChoice,
    "deliverables": Deliverable,
}
_NAMES: dict[type[Record], str] = {
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
    lines: Mapping[tuple[str | int, ...], int] | None = None,
) -> Model:
    """Validate content.

    Args:
        kind: the record it shall be.
        content: as it was read.
        where: it comes from, for messages.
        lines: at which lines of it the fields stand, where that is known.

    Raises:
        BriefError: naming every wrong field.
    """
    try:
        return kind.model_validate(content, context={PLACEMENT: _placement})
    except ValidationError as error:
        known = lines or {}
        problems = sorted(error.errors(), key=lambda one: known.get(one["loc"], 0))
        reasons = [_in_words(one, known) for one in problems[:_MOST_TOLD]]
        hints = [hint for one in problems[:_MOST_TOLD] for hint in _hints(kind, one)]
        hints.sort(key=lambda hint: not hint.startswith("For "))
        hint = " ".join(dict.fromkeys(hints))
        if len(problems) == 1:
            raise BriefError(f"In {where}: {reasons[0]}", hint) from error
        if len(problems) > _MOST_TOLD:
            reasons.append(f"… and {len(problems) - _MOST_TOLD} more")
        message = "\n".join([f"In {where}, {len(problems)} things are wrong:", *reasons])
        raise BriefError(message, hint) from error


def _placement(name: str) -> str:
    try:
        return find_placement(name).name
    except ChannelError as error:
        near = error.hint.removesuffix(LISTED)
        raise ValueError(f"{error.message} {near}".strip()) from error


def _in_words(problem: ErrorDetails, lines: Mapping[tuple[str | int, ...], int]) -> str:
    field = ".".join(str(part) for part in problem["loc"])[:100]
    line = lines.get(problem["loc"])
    words = _what_is_wrong(field, problem)
    return f"{words[:-1]} (line {line})." if line else words


def _what_is_wrong(field: str, problem: ErrorDetails) -> str:
    value = _shown(problem.get("input"))
    match problem["type"]:
        case "missing":
            return f"`{field}` is missing."
        case "extra_forbidden":
            return f"`{field}` is not a field."
        case "string_too_short":
            return f"`{field}` is empty."
        case "literal_error":
            return f"`{field}` cannot be {value}."
        case "string_too_long":
            return f"`{field}` is longer than {problem['ctx']['max_length']} characters."
        case "too_long":
            return f"`{field}` has more than {problem['ctx']['max_length']} items."
        case "string_type":
            return f"`{field}` cannot be {value}: it takes text."
        case "tuple_type" | "list_type":
            return f"`{field}` cannot be {value}: it takes a list."
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"`{field}` cannot be {value}: it takes fields of its own."
        case "value_error":
            reason = str(problem["ctx"]["error"]).rstrip(".")
            return f"`{field}`: {reason}." if field else f"{reason[:1].upper()}{reason[1:]}."
        case _:
            return f"`{field}` cannot be {value}: {problem['msg']}."


def _shown(value: object) -> str:
    """A value in few characters, however deep it is."""
    short = Repr()
    short.maxlevel, short.maxstring, short.maxother = 1, 60, 60
    return short.repr(value)[:80]


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
