"""A text as words with their places: what every check reads."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

_SIGNS = str.maketrans(
    {
        "‘": "'", "’": "'", "ʼ": "'", "‛": "'", "′": "'",
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2007": " ",
        "\u2010": "-", "\u2011": "-", "\u00ad": None, "\u200b": None, "\ufeff": None,
    }
)  # fmt: skip
_TOKEN = re.compile(r"[#@]?[^\W_]+(?:['&_-][^\W_]+)*[®™]?|[^\W_]+(?:\.[^\W_]+)+")
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"“”]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|"
    r"(?<![\w@#.])(?:[a-z0-9-]+\.)+(?:com|org|net|de|eu|io|co|uk|fr|es|it|nl|at|ch|shop|store|app|"
    r"example|dev|ai|us|ca|au|jp|info|biz)(?:/[^\s<>\"“”]*)?(?![\w@])",
    re.IGNORECASE,
)
_SENTENCE_END = frozenset('.!?…:;—–|•·*/\n"“”„«»([¡¿>')
_BREAK = re.compile(r"[.!?…:;|•\n—–]+|(?<=\s)-(?=\s)")


@dataclass(frozen=True)
class Token:
    """A word of a text, with signs inside it (`Scoop-It`, `don't`, `Öko™`, `#norvik`)."""

    text: str
    start: int
    end: int
    is_initial: bool
    """Whether it begins a sentence, line or quotation, where any word has a capital."""

    @cached_property
    def core(self) -> str:
        """The word without hash or trade mark, and not in the genitive."""
        return re.sub(r"'s$|'$|[®™]$", "", self.text.lstrip("#@").removesuffix("™"))

    @property
    def has_capital(self) -> bool:
        """Whether its first letter is a capital."""
        return self.core[:1].isupper()


@dataclass(frozen=True)
class Sentence:
    """A run of tokens between stops, colons and line ends."""

    tokens: tuple[Token, ...]

    @cached_property
    def is_upper(self) -> bool:
        """Whether it is all in capitals."""
        letters = [c for token in self.tokens for c in token.core if c.isalpha()]
        return len(letters) > 3 and not any(c.islower() for c in letters)


@lru_cache(maxsize=512)
def plain(text: str) -> str:
    """A text with one way to write apostrophes, hyphens, blanks and accents; signs stay."""
    return without_gaps(unicodedata.normalize("NFC", text).translate(_SIGNS))


def without_gaps(text: str) -> str:
    """A text with one blank for several, and at most one empty line: patterns stay fast."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[^\S\n]{2,}", " ", text))


@lru_cache(maxsize=8192)
def fold(word: str) -> str:
    """A word for comparison: lower case, no accents, no ® or ™."""
    marks = unicodedata.normalize("NFKD", word.casefold().replace("®", "").replace("™", ""))
    return "".join(sign for sign in marks if not unicodedata.combining(sign))


def squeezed(text: str) -> str:
    """Letters and digits alone, folded: how a name stands in a hashtag or an address."""
    return "".join(sign for sign in fold(text).replace("&", "and") if sign.isalnum())


def links(text: str) -> list[re.Match[str]]:
    """Web and e-mail addresses."""
    return list(_LINK.finditer(text))


def without_links(text: str) -> str:
    """The text with blanks in place of addresses, so that places stay."""
    return _LINK.sub(lambda match: " " * len(match[0]), text)


@lru_cache(maxsize=512)
def sentences(text: str) -> tuple[Sentence, ...]:
    """The words of a text by sentence, addresses left out. `text` is `plain`."""
    text = without_links(text)
    cuts = [match.start() for match in _BREAK.finditer(text)]
    groups: list[list[Token]] = [[]]
    for match in _TOKEN.finditer(text):
        while cuts and cuts[0] < match.start():
            cuts.pop(0)
            if groups[-1]:
                groups.append([])
        before = text[: match.start()].rstrip(" \t'")
        first = (
            not before or before[-1] in _SENTENCE_END or unicodedata.category(before[-1])[0] in "SC"
        )
        spaced = before.endswith(("-", "–")) and before[:-1].endswith((" ", "\n"))
        token = Token(match[0], *match.span(), is_initial=first or spaced or not groups[-1])
        groups[-1].append(token)
    return tuple(Sentence(tuple(tokens)) for tokens in groups if tokens)


def tokens(text: str) -> list[Token]:
    """All words of a text. `text` is `plain`."""
    return [token for sentence in sentences(text) for token in sentence.tokens]
