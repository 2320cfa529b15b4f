"""Where a brief leads: an address in a sentence."""

from __future__ import annotations

import re

_LINK = re.compile(
    r"\bhttps?://[^\s<>\"”]+|\bwww\.[^\s<>\"”]+"
    r"|(?<![@\w.-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|app|shop|store|example|de|ch|at|uk|eu|fr"
    r"|it|es|nl"
    r"|se|no|dk|fi|us|ca|au|dev|info|biz|me)(?:/[^\s<>\"”]*)?(?![\w@])",
)
_BESIDE_LINK = re.compile(
    r"\b(?:visit|see|more|at|on|go|to|find|us|our|website|site|book|order|shop|buy|learn|details"
    r"|info"
    r"|information|online|here|link|donate|join|register|sign|up|tickets?|now|today|get|it|yours"
    r"|the"
    r"|for|via|under|read|all|url|page|landing|web|and|is|use|please|homepage)\b|[\s.,:;!()→>–—-]+",
    re.IGNORECASE,
)


def link_in(text: str) -> str:
    """The first address of a text; empty without."""
    match = _LINK.search(text)
    return match[0].rstrip(".,;:!?)") if match else ""


def says_only(text: str, link: str) -> bool:
    """Whether a sentence says nothing but where a link is: "Book at …"."""
    return not _BESIDE_LINK.sub("", text.replace(link, " "))
