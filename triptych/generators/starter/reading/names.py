"""The names that a brief plainly gives as such, and which is the brand's.

A name alone with what it is ("Calm, a meditation app") is the product's: with it every sentence of
the writer is right, whoever makes the thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from triptych.generators.starter.reading.lexicon import (
    COMMON,
    LEADING,
    LINKS,
    NO_OWNERS,
    NO_SUBJECTS,
    NOT_OWN,
    ORDINARY,
    STOPS,
    WIDE_LINKS,
)
from triptych.grounding.lexicon import is_word

MOST = 40
"""Characters of a name; what is longer is no name."""

_TOKEN = re.compile(r"\#?[^\W_][\w’'®™.+-]*[\w®™+]|[^\W_][®™]?|&|\+")
_FIRM, _FIRMS = re.compile(r"\.\s+[a-z]"), {"Co", "Inc", "Ltd", "Corp", "Bros"}
_SHORT = re.compile(r"(?:Dr|St|Mr|Mrs|Ms|Prof|No|Mt)$")
_SUFFIX = re.compile(
    r"(?:GmbH|Ltd|Inc|AG|SA|Co|LLC|KG|SE|Bros|Festival|Hotel|Café|Bank|Bakery|Studio|Dental"
    r"|Clinic|School)$"
)

_STRONG = r"(?:launches|sells|presents|introduces|unveils|releases|announces|launched|opens)"
_WEAK = r"(?:makes|offers|brings|produces|bakes|runs|owns|builds|rents|brews)"
_BASE = r"(?:launch|sell|present|introduce|make|offer|bring|open|unveil|release|announce)"
_VERBS = rf"(?:{_STRONG}|{_WEAK}|{_BASE})"
_BRAND_AFTER = re.compile(
    rf"[\"”’']?\s+(?:(?:is|are|has|have)\s+(?:just\s+|now\s+)?(?:launching|launched|opening|opened"
    rf"|introducing|bringing|selling|releasing|presenting)|(?:now\s+|proudly\s+|also\s+"
    rf"|today\s+)?(?:{_STRONG}|(?P<weak>{_WEAK})|(?P<base>{_BASE})))\b"
)
_BRAND_BEFORE = re.compile(r"(?:^|\.\s)(?:we|us|here)\s+at\s+$|^at\s+$", re.IGNORECASE)
_WE_ARE = re.compile(r"\b(?:we are|we[’']re|i am)\s+$", re.IGNORECASE)
_BY = re.compile(r"(?:(?P<word>[\w®™’'\d-]+)[\"”’']?,?\s+)by\s+[\"“‘']?$")
_PARTICIPLE = re.compile(
    r"(?:\w+ed|made|known|given|written|worn|run|led|built|sold|drawn|grown|loved|book|chosen|born"
    r"|order|pay|register|apply|sent|done|live|day|night|side|step|one|is|are|it|them|drop|swing)$",
    re.IGNORECASE,
)
_PROMOTED = re.compile(
    r"(?:^|[.,:!?]\s+|\b(?:to|please|and)\s+)(?:promote|advertise|sell|market|introducing"
    r"|introduce|meet|discover|try|come to|join us at"
    r"|announcing|presenting|launch|visit|we launch|we sell|we present|we make|we offer|we run"
    r"|we are|we[’']re|i am|this is|here is|say hello to|welcome to)"
    r"\s+(?:the\s+|our\s+|my\s+|new\s+"
    r"|all-new\s+)*"
    r"[\"“‘']?$|\b(?:campaign|ad|ads|advert|post|posts|copy|text|video|ideas|slogan|slogans|tagline"
    r"|headline|headlines|something|brief|e-?mail|newsletter)\s+(?:for|about)\s+(?:the\s+|our\s+"
    r"|my\s+|new\s+)*"
    r"[\"“‘']?$|\b(?:launching|called|named)\s+(?:the\s+|our\s+|new\s+)*[\"“‘']?$",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"\b(?:called|named|call(?:s|ed)? (?:it|them|this)|its name is|the name is"
    r"|name is)\s+[\"“‘']?$",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"(?:^|:\s|\b(?:for|about|of)\s)[\"“](?P<name>[^\"”\n]{2,40})[\"”]\s+(?:by|is)\s"
)
_QUOTED = re.compile(
    r"\b(?:called|named|launch(?:es|ing)?|introducing|presenting|presents|call (?:it|them))\s+"
    r"(?:the\s+|our\s+|new\s+)*[\"“](?P<name>[^\"”\n]{2,40})[\"”]",
    re.IGNORECASE,
)
_NOUNS = re.compile(
    r"(?:(?:our|the|an?|my|new|this)\s+)*(?P<nouns>[^\W\d_][a-z’'-]*(?:\s[a-z0-9][\w’'-]*){0,3})"
    r"\s+[\"“‘']?$",
    re.IGNORECASE,
)
_COLON = re.compile(r"[a-z][\w ,-]*:\s+[\"“‘']?$")
_BESIDE = re.compile(
    r"[\"”’']?(?:\s*[.,:;!(–—]|\s+[–—-]\s|$|\s+(?:by|from|in|on|at|with|for|is|are)\b)"
)
_APPOSED = re.compile(
    r"[\"”’']?(?:,|:|\s+[–—-]|\s+\()\s*(?:an?|the|our|your|my|its)\s", re.IGNORECASE
)
_IS = re.compile(r"[\"”’']?\s+(?:is|are)\s+(?:an?|the|our|your)\s+[a-z0-9A-Z]")
_LOWER = r"(?P<brand>[^\W\d_][\w&®™’'.-]*(?:\s(?:&|and)\s[\w’'.-]+)?)"
_LOWER_LAUNCH = re.compile(
    rf"^(?:{_LOWER})\s+(?:launches|introduces|presents|unveils|releases)\s+"
    r"(?:(?P<det>the|its|their|our|new)\s+)*(?:(?P<name>[\w®™-]+(?:\s[\w®™-]+)?)(?=,\s|:\s"
    r"|\s[–—-]\s))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Run:
    """Words that are spelt as a name is, with what stands around them."""

    name: str
    before: str
    after: str
    wide: bool = False

    @property
    def initial(self) -> bool:
        """Whether a sentence begins with it, where any word has a capital."""
        return not self.before.strip(" \"“‘'(")


def names_of(sentences: Sequence[str]) -> tuple[str, str]:
    """Brand and product name that sentences plainly give as such; "" for none."""
    brand = product = ""
    for number, sentence in enumerate(sentences):
        for run in _runs(sentence) if re.search(r"[^\W\d_A-Z]", sentence) else ():
            owner, owned = _owner(run)
            if owner:
                brand, product = brand or owner, product or owned
            elif _is_brand(run):
                the = "The " if run.before == "The " else ""
                brand = brand or _fit(the + run.name)
            elif _is_product(run, first=number == 0, alone=len(sentences) == 1):
                product = product or _fit(run.name)
        if not product and (quoted := _QUOTED.search(sentence) or _TITLE.search(sentence)):
            product = _fit(quoted["name"])
        told = _LOWER_LAUNCH.match(sentence)
        if told and (number == 0 or not brand) and told["brand"].lower() not in NO_SUBJECTS:
            brand = brand or _fit(told["brand"])
            if told["name"] and not re.match(r"an?\s", told["name"], re.IGNORECASE):
                product = product or _fit(told["name"])
    return brand, product if product.casefold() != brand.casefold() else brand


def _fit(name: str) -> str:
    return name if 1 < len(name) <= MOST else ""


def _is_known_elsewhere(name: str) -> bool:
    """Whether a name is a day's, a place's or a platform's."""
    return name in NOT_OWN


