"""Long copy as visual claims: pieces that CLIP can read and a picture can show or lack."""

from __future__ import annotations

import re
from collections.abc import Callable

CLAIM_TOKENS = 20
"""Most tokens of a claim: what published CLIPs were shown of a caption before they lose track."""

_SENTENCE = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|\n+")
_CLAUSE = re.compile(r"(?<=[,;:])\s+|\s+(?=[–—-]\s)|\s+(?=(?:and|but|while|with|where)\s)")
_NOISE = re.compile(r"https?://\S+|www\.\S+|[@#]\w+|[^\w\s.,;:!?'’\"%€$£&()+/–—-]")
_CALL = re.compile(
    r"^(?:so |and |now |go on,? |come on,? )?(?:shop|buy|order|get|grab|bag|reserve|discover|"
    r"experience|learn|visit|click|tap|subscribe|sign|join|try|compare|configure|choose|see more|"
    r"find out|contact|call|book|pre-?order|add to)\b",
    re.IGNORECASE,
)
_CALL_WORDS = 8


def split_claims(
    text: str, count_tokens: Callable[[str], int], limit: int = CLAIM_TOKENS
) -> tuple[str, ...]:
    """Split copy into claims of at most `limit` tokens: sentences, then clauses, then words.

    Links, mentions, hashtags and emoji are left out, and so are calls to action, which no picture
    can show; if nothing else is there, they are what is judged. Nothing is cut silently: every
    word that is left belongs to one claim.

    Args:
        text: copy or caption.
        count_tokens: tokens as the CLIP in use counts them.
        limit: most tokens of a claim; at least 3 (start, one piece of a word, end).

    Returns:
        At least one claim; a text without any word is stood for by its first mark.
    """
    if not re.search(r"\w", text):
        return (text.strip()[:1] or " ",)
    cleaned = _NOISE.sub(" ", text)
    sentences = [_tidy(s) for s in _SENTENCE.split(cleaned)]
    sentences = [s for s in sentences if re.search(r"\w", s)]
    visual = [s for s in sentences if not _is_call(s)]
    kept = visual or sentences or [_tidy(text)]
    claims = [claim for s in kept for claim in _fit(s, count_tokens, limit)]
    return tuple(dict.fromkeys(claims))


def _is_call(sentence: str) -> bool:
    return len(sentence.split()) <= _CALL_WORDS and _CALL.match(sentence) is not None


def _fit(sentence: str, count: Callable[[str], int], limit: int) -> list[str]:
    if count(sentence) <= limit:
        return [sentence]
    clauses = [c for c in _CLAUSE.split(sentence) if c and re.search(r"\w", c)]
    pieces = [p for c in clauses for p in ([c] if count(c) <= limit else c.split())]
    pieces = [p for piece in pieces for p in _halved(piece, count, limit)]
    return [_tidy(claim) for claim in _packed(pieces, count, limit)]


def _packed(pieces: list[str], count: Callable[[str], int], limit: int) -> list[str]:
    """Join neighbours as long as they fit, so that a claim keeps its context."""
    claims: list[str] = []
    for piece in pieces:
        joined = f"{claims[-1]} {piece}" if claims else piece
        if claims and count(joined) <= limit:
            claims[-1] = joined
        else:
            claims.append(piece)
    return claims


def _halved(word: str, count: Callable[[str], int], limit: int) -> list[str]:
    """A single word that is too long for the tokenizer, in halves until they fit."""
    if count(word) <= limit or len(word) < 2:
        return [word]
    middle = len(word) // 2
    return _halved(word[:middle], count, limit) + _halved(word[middle:], count, limit)


def _tidy(text: str) -> str:
    return " ".join(text.split()).strip(" ,;:–—-\"'“”")
