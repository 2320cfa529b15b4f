"""What is wrong with fields that were read, in plain words: one sentence a field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from reprlib import Repr

from pydantic_core import ErrorDetails

from triptych.safe_text import clipped

MOST_TOLD = 20
"""Faults of one text that are told; the rest is counted."""

_TAKES = {
    "bool": "true or false",
    "bytes": "text",
    "date": "a date, as in 2026-01-31",
    "dict": "fields of its own",
    "finite": "a number",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "mapping": "fields of its own",
    "model": "fields of its own",
    "string": "text",
    "tuple": "a list",
}
"""What a field takes, by the first word of the types of pydantic's errors."""
_LIMITS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_FORMS = {
    r"^[a-z0-9][a-z0-9_-]{0,63}$": "lower-case letters, digits, `-` and `_`, at most 64",
    r"^[a-z0-9][a-z0-9 _&+-]*$": "lower-case letters, digits, blanks and `_&+-`",
    r"^[a-z]{2}(-[A-Z]{2})?$": "a language, as in `en` or `pt-BR`",
    r"^[0-9a-f]{64}$": "64 digits of a hash",
}
"""Patterns of the domain's words, in words."""

Place = tuple[str | int, ...]
Lines = Mapping[Place, int]
"""At which lines fields stand, where that is known."""


def all_faults(
    faults: Iterable[ErrorDetails],
    where: str,
    lines: Lines | None = None,
) -> str:
    """Everything that is wrong with a text, in one message.

    Args:
        faults: pydantic's, as from `ValidationError.errors()`.
        where: it was read, for people.
        lines: at which lines of it the fields stand, where that is known.
    """
    known = lines or {}
    faults = list(faults)
    places = [fault["loc"] for fault in faults]
    placed: list[tuple[int, str]] = []
    for fault in faults:
        # Pydantic counts wrong items as missing ones: what is wrong with them is said anyhow.
        if fault["type"] == "too_short" and _is_around(fault["loc"], places):
            continue
        line = _line(fault["loc"], known)
        words = in_words(fault)
        placed.append((line, f"{words[:-1]} (line {line})." if line else words))
    told = [words for _, words in sorted(placed, key=lambda one: one[0])]
    return one_message(told, where)


def one_message(told: list[str], where: str) -> str:
    """Sentences on what is wrong in a place as one message, the first twenty of them."""
    if len(told) == 1:
        return f"In {where}: {told[0]}"
    rest = [f"… and {len(told) - MOST_TOLD} more"] if len(told) > MOST_TOLD else []
    return "\n".join([f"In {where}, {len(told)} things are wrong:", *told[:MOST_TOLD], *rest])


def in_words(fault: ErrorDetails) -> str:
    """One of pydantic's errors as a sentence that names the field."""
    field = clipped(".".join(str(part) for part in fault["loc"]), 100)
    reason = _reason(fault)
    if reason is not None:
        return f"`{field}`: {reason}" if field else f"{reason[:1].upper()}{reason[1:]}"
    return f"`{field}` {_predicate(fault)}." if field else f"It {_predicate(fault)}."


def _reason(fault: ErrorDetails) -> str | None:
    """What a check of ours says in words of its own; None if it is a check of pydantic's."""
    if fault["type"] == "value_error":
        return f"{str(fault['ctx']['error']).rstrip('.')}."
    return f"{str(fault['ctx']['words']).rstrip('.')}." if fault["type"] == "kind" else None


def _predicate(fault: ErrorDetails) -> str:
    """What is said of the field: the rest of a sentence, without its full stop."""
    kind, context = fault["type"], fault.get("ctx", {})
    value = shown(fault.get("input"))
    if kind in _LIMITS:
        key, words = _LIMITS[kind]
        return f"cannot be {value}: it must be {words} {context[key]}"
    match kind:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not a field"
        case "string_too_short":
            return "is empty"
        case "string_too_long":
            return f"is longer than {context['max_length']} characters"
        case "too_long":
            return f"has more than {context['max_length']} items"
        case "too_short":
            least = context["min_length"]
            return f"needs {least} item{'' if least == 1 else 's'} at least"
        case "literal_error" | "enum":
            return f"cannot be {value}: it is one of {_choices(str(context['expected']))}"
        case "string_pattern_mismatch":
            pattern = str(context["pattern"])
            return f"cannot be {value}: it takes {_FORMS.get(pattern, f'the form {pattern}')}"
        case _:
            takes = _TAKES.get(kind.partition("_")[0])
            said = fault["msg"].replace("Input should be", "it should be")
            return f"cannot be {value}: {f'it takes {takes}' if takes else said}"


def _is_around(place: Place, others: list[Place]) -> bool:
    """Whether another place lies within one."""
    return any(len(other) > len(place) and other[: len(place)] == place for other in others)


def _line(place: Place, lines: Lines) -> int:
    """The line of a field, or of the nearest that it lies within; 0 where that is not known."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 0)


def _choices(expected: str) -> str:
    """Pydantic's `'a', 'b' or 'c'` without its quotes."""
    return expected.replace("'", "")


def shown(value: object) -> str:
    """A value in few characters, however deep it is."""
    short = Repr()
    short.maxlevel, short.maxstring, short.maxother = 1, 60, 60
    return short.repr(value)[:80]
