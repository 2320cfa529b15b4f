"""Long copy as visual claims: pieces that CLIP can read and a picture can show or lack."""

from __future__ import annotations

import re
from collections.abc import Callable

from triptych.grounding.amounts import amounts, days

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
_TIMES = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|today|tonight|tomorrow|midnight|weekend|"
    r"montags?|dienstags?|mittwochs?|donnerstags?|freitags?|samstags?|sonntags?|heute|morgen)\b",
    re.IGNORECASE,
)
_TERMS = re.compile(
    r"\b(?:(?:use |with )?(?:the )?code:? [A-Z0-9-]{3,}|free (?:shipping|delivery|returns)|"
    r"while (?:stocks?|supplies) lasts?|limited (?:time|offer|edition)|on sale|half price)\b|"
    r"\b(?:kostenloser Versand|solange der Vorrat reicht)\b",
    re.IGNORECASE,
)
_FRAMES = frozenset((
    "a", "an", "and", "the", "for", "from", "at", "only", "just", "now", "save", "get", "until",
    "till", "through", "by", "on", "in", "valid", "ends", "end", "starts", "start", "instead",
    "of", "was", "were", "price", "prices", "with", "use", "off", "up", "to", "sale", "offer",
    "deal", "discount", "this", "last", "is", "are", "it", "our", "your", "per", "each", "more",
    "less", "hurry", "here", "order", "buy", "today", "ab", "bis", "für", "gilt", "ist", "jetzt",
    "nur", "statt", "sparen", "spare", "und", "von", "vom", "zum", "mit", "rabatt", "preis"
))  # fmt: skip
"""Words around an offer that say nothing to be seen."""


def split_claims(
    text: str, count_tokens: Callable[[str], int], limit: int = CLAIM_TOKENS
) -> tuple[str, ...]:
    """Split copy into claims of at most `limit` tokens: sentences, then clauses, then words.

    Links, mentions, hashtags and emoji are left out, and so are calls to action, prices, dates and
    terms of sale, which no picture can show; if nothing else is there, they are what is judged.
    Nothing is cut silently: every word that is left belongs to one claim.

    Args:
        text: copy or caption.
        count_tokens: tokens as the CLIP in use counts them.
        limit: most tokens of a claim; at least 3 (start, one piece of a word, end).

    Returns:
        At least one claim; a text without any word is stood for by its first mark.
    """
    if not re.search(r"\w", text):
        return (text.strip()[:1] or " ",)
    sentences = _sentences(text)
    visual = [s for s in map(_without_offer, sentences) if s and not _is_call(s)]
    kept = visual or sentences or [_tidy(text)]
    claims = [claim for s in kept for claim in _fit(s, count_tokens, limit)]
    return tuple(dict.fromkeys(claims))


def is_offer_alone(text: str) -> bool:
    """Whether copy speaks of price, time and terms, and of nothing that could be seen."""
    sentences = _sentences(text)
    left = [_without_offer(sentence) for sentence in sentences]
    return "" in left and all(not one or _is_call(one) for one in left)


def _sentences(text: str) -> list[str]:
    sentences = [_tidy(s) for s in _SENTENCE.split(_NOISE.sub(" ", text))]
    return [s for s in sentences if re.search(r"\w", s)]


def _without_offer(sentence: str) -> str:
    """A sentence without what it says of price, time and terms; "" if it says nothing else."""
    clauses = [clause for clause in _CLAUSE.split(sentence) if clause]
    bare = [_bare(clause) for clause in clauses]
    return sentence if bare == clauses else _tidy(" ".join(filter(None, bare)))


def _bare(clause: str) -> str:
    """A clause without its offer and the words around it; as it is, if it has none."""
    spans = [(one.start, one.end) for one in amounts(clause) if one.kind != "plain"]
    spans += [(one.start, one.end) for one in days(clause)]
    spans += [match.span() for pattern in (_TIMES, _TERMS) for match in pattern.finditer(clause)]
    if not spans:
        return clause
    pieces: list[str] = []
    ended = 0
    for start, end in [*sorted(spans), (len(clause), len(clause))]:
        pieces.append(_trimmed(clause[ended : max(start, ended)]))
        ended = max(ended, end)
    return " ".join(filter(None, pieces))


def _trimmed(piece: str) -> str:
    """Words without those at both ends that only frame an offer."""
    words = piece.split()
    while words and _is_frame(words[-1]):
        words.pop()
    while words and _is_frame(words[0]):
        words.pop(0)
    return " ".join(words)


def _is_frame(word: str) -> bool:
    core = re.sub(r"\W", "", word).lower()
    return not core or core in _FRAMES


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