def is_spelt(word: str) -> bool:
    """Whether a word is spelt as only names are: HydraMax, iPad, X100."""
    letters = [ch for ch in word if ch.isalpha()]
    inner = any(ch.isupper() for ch in letters[1:]) and any(ch.islower() for ch in letters)
    mixed = bool(letters) and any(ch.isdigit() for ch in word) and letters[0].isupper()
    return inner or mixed or "®" in word or "™" in word


def _is_capital(word: str) -> bool:
    return word[:1].isupper() or (is_spelt(word) and not word.startswith("#"))


def _runs(sentence: str) -> Iterator[_Run]:
    """Each longest run of words that are spelt as names, without the words that lead to it."""
    tokens = list(_TOKEN.finditer(sentence))
    place = 0
    while place < len(tokens):
        if not _is_capital(tokens[place][0]):
            place += 1
            continue
        called = _CALLED.search(sentence[: tokens[place].start()]) is not None
        end = _end(sentence, tokens, place, WIDE_LINKS if called else LINKS)
        start = place
        if not sentence[: tokens[place].start()].strip(" \"“‘'("):
            while start < end and tokens[start][0].lower() in LEADING:
                start += 1
        else:
            while start < end and tokens[start][0].lower() in {"a", "an", "our", "new", "the"} - (
                {"the"} if end - start > 2 else set()
            ):
                start += 1
        while start < end and not _is_capital(tokens[start][0]):
            start += 1
        if start < end:
            first, last = tokens[start].start(), tokens[end - 1].end()
            if _FIRM.match(sentence, last) and tokens[end - 1][0] in _FIRMS:
                last += 1
            yield _Run(sentence[first:last], sentence[:first], sentence[last:], called)
        place = max(end, place + 1)


