"""What kind of thing a brief sells, and what else the sentence that says so tells of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from triptych.generators.starter import stand_ins
from triptych.generators.starter.reading.lexicon import (
    ADVERBS_NOT,
    BARE_STOPS,
    COUNTED,
    IMPERATIVES,
    MASS,
    MEASURES,
    NO_HEADS,
    NOT_OWN,
    PLURAL,
    SINGULAR,
    STOPS,
)
from triptych.generators.starter.reading.names import is_spelt

_NAMED = rf"(?:{stand_ins.BRAND}|{stand_ins.PRODUCT})"
NAMES = (
    rf"(?:(?:the|our|my|new)\s+)*{_NAMED}(?:[’']s)?"
    rf"(?:\s+(?:new\s+)?{_NAMED}|\s+(?:by|from)\s+{_NAMED})?[\"”]?"
)
_VERBS = (
    r"(?:launch(?:es|ed|ing)?|sell(?:s|ing)?|present(?:s|ing)?|introduc(?:es?|ing)|mak(?:es?"
    r"|ing)|offer(?:s|ing)?"
    r"|brings?|open(?:s|ing)?|unveils?|releas(?:es?|ing)|announc(?:es?|ing)|produces?|runs?"
    r"|owns?|builds?"
    r"|rents?|brews?|bakes?|knit|have|has|advertise|promote|market|discover|meet|introducing"
    r"|created|developed)"
)
_LEADING = re.compile(
    r"^(?:(?:new|brand-new|all-new|first|world[’']s|only|best|latest|perfect|ultimate|very|own"
    r"|newest"
    r"|favourite|favorite|finest|next|famous|\#1)\s+)+",
    re.IGNORECASE,
)
_I_AM = re.compile(r"^(?:i[’']m|i am|we[’']re|we are)\s+(?=an?\s)", re.IGNORECASE)
_EMPTY = {
    "more",
    "most",
    "less",
    "much",
    "many",
    "good",
    "great",
    "best",
    "happy",
    "hello",
    "thanks",
}
_SINGULAR = re.compile(r"(?:ss|us|is|ous|[’']s)$", re.IGNORECASE)

_APPOSED = re.compile(
    rf"{NAMES}(?:\s*[,:(]\s*|\s+[–—-]+\s+)(?:it[’']s\s+|this is\s+|is\s+)?(?=(?:an?|the|our|your"
    rf"|my|its)\s)",
    re.I,
)
_IS = re.compile(
    rf"(?:{NAMES}|^it|^this|^they|^these|\bproduct|\bservice|\bevent)\s+(?:is|are)\s+(?=(?:an?"
    rf"|the|our)\s)",
    re.I,
)
_VERB = re.compile(
    rf"(?:{NAMES}|^we|^they|^the company|^i|^(?:we|i)(?:[’'](?:re|m|ve)| are| am| have)|^(?:we"
    rf"|us) at {NAMES}"
    rf"|^at {NAMES},? we)\s+"
    rf"(?:now\s+|also\s+|proudly\s+|just\s+|want to\s+|would like to\s+)*{_VERBS}\s+(?:you\s+"
    rf"|us\s+)?(?:{NAMES}[,:]\s+)?",
    re.I,
)
_ASKED = re.compile(
    rf"^(?:please\s+)?(?:(?:(?!mak|run|own|ha[vs]|build|bring|open|offer){_VERBS}|come to"
    rf"|join us for|visit"
    rf"|welcome to|show)\s+"
    r"|(?:(?:make|write|create|we need|i need|we want|draft)\s+)?(?:me\s+|us\s+)?(?:an?\s+"
    r"|some\s+|our\s+)?(?:\w+\s+){0,2}"
    r"(?:campaigns?|ads?|adverts?|posts?|copy|ideas|slogans?|taglines?|headlines?|texts?"
    r"|something|brief)(?:\s+\w+)?\s+(?:for|about)\s+)"
    rf"(?:{NAMES}(?:\s*[,:])?\s+)?",
    re.I,
)
_IS_BARE = re.compile(rf"^{NAMES}\s+(?:is|are)\s+(?=[a-z])", re.I)
_OUR = re.compile(r"^(?:our|my|these)\s+(?=[a-z0-9])", re.I)
_DOES = re.compile(
    r"[^\w.,;:!?]*\s(?:is|are|was|were|has|have|can|will|comes?|keeps?|lasts?|fits?|makes?"
    r"|helps?|turns?)\b"
)
_BESIDE = re.compile(rf"^{NAMES}(?:\s*[,:]\s*|\s+[–—-]+\s+|\s+)(?=[\w])")


@dataclass(frozen=True)
class Kind:
    """What a product is, in the brief's words.

    Attributes:
        words: without an article.
        many: whether they are several.
        countable: whether one says "a" of one.
    """

    words: str
    many: bool
    countable: bool


@dataclass(frozen=True)
class Introduction:
    """A sentence that says what is sold.

    Attributes:
        kind: what.
        dropped: what of it is praise or order and no part of the kind.
        rest: what the sentence says after it.
    """

    kind: Kind
    dropped: str
    rest: str


def introduction_of(sentence: str, *, first: bool) -> Introduction | None:
    """What a sentence with stand-ins for names says is sold.

    Args:
        sentence: of the brief.
        first: whether it may do so without a verb or a name, as first sentences do.
    """
    patterns = [_APPOSED, _IS, _VERB, _ASKED, _I_AM]
    lowered = re.sub(r"^(?=[A-Z][a-z]*\b)(?!" + _NAMED + r")(\w)", lambda m: m[1].lower(), sentence)
    for pattern in patterns:
        for match in pattern.finditer(lowered):
            if found := _introduced(lowered[match.end() :], bare=False):
                return found
    beside = _BESIDE.match(lowered)
    if beside and (found := _introduced(lowered[beside.end() :], bare=True)):
        return found
    if (bare := _IS_BARE.match(lowered)) and (
        found := _introduced(lowered[bare.end() :], bare=True)
    ):
        several = " " in found.kind.words and (found.kind.many or not found.kind.countable)
        claimed = re.match(r"\s+(?:that|which)\b", found.rest)
        return found if several or claimed else None
    if first:
        head = _as_common(sentence)
        return _introduced(head, bare=True)
    return None


def subject_of(sentence: str) -> Kind | None:
    """What a sentence says "our" of: "Our sweaters are knitted in Portugal"."""
    lead = _OUR.match(sentence)
    found = _phrase(sentence[lead.end() :], bare=False) if lead else None
    if found is None or not _DOES.match(found[2]) or found[1].split()[-1].lower() in NO_HEADS:
        return None
    return _counted("our", found[1])


def kind_from(words: str) -> Kind:
    """The kind that a label or a field names."""
    found = _phrase(_as_common(words.strip(" .")), bare=False)
    article, kind, _ = found or ("", words.strip(" ."), "")
    return _counted(article, kind)


def _as_common(sentence: str) -> str:
    """A sentence whose first word has no capital, if it is no name."""
    first = re.match(r"[\w’'-]+", sentence)
    if first is None or is_spelt(first[0]) or first[0].isupper() or re.match(_NAMED, first[0]):
        return sentence
    if re.search(r"-(?:compatible|style|like|certified|inspired)$", first[0]):
        return sentence  # the word before may be a name
    return sentence[:1].lower() + sentence[1:]


def _introduced(text: str, *, bare: bool) -> Introduction | None:
    found = _phrase(text, bare=bare)
    if found is None:
        return None
    article, words, rest = found
    praise = _LEADING.match(words)
    dropped = praise[0].strip() if praise else ""
    words = words[praise.end() :] if praise else words
    if not words or words in NOT_OWN:
        return None
    if words.split()[-1].lower() in NO_HEADS:
        return None
    if " of " in words and words.split(" of ")[0].split()[-1].lower() in MEASURES:
        return None
    dropped = " ".join(
        w for w in dropped.split() if w not in ("new", "own", "all-new", "brand-new")
    )
    return Introduction(_counted(article, words), dropped, rest)


def _phrase(text: str, *, bare: bool) -> tuple[str, str, str] | None:
    """Article, words and rest of the phrase of nouns that a text begins with."""
    match = re.match(r"(?:(an?|the|our|its|their|your|my|some|these|this)\s+)?", text, re.I)
    assert match is not None, "it also matches nothing"
    article, place = (match[1] or "").lower(), match.end()
    words: list[str] = []
    while step := re.compile(r"\s*(\#?[^\W_][\w’'°\u2060]*(?:[-/&][\w’']+)*)").match(text, place):
        word = step[1]
        if words and text[place : step.start(1)] != " ":
            break
        low = word.lower()
        if low == "of" and words:
            pass
        elif low in (BARE_STOPS if bare else STOPS) or re.fullmatch(rf"{_NAMED}(?:[’']s)?", word):
            break
        elif word[0].isupper() and not (word.isupper() or "-" in word or is_spelt(word)) and words:
            if bare:
                return None
        elif re.fullmatch(r"[\d.,]+", word) and (words or bare):
            if not (words and words[-1].isupper()):
                break
        elif re.search(r"[’'](?:re|m|ve|ll|t|d)$|^(?:that|it|what|there|here)[’']s$", low):
            break
        words.append(word)
        place = step.end()
    while len(words) > 1 and not bare and words[-1].istitle() and "-" not in words[-1]:
        place = text.rindex(words.pop(), 0, place)
    while words and words[-1].lower() == "of":
        place = text.rindex(words.pop(), 0, place)
        if bare:
            return None
    rest = text[place:]
    if not 1 <= len(words) <= 6 or (not article and words[0].lower() in _EMPTY):
        return None
    low = words[0].lower()
    if (
        bare
        and not article
        and (low in IMPERATIVES or (low.endswith("ly") and low not in ADVERBS_NOT))
    ):
        return None
    if bare and not re.match(
        r"\s*(?:[.,:;!?(–—·-]|$|(?:for|with|that|which|who|from|by|in|on|at|to|made|called|named"
        r"|without|and|under|until|near|of|you|about)\b)",
        rest,
    ):
        return None
    return article, " ".join(words), rest


def _counted(article: str, words: str) -> Kind:
    bare = re.sub(r"(?:\s+(?:[A-Z]{2,}|\d+))+$", "", words)
    head = re.split(r"\s+of\s+", bare)[0].split()[-1]
    low = head.lower()
    plural = (
        low.endswith("s") and not _SINGULAR.search(low) and low not in SINGULAR
    ) or low in PLURAL
    many = article not in ("a", "an", "this") and plural
    mass = low in MASS or (
        low not in COUNTED and re.search(r"(?:\w{3}ing|ware|wear|[ai]nce|ment)$", low)
    )
    counted = article and article != "some" and not (article != "a" and article != "an" and mass)
    return Kind(words, many, bool(counted) or many or not (article or mass))
