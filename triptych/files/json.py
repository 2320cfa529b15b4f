"""JSON by its own rules: escapes, tabs and numbers as JSON has them, each key once."""

from __future__ import annotations

import json
import re
from typing import Never

from pydantic import JsonValue

from triptych.errors import BriefError

MAX_LINES = 20_000
MAX_CONTAINERS = 200_000
"""Objects and lists of one text: more than a feed of 4 MB has; it bounds memory."""
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class KeyTwiceError(BriefError):
    """A mapping names one key twice: nobody can tell which value is meant."""


def parse_json(text: str, where: str, *, as_written: bool = False) -> JsonValue:
    """One JSON value.

    Args:
        text: to read.
        where: it comes from, for messages.
        as_written: numbers stay text, so that a price of 49.90 keeps its last digit.

    Raises:
        BriefError: naming the line, if it is not JSON or gives a key twice.
    """
    _check_size(text, where)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_once,
            parse_constant=_no_number,
            parse_int=str if as_written else None,
            parse_float=str if as_written else None,
        )
    except json.JSONDecodeError as error:
        raise BriefError(
            f"{where} is not valid JSON at line {error.lineno}, column {error.colno}: "
            f"{error.msg[:1].lower()}{error.msg[1:]}.",
            "Strings and keys stand in double quotes; no comma after the last item.",
        ) from error
    except RecursionError as error:
        raise BriefError(f"{where} is nested too deep.", "See docs/briefs.md.") from error
    except _KeyTwice as error:
        raise KeyTwiceError(f"{where} gives `{error}` twice.", "Leave one of them.") from error
    except ValueError as error:
        raise BriefError(
            f"{where} holds a number that is none: {error}."[:200], "Write it out."
        ) from error
    if _SURROGATE.search(text):
        _check_whole(value, where)
    return value


def parse_json_lines(text: str, where: str, *, as_written: bool = False) -> list[JsonValue]:
    """One JSON value a line; empty lines are passed over. Raises `BriefError` naming the line."""
    _check_size(text, where)
    values: list[JsonValue] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            values.append(parse_json(line, f"Line {number} of {where}", as_written=as_written))
        if len(values) > MAX_LINES:
            raise BriefError(f"{where} has more than {MAX_LINES} lines.", "Cut a part out of it.")
    return values


def _check_size(text: str, where: str) -> None:
    if text.count("{") + text.count("[") > MAX_CONTAINERS:
        raise BriefError(
            f"{where} holds more than {MAX_CONTAINERS} objects and lists.", "Cut a part out of it."
        )


class _KeyTwice(Exception):
    pass


def _once(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _KeyTwice(name[:80])
            seen.add(name)
    return members


def _no_number(name: str) -> Never:
    raise ValueError(name)


def _check_whole(value: JsonValue, where: str) -> None:
    """Raise `BriefError` for a string with half of a character, as the escape \\ud83d alone is."""
    stack: list[JsonValue] = [value]
    while stack:
        match stack.pop():
            case dict() as members:
                stack += [*members, *members.values()]
            case list() as items:
                stack += items
            case str() as text:
                try:
                    text.encode("utf-8")
                except UnicodeEncodeError as error:
                    half = f"\\u{ord(text[error.start]):04x}"
                    raise BriefError(
                        f"{where} holds half of a character: {half} stands alone.",
                        "Such escapes come in pairs.",
                    ) from error
            case _:
                pass
