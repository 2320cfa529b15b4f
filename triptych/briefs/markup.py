"""HTML in which shops write descriptions: its words, without markup."""

from __future__ import annotations

import re
from functools import lru_cache
from html.parser import HTMLParser

from triptych.errors import BriefError

MAX_MARKUP = 50_000
_BLOCKS = frozenset(
    ("p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table")
)
_TAG = re.compile(r"<[a-zA-Z/!]|&(?:\w{2,8}|#\d{1,7}|#x[0-9a-fA-F]{1,6});")


@lru_cache(maxsize=64)
def plain_text(text: str) -> str:
    """A text without HTML, a line for each block; as it is, if it has none.

    Raises:
        BriefError: if it has HTML and more than 50,000 characters.
    """
    if not _TAG.search(text):
        return text.strip()
    if len(text) > MAX_MARKUP:
        raise BriefError(f"A text in HTML is longer than {MAX_MARKUP} characters.", "Shorten it.")
    words = _Words()
    try:
        words.feed(text)
        words.close()
    except (ValueError, AssertionError) as error:
        raise BriefError("A description is not valid HTML.", "Write it as plain text.") from error
    lines = (" ".join(line.split()) for line in "".join(words.pieces).split("\n"))
    return "\n".join(line for line in lines if line)


class _Words(HTMLParser):
    """Gathers a page's words; scripts and styles are none."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style")
        self.pieces.append("\n" if tag in _BLOCKS else "")

    def handle_endtag(self, tag: str) -> None:
        self.silent = max(0, self.silent - (tag in ("script", "style")))
        self.pieces.append("\n" if tag in _BLOCKS else "")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.pieces.append(data)
