"""Which language a text is in: its script, and the small words that every sentence needs."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from triptych.domain import Finding
from triptych.grounding.lexicon import is_word
from triptych.grounding.lists import words_by_language
from triptych.grounding.source import Source
from triptych.grounding.tokens import fold, plain, tokens
from triptych.grounding.where import NAMES, Where, finding

CAPITALISES_NOUNS = frozenset({"de", "lb"})

_FUNCTION = words_by_language("small_words")
_ALIKE = ({"da", "nb", "no", "nn", "sv"}, {"es", "pt", "it"}, {"cs", "sk", "pl"})
_SCRIPTS: dict[str, tuple[str, ...]] = {
    "ru": ("CYRILLIC",), "uk": ("CYRILLIC",), "bg": ("CYRILLIC",), "sr": ("CYRILLIC", "LATIN"),
    "el": ("GREEK",), "he": ("HEBREW",), "yi": ("HEBREW",),
    "ar": ("ARABIC",), "fa": ("ARABIC",), "ur": ("ARABIC",),
    "ja": ("HIRAGANA", "KATAKANA", "CJK", "KATAKANA-HIRAGANA"), "zh": ("CJK",),
    "ko": ("HANGUL", "CJK"), "th": ("THAI",), "hi": ("DEVANAGARI",), "mr": ("DEVANAGARI",),
    "bn": ("BENGALI",), "ta": ("TAMIL",), "te": ("TELUGU",), "ka": ("GEORGIAN",),
    "hy": ("ARMENIAN",),
}  # fmt: skip
"""By language what its letters' Unicode names begin with; Latin for all others."""
_ENGLISH = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian",
    "pt": "Portuguese", "nl": "Dutch", "sv": "Swedish", "da": "Danish", "nb": "Norwegian",
    "fi": "Finnish", "pl": "Polish", "cs": "Czech", "hu": "Hungarian", "ro": "Romanian",
    "tr": "Turkish", "ru": "Russian", "uk": "Ukrainian", "el": "Greek", "ja": "Japanese",
    "zh": "Chinese", "ko": "Korean", "ar": "Arabic", "he": "Hebrew", "hi": "Hindi", "th": "Thai",
}  # fmt: skip


def is_english(language: str) -> bool:
    """Whether a language code is of English, in any country."""
    return language.partition("-")[0] == "en"


def guess_language(text: str) -> str:
    """The language whose small words a `plain` text has most of; "en" where none stand out."""
    counts = _counts([token.core.lower() for token in tokens(text)])
    best = max(counts, key=lambda code: counts[code], default="en")
    return best if counts[best] > counts["en"] else "en"


def other_language(text: str, languages: Iterable[str]) -> str:
    """What a text seems to be written in, in words; "" where it is one of some languages.

    Args:
        text: some sentences.
        languages: codes, as in `en`.
    """
    codes = [one.partition("-")[0] for one in languages]
    said = [token.core for token in tokens(plain(text)) if any(map(str.isalpha, token.core))]
    strange = [word for word in said if all(_script_share(word, code) < 0.5 for code in codes)]
    if sum(map(len, strange)) > 0.5 * sum(map(len, said)):
        return "another script"
    counts = _counts([word.lower() for word in said])
    best = max(counts, key=lambda one: counts[one], default="")
    own = {near for code in codes for near in _near(code)}
    expected = max((counts[one] for one in own), default=0)
    if best and best not in own and counts[best] >= 2 and counts[best] > 1.5 * expected + 1:
        return _ENGLISH.get(best, best)
    return ""


def wrong_language(source: Source, text: str, where: Where, language: str) -> list[Finding]:
    """Whether a text is in another script or language than the one that was asked for."""
    code = language.partition("-")[0]
    own = [token.core for token in tokens(text) if fold(token.core) not in source.words]
    foreign = [word for word in own if _script_share(word, code) < 0.5]
    letters, others = sum(map(len, own)), sum(map(len, foreign))
    name = _ENGLISH.get(code, language)
    reason = f"Write the {NAMES[where]} in {name}, the brief's language."
    if others >= 2 and others > 0.3 * letters:
        return [finding("language", where, " ".join(foreign[:6]), reason)]
    small = [token.core.lower() for token in tokens(text)]
    counts = _counts(small)
    best = max(counts, key=lambda one: counts[one], default=code)
    if counts[best] >= 2 and best not in _near(code):
        expected = max((counts[one] for one in _near(code)), default=0)
        if code not in _FUNCTION or counts[best] > 1.5 * expected + 1:
            words = [word for word in small if word in _FUNCTION[best]]
            if code in _FUNCTION:
                return [finding("language", where, " ".join(words[:6]), reason)]
    if code == "en":
        strange = [word for word in own if word.isalpha() and not is_word(word)]
        if len(strange) >= 4 and len(strange) > 0.4 * len(own):
            return [finding("language", where, " ".join(strange[:6]), reason)]
    return []


def _near(code: str) -> set[str]:
    return next((group for group in _ALIKE if code in group), {code})


def _counts(words: list[str]) -> Counter[str]:
    return Counter(
        {code: sum(word in small for word in words) for code, small in _FUNCTION.items()}
    )


def _script_share(word: str, code: str) -> float:
    scripts = _SCRIPTS.get(code, ("LATIN",))
    letters = [sign for sign in word if sign.isalpha()]
    right = [s for s in letters if unicodedata.name(s, "").split(" ")[0] in scripts]
    return len(right) / len(letters) if letters else 1.0


_WORD_OF_NO_SPACE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")


def is_without_spaces(text: str) -> bool:
    """Whether a text is of a script that writes words without blanks between them."""
    return bool(_WORD_OF_NO_SPACE.search(text))
