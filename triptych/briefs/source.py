"""What the user named, opened: a file, a pipe, standard input, or words of the command line."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from triptych.briefs.foreign import is_known, refuse_bytes, refuse_ending
from triptych.errors import BriefError
from triptych.files.text import MAX_BYTES, decode, decode_argument, no_larger, read_bytes

MAX_FEED_BYTES = 4_000_000
_FEEDS = ("csv", "tsv", "tab", "xml", "rss", "atom", "json", "jsonld", "jsonl", "ndjson")


@dataclass(frozen=True)
class Source:
    """A text, and what is known of where it came from."""

    text: str
    where: str
    """To call it by in messages."""
    ending: str = ""
    """Lower case and without the dot; empty for words, pipes and names without one."""
    notes: tuple[str, ...] = ()
    is_words: bool = False
    """It stood on the command line."""
    folder: Path = Path()
    """That files which it names are relative to."""


def open_source(source: str) -> Source:
    """The text that a name or the words themselves stand for.

    Raises:
        BriefError: if there is no such file, it cannot be read, is no text, or is of a format that
            holds no brief.
    """
    if not source.strip():
        raise BriefError("There is no brief: the name is empty.", "Name a file or say what it is.")
    if source == "-":
        where = "Standard input"
        data = no_larger(sys.stdin.buffer.read(MAX_FEED_BYTES + 1), where, MAX_FEED_BYTES)
        return _of_bytes(data, where, "")
    path = Path(source)
    ending = path.suffix.lower()[1:]
    try:
        is_there = len(source) < 4096 and "\n" not in source and path.exists()
    except PermissionError as error:
        message = f"{source} cannot be read: {error.strerror}."
        raise BriefError(message, "Check the name.") from error
    except (OSError, ValueError):  # too long for a name, or with a NUL
        is_there = False
    if not is_there:
        _refuse_missing(source, ending)
        text, notes = decode_argument(source, "the sentence")
        return Source(text, "the sentence", notes=notes, is_words=True)
    if path.is_dir():
        raise BriefError(f"{source} is a folder.", "Name a brief file, or `triptych resume` a run.")
    refuse_ending(ending, source)
    data = read_bytes(path, MAX_FEED_BYTES if ending in _FEEDS else MAX_BYTES)
    return _of_bytes(data, source, ending, path.parent)


def _of_bytes(data: bytes, where: str, ending: str, folder: Path = Path()) -> Source:
    refuse_bytes(data, where)
    text, notes = decode(data, where)
    return Source(text, where, ending, notes, folder=folder)


def _refuse_missing(source: str, ending: str) -> None:
    """Raise `BriefError` for words that are the name of a file that is not there, or an address."""
    is_one_word = len(source.split()) == 1
    if is_one_word and re.match(r"\s*https?://", source):
        raise BriefError(
            f"{source} is an address; nothing is fetched.", "Save the page's words in a .txt file."
        )
    is_path = is_one_word and re.match(r"\.{0,2}/|~/", source)
    is_name = is_known(ending) and "\n" not in source and len(source) < 200
    if is_path or is_name:
        raise BriefError(f"There is no file {source}.", "Check the name.")
