"""Numbers, prices, dates, addresses and codes: none that the brief does not give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from triptych.domain import Finding, Offer
from triptych.grounding.amounts import MONTHS, Amount, Day, amounts, days
from triptych.grounding.source import Source
from triptych.grounding.tokens import links, plain, squeezed, without_links
from triptych.grounding.where import Where, finding

_WAS = re.compile(
    r"(?:\bwas|\binstead of|\bbefore|\bformerly|\bpreviously|\bdown from|\breduced from|\brrp|"
    r"\bmsrp|\blist price|\bregular(?:ly)?|\busual(?:ly)?|\bnormally|\bstatt|\bzuvor|\bvorher|"
    r"\buvp|\bau lieu de|\ben lugar de|\bantes|\binvece di|\bin plaats van|\brather than|\bnot|"
    r"\bold price|\boriginal(?:ly)?(?: price)?)[\s:~(]*(?:at |of |price )?(?:only )?$",
    re.IGNORECASE,
)
_WAS_AFTER = re.compile(
    r"^[\s)]*(?:before\b|previously|formerly|originally|vorher|zuvor|antes)", re.I
)
_CODE = re.compile(r"\b[Cc](?:ode|ODE)\b:? ?\"?'?(?P<code>[A-Z][A-Z0-9-]{2,}|[A-Z0-9-]{4,})\b")
_UNTIL = re.compile(
    r"\b(?:until|till|til|through|ends?(?: on| this)?|by|before|from|starts?(?: on)?|bis|ab|"
    r"only on|this|next|last chance|launch(?:es|ing)?(?: on)?|jusqu'au|hasta(?: el)?)\s+"
    r"(?P<day>(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:mon|diens|donners|frei|sams|sonn)tag|"
    r"mittwoch|january|february|march|april|june|july|"
    r"august|september|october|november|december)\b|"
    r"\b(?:until|till|ends?) (?P<soon>tomorrow|tonight|midnight)\b",
    re.IGNORECASE,
)
_GIFTS = re.compile(
    r"\bfree (?:(?:next|same)[- ]day |express |worldwide |standard )?(?:shipping|delivery|returns?|"
    r"trial|gifts?|samples?|upgrade|postage|refills?)\b|\bmoney[- ]back\b|"
    r"\b(?:lifetime )?(?:warranty|guarantee[ds]?)\b|\bbuy one,? get one\b|\bbogo\b|"
    r"\bdiscount(?:ed|s)?\b|\bon sale\b|\bhalf[- ]price\b|"
    r"\bfree of charge\b|\bat no (?:extra )?cost\b",
    re.IGNORECASE,
)
_CLAIMING = frozenset({"percent", "money"})


def false_numbers(source: Source, text: str, where: Where) -> list[Finding]:
    """Figures of a text that brief and plan do not give, and prices told in each other's place."""
    bare = _without_names(source, without_links(text))
    known, known_days = amounts(source.text), days(source.text)
    known += _derived(source.brief.offer)
    findings = [*_addresses(source, text, where), *_words_of_offers(source, bare, where)]
    dated = days(bare)
    for day in dated:
        if not any(day.is_like(one) for one in known_days):
            findings.append(_not_given(day, where, _listed(known_days)))
    for amount in amounts(bare):
        if amount.spelled and not (amount.unit or amount.kind != "plain"):
            continue  # two hands, a thousand stories: no figure that could be checked
        if not any(amount.is_like(one) for one in known):
            findings.append(
                _not_given(amount, where, _listed([k for k in known if k.kind == amount.kind]))
            )
        elif amount.kind != "percent":
            findings += _swapped(source.brief.offer, amount, bare, where)
    return list({(one.kind, one.words): one for one in findings}.values())


def missing_offer(source: Source, text: str) -> list[Finding]:
    """Prices, shares and dates of the plan's key message that longer copy leaves out."""
    plan = source.plan
    if plan is None:
        return []
    message, bare = plain(plan.key_message), plain(text)
    own = _without_names(source, without_links(message))
    asked = [one for one in amounts(own) if one.kind in _CLAIMING]
    there, there_days = amounts(bare), days(bare)
    lacking: list[Amount | Day] = [a for a in asked if not any(a.is_like(one) for one in there)]
    lacking += [d for d in days(own) if not any(d.is_like(one) for one in there_days)]
    return [
        finding("number", "copy", one.words, f'Say "{one.words}", as the key message does.',
                instead=one.words)
        for one in lacking
    ]  # fmt: skip


def _not_given(one: Amount | Day, where: Where, known: str) -> Finding:
    reason = f'"{one.words}" is not in the brief; give no figure that it does not give.'
    return finding("number", where, one.words, f"{reason}{known}")


def _listed(known: list[Amount] | list[Day]) -> str:
    words = list(dict.fromkeys(one.words for one in known if one.words))[:6]
    return f" It gives {', '.join(words)}." if words else ""


