"""Whether a text is language at all: words, no loops, no gaps, marks in pairs, an end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from triptych.briefs.sense import placeholders
from triptych.domain import Finding
from triptych.grounding.languages import is_english
from triptych.grounding.lexicon import is_compound, is_word
from triptych.grounding.lists import words_of
from triptych.grounding.source import Source
from triptych.grounding.tokens import Sentence, fold, sentences, tokens, without_links
from triptych.grounding.where import NAMES, Where, finding

_GAPS = re.compile(
    r"\[[^\[\]\n]{1,60}\](?!\()|\{\{?[^{}\n]{0,60}\}?\}|<[A-Za-z_][^<>\n]{0,60}>|\$\{[^}\n]*\}|"
    r"(?<!\w)%[sd](?!\w)|\b[Xx]{2,}\b(?![LlSs])|\bTBD\b|\bTODO\b|"
    r"\blorem ipsum\b|\bdolor sit amet\b|_{3,}|"
    r"\b(?:your|brand|product|company) name here\b|\bINSERT [A-Z]+\b|�|Ã[©¼¶¤Ÿ]|â€",
)
_TWICE = words_of("twice")
_OPEN = {"(": ")", "[": "]", "{": "}", "«": "»", "“": "”"}
_FACES = re.compile(
    r"[:;=8xX]-?[()\[\]DPpdO/\\|*]|[()]-?[:;=]|\(?[◕ʘ].{1,4}\)?|<3|\b\d{1,2}\)|\b[a-z]\)"
)
_INCHES = re.compile(r"\d\s?[\"”″]")
_LOOSE_END = words_of("loose_ends")
_LOOP = re.compile(r"([^\W\d_]{3,})\1|([^\W\d_]{2,})\2{2,}|([^\W\d_])\3{4,}", re.IGNORECASE)
_DRAWN = re.compile(r"^[^\W\d_]*?([^\W\d_])\1{2,}[^\W\d_]?$", re.IGNORECASE)


def nonsense(source: Source, text: str, where: Where, language: str) -> list[Finding]:
    """What in a text is no language."""
    findings = [*_gaps(source, text, where), *_no_words(source, text, where, language)]
    findings += [*_repeats(source, text, where), *_loose_marks(source, text, where)]
    if where == "copy" and is_english(language):
        findings += _broken_off(text)
    return findings


def _gaps(source: Source, text: str, where: Where) -> Iterator[Finding]:
    for gap in dict.fromkeys((*placeholders(text), *_GAPS.findall(text))):
        if gap not in source.text:
            yield finding("sense", where, gap, f'Fill in "{gap}", or leave it out.')


def _no_words(source: Source, text: str, where: Where, language: str) -> Iterator[Finding]:
    """Words in lower case that are none, and words in which letters go round in circles."""
    for token in tokens(text):
        core = token.core
        word = fold(core)
        if token.text[0] in "#@" or word in source.words or not any(map(str.isalpha, core)):
            continue
        if _LOOP.search(word) and not _is_known(word) and not _DRAWN.match(word):
            yield finding("sense", where, core, f'"{core}" is no word.')
        elif not is_english(language) or any(map(str.isdigit, core)) or not core[0].islower():
            continue
        elif not core.islower() or (not core.isascii() and not _is_known(word)):
            if core != core.lower() and re.search(r"[a-z][A-Z]", core):
                continue  # a name in camel case
            yield finding("sense", where, core, f'"{core}" is no word.')
        elif not _is_known(word) and not _DRAWN.match(word):
            yield finding("sense", where, core, f'"{core}" is no word.')


def _is_known(word: str) -> bool:
    return (
        is_word(word)
        or is_compound(word)
        or all(is_word(part) or is_compound(part) for part in word.split("-"))
    )


def _repeats(source: Source, text: str, where: Where) -> Iterator[Finding]:
    parts = sentences(text)
    if (words := _in_a_row(source, parts)) or (words := _again(parts)):
        yield finding("sense", where, words, f'"{words}" comes again and again; say it once.')


def _in_a_row(source: Source, parts: tuple[Sentence, ...]) -> str:
    """Words that stand twice in a row, within a sentence, or as one or more whole ones."""
    within = [[fold(token.text) for token in part.tokens] for part in parts]
    for said in within:
        for size in range(1, 11):
            for place in range(len(said) - 2 * size + 1):
                run = said[place : place + size]
                if run != said[place + size : place + 2 * size]:
                    continue
                may_be_twice = size == 1 and (run[0] in _TWICE or run[0].isdigit())
                if may_be_twice and said[place : place + 4] != run * 4:
                    continue
                words = " ".join(run * 2)
                if words not in fold(source.text):
                    return words
    for size in range(1, len(within) // 2 + 1):
        for place in range(len(within) - 2 * size + 1):
            run = within[place : place + size]
            words = [word for said in run for word in said]
            if len(words) > 3 and run == within[place + size : place + 2 * size]:
                return " ".join(words)
    return ""


def _again(parts: tuple[Sentence, ...]) -> str:
    """A sentence that comes twice, a long run of words that does, or a word that crowds out all."""
    whole = Counter(tuple(fold(token.text) for token in part.tokens) for part in parts)
    for said, count in whole.items():
        if (len(said) > 1 and count > 2) or (len(said) > 3 and count > 1):
            return " ".join(said)
    words = [fold(token.text) for part in parts for token in part.tokens]
    for size, most in ((7, 1), (4, 3)):
        runs = Counter(tuple(words[i : i + size]) for i in range(len(words) - size + 1))
        for run, count in runs.items():
            if count > most:
                return " ".join(run)
    long = Counter(word for word in words if len(word) > 3)
    for word, count in long.items():
        if count > 4 and count > 0.2 * len(words):
            return word
    return ""


def _loose_marks(source: Source, text: str, where: Where) -> Iterator[Finding]:
    bare = _INCHES.sub(" ", _FACES.sub(" ", without_links(text)))
    loose = [a for a, z in _OPEN.items() if bare.count(a) != bare.count(z) and a not in "“"]
    curly = bare.count("“") + bare.count("”") + bare.count("„")
    if curly % 2:
        loose.append("“")
    if bare.count('"') % 2:
        loose.append('"')
    for mark in loose:
        if text != source.brief.description:
            yield finding("sense", where, mark, f"A {mark} has no partner in the {NAMES[where]}.")


def _broken_off(text: str) -> Iterator[Finding]:
    """Copy that ends in the middle of a sentence."""
    said = tokens(text)
    ends = text.rstrip()
    if len(said) > 3 and said[-1].end >= len(ends) and said[-1].text in _LOOSE_END:
        yield finding("sense", "copy", said[-1].text, "The copy breaks off; end the sentence.")
    elif ends.endswith((",", ";", " -", "–", "—")) and len(said) > 2:
        yield finding("sense", "copy", ends[-20:], "The copy breaks off; end the sentence.")
