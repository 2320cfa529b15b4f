"""What a brief excludes ("no snow", "not red but blue", "sugar-free"), and texts that show it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from triptych.domain import Finding
from triptych.grounding.languages import guess_language
from triptych.grounding.lexicon import words as english
from triptych.grounding.lists import words_by_language, words_of
from triptych.grounding.source import Source
from triptych.grounding.tokens import Token, fold, plain, sentences
from triptych.grounding.vocabulary import GROUPS
from triptych.grounding.where import Where, finding

_NEGATORS = words_by_language("negators")
_PAIRS = frozenset(
    {"instead of", "rather than", "free of", "free from", "far from", "anything but"}
)
_FILLERS = words_by_language("fillers")
_IDIOMS = words_of("idioms")
_STOP = words_of("ends")
_OR = words_of("ors")
_ABSTRACT = words_of("abstract")
_SUFFIX = re.compile(
    r"(?P<en>[^\W\d_]{3,})-free\b|\b(?P<de>[^\W\d_]{3,}?)s?frei(?:e[rnms]?)?\b", re.IGNORECASE
)
_SAFE_AFTER = re.compile(
    r"^(?:-|\s)?(?:free|proof|resistant|repellent|frei|freie[rnms]?)\b", re.IGNORECASE
)
_SAFE_INSIDE = re.compile(r"-(?:free|proof|resistant|repellent)$|^(?:non|anti)-", re.IGNORECASE)
_SAFE_BEFORE = re.compile(
    r"(?:\b(?:no|not|never|without|free (?:of|from)|zero|instead of|rather than|neither|nor|"
    r"against|resists?|prevents?|stops?|keeps? out|protects? (?:you )?from|goodbye(?: to)?|skip|"
    r"forget|minus|sans|ohne|keine?\w{0,2}|nicht|pas|sin|senza|non|sem|geen|zonder|utan|uden|uten)\b|n't|"
    r"\b(?:non|anti)-)\s*(?:[\w'-]+\s+){0,3}$",
    re.IGNORECASE,
)
_INFLECTED = (
    "", "s", "es", "y", "ing", "ed", "fall", "falls", "flake", "flakes", "storm", "storms", "drop",
    "drops", "ish", "en", "n", "e",
)  # fmt: skip


@dataclass(frozen=True)
class Excluded:
    """Words that a brief excludes, as it has them."""

    words: tuple[str, ...]
    phrase: str
    """The brief's own words, with what negates them."""


def excluded_by(source: Source) -> tuple[Excluded, ...]:
    """What the brief's description, facts, audience and wishes exclude, and nowhere ask for."""
    brief = source.brief
    texts = [brief.description, *brief.facts, brief.audience or "", brief.product or ""]
    exclusions = [one for text in texts for one in excluded_in(plain(text))]
    asked = _rest(plain("\n".join(texts)))
    return tuple(
        one
        for one in dict.fromkeys(exclusions)
        if not _places(one.words, asked) and not _is_in_name(source, one)
    )


def shown_though_excluded(source: Source, text: str, where: Where) -> list[Finding]:
    """What a text shows or says though the brief excludes it.

    Copy may negate it itself ("without sugar"); a line that a picture or film is made from may not
    even name it, for those models do not hear a "no".
    """
    literal = where in ("visual", "motion")
    findings: dict[str, Finding] = {}
    for one in excluded_by(source):
        for start, end in _places(one.words, text):
            if not literal and _is_negated(text, start, end):
                continue
            if literal and _SAFE_INSIDE.search(text[start:end]) and text[start:end] in source.said:
                continue  # what the thing is called: a sugar-free soda
            words = text[start:end]
            reason = f'The brief says "{one.phrase}": leave "{words}" out.'
            findings.setdefault(" ".join(one.words), finding("negation", where, words, reason))
    return list(findings.values())


@lru_cache(maxsize=512)
def excluded_in(text: str) -> tuple[Excluded, ...]:
    """What a `plain` text excludes, in its order."""
    language = guess_language(text)
    negators = _NEGATORS["en"] | _NEGATORS.get(language, frozenset())
    if language == "en":
        negators |= frozenset({"kein", "keine", "ohne", "sans", "senza", "zonder"})
    fillers = _FILLERS["en"] | _FILLERS.get(language, frozenset())
    exclusions: list[Excluded] = []
    for sentence in sentences(text):
        said = list(sentence.tokens)
        for place, token in enumerate(said):
            follows = said[place + 1 :]
            if not _negates(said, place, negators):
                continue
            if place + 1 < len(said) and _is_pair(token, said[place + 1]):
                follows = said[place + 2 :]
            exclusions += _after(token, follows, text, fillers)
    for match in _SUFFIX.finditer(text):
        word = match["en"] or match["de"]
        if fold(word) not in _ABSTRACT:
            exclusions.append(Excluded((fold(word),), match[0]))
    return tuple(dict.fromkeys(exclusions))


