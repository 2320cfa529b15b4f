"""Whether a brief speaks of more than one product: names and verbs of English sentences.

Found without any list of products: a name is a capitalised word or a few. What is told for sure
stops work, so it is held to verbs of launching and to brands that differ; the rest is a hint.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = r"[\w'’&.-]{0,30}[\w®™]"
_NAME = (
    rf"(?<![\w'’&.-])[A-Z]{_WORD}"
    rf"(?: (?!(?:The|A|An|And|With|In|At|On|For|By)\b)[A-Z0-9](?:{_WORD})?){{0,3}}"
)
"""Bounded, so that no text takes longer than its length."""
_LAUNCH = r"(?:launch|introduce|present|unveil|release|announce|debut)(?:s|es)?"
_ARTICLE = r"(?:(?:the|its|their|our|an?|new|all-new|latest) ){0,3}"
_THE = r"(?:the|its|their|our) (?:new |latest )?"
_ASIDE = r"(?:, [a-z][^,.;]{0,80},?| \([^()]{0,80}\))?"

_CLAUSE = re.compile(
    rf"(?P<brand>{_NAME}|\b[Ii]t|\b[Tt]hey|\b[Ww]e)(?: (?:now|also|today|proudly))?"
    rf" {_LAUNCH} {_ARTICLE}(?P<product>{_NAME})"
)
_GAPPED = re.compile(rf",? and (?P<brand>{_NAME}) {_THE}(?P<product>{_NAME})")
_LAUNCHED = re.compile(
    rf"\b{_LAUNCH} (?:both |\w+ \w+: )?{_ARTICLE}(?P<one>{_NAME}){_ASIDE} "
    rf"(?:and|&|plus|alongside) {_THE}(?P<other>{_NAME})"
)
_AGAINST = (
    re.compile(rf"\b[Cc]ompar(?:e|es|ing) {_ARTICLE}(?P<one>{_NAME}){_ASIDE} "
               rf"(?:and|with|to) (?:the )?(?P<other>{_NAME})"),
    re.compile(rf"(?P<one>{_NAME})(?:, [a-z][^,.;]{{0,80}},)? (?:versus|vs\.?|VS\.?) (?:the )?"
               rf"(?P<other>{_NAME})"),
)  # fmt: skip
_MADE_BY = re.compile(rf"\b[Tt]he (?:[a-z]+ )?(?P<product>{_NAME}) by (?P<brand>{_NAME})")

_OWNED = re.compile(
    rf"\b(?P<brand>[A-Z][\w&-]{{0,30}})(?:'s|’s) (?:new |latest )?(?P<product>{_NAME})"
)
_MADE_FROM = re.compile(rf"\b[Tt]he (?:[a-z]+ )?(?P<product>{_NAME}) from (?P<brand>{_NAME})")
_HINTS = (
    re.compile(rf"\b(?:{_LAUNCH}|[Mm]eet|[Dd]iscover|[Tt]ry|[Gg]et) {_ARTICLE}(?P<one>{_NAME})"
               rf"{_ASIDE} (?:and|&|plus) (?:{_THE})?(?P<other>{_NAME})"),
    re.compile(rf"\b(?:range|bundle|set|pair|duo|trio|collection|products)(?: of|:) {_ARTICLE}"
               rf"(?P<one>{_NAME})[^.;]{{0,40}}(?:,| and) {_ARTICLE}(?P<other>{_NAME})"),
)  # fmt: skip


@dataclass(frozen=True)
class Several:
    """Products that a text names, each with its brand where that is told."""

    names: tuple[str, ...]
    is_sure: bool


def several_products(text: str) -> Several | None:
    """The products of a text if they are more than one.

    For sure: "X launches the A …, and Y launches the B", "X launches the A and the B", "the A by X
    … the B by Y", "A versus B". As a hint: "X's A and Y's B", "Meet the A and the B", a bundle.
    """
    text = " ".join(text.split())
    clauses = _pairs(_CLAUSE, text)
    for pairs in (clauses, [*clauses, *_pairs(_GAPPED, text)] if clauses else []):
        if names := _named(pairs):
            return Several(names, is_sure=True)
    if names := _named(_pairs(_MADE_BY, text), differing_brands=True):
        return Several(names, is_sure=True)
    for pattern in (_LAUNCHED, *_AGAINST):
        if names := _two(pattern, text):
            return Several(names, is_sure=True)
    for pattern in (_OWNED, _MADE_FROM):
        if names := _named(_pairs(pattern, text), differing_brands=True):
            return Several(names, is_sure=False)
    for pattern in _HINTS:
        if names := _two(pattern, text):
            return Several(names, is_sure=False)
    return None


def _pairs(pattern: re.Pattern[str], text: str) -> list[tuple[str, str]]:
    """Product and brand of every match."""
    return [(_bare(m["product"]), _bare(m["brand"])) for m in pattern.finditer(text)]


def _named(pairs: list[tuple[str, str]], *, differing_brands: bool = False) -> tuple[str, ...]:
    brands = dict(reversed(pairs))  # of each product the first brand
    if len(brands) < 2 or (differing_brands and len(set(brands.values())) < 2):
        return ()
    return tuple(
        f"the {product}" if brand.lower() in ("it", "they", "we") else f"the {product} ({brand})"
        for product in dict.fromkeys(product for product, _ in pairs)
        for brand in (brands[product],)
    )


def _two(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    match = pattern.search(text)
    if not match:
        return ()
    one, other = _bare(match["one"]), _bare(match["other"])
    return (f"the {one}", f"the {other}") if one != other else ()


def _bare(name: str) -> str:
    return name.removeprefix("The ").removesuffix("'s").removesuffix("’s").rstrip(".")