def _without_names(source: Source, text: str) -> str:
    """The text with blanks for the brief's names, whose digits are no figures."""
    for name in source.names:
        text = name.pattern.sub(lambda match: " " * len(match[0]), text)
    return text


def _derived(offer: Offer | None) -> list[Amount]:
    """What a price and the price before amount to: the saving, in money and in percent."""
    if offer is None or not (offer.price and offer.was_price):
        return []
    now, before = (amounts(plain(text)) for text in (offer.price, offer.was_price))
    if not now or not before:
        return []
    price, was = min(now[0].values), min(before[0].values)
    if not 0 < price < was:
        return []
    share = (was - price) / was * 100
    shares = {Decimal(round(share)), Decimal(int(share)), share.quantize(Decimal("0.1"))}
    return [
        Amount(frozenset({was - price}), "money", now[0].unit, "", 0, 0),
        Amount(frozenset(shares), "percent", "", "", 0, 0),
    ]


def _swapped(offer: Offer | None, amount: Amount, text: str, where: Where) -> Iterator[Finding]:
    """The price before told as the price, or the price as the one before."""
    if offer is None or not (offer.price and offer.was_price):
        return
    before, after = text[: amount.start], text[amount.end :]
    is_was = bool(_WAS.search(before[-40:]) or _WAS_AFTER.match(after[:20]))
    price, was = (amounts(plain(one)) for one in (offer.price, offer.was_price))
    if not price or not was or price[0].values & was[0].values:
        return
    given = _bare(amount)
    if given & _bare(was[0]) and not given & _bare(price[0]) and not is_was:
        yield finding(
            "number", where, amount.words,
            f"{amount.words} was the price before; the price is {offer.price}.",
            instead=offer.price,
        )  # fmt: skip
    elif given & _bare(price[0]) and is_was and not given & _bare(was[0]):
        yield finding(
            "number", where, amount.words,
            f"{amount.words} is the price now; before it was {offer.was_price}.",
            instead=offer.was_price,
        )  # fmt: skip


def _bare(amount: Amount) -> frozenset[Decimal]:
    return amount.values


def _addresses(source: Source, text: str, where: Where) -> Iterator[Finding]:
    known = {_address(match[0]) for match in links(source.text)}
    if source.brief.url:
        known.add(_address(source.brief.url))
    known |= {part for one in known for part in (one.split("?")[0].rstrip("/"), one.split("/")[0])}
    for match in links(text):
        if _address(match[0]) in known:
            continue
        advice = f" Lead to {source.brief.url}." if source.brief.url else ""
        yield finding(
            "number", where, match[0], f'The address "{match[0]}" is not in the brief.{advice}'
        )


def _address(text: str) -> str:
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", text.lower())
    return bare.rstrip("/.,;:!?)'\"")


def _words_of_offers(source: Source, text: str, where: Where) -> Iterator[Finding]:
    known = squeezed(source.text)
    for match in _CODE.finditer(text):
        if squeezed(match["code"]) not in known or match["code"] not in source.text:
            code = source.brief.offer.code if source.brief.offer else None
            advice = f' The code is "{code}".' if code else " The brief gives no code."
            yield finding(
                "number",
                where,
                match["code"],
                f'The code "{match["code"]}" is not in the brief.{advice}',
            )
    dated = [(day.start, day.end) for day in days(text)]
    for match in _UNTIL.finditer(text):
        said = (match["day"] or match["soon"]).lower()
        is_dated = any(start < match.end() and match.start() < end for start, end in dated)
        if is_dated or squeezed(said).removesuffix("s") in known or _is_month_of(source, said):
            continue
        yield finding(
            "number", where, match[0],
            f'"{match[0]}" is not in the brief; give no date that it does not give.',
        )  # fmt: skip
    for match in _GIFTS.finditer(text):
        if not _is_offered(match[0], source):
            yield finding(
                "number", where, match[0], f'The brief offers no "{match[0]}"; leave it out.'
            )


def _is_month_of(source: Source, word: str) -> bool:
    """Whether a word is the month of one of the brief's dates."""
    months = {month for day in days(source.text) for _, month, _ in day.readings}
    return MONTHS.get(word) in months


def _is_offered(words: str, source: Source) -> bool:
    """Whether every word of an offer stands in the brief, in whatever form."""
    stems = [squeezed(word)[:6] for word in re.split(r"[\s-]+", words.lower()) if len(word) > 2]
    said = {squeezed(word) for word in re.split(r"[\s-]+", source.text)}
    if "half" in stems or "discou" in stems or "sale" in stems:
        offer = source.brief.offer
        if offer and (offer.discount or offer.was_price):
            return True
        if "%" in source.text or ("discou" in stems and "off" in said):
            return True
    same = {"delive": "shippi", "shippi": "delive", "warran": "guaran", "guaran": "warran"}
    return all(
        any(word.startswith((stem, same.get(stem, stem))) for word in said) for stem in stems
    )
