"""Which of a campaign's texts stand on a creative: its placement's own, then those of others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from triptych.channels import Placement, find_placement
from triptych.creatives.layouts import Role
from triptych.domain import Brief, CampaignPlan, Candidate, Deliverable, TextKind

_LONGEST = {"headline": 70, "body": 120, "button": 32}
_SENTENCE = re.compile(r"(?<=[.!?…。！？])\s+|(?<=[。！？])")
_CURRENCY = re.compile(r"[^\W\d_]|[$£¥€₪₩₹฿%]")

Copy = tuple[Deliverable, Candidate]
"""A deliverable with the copy that was accepted for it."""


def texts_for(
    plan: CampaignPlan, copies: Sequence[Copy], placement: Placement, language: str
) -> dict[Role, str]:
    """The texts of a creative by what they are for; without a headline it cannot be made.

    Args:
        plan: the campaign's.
        copies: of its deliverables, those alone that hold to the brief.
        placement: that the creative is for.
        language: of the creative: texts of other languages are not taken.
    """
    brief = plan.brief
    own_first = sorted(copies, key=lambda one: one[0].channel != placement.name)
    spoken = [one for one in own_first if one[0].language == language]
    texts: dict[Role, str] = {}
    headline = next(_of_kind(spoken, "headline", _LONGEST["headline"]), None)
    if headline is None:
        headline = next(_first_sentences(spoken, "social_post", _LONGEST["headline"]), None)
    if headline is None and brief.language == language and len(plan.key_message) <= 90:
        headline = plan.key_message
    if headline is not None:
        texts["headline"] = headline
    said = {_plain(headline or "")}
    body = (one for one in _first_sentences(spoken, "body", _LONGEST["body"]))
    for one in body:
        if _plain(one) not in said:
            texts["body"] = one
            break
    if button := next(_of_kind(spoken, "call_to_action", _LONGEST["button"]), None):
        texts["button"] = button.rstrip(".!")
    if brief.brand:
        texts["brand"] = texts["eyebrow"] = brief.brand
    texts |= offer_texts(brief)
    if print_ := brief.small_print(placement.name):
        texts["disclaimer"] = " ".join(print_.split())
    return texts


def offer_texts(brief: Brief) -> dict[Role, str]:
    """Price, old price and discount, each value as it was given."""
    offer, texts = brief.offer, dict[Role, str]()
    if offer is None:
        return texts
    if offer.price:
        texts["price"] = _money(offer.price, offer.currency)
        if offer.was_price:
            texts["was_price"] = _money(offer.was_price, offer.currency)
    if offer.discount:
        value = offer.discount
        texts["discount"] = f"−{value}" if value[0].isdigit() and "%" in value else value
    return texts


def _money(amount: str, currency: str | None) -> str:
    if not currency or _CURRENCY.search(amount):
        return amount
    return f"{currency}{amount}" if currency in "$£¥₹₩" else f"{amount} {currency}"


def _of_kind(copies: Sequence[Copy], kind: TextKind, most: int) -> Iterator[str]:
    """Texts of one kind that are short enough, those of the first copies first."""
    for deliverable, copy in copies:
        placement = find_placement(deliverable.channel)
        names = [one.name for one in placement.written if one.writes == kind]
        for text in copy.texts:
            words = " ".join(text.text.split())
            if text.field in names and 0 < len(words) <= most:
                yield words


def _first_sentences(copies: Sequence[Copy], kind: TextKind, most: int) -> Iterator[str]:
    """The first sentences of longer texts, as many as are short enough."""
    for text in _of_kind(copies, kind, 5000):
        plain = re.sub(r"(?:\s+#\w+)+\s*$", "", text)
        chosen = ""
        for sentence in _SENTENCE.split(plain):
            longer = f"{chosen} {sentence}".strip()
            if len(longer) > most:
                break
            chosen = longer
        if chosen:
            yield chosen


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
