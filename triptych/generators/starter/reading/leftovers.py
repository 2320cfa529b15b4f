"""What of a sentence is lost: words that nothing taken from it carries."""

from __future__ import annotations

import re

from triptych.generators.starter.reading.lexicon import FORM

_LEAD_IN = re.compile(
    r"(?:\b(?:from|on|in|at|with|for|to|not|no|without|of|the|my|a|an|any|by|you)\s+)+$", re.I
)
_TOKEN = re.compile(r"\#?[^\W_][\w’'.@+-]*[\w%€$£]|\#?[^\W_]%?")


def words_of(text: str) -> list[str]:
    """The words of a text, as `lost` compares them."""
    return [_bare(word) for word in _TOKEN.findall(text)]


def lost(text: str, carried: list[str], refused: list[str]) -> list[str]:
    """Runs of words of a text that nothing carries and that are no mere form.

    Args:
        text: a sentence of a brief.
        carried: what was taken from it.
        refused: words that are lost, though they stand in what was taken.
    """
    held = {word for one in carried for word in words_of(one)}
    tokens = list(_TOKEN.finditer(text))
    refused_words = {t.casefold() for words in refused for t in _TOKEN.findall(words)}
    loose = [
        (_bare(t[0]) not in held or t[0].casefold() in refused_words)
        and re.sub(r"[’'](?:re|m|ve|ll|s)$", "", t[0].casefold()) not in FORM
        for t in tokens
    ]
    if not any(loose):
        return []
    if not held & {_bare(t[0]) for t in tokens}:
        return [text.strip()]
    runs: list[tuple[int, int]] = []
    for place, is_loose in enumerate(loose):
        if not is_loose:
            continue
        between = range(runs[-1][1] + 1, place) if runs else range(0)
        if runs and all(tokens[n][0].casefold() in FORM for n in between):
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    found = []
    for first, last in runs:
        start, end = tokens[first].start(), tokens[last].end()
        if lead := _LEAD_IN.search(text, 0, start):
            start = lead.start()
        found.append(text[start:end])
    return found


def _bare(token: str) -> str:
    return re.sub(r"[’']s$|(?<=\w{3})s$", "", token.casefold())
