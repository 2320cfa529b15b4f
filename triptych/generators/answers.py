"""What a chat model meant to answer: its thoughts cut, its object found, its words unwrapped."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

Schema = TypeVar("Schema", bound=BaseModel)

_THOUGHT = r"think|thinking|thought|thoughts|reason|reasoning|reflection|analysis|scratchpad"
_BLOCK = re.compile(rf"<({_THOUGHT})\b[^>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_OPENED = re.compile(rf"<(?:{_THOUGHT})\b[^>]*>", re.IGNORECASE)
_CLOSED = re.compile(rf"^.*</(?:{_THOUGHT})\s*>", re.DOTALL | re.IGNORECASE)
_CHANNELS = re.compile(r"^.*<\|channel\|>\s*final\s*(?:<\|message\|>)?", re.DOTALL)
_MOST_STARTS = 400
"""Braces that may begin an object; a text with more is no answer."""


def without_thoughts(text: str) -> str:
    """An answer without what a reasoning model thought aloud.

    Whole blocks go, wherever they stand; so does all before a block's end whose beginning was left
    to the prompt, and all after a beginning without an end, where the model ran out of tokens.
    """
    text = _CHANNELS.sub("", text)
    text = _BLOCK.sub("", text)
    text = _CLOSED.sub("", text)
    opened = _OPENED.search(text)
    return (text[: opened.start()] if opened else text).strip()


def read_object(text: str, schema: type[Schema]) -> Schema:
    """The last whole JSON object in an answer that fits a schema.

    It may stand bare, fenced, or with words around it, and its strings may hold raw line breaks.
    Raises `ValueError` (pydantic's, if an object is there that does not fit).
    """
    wrong: ValidationError | None = None
    for value in reversed(objects_in(without_thoughts(text))):
        try:
            return schema.model_validate(value)
        except ValidationError as error:
            wrong = wrong or error
    if wrong is not None:
        raise wrong
    raise ValueError("there is no whole JSON object in it")


def objects_in(text: str) -> list[dict[str, Any]]:
    """All whole JSON objects of a text, those within another left out, in their order."""
    decoder = json.JSONDecoder(strict=False)
    objects: list[dict[str, Any]] = []
    place = tries = 0
    while (place := text.find("{", place)) >= 0 and tries < _MOST_STARTS:
        tries += 1
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            place += 1
            continue
        objects.append(value)
        place = end
    return objects