def _end(sentence: str, tokens: list[re.Match[str]], start: int, links: frozenset[str]) -> int:
    """The token after a name that begins at `start`."""
    end = start + 1
    while end < len(tokens) and end - start < 7:
        gap = sentence[tokens[end - 1].end() : tokens[end].start()]
        short = gap == ". " and _SHORT.search(tokens[end - 1][0])
        if not (gap == " " or short):
            break
        word = tokens[end][0]
        if _is_capital(word) or word[0].isdigit():
            end += 1
        elif word.lower() in links and end + 1 < len(tokens):
            after = end + 1
            if tokens[after][0].lower() in links and after + 1 < len(tokens):
                after += 1
            plain = sentence[tokens[end].end() : tokens[after].start()].count(" ")
            if not _is_capital(tokens[after][0]) or plain > 2:
                break
            if word.lower() == "and" and links is LINKS:
                break
            end = after + 1
        else:
            break
    return end


def _owner(run: _Run) -> tuple[str, str]:
    """ "Norwell's HydraMax" in its owner and what is owned, by name."""
    match = re.match(r"(?P<owner>.+?)[’']s(?:\s+(?:New\s+|new\s+)?(?P<owned>.+))?$", run.name)
    if match is None or match["owner"].lower() in NO_OWNERS or _is_known_elsewhere(match["owner"]):
        return "", ""
    if not (run.initial or _PROMOTED.search(run.before)):
        return "", ""
    owned = match["owned"] or ""
    if _SUFFIX.search(owned):
        return "", ""  # one name: "Anna's Yoga Studio"
    if re.match(r"\s+(?:is|are|was|has|have)\b", run.after) and not owned:
        return "", ""
    if not owned and (_BRAND_AFTER.match(run.after) or not re.match(r"\s+[a-z]", run.after)):
        return "", ""  # it is part of the name: "Ben & Jerry's launches"
    return _fit(match["owner"]), _fit(owned) if owned else ""


def _is_brand(run: _Run) -> bool:
    word = run.name.lower()
    if word in LEADING | NO_SUBJECTS | ORDINARY or _is_known_elsewhere(run.name):
        return False
    if re.search(r"n[’']t\b", word):
        return False
    if _BRAND_BEFORE.search(run.before) or run.before == "By ":
        return True
    if _WE_ARE.search(run.before):
        return re.match(r"\s*(?:[.!]|$|,\s(?!an?\s))", run.after) is not None
    if by := _BY.search(run.before):
        return not _PARTICIPLE.match(by["word"]) and not re.match(r"\d", run.name)
    if _FROM_NAMED.search(run.before):
        return True
    if run.before.endswith(" from ") and _SUFFIX.search(run.name):
        return True
    starts = run.initial or re.search(
        r"(?:^|[,.:!]\s+)(?:\w+\s+)?(?:at|of|and|as)?\s*$", run.before
    )
    acts = _BRAND_AFTER.match(run.after)
    if not (starts and acts):
        return False
    return not acts["base"] or bool(re.search(r"\s(?:&|and|\+)\s|[^s]s$", run.name))


_FROM_NAMED = re.compile(
    r"\w\s+[A-Z0-9][\w®™-]*\s(?:[a-z]+\s)?from\s+[\"“‘']?$"  # "the NOVA 7 phone from"
)


