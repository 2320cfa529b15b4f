"""What no campaign can be made of, though it is well-formed: nothing said, gaps, two products."""

from __future__ import annotations

import re
from collections.abc import Iterator

from triptych.briefs.several import several_products
from triptych.domain import Brief, CampaignPlan
from triptych.errors import BriefError

_NOUN = (
    r"(?:your|insert|add|enter|the|brand|product|company|business|shop|store|name|customer|price|"
    r"date|colou?r|city|place|location|audience|discount|offer|url|website|headline|tagline|"
    r"slogan|description|material|setting|season|event|tbd|todo|placeholder|here|feature|benefit|"
    r"usp|tone|channel|category|marke|produkt|preis|datum|ort|firma)"
)
_NOUNS = rf"{_NOUN}(?:[ _-]{{1,2}}{_NOUN}){{0,4}}[ _-]?\d?"
_PLACEHOLDERS = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (r"\{\{\{?\s*[#/^&>]?\s*[A-Za-z_][^{}\n]{0,80}\}\}\}?|\{%[^{}\n]{1,80}%\}", 0),
        (r"\$?\{[A-Za-z_][\w .-]{0,60}(?::[\w.,<>^]{1,9})?\}|(?<![\w{])\{\d{0,2}\}", 0),
        (r"<%=?[^<>\n]{1,80}%>|\*\|[^|\n]{1,40}\|\*|@@\w{1,40}@@|(?<!\w)__[A-Z][A-Z_]{1,40}__", 0),
        (r"(?<![\w%])%(?:\(\w{1,40}\))?[sd](?![\w%])|(?<![\w%])%\d\$[sd](?!\w)", 0),
        (r"(?<![\w%])%[A-Z][A-Z_]{2,40}%", 0),
        (rf"\[{{1,2}}\s?{_NOUNS}\s?\]{{1,2}}(?!\()", re.IGNORECASE),
        (rf"<{{1,2}}\s?{_NOUNS}\s?>{{1,2}}", re.IGNORECASE),
        (r"\blorem ipsum\b", re.IGNORECASE),
    )
)
_DOUBTFUL = re.compile(r"\[[A-Z][A-Z _-]{3,40}\](?!\()")
"""[ZIELGRUPPE]: perhaps to be filled in, perhaps meant."""


def check_sense(asked: Brief | CampaignPlan, where: str) -> tuple[str, ...]:
    """What has to be said of a brief or plan before work begins.

    Raises:
        BriefError: if it says nothing, holds placeholders that nobody filled in, or is of two
            products without naming one as `product`.
    """
    brief = asked.brief if isinstance(asked, CampaignPlan) else asked
    if not any(character.isalpha() for character in brief.description):
        raise BriefError(
            f"In {where} the description holds no words.", "Say at least what the product is."
        )
    notes = []
    texts = list(_texts(asked))
    gaps = list(dict.fromkeys(gap for text in texts for gap in placeholders(text)))
    if gaps:
        raise BriefError(
            f"In {where} nobody filled in {_named(gaps)}.", "Write what shall stand there."
        )
    doubtful = [gap for text in texts for gap in _DOUBTFUL.findall(text)]
    if doubtful:
        notes.append(f"{_named(doubtful)} is taken as it stands; fill it in if it is a gap.")
    if any("�" in text for text in texts):
        notes.append("It holds �: letters were lost before it came here.")
    if several := several_products(brief.description):
        names = " and ".join(several.names)
        if several.is_sure and not brief.product:
            raise BriefError(
                f"In {where} there are two products: {names}. A campaign is of one.",
                "Write a brief for each; or name the one or the set in the field `product`.",
            )
        of = f"the campaign is of {brief.product}" if brief.product else "a campaign is of one"
        notes.append(f"It seems to speak of two products, {names}; {of}.")
    return tuple(notes)


def placeholders(text: str) -> list[str]:
    """What was to be filled in and is not: `{brand}`, `{{ product }}`, `%s`, `${y}`, `[NAME]`."""
    matches = [match for one in _PLACEHOLDERS for match in one.finditer(text)]
    matches.sort(key=lambda match: (match.start(), -match.end()))
    return [
        match[0]
        for match, before in zip(matches, [None, *matches], strict=False)
        if before is None or match.start() >= before.end()
    ]


def _texts(asked: Brief | CampaignPlan) -> Iterator[str]:
    if isinstance(asked, CampaignPlan):
        yield from (asked.key_message, asked.visual, asked.motion)
        asked = asked.brief
    yield asked.description
    yield from filter(
        None, (asked.product, asked.brand, asked.audience, asked.disclaimer, asked.url)
    )
    yield from (*asked.facts, *asked.must_say, *asked.must_not_say)
    if asked.offer:
        yield from filter(None, asked.offer.model_dump().values())


def _named(gaps: list[str]) -> str:
    named = ", ".join(f"`{gap[:60]}`" for gap in gaps[:10])
    return named if len(gaps) <= 10 else f"{named} and {len(gaps) - 10} more"
