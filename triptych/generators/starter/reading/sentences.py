"""The lines and sentences of a brief, and what a label before one says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LABELS = {
    "brand": "brand|brand name|maker|manufacturer|company|company name|client|shop|store",
    "product": "product name|product|model|name|item|title|service name|event|event name",
    "kind": "what|what is it|what it is|what we sell|type|kind|category|product type|service",
    "price": "price|now|sale price|our price|new price|cost|costs",
    "was_price": "was|old price|was price|price before|regular price|instead of",
    "discount": "discount|saving",
    "code": "codeword|code|promo code|promotion code|discount code|voucher|voucher code|coupon",
    "valid_from": "valid from|starts|from",
    "valid_until": "valid until|until|ends|valid to|offer ends|valid till",
    "shipping": "shipping|delivery|postage",
    "offer": "offer|deal|promotion|special offer",
    "link": "link|url|web ?site|web|landing page|website link|page|homepage",
    "audience": "audience|target audience|target group|target|for whom|who|customers|target market",
    "tone": "tone|tone of voice|voice|style|mood",
    "channels": "channels?|formats?|wanted|deliverables?|needed|we need|output|pieces|platforms?",
    "scene": "scene|picture|image|visual|visuals|setting|photo|place|location of the picture"
    "|weather|time of day|backdrop|background image|state",
    "look": "colou?rs?|materials?|finish",
    "motion": "video|film|clip|the film|the video|the clip|for the clip|for the film"
    "|for the video|motion|camera",
    "fact": "facts?|key facts?|features?|benefits?|key benefits?|key messages?|messages?|why"
    "|usps?|claims?|highlights?|details|key points?|selling points?|reasons? to buy|advantages?"
    "|what'?s special|special|about|description|must say|say",
    "aside": "deadline|due|due date|budget|contact|contact person|e-?mail|length|word limit|max"
    "|language|launch date|date of launch|timeline|campaign|project|author|owner|approval"
    "|approved by|status|version|keywords?|hashtags?|cta|call to action|headline|subject"
    "|subject line|client says|attention|attached",
    "background": "goals?|objectives?|aims?|notes?|competitors?|competition|don'?ts?|do not|avoid"
    "|never|legal|kpis?|background|brief|briefing|inspiration|references?|no-gos?|must not say|not"
    "|insight|strategy|positioning|persona|market|internal|confidential|ps|p\\.s\\.?",
}
"""What may stand before a colon, by what it says of the words after it."""

_ANY = "|".join(LABELS.values())
_LABEL = re.compile(
    rf"^(?:our |the )?(?P<label>{_ANY})\s*(?:[:=]|\s[-–—])\s*(?P<value>.*)$", re.IGNORECASE
)
_LOOSE_LABEL = re.compile(
    r"(?:^|(?<=[,;.]\s))(?:[Tt]he\s+)?(?P<label>[Bb]rand|[Mm]odel|[Mm]aker|product|price|code)"
    r"(?:\s+is)?\s+(?P<value>[^\W\d_a-z][^,;.]*|[€$£\d“\"](?:[^,;]|,\d)*?)(?:[,;](?=\s)|(?=\.(?!\w)|$))"
)
_IS_LABEL = re.compile(
    r"^(?i:the |our |its )?(?P<label>(?i:brand(?: name)?|product name|company name|name))\s+is\s+"
    r"(?:called\s+)?(?P<value>[^\W\d_a-z][^,;:]{1,40}?)\.?$"
)
_NEXT_LABEL = re.compile(rf"\s*[,;|/]\s*(?=(?:{_ANY})\s*[:=])", re.IGNORECASE)
_ROLES = {role: re.compile(rf"(?:{words})", re.IGNORECASE) for role, words in LABELS.items()}
_BULLET = re.compile(r"^\s*(?:[-*•–—·▪►✓✔+>]|\d{1,2}[.)])\s+")
_HEADING = re.compile(r"^\s*#{1,6}\s+|^\s*[=*_-]{3,}\s*$")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.{1,200}?)(?<=\S)\1")
_SHORT = "".join(
    rf"(?<!\b{short}\.)"
    for short in [
        "Dr",
        "St",
        "Mr",
        "Mrs",
        "Ms",
        "No",
        "Prof",
        "vs",
        "approx",
        "e\\.g",
        "i\\.e",
        "incl",
        "max",
        "min",
        "ca",
        "Max",
        "Min",
    ]
)
_FIRM = "".join(rf"(?<!\b{short}\.)" for short in ("Co", "Inc", "Ltd", "Corp", "Bros"))
_SENTENCE = re.compile(
    rf"(?<=[.!?…]){_SHORT}(?:{_FIRM}|(?=\s+[^a-z]))\s+|(?<=[.!?…][\"”’)])\s+"
    rf"|;\s+"
)
_SPLICE = re.compile(
    r",\s+(?:and\s+|but\s+|so\s+|please\s+)?(?=(?:please|show|target|keep (?:it|the)|call (?:it"
    r"|them|this)"
    r"|make it|write|mention|avoid|don[’']t|do not|use (?:a|the|our) (?:playful|tone|picture)"
    r"|no (?:people|children|text|logo)|the tone|tone:|(?:playful|premium|technical|minimal)"
    r"(?: tone| in tone)?\s*[.!]?$)\b|it[’']s\b|it (?!is for)\w+s\b|they \w+\b)",
    re.IGNORECASE,
)


LONGEST = 600
"""Characters of a sentence; what is longer is no sentence, and nothing is read of it."""


@dataclass(frozen=True)
class Line:
    """A sentence or line of a brief.

    Attributes:
        text: without bullet and label.
        role: what its label says that it is, of `LABELS`; "heading", or empty.
        whole: as it stands.
    """

    text: str
    role: str
    whole: str


def lines_of(text: str) -> list[Line]:
    """The sentences of a text, with what labels and headings before them say."""
    found: list[Line] = []
    section = ""
    for row in _rows(text):
        bullet = _BULLET.match(row)
        told = _EMPHASIS.sub(r"\2", row[bullet.end() :] if bullet else row).strip()
        if not told:
            section = section if bullet else ""
            continue
        if _HEADING.match(row):
            role, value = _labelled(_HEADING.sub("", told).rstrip(":") + ":")
            section = role
            if not role and (words := _HEADING.sub("", told).strip()):
                found.append(Line(words, "heading", words))
            continue
        told = _LOOSE_LABEL.sub(r"; \g<label>: \g<value>;", told).removeprefix("; ")
        for part in _NEXT_LABEL.split(told):
            role, value = _labelled(part)
            if role and not value:
                section = role
                continue
            if not bullet and not role:
                section = ""
            found += _sentences(part, value or part, role or section)
    return found


def _rows(text: str) -> Iterator[str]:
    """Lines of a text; one that only wraps goes on the line before."""
    held = ""
    for row in re.split(r"\r\n?|[\n\u2028\u2029]", text):
        row = re.sub(r"\s+", " ", row).strip()
        wraps = len(held) > 40 and held[-1] not in ".!?:;" and row[:1].islower()
        if wraps and not _BULLET.match(row) and not _labelled(row)[0]:
            held = f"{held} {row}"
            continue
        yield held
        held = row
    yield held


def _labelled(row: str) -> tuple[str, str]:
    """What a label before a row says that it is, and the rest; empty without label."""
    match = _LABEL.match(row) or _IS_LABEL.match(row)
    if match is None:
        return "", ""
    roles = (role for role, words in _ROLES.items() if words.fullmatch(match["label"]))
    return next(roles, ""), match["value"].strip()


def _sentences(whole: str, value: str, role: str) -> Iterator[Line]:
    """The sentences of a row; a label holds for the first, and for all where that is a list."""
    parts = [part for part in _SENTENCE.split(value) if re.search(r"\w", part)]
    for number, part in enumerate(parts):
        own, said = _labelled(part) if number else ("", "")
        of_label = role if number == 0 or role in ("fact", "background", "scene") else ""
        if own and said:
            yield Line(_bare(said) if own in _BARE else said, own, part)
        elif of_label and len(part) <= LONGEST:
            label = whole.removesuffix(value) if number == 0 and whole.endswith(value) else ""
            told = f"{label}{part}"
            yield Line(_bare(part) if role in _BARE else part, of_label, told)
        else:
            for piece in _SPLICE.split(part):
                long = len(piece) > LONGEST
                yield Line(piece.strip(), "background" if long else "", piece.strip())


_BARE = frozenset(LABELS) - {"fact", "aside", "background", "scene", "motion"}


def _bare(value: str) -> str:
    return re.sub(r"(?<!\b[A-Z])(?<!Co)(?<!Inc)(?<!Ltd)\.$", "", value.strip()).strip(" ;")