def without_excluded(text: str) -> str:
    """A text less what it excludes and the words that do so: what it asks for."""
    return _rest(plain(text))


def _negates(said: list[Token], place: int, negators: frozenset[str]) -> bool:
    word = said[place].text.lower()
    if word.endswith("n't") and word != "don't":
        return True
    if word == "don't" or (word == "not" and place and said[place - 1].text.lower() == "do"):
        after = [one.text.lower() for one in said[place + 1 : place + 2]]
        return bool({"show", "use", "say", "mention", "include", "put", "make", "be"} & set(after))
    if place + 1 < len(said) and _is_pair(said[place], said[place + 1]):
        return True
    return word in negators


def _is_pair(one: Token, other: Token) -> bool:
    return f"{one.text.lower()} {other.text.lower()}" in _PAIRS


def _after(
    token: Token, follows: list[Token], text: str, fillers: frozenset[str]
) -> list[Excluded]:
    """What stands after a negator: up to three words, and what "or" adds to them."""
    exclusions: list[Excluded] = []
    phrase: list[Token] = []
    ended_at = token.end
    first = True
    for one in follows:
        word, gap = one.text.lower(), text[ended_at : one.start]
        ended_at = one.end
        if any(sign in gap for sign in ",()") and phrase:
            break
        if first and word in _IDIOMS and word != "longer":
            return []
        first = False
        if phrase and word in _OR:
            exclusions.append(_excluded(token, phrase, text))
            phrase = []
            continue
        if phrase and (word in _STOP or word in fillers):
            break
        if word in _IDIOMS and not phrase and word != "longer":
            return exclusions
        if word in fillers:
            continue
        if word in _STOP or any(map(str.isdigit, word)):
            break
        phrase.append(one)
        if len(phrase) == 3:
            break
    if phrase:
        exclusions.append(_excluded(token, phrase, text))
    return exclusions


def _excluded(token: Token, phrase: list[Token], text: str) -> Excluded:
    quote = " ".join(text[token.start : phrase[-1].end].split())
    return Excluded(tuple(fold(one.core) for one in phrase), quote)


def _places(phrase: tuple[str, ...], text: str) -> list[tuple[int, int]]:
    """Where a text has a phrase, in any form of its words."""
    ways = {phrase, *_same_value(phrase)}
    places = []
    for sentence in sentences(text):
        said = sentence.tokens
        for way in ways:
            for place in range(len(said) - len(way) + 1):
                run = said[place : place + len(way)]
                if all(_is_form(one, word) for one, word in zip(run, way, strict=True)):
                    places.append((run[0].start, run[-1].end))
    return sorted(set(places))


def _same_value(phrase: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Other names of a colour: who wants no red wants no crimson."""
    said = " ".join(phrase)
    colours = (value for value in GROUPS["colour"] if said == value[0])
    return {tuple(way.split()) for value in colours for way in value}


def _is_form(token: Token, word: str) -> bool:
    core = fold(token.core)
    for said in (core, *core.split("-")):
        if said == word:
            return True
        stem = word[:-1] if len(word) > 4 and word.endswith("s") and word[-2] != "s" else word
        if said == stem and stem == word:
            return True
        if len(stem) < 4 or not said.startswith(stem[:-1]):
            continue
        rest = said[len(stem) :] if said.startswith(stem) else ""
        plural = stem != word
        if plural and said == stem:
            continue  # a flower vase shows no flowers
        if (
            said.startswith(stem)
            and rest in _INFLECTED
            and (said in english() or rest in ("s", "es"))
        ):
            return True
        if rest[:1] == stem[-1] and rest[1:] in ("y", "ing", "ed"):
            return True
    return len(word) == 3 and core in (f"{word}s", f"{word}{word[-1]}y", f"{word}ny")


def _is_negated(text: str, start: int, end: int) -> bool:
    if _SAFE_AFTER.match(text[end:]) or _SAFE_INSIDE.search(text[start:end]):
        return True
    clause = re.split(r"[.!?;:]|\bbut\b|\bsondern\b", text[:start])[-1]
    return bool(_SAFE_BEFORE.search(clause)) or clause.rstrip().endswith(("un-", "non-"))


def _rest(text: str) -> str:
    """A text without its negated words."""
    for one in sorted(excluded_in(text), key=lambda one: -len(one.phrase)):
        text = re.sub(re.escape(one.phrase).replace(r"\ ", r"\s+"), " ", text)
    return text


def _is_in_name(source: Source, one: Excluded) -> bool:
    """Whether a brand or product is named with the very words: a lamp called Nosnow."""
    return any(set(one.words) <= name.words for name in source.names)
