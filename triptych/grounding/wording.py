"""Words that copy must have, and words that neither plan nor copy may have."""

from __future__ import annotations

import re

from triptych.domain import Finding, TextKind
from triptych.grounding.source import Source
from triptych.grounding.tokens import fold, plain
from triptych.grounding.where import Where, finding

ROOM: dict[TextKind, int] = {
    "headline": 10, "body": 60, "call_to_action": 8, "social_post": 40, "email_subject": 10
}  # fmt: skip
"""Words that a kind of text has about."""


def missing_words(source: Source, text: str, kind: TextKind | None) -> list[Finding]:
    """What of `must_say` copy does not have, letter for letter.

    Short copy has to have it only where it all fits in half of it.
    """
    asked = [plain(words) for words in source.brief.must_say]
    if kind and ROOM[kind] < 40 and sum(len(words.split()) for words in asked) > ROOM[kind] / 2:
        return []
    return [
        finding("wording", "copy", words, f'Say "{words}", word for word.', instead=words)
        for words in asked
        if not _has(text, words)
    ]


def forbidden_words(source: Source, text: str, where: Where) -> list[Finding]:
    """What a text has that brief or brand kit forbid: negated too, in any case and number."""
    return [
        finding("wording", where, match[0], f'Do not say "{match[0]}": "{words}" is forbidden.')
        for words in source.brief.forbidden
        if (match := _phrase(words).search(_folded(text)))
    ]


def _has(text: str, words: str) -> bool:
    """Whether a text has the words; the first may have a capital, the last no stop."""
    bare = " ".join(words.split()).rstrip(".!?… ")
    first, rest = re.escape(bare[:1]), re.escape(bare[1:]).replace(r"\ ", r"\s+")
    pattern = (
        rf"(?<!\w)(?:{first}|{re.escape(bare[:1].upper())}|{re.escape(bare[:1].lower())}){rest}"
    )
    return bool(bare) and bool(re.search(rf"{pattern}(?!\w)", text))


def _phrase(words: str) -> re.Pattern[str]:
    bare = _folded(plain(words)).strip(" .!?")
    joined = r"[\s-]+".join(re.escape(part) for part in re.split(r"[\s-]+", bare) if part)
    return re.compile(rf"(?<!\w){joined}(?:'?s|es)?(?!\w)")


def _folded(text: str) -> str:
    return " ".join(fold(word) for word in text.split())
