"""What is wrong with fields, in words for people, out of what pydantic says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from reprlib import Repr

from pydantic_core import ErrorDetails

MOST_TOLD = 20
Lines = Mapping[tuple[str | int, ...], int]
"""At which lines fields stand, where that is known."""


def faults_in_words(problems: Sequence[ErrorDetails], where: str, lines: Lines | None) -> str:
    """One message about all faults of a record, in the order of its lines.

    Args:
        problems: as `ValidationError.errors()` gives them; at least one.
        where: the fields come from.
        lines: where they stand.
    """
    known = lines or {}
    ordered = sorted(problems, key=lambda one: known.get(one["loc"], 0))
    reasons = [_in_words(one, known) for one in ordered[:MOST_TOLD]]
    if len(reasons) == 1:
        return f"In {where}: {reasons[0]}"
    if len(ordered) > MOST_TOLD:
        reasons.append(f"… and {len(ordered) - MOST_TOLD} more")
    return "\n".join([f"In {where}, {len(ordered)} things are wrong:", *reasons])


def _in_words(problem: ErrorDetails, lines: Lines) -> str:
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
