"""Names: the brief's letter for letter, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from triptych.domain import Finding
from triptych.grounding.languages import CAPITALISES_NOUNS, is_english
from triptych.grounding.lexicon import is_compound, is_word
from triptych.grounding.lists import words_of
from triptych.grounding.source import Name, Source
from triptych.grounding.tokens import Sentence, Token, fold, sentences, squeezed
from triptych.grounding.where import Where, finding

LONG = 12
"""Words from which copy has to name brand and product."""

_KNOWN = words_of("calendar") | words_of("peoples")
_ACRONYMS = words_of("acronyms")
_CAPITALS = words_of("capitals")
_LOWER = words_of("lower_in_titles")
_INTRODUCE = words_of("introducers")
_ODD = words_of("camels")
_CAMEL = re.compile(r"^[^\W\d_]*[a-zß-ÿ][A-Z]")
_MODEL = re.compile(r"^(?=.*\d)(?=.*[^\W\d_])[\w-]+$")
_MEASURE = re.compile(
    r"^\d+(?:-?(?:st|nd|rd|th|s|x|k|m|d|g|h|hr|hrs|min|kg|mg|ml|cl|l|cm|mm|km|w|v|a|mah|wh|hz|"
    r"ghz|mhz|gb|tb|mb|mp|px|p|lm|db|in|ft|oz|lb|lbs|c|f|pm|am|er|te|fps|ct|pk|pcs|up|bit)"
    r"|(?:-[^\W\d_]+)+)$",
    re.IGNORECASE,
)
_SIZE = re.compile(r"^\d+(?:[x×]\d+)+[a-z]*$", re.IGNORECASE)


def missing_names(source: Source, text: str) -> list[Finding]:
    """Names of the brief that longer copy does not have letter for letter."""
    words = sum(len(sentence.tokens) for sentence in sentences(text))
    if max(words, len(text) // 8) < LONG:
        return []
    return [
        finding(
            "name",
            "copy",
            name.text,
            f'Name the {name.kind} "{name.text}", letter for letter.',
            instead=name.text,
        )
        for name in source.names
        if not name.stands_in(text) and not _stands_joined(name, text)
    ]


def false_names(source: Source, text: str, where: Where, language: str) -> list[Finding]:
    """Names that are not the brief's, and the brief's written in another way."""
    findings: dict[str, Finding] = {}
    for sentence in sentences(text):
        for token, reason, instead in _faults(source, text, sentence, language):
            findings.setdefault(
                fold(token.core), finding("name", where, token.text, reason, instead=instead)
            )
    return list(findings.values())


def _faults(
    source: Source, text: str, sentence: Sentence, language: str
) -> Iterator[tuple[Token, str, str]]:
    is_title = is_english(language) and _is_title(source, sentence)
    for place, token in enumerate(sentence.tokens):
        before = sentence.tokens[place - 1] if place else None
        if token.text[0] in "#@":
            if not _is_tag_right(source, token):
                yield token, f'"{token.text}" is not of the brief. {_use(source)}', ""
            continue
        if name := _miswritten(source, token, sentence, language):
            yield token, f'Write the name "{name}" letter for letter, not "{token.core}".', name
        elif name := _partial(source, text, token, sentence):
            whole = f'Write the whole name "{name.text}", not only "{token.core}".'
            yield token, whole, name.text
        elif _is_foreign(source, token, before, sentence, is_title, language):
            yield token, f'"{token.core}" is not in the brief. {_use(source)}', ""


def _use(source: Source) -> str:
    if not source.names:
        return "Use no name that the brief does not give."
    return (
        "Name "
        + " and ".join(f'the {name.kind} "{name.text}"' for name in source.names)
        + ", letter for letter."
    )


def _is_foreign(
    source: Source,
    token: Token,
    before: Token | None,
    sentence: Sentence,
    is_title: bool,
    language: str,
) -> bool:
    core, word = token.core, fold(token.core)
    if _is_of(source, core) or len(core) < 2 or not any(map(str.isalpha, core)):
        return False
    if _holds_a_name(source, word) and not (is_english(language) and is_word(word)):
        return True
    if any(map(str.isdigit, core)):
        upper = core.upper()
        measured = _MEASURE.match(core) or _SIZE.match(core) or upper in _ACRONYMS
        return bool(_MODEL.match(core)) and not measured
    if _CAMEL.match(core):
        return core not in _ODD
    if not token.has_capital:
        return False
    if core.isupper():
        if (
            core in _ACRONYMS
            or core.rstrip("S") in _ACRONYMS
            or (len(core) < 4 and sentence.is_upper)
        ):
            return False
        return is_english(language) and not is_word(word)
    if before is not None and fold(before.core) == "by" and word not in _KNOWN:
        return True
    if not is_english(language):
        mid = not token.is_initial and not is_title and language not in CAPITALISES_NOUNS
        return mid and word not in _KNOWN
    if word in _KNOWN:
        return False
    if not is_word(word):
        return True
    if token.is_initial or word in _CAPITALS:
        return False
    return _introduces(before) if is_title else True


def _holds_a_name(source: Source, word: str) -> bool:
    """Whether a word is one of the brief's names with something grown onto it."""
    own = {part for name in source.names for part in name.words if len(part) > 3}
    return any(part in word and part not in word.split("-") for part in own)