def _is_product(run: _Run, *, first: bool, alone: bool) -> bool:
    words = run.name.split()
    single = len(words) == 1
    if _is_known_elsewhere(run.name) or run.name.lower() in LEADING:
        return False
    if _CALLED.search(run.before):
        return True
    spelt = any(is_spelt(w) or w.isdigit() or (len(w) > 2 and w.isupper()) for w in words)
    if run.initial:
        return _heads(run, words, spelt=spelt, first=first, alone=alone)
    if first and (_is_headed(run) or (_COLON.search(run.before) and _is_coined(words))):
        return _BESIDE.match(run.after) is not None
    lower_follows = re.match(r"[\"”’']?\s+[a-z]", run.after)
    if re.search(r"\b(?:an?)\s+$", run.before, re.IGNORECASE):
        return False
    if _PROMOTED.search(run.before):
        stands = re.match(
            r"[\"”’']?(?:\s*[.,:;!?(–—]|\s+[–—-]\s|$|\s+(?:by|from|in|on|at|with|for|is|are)\b)",
            run.after,
        )
        return bool(stands) or spelt or len(words) > 1
    if first and re.search(r"[a-z],\s+(?:the|our)\s+$", run.before):
        return bool(re.match(r"[.,!]|$", run.after))
    if re.search(r"\b(?:the|our|its|their|new)\s+[\"“‘']?$", run.before, re.IGNORECASE):
        by = re.match(r"[\"”’']?(?:\s+[a-z-]+){0,3}\s+by\s", run.after)
        verb = re.search(
            rf"\b{_VERBS}\s+(?:us\s+)?(?:the|our|its|their|new|\s)+[\"“‘']?$", run.before
        )
        if verb and not (lower_follows and not spelt and single):
            return True
        heads = first and not single and run.before.strip(' "“').lower() == "the"
        return bool(
            by
            or (heads and re.match(r"[,.:]", run.after))
            or _IS.match(run.after)
            or _APPOSED.match(run.after)
            or (spelt and re.search(r"\bnew\s+$", run.before))
        )
    if re.search(rf"\b{_VERBS}\s+[\"“‘']?$", run.before):
        return not lower_follows or _IS.match(run.after) is not None
    if re.search(r"[a-z][\w ,-]*:\s+[\"“‘']?$", run.before):
        return bool(re.match(r"[\"”’']?\s*[.!]?$", run.after) or _APPOSED.match(run.after))
    return bool(
        re.search(r"\b(?:for|about|of)\s+[\"“‘']?$", run.before) and _APPOSED.match(run.after)
    )


def _is_headed(run: _Run) -> bool:
    """Whether nothing but what it is stands before a name: "Fountain pen Aria"."""
    nouns = _NOUNS.match(run.before)
    if nouns is None:
        return False
    if _is_known_elsewhere(run.name.split()[0]):
        return False
    return not any(
        word in STOPS | LEADING or not is_word(word) for word in nouns["nouns"].lower().split()
    )


def _is_coined(words: Sequence[str]) -> bool:
    """Whether a name has a word that English has not."""
    return any(word.isalpha() and not is_word(word) for word in words)


def _heads(run: _Run, words: list[str], *, spelt: bool, first: bool, alone: bool) -> bool:
    """Whether a name that begins a sentence is the product's: any first word has a capital."""
    single = len(words) == 1
    plain = single and not spelt and words[0].lower() in ORDINARY
    if plain:
        return False
    if _IS.match(run.after) and single and words[0].lower() in COMMON and not spelt:
        return first and re.match(r"\s+is\s+an?\s", run.after) is not None
    if _APPOSED.match(run.after) or _IS.match(run.after):
        return True
    if spelt and re.match(r"[\"”’']?\s+(?:is|are)\s", run.after):
        return True
    by = re.match(r"[\"”’']?(?:\s+[a-z-]+){0,3}\s+by\s+[^\W\d_a-z]", run.after)
    if by and re.match(r"[\"”’']?\s+by\b", run.after):
        return True
    if by and run.before[:0] == "" and (not single or spelt or run.after[:1] == " "):
        return bool(re.match(r"(?:the)\s", run.before, re.IGNORECASE)) or spelt
    if not first:
        return False
    if re.match(r"\s+(?:in|on|at)\s+[^\W\d_a-z]", run.after) and not single:
        return True  # "Hotel Seestern in Kiel"
    if _is_coined(words) and re.match(r"\s+[a-z]+s\b", run.after):
        return True  # "Cloudsort sorts your inbox"
    if re.match(r"[\"”’']?(?:,|:|\s+[–—-])\s", run.after):
        if run.after.startswith(":") and words[0].lower() not in COMMON:
            return True
        return spelt or _SUFFIX.search(run.name) is not None or not single
    if run.after.strip(" .!"):
        return False
    if alone:
        return not run.after.strip().startswith("!")
    coined = not all(w.lower() in COMMON for w in words)
    return coined and (spelt or not single)
