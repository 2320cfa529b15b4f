"""Bytes from outside as text: the encoding is told from the bytes, and a guess is said.

UTF-8 first; UTF-16 and UTF-32 by their byte order mark; Windows-1252, in which older programs of
Western Europe and America save, where the bytes allow no other reading. Line ends become `\\n`.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from pathlib import Path

from triptych.errors import BriefError

MAX_BYTES = 1_000_000
"""Of a brief or plan, which is a page or two of text."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with the mark of UTF-16: comes before it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAVE = "Save it as UTF-8."
_NO_LETTERS = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")
"""Control characters that stand in no text of Windows-1252."""
_MOST_ACCENTS = 0.3
"""Share of letters beyond ASCII. Languages of Windows-1252 stay well below; text in Cyrillic,
Greek or East Asian encodings lies far above, and would come out as other letters."""


def read_bytes(path: Path, most: int = MAX_BYTES) -> bytes:
    """A file of at most `most` bytes, a pipe too. Raises `BriefError` if it cannot be read."""
    try:
        if stat.S_ISBLK(os.stat(path).st_mode):
            raise BriefError(f"{path} is a device.", "Name a file.")
        with open(path, "rb") as file:  # a pipe has no size to ask for
            data = file.read(most + 1)
    except OSError as error:
        raise BriefError(f"{path} cannot be read: {error.strerror}.", "Check the name.") from error
    except ValueError as error:
        raise BriefError(f"{path} is no name of a file.", "Check the name.") from error
    return no_larger(data, str(path), most)


def no_larger(data: bytes, where: str, most: int) -> bytes:
    """The same bytes. Raises `BriefError` if they are more than `most`."""
    if len(data) > most:
        hint = "A brief is a page or two of text; a product feed may have 4 MB."
        raise BriefError(f"{where} is larger than {most // 1_000_000} MB.", hint)
    return data


def read_text(path: Path) -> str:
    """A text file of at most 1 MB. Raises `BriefError` if it is none or cannot be read."""
    return decode(read_bytes(path), str(path))[0]


def decode(data: bytes, where: str) -> tuple[str, tuple[str, ...]]:
    """Bytes as text with `\\n` line ends, and what has to be said about it.

    Raises:
        BriefError: if they are no text, or their encoding cannot be told.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                text = data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                name = encoding[:-3].upper() if encoding != "utf-8" else "UTF-8"
                raise BriefError(
                    f"{where} is not text: it begins as {name} does, and is broken at byte "
                    f"{error.start + len(mark)}.",
                    _SAVE,
                ) from error
            return _text(text, where), ()
    if _looks_like_utf16(data):
        raise BriefError(f"{where} is not text in UTF-8; it looks like UTF-16.", _SAVE)
    try:
        return _text(data.decode("utf-8"), where), ()
    except UnicodeDecodeError as error:
        return _text(_from_windows(data, where, error), where), (
            f"{where} is not UTF-8 and was read as Windows-1252. If letters are wrong, save it as"
            " UTF-8.",
        )


def decode_argument(text: str, where: str) -> tuple[str, tuple[str, ...]]:
    """Words of the command line, where bytes that are not UTF-8 came in as lone surrogates."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        try:
            data = text.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise BriefError(
                f"{where} holds half of a character (U+{ord(text[error.start]):04X}).",
                "Write it anew.",
            ) from error
        return decode(data, where)
    return _text(text, where), ()


def joined_surrogates(text: str) -> str:
    """Text in which escapes such as `\\ud83d\\udd25` became two halves of a character: whole.

    Raises:
        ValueError: if a half stands alone.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


def _text(text: str, where: str) -> str:
    if "\x00" in text:
        raise BriefError(
            f"{where} is not text: it holds a NUL.", "A brief is YAML, JSON or plain words."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _looks_like_utf16(data: bytes) -> bool:
    """Whether every other byte of the beginning is NUL, as in Western text of UTF-16."""
    head = data[:1000]
    zeros = max(head[::2].count(0), head[1::2].count(0))
    return len(head) >= 4 and zeros > 0.8 * (len(head) // 2) and zeros > 0.8 * head.count(0)


def _from_windows(data: bytes, where: str, first: UnicodeDecodeError) -> str:
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise _unknown(where) from error
    if _NO_LETTERS.search(text):
        raise BriefError(
            f"{where} is not text.", "A brief is YAML, JSON or plain words."
        ) from first
    if not data.decode("utf-8", "ignore").isascii():
        line = data.count(b"\n", 0, first.start) + 1
        raise BriefError(f"{where} is UTF-8 with a broken character at line {line}.", _SAVE)
    letters = "".join(filter(str.isalpha, text[:100_000]))
    accents = len(letters) - len(letters.encode("ascii", "ignore"))
    if accents > _MOST_ACCENTS * max(len(letters), 10):
        raise _unknown(where)
    return text


def _unknown(where: str) -> BriefError:
    return BriefError(f"{where} is not text in UTF-8, and its encoding cannot be told.", _SAVE)