def _introduces(before: Token | None) -> bool:
    return before is not None and fold(before.core) in _INTRODUCE


def _is_title(source: Source, sentence: Sentence) -> bool:
    """Whether a sentence gives its words capitals, as headlines do."""
    later = [token for token in sentence.tokens if not token.is_initial and token.core.isalpha()]
    lower = [token for token in later if token.core.islower() and token.core not in _LOWER]
    capital = [
        token
        for token in later
        if token.has_capital and len(token.core) > 2 and not _is_of(source, token.core)
    ]
    return len(capital) >= 0.7 * (len(capital) + len(lower))


def _is_of(source: Source, core: str) -> bool:
    """Whether a word stands in the brief, as it is or in another number or case."""
    word = fold(core)
    if word in source.words:
        return True
    if len(word) > 3 and word.endswith("s") and word[:-1] in source.words and is_word(word[:-1]):
        return True
    parts = [part for part in core.split("-") if part]
    return len(parts) > 1 and all(
        fold(part) in source.words or (not part[0].isupper() and is_word(part)) for part in parts
    )


def _miswritten(source: Source, token: Token, sentence: Sentence, language: str) -> str:
    """The brief's own spelling of a name that stands here with other letters; "" if it is right."""
    core = token.core
    if core in source.spellings or core.replace("-", "") in source.spellings:
        return ""
    for name in source.names:
        for own in _words_of(name):
            if fold(own) != fold(core) or own == core:
                continue
            if core.isupper() and (sentence.is_upper or own.isupper()):
                return ""
            as_word = core.islower() and not is_english(language)
            if core.lower() == own.lower() and (as_word or (own.isascii() and is_word(own))):
                return ""
            return name.text
    return ""


def _words_of(name: Name) -> list[str]:
    whole = re.sub("[®™]", "", name.text)
    return [re.sub(r"'s$", "", word.strip(",.")) for word in whole.split() if word != "&"]


def _partial(source: Source, text: str, token: Token, sentence: Sentence) -> Name | None:
    """The name of several words of which one stands here alone, and nowhere the whole."""
    if token.core.islower() or sentence.is_upper:
        return None
    word = fold(token.core)
    for name in source.names:
        parts = [part for one in _words_of(name) for part in one.split("-")]
        if len(parts) < 2 or word not in {fold(part) for part in parts}:
            continue
        if name.pattern.search(text) or _stands_joined(name, text):
            continue
        others = {fold(part) for one in source.names if one is not name for part in _words_of(one)}
        if word in others:
            continue
        if is_word(word) and (token.is_initial or _is_free_word(source, token)):
            continue
        return name
    return None


def _is_free_word(source: Source, token: Token) -> bool:
    """Whether a word of a name is also used as a word in the brief, in lower case."""
    return token.core.lower() in source.spellings and not token.has_capital


def _stands_joined(name: Name, text: str) -> bool:
    """Whether a name stands as a hashtag or handle: #BenAndJerrys."""
    own = squeezed(name.text)
    return any(squeezed(tag) == own for tag in re.findall(r"[#@]\w+", text))


def _is_tag_right(source: Source, token: Token) -> bool:
    """Whether a hashtag or handle is made of the brief's words, or a hashtag of English ones."""
    body = squeezed(token.text)
    if body in source.squeezed:
        return True
    if token.text[0] == "@":
        return False
    pieces = re.findall(r"[A-Z]?[a-zà-ÿ]+|[A-Z]+(?![a-z])|\d+", token.text)
    if all(is_word(piece) or fold(piece) in source.words for piece in pieces):
        return True
    lower = token.text[1:].islower()
    return (lower and is_compound(body)) or not token.text[1:].isascii()
