"""Prices, discounts, codes and dates of an offer in a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from triptych.generators.starter import stand_ins

_SIGN = r"(?:US\$|CA\$|A\$|€|\$|£|¥|₹|CHF|EUR|USD|GBP|SEK|NOK|DKK|PLN|Fr\.|Rs\.?|kr\.?|zł)"
_WORD = r"(?:euros?|dollars?|pounds?|francs?|cents?|pence|bucks|crowns|kronor|rupees)"
_FIGURE = r"(?:\d[\d.,'’]*[.,][-–—]|\d[\d.,'’]*)"
_PER = (
    r"(?:\s?(?:/|per\b|a\b|an\b|each\b|p\.)\s?(?:month|year|week|day|night|person|hour|class"
    r"|session"
    r"|kilo|kg|litre|liter|metre|user|seat|head|pair|piece|bottle|box|lesson|ticket|child|adult"
    r"|item|bag|pack|100 ?g|mo|yr)\b(?:\s?(?:/|per\b|a\b)\s?(?:month|year|week|user|person)\b)?)?"
)
_MONEY = rf"(?:{_SIGN}\s?{_FIGURE}|{_FIGURE}\s?(?:{_SIGN}(?!\w)|{_WORD}\b|p\b)){_PER}"
_BARE = r"\d{1,6}(?:[.,]\d{2})(?![\d%])"
"""A price without currency; only after a word that says so."""
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_NAMED_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_DAY = (
    rf"(?:(?:(?:next|this)\s)?(?:{_NAMED_DAY},?\s)?(?:the\s)?\d{{1,2}}(?:st|nd|rd"
    rf"|th)?(?:\sof)?\s{_MONTH}"
    rf"(?:,?\s\d{{4}})?|{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s\d{{4}})?"
    rf"|\d{{4}}-\d{{2}}-\d{{2}}"
    rf"|\d{{1,2}}[./]\d{{1,2}}[./](?:\d{{2,4}})?|(?:(?:next|this)\s)?{_NAMED_DAY}(?:\snight)?"
    rf"|{_MONTH}"
    r"|(?:the )?end of (?:the )?(?:month|week|year|[A-Z]\w+)|tomorrow|tonight|midnight|Christmas"
    r"|Easter|New Year|stocks? (?:last|run out))"
)
_FIELDS = re.compile(
    rf"""
    (?:\b(?:instead\ of|was|were|before:?|down\ from|rather\ than|regular(?:ly)?|normally|usually
    |RRP)
        \s+(?P<was_price>{_MONEY}|{_BARE}))
    |(?:(?P<shipping>\b(?:free|no)\s(?:shipping|delivery|postage)(?:\s(?:on|for)\s(?:all\s)?orders)?
        (?:\s(?:over|above|from)\s{_MONEY})?(?:\s(?:within|in|to|across)\s(?:the\s)?[A-Z][\w-]+)?
        |\b(?:shipping|delivery)\sis\sfree(?:\s(?:over|above|from)\s{_MONEY})?))
    |(?:\b(?:save|saving|(?:a\s)?discount\ (?:of\s)?|discount:)\s*
        (?P<saved>(?:up\ to\s)?(?:\d+(?:[.,]\d+)?\s?(?:%|percent\b|per\ cent\b)
        |{_MONEY}))(?:\s(?:off|now))?)
    |(?:(?P<discount>(?:up\ to\s)?(?:\d+(?:[.,]\d+)?\s?(?:%|percent\b|per\ cent\b)|{_MONEY}))
        \s?(?:off|discount|reduction)\b)
    |(?:\b(?:promo(?:tion)?\s|discount\s|voucher\s|coupon\s)?(?:code|voucher|coupon)\b(?:\sis)?:?\s*
        ["“”'‘]?(?P<code>(?=[A-Z0-9_-]*[A-Z0-9]{{2}})[A-Z0-9][A-Z0-9_-]{{2,}})\b["“”'’]?)
    |(?:\b(?:valid\s|starting\s|starts\s)?(?:from|on|since)?\s?\bfrom\s(?P<valid_from>{_DAY})
        (?:\s(?:to|until|till|through|-|–)\s(?P<ends>{_DAY}))?)
    |(?:\b(?:(?:valid|only|offer|it|sale|deal|runs|on|open)\s)*(?:until|till|through
    |ends(?:\son)?|ending
        |expires(?:\son)?)\s(?:the\s)?(?P<valid_until>{_DAY}))
    |(?:(?P<price>(?<![\w.,])(?:from\s|starting\sat\s|starts\sat\s)?{_MONEY}))
    |(?:\b(?:now|only|just|price(?:\sis)?:?|costs?|for)\s(?P<plain>{_BARE}))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_BETWEEN = re.compile(
    r"(?:[\s.,:;!()+–—-]+|[’']s\b|\b(?:only|now|just|for|at|the|our|price|is|are|costs?|it|they"
    r"|this|all"
    r"|with"
    r"|and|use|using|offer|valid|get|today|plus|yours|you|your|pay|starting|introductory|launch|to"
    rf"|special|sale|in|on|when|a|an|{stand_ins.BRAND}|{stand_ins.PRODUCT}|{stand_ins.KINDS}"
    rf"|{stand_ins.KIND}|{stand_ins.STUFF})\b)*",
    re.IGNORECASE,
)
_NEAR = re.compile(r"[\s.,:;!()+–—-]*")
_LEAD = re.compile(
    r"(?:[\s,;:(–—-]|\b(?:only|now|just|for|at|price|is|costs?|with|and|use|offer|get|today|plus"
    r"|yours|our|valid))*$",
    re.IGNORECASE,
)
_NO_PRICE = re.compile(
    r"\b(?:over|above|under|below|up to|worth|than|every|each|win|of|budget|first|next|spend"
    r"|to|between|and|save|earn|raise|raised|cover\w*|a|an|the)\s+$",
    re.IGNORECASE,
)
_DAY_IN = re.compile(_DAY)


@dataclass(frozen=True)
class Offered:
    """An offer in a sentence.

    Attributes:
        fields: by field of an `Offer`, letter for letter.
        said: the words that say it.
        before: what stands before it in the sentence.
        after: what stands after it.
    """

    fields: dict[str, str] = field(default_factory=dict)
    said: str = ""
    before: str = ""
    after: str = ""

    @property
    def alone(self) -> bool:
        """Whether the sentence says nothing else."""
        return bool(self.fields) and not _BETWEEN.sub("", self.before + " " + self.after)


def offer_in(sentence: str) -> Offered:
    """The first offer of a sentence: fields that stand side by side."""
    for match in _FIELDS.finditer(sentence):
        if not _is_offer(match, sentence):
            continue
        fields = _fields(match)
        end = match.end()
        while True:
            near, far = _NEAR.match(sentence, end), _BETWEEN.match(sentence, end)
            assert near, "it also matches nothing"
            assert far, "it also matches nothing"
            more = _FIELDS.match(sentence, near.end()) or _FIELDS.match(sentence, far.end())
            if (
                more is None
                or not _is_offer(more, sentence)
                or fields.keys() & _fields(more).keys()
            ):
                break
            fields |= _fields(more)
            end = more.end()
        after = sentence[end:]
        if not re.match(
            r"\s*(?:[.,;:!?)(–—-]|$|(?:by|for|with|at|on|in|and|the|today|only)\b)", after
        ):
            continue  # "3 % interest", "50 euros credit"
        lead = _LEAD.search(sentence, 0, match.start())
        assert lead is not None, "it also matches nothing"
        said = sentence[lead.start() : end]
        return Offered(fields, said, sentence[: lead.start()], after)
    return Offered()


def _is_offer(match: re.Match[str], sentence: str) -> bool:
    if match["price"]:
        return not _NO_PRICE.search(sentence[: match.start()])
    until = match["valid_until"] or match["valid_from"]
    return until is None or _cased(until)


def _cased(day: str) -> bool:
    """Whether a day is spelt as one: "may" is none."""
    return _DAY_IN.fullmatch(day) is not None or day.isupper()


def _fields(match: re.Match[str]) -> dict[str, str]:
    found = {name: words for name, words in match.groupdict().items() if words}
    for name, of in (("saved", "discount"), ("plain", "price"), ("ends", "valid_until")):
        if name in found:
            found[of] = found.pop(name)
    return {name: _trimmed(name, words) for name, words in found.items()}


def _trimmed(name: str, words: str) -> str:
    words = words.strip()
    if name != "code" and not re.search(r"\.[-–—]$", words):
        words = words.rstrip(".,'’")
    if re.match(r"(?:From|Up to|Starting)\b", words):
        words = words[0].lower() + words[1:]
    return words
