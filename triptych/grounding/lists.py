"""The checks' own lists of words, which are data: `data/lists.yaml`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml


def words_of(key: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(str(_lists()[key]).split())


def words_by_language(key: str) -> dict[str, frozenset[str]]:
    """The words of a list that has one part a language, by its code."""
    return {code: frozenset(str(said).split()) for code, said in _lists()[key].items()}


@cache
def _lists() -> dict[str, dict[str, str]]:
    text = (files("triptych.grounding") / "data/lists.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=yaml.BaseLoader)  # strings alone: "no" and "on" are words
