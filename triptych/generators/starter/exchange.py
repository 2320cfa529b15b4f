"""A brief's own words in exchange for stand-ins, and back letter for letter."""

from __future__ import annotations

import re
from collections.abc import Mapping

from triptych.generators.starter import stand_ins

_KINDS = (stand_ins.KINDS, stand_ins.STUFF, stand_ins.KIND)
_NAMES = (stand_ins.BRAND, stand_ins.PRODUCT)
_OFFER = stand_ins.OFFER
_ALL = (*_NAMES, *_KINDS, *stand_ins.FACTS, *_OFFER.values(), stand_ins.LINK)
_CANON = {word.lower(): word for word in _ALL}
_ANY = "|".join(_ALL)
_STAND_IN = re.compile(rf"(?<!\w)(?:{_ANY})(?!\w)", re.IGNORECASE)

_MARK = "\u2060"
"""Set within a user's own word that is spelt as a stand-in, which it then is no more."""
_SPELT_SO = re.compile(
    "|".join(rf"(?<!\w){word[0]}{_MARK}*{word[1:]}(?!\w)" for word in _ALL), re.IGNORECASE
)

_SHOWN = re.compile(
    rf"""(?P<marked>{_SPELT_SO.pattern.replace("*", "+")})
    |(?P<tag>\ ?\#(?P<tagged>{"|".join(_NAMES)})(?!\w))
    |(?P<before>\b(?:an?|the)\ )?(?P<pair>(?<!\w){stand_ins.BRAND}\ (?={stand_ins.PRODUCT}(?!\w)))
    |(?P<lead>\b(?:an?|the|for|at)\ )?(?<!\w)(?P<word>{_ANY})(?!\w)
        (?P<after>\ off\b|[’']s(?!\w)|[.!?]+)?""",
    re.IGNORECASE | re.VERBOSE,
)
_SAYS_OFF = re.compile(r"\b(?:off|discount|free|half|reduction|less)\b", re.IGNORECASE)
_AN = re.compile(
    r"""[aeioàáâãäåæèéêëìíîïòóôõöøœ]|ùúûü|h(?:ours?\b|ourly|onest|ono|eir)
    |u(?!ni(?!n|m)|s[aeu]|t[eio]|r[aeiou]|biq|k(?:ulele|\b)|vul|-|$)|8|1[18](?!\d|[.,]\d)|1[18],\d{3}\b""",
    re.IGNORECASE | re.VERBOSE,
)
_A = re.compile(r"(?:eu|ewe|one\b|once\b|oui)", re.IGNORECASE)
_LETTERS = re.compile(r"[A-Z][A-Z0-9]{1,4}(?![a-z])|[A-Z]-")
"""Capitals that are read one by one: an LED lamp, a USB stick, an X-ray."""


def hide(text: str, own: Mapping[str, str]) -> str:
    """A text with stand-ins for a brief's own words; `show` gives it back as it was.

    Args:
        text: of anyone.
        own: stand-in to the brief's own words.
    """
    hidden = exchanged(text, own)
    return hidden if show(hidden, own) == text else _marked(text)


def exchanged(text: str, own: Mapping[str, str]) -> str:
    """A text with stand-ins wherever it has a brief's own words, whatever stands around them."""
    pairs: dict[str, str] = {}
    for word, words in own.items():
        if len(words) > 1 or word in _NAMES:
            pairs.setdefault(words, word)
    for word in _KINDS:
        if words := own.get(word):
            pairs.setdefault(words[:1].upper() + words[1:], word.capitalize())
    if not pairs:
        return _marked(text)
    longest = sorted(pairs, key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in longest))
    parts, place = [], 0
    for match in pattern.finditer(text):
        parts += [_marked(text[place : match.start()]), pairs[match[0]]]
        place = match.end()
    return "".join([*parts, _marked(text[place:])])


def show(text: str, own: Mapping[str, str]) -> str:
    """What was written with stand-ins, in the brief's own words; other stand-ins stay."""

    def shown(match: re.Match[str]) -> str:
        if match["marked"]:
            return match[0].replace(_MARK, "", 1)
        if match["tag"]:
            return _tag(match, own)
        if match["pair"]:
            return _pair(match, own)
        return _shown(match, own)

    return _SHOWN.sub(shown, text)


def strange(text: str, own: Mapping[str, str]) -> list[str]:
    """Stand-ins in a text that stand for nothing."""
    return [match[0] for match in _STAND_IN.finditer(text) if _CANON[match[0].lower()] not in own]


def closed(sentence: str) -> str:
    """A sentence with a full stop, if it has no end yet."""
    sentence = sentence.strip()
    return sentence if re.search(r"[.!?…][\"”’')\]]*$", sentence) else f"{sentence}."


def article_of(words: str) -> str:
    """ "a" or "an", as it is said: an hour, a university, an 8-piece set, an LED lamp."""
    if _LETTERS.match(words):
        return "an" if words[0] in "AEFHILMNORSX" else "a"
    return "an" if _AN.match(words) and not _A.match(words) else "a"


def _marked(text: str) -> str:
    return _SPELT_SO.sub(lambda match: f"{match[0][0]}{_MARK}{match[0][1:]}", text)


def _tag(match: re.Match[str], own: Mapping[str, str]) -> str:
    name = own.get(_CANON[match["tagged"].lower()])
    if name is None:
        return match[0]
    return match[0].replace(match["tagged"], name) if re.fullmatch(r"\w+", name) else ""


def _pair(match: re.Match[str], own: Mapping[str, str]) -> str:
    """A brand before its product, unless the product's name begins with it."""
    brand, product = own.get(stand_ins.BRAND), own.get(stand_ins.PRODUCT, "")
    if brand is None:
        return match[0]
    lead = match["before"] or ""
    if product.casefold().startswith(f"{brand} ".casefold()):
        return _led(lead, product)
    return f"{_led(lead, brand)}{brand} "


def _shown(match: re.Match[str], own: Mapping[str, str]) -> str:
    word = _CANON[match["word"].lower()]
    if word not in own:
        return match[0]
    words, lead, after = own[word], match["lead"] or "", match["after"] or ""
    if word in (*_NAMES, *_KINDS):
        lead = _led(lead, words)
        if word in _KINDS and match["word"][0].isupper():
            words = _capital(words)
    elif word == _OFFER["price"] and words.startswith(("from ", "start")):
        lead = "" if lead.lower() == "for " else lead
    starts = re.search(r"(?:^|[.!?…]\s+|\n)$", match.string[: match.start()])
    if starts and not lead and word in _OFFER.values() and re.match(r"[a-z]+[ ,]", words):
        words = _capital(words)
    if word in stand_ins.FACTS:
        return lead + _ended(words, after)
    if word == _OFFER["discount"] and after == " off" and _SAYS_OFF.search(words):
        return lead + words
    if after in ("’s", "'s") and words.endswith(("’s", "'s")):
        return lead + words
    if after and after[0] in (".", words[-1:]) and re.search(r"[.!?…]$", words):
        after = after[1:]  # it ends as a sentence does: "Yahoo!"
    return lead + words + after


def _led(lead: str, words: str) -> str:
    """An article as it is before words: a or an, and no second "the"."""
    if lead.lower() in ("a ", "an "):
        article = article_of(words)
        return f"{article.capitalize() if lead[0] == 'A' else article} "
    return "" if lead.lower() == "the " and words.startswith("The ") else lead


def _ended(fact: str, after: str) -> str:
    """A fact with the end that it has, or that was written, or a full stop."""
    if fact == closed(fact):
        return fact
    return fact + after if re.match(r"[!?]", after) else closed(fact)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
