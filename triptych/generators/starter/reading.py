"""What a brief gives as its own, found in free English: names, kind of product, offer, claims.

Rules, not a model: each takes only what is plainly said, and what it does not take is handed on as
it stands. A sentence is an instruction to whoever makes the campaign, or a claim that may be
repeated word for word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Known = Callable[[str], bool]
"""Whether a word is one that the model read."""

MOST = 40
"""Characters of a name; what is longer is no name."""
LONGEST_CLAIM = 160

_NAME = re.compile(
    r"[^\W\d_a-z][\w’'&®™.-]*\w[®™]?(?: (?:(?:&|and|of|de|\+) (?=[^\W\d_a-z]))?(?:[^\W\d_a-z][\w’'®™-]*|\d+\w*))*"
)
_SPELT = re.compile(r"\b(?:[a-z]+[A-Z]\w*|[A-Z][a-z]+[A-Z]\w*|[A-Z]+-?\d\w*|[A-Za-z]+\d\w*)\b")
"""A word that is spelt as only names are: HydraMax, iPad, X100."""
_LABEL = re.compile(
    r"^(?P<label>brand|maker|company|product name|product|name|price|offer|code|link|url|web ?site)"
    r"\s*[:=]\s*(?P<value>.+?)\.?$",
    re.IGNORECASE,
)
_BRAND_BEFORE = re.compile(r"\b(?:by|from|brand:?)\s+$", re.IGNORECASE)
_BRAND_AFTER = re.compile(
    r"(?:[’']s\b|\s+(?:launch(?:es)?|sells?|presents?|introduces?|makes?|offers?|brings?|opens?)\b)"
)
_PRODUCT_BEFORE = re.compile(
    r"\b(?:the|our|new|called|named|promote|advertise|launch|about|product:?|name:?)\s+$", re.I
)
_PRODUCT_AFTER = re.compile(r"\s+by\b|:|,\s+an?\b|\s+(?:is|are)\s+an?\b")

_SENTENCE = re.compile(r"(?<=[.!?])[\"”’)]?\s+(?=[\"“‘(]?[A-Z0-9€$£])|\n+(?:[-*•]\s*)?")
_INSTRUCTION = re.compile(
    r"^(?:please\s+)?(?:show|picture|film|shoot|make|write|create|use|keep|avoid|don[’']t|do not"
    r"|never|advertise|promote|sell\b|give|include|mention|tell|target|aim|launch\b|post|add|put|set"
    r"|we (?:need|want|would like|sell|launch|present)|i (?:need|want)|the (?:picture|film|video|clip"
    r"|image|photo|tone|audience|ad|scene|mood)|for the (?:clip|film|video|picture)|video|clip|scene"
    r"|tone|audience|channels?|wanted|made for|it is for|they are for|it should|it must|should|must"
    r"|not\b|without)\b",
    re.IGNORECASE,
)
_OF_CAMPAIGN = re.compile(
    r"\b(?:headlines?|social posts?|e-?mails?|subject lines?|call to action|campaign|copy|tagline"
    r"|hashtags?|pictures?|photos?|videos?|clips?|films?|images?|instagram|tiktok|linkedin|facebook|adverts?|ads|slogan|tone)\b|\?",
    re.IGNORECASE,
)
_KIND = re.compile(
    r"(?:^|[,:–—]\s*|\b(?:is|are|launch(?:es)?|sells?|presents?|introduces?|offers?|opens?|makes?|runs?|owns?"
    r"|advertise|promote|brings?|about|for)\s+)"
    r"(?P<article>an?|the|our|its|their|your|my)?\s*(?:(?:brand-?)?new\s+)?"
    r"(?P<kind>(?!for\b|with\b|that\b)[a-z][\w’'-]*(?:\s+(?!for\b|with\b|that\b|which\b|who\b|from\b"
    r"|by\b|in\b|on\b|at\b|to\b|called\b|named\b|is\b|are\b|has\b|have\b|until\b|as\b|made\b|and\b"
    r"|under\b|over\b|where\b|when\b)[a-z][\w’'-]*){0,3})",
)
_NO_KIND = frozenset(
    [
        "it",
        "they",
        "we",
        "you",
        "this",
        "that",
        "one",
        "new",
        "only",
        "now",
        "just",
        "also",
        "here",
        "there",
        "all",
        "more",
        "what",
        "how",
        "who",
        "and",
        "or",
        "advertise",
        "promote",
        "sell",
        "show",
        "get",
        "make",
        "write",
        "launch",
        "present",
        "introduce",
        "please",
        "create",
        "announce",
        "visit",
        "try",
        "discover",
        "meet",
        "enjoy",
        "save",
        "use",
        "no",
        "not",
        "never",
        "free",
    ]
)
_NOTHING_BAD = re.compile(
    r"\b(?:fees?|charges?|sugars?|additives?|minimum|contracts?|subscriptions?|strings|commitment"
    r"|hidden|waiting|plastics?|artificial|preservatives?|ads|tricks|queues?|risk|noise|spills?|mess"
    r"|batter(?:y|ies)|cables?|wires?|tools?|assembly|ironing|fuss|animal|gluten|dairy|alcohol)\b",
    re.I,
)
_CLAUSE = re.compile(r",?\s+(?:that|which|who)\s+(?P<said>[^.!?,;]+)(?=[.!?,;]|$)")
_VERB = re.compile(r"\b(?:is|are|has|have|was|were|can|will|does|do|\w{3,}(?:es|ed))\b")


_MONEY = r"(?:[€$£]\s?\d[\d.,]*|\d[\d.,]*\s?(?:euros?|dollars?|pounds?|EUR|USD|GBP|CHF|€|\$|£))"
_DAY = (
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:\d{1,2}(?:st|nd|rd|th)?\s+)?(?:January|February"
    r"|March|April|May|June|July|August|September|October|November|December)(?:\s+\d{1,2}(?:st|nd|rd"
    r"|th)?)?(?:,?\s+\d{4})?|\d{4}-\d{2}-\d{2}|tomorrow|tonight|midnight|Christmas|Easter)"
)
_OFFER: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "was_price",
        re.compile(rf"\b(?:instead of|was|before|down from)\s+({_MONEY})", re.IGNORECASE),
    ),
    (
        "discount",
        re.compile(r"(\d+(?:[.,]\d+)?\s?(?:%|percent|per cent))\s+(?:off|discount)\b", re.I),
    ),
    (
        "discount",
        re.compile(rf"(?:save|discount(?: of)?:?)\s+({_MONEY}|\d+\s?(?:%|percent))", re.I),
    ),
    ("price", re.compile(rf"({_MONEY})", re.IGNORECASE)),
    ("code", re.compile(r"\bcode:?\s+[\"“]?([A-Z0-9][A-Z0-9_-]{2,})\b")),
    ("valid_from", re.compile(rf"\bfrom\s+({_DAY})")),
    ("valid_until", re.compile(rf"\b(?:until|till|through|before|ends?)\s+({_DAY})")),
)
_BESIDE_OFFER = re.compile(
    r"\b(?:only|now|just|for|at|the|price|is|costs?|it|they|with|and|use|offer|valid|get|save|a|an"
    r"|of|today|our|all|this|week|to|in|be|from|Norvik|Emberlite|widgets?)\b|[\s.,:;!–—-]+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Kind:
    """What a product is, in the brief's words.

    Attributes:
        words: without an article.
        many: whether they are several.
        countable: whether one says "a" of one.
    """

    words: str
    many: bool
    countable: bool


def sentences_of(text: str) -> list[str]:
    """The sentences and lines of a text, without bullets."""
    return [part.strip(" -*•\t") for part in _SENTENCE.split(text) if part.strip(" -*•\t.")]


def label_of(sentence: str) -> tuple[str, str]:
    """What a line like "Brand: Norwell" gives, and of what; empty for other sentences."""
    match = _LABEL.match(sentence)
    if match is None:
        return "", ""
    label = match["label"].lower()
    for name, words in (("brand", ("brand", "maker", "company")), ("link", ("link", "url", "web"))):
        if label.startswith(words):
            return name, match["value"]
    return ("product" if "name" in label or label == "product" else label), match["value"]


def names_of(text: str, is_known: Known) -> tuple[str, str]:
    """Brand and product name that a text plainly gives as such; "" for none."""
    brand = product = ""
    for match in _NAME.finditer(text):
        before, after = text[: match.start()], text[match.end() :]
        owner, mark, rest = _possessive(match[0])
        words = (rest if mark else match[0]).split()
        while (
            words
            and (is_known(words[0]) or words[0].lower() in _NO_KIND)
            and not _SPELT.search(words[0])
        ):
            before += words.pop(0) + " "
        name = " ".join(words)
        if mark and owner and not is_known(owner):
            brand, product = brand or owner, product or name
            continue
        if not name or is_known(name):
            continue
        if _BRAND_BEFORE.search(before) or _BRAND_AFTER.match(after):
            brand = brand or name
        elif _PRODUCT_BEFORE.search(before) or _PRODUCT_AFTER.match(after) or _SPELT.search(name):
            whole = len(words) == 1 or words[1].isdigit() or is_known(words[1]) or "&" in words
            if not whole and not _PRODUCT_BEFORE.search(before):
                brand, name = brand or words[0], " ".join(words[1:])
            product = product or name
    product = product if product != brand else ""
    return (brand if len(brand) <= MOST else "", product if len(product) <= MOST else "")


def _possessive(name: str) -> tuple[str, str, str]:
    """ "Norwell's HydraMax" in its owner and what is owned."""
    match = re.match(r"(.+?)([’']s)\b\s*(.*)$", name)
    return (match[1], match[2], match[3]) if match else (name, "", "")


def is_claim(sentence: str) -> bool:
    """Whether a sentence says something of the product that copy may repeat as it stands."""
    words = sentence.split()
    if words[0].lower() == "no" and not _NOTHING_BAD.search(sentence):
        return False  # "no children" says what not to show
    if len(words) < 2 or len(sentence) > LONGEST_CLAIM:
        return False
    return not (_INSTRUCTION.match(sentence) or _OF_CAMPAIGN.search(sentence))


def kind_of(sentences: Sequence[str]) -> Kind | None:
    """What is sold, from the first sentence that says so ("a savings account for students")."""
    for sentence in sentences:
        lowered = sentence[:1].lower() + sentence[1:]
        for match in _KIND.finditer(lowered):
            words = match["kind"].strip()
            if words.split()[0] in _NO_KIND or words.split()[-1] in _NO_KIND:
                continue
            last, article = words.split()[-1], match["article"] or ""
            many = article not in ("a", "an") and bool(re.search(r"[^sui]s$", last))
            return Kind(words, many, bool(article) or many)
    return None


def clauses_of(sentence: str, *, many: bool) -> tuple[str, list[str]]:
    """A sentence without its relative clauses, and what these claim as sentences of their own."""
    subject = "They" if many else "It"
    claims = [f"{subject} {match['said'].strip()}." for match in _CLAUSE.finditer(sentence)]
    return _CLAUSE.sub("", sentence), claims


def is_phrase(sentence: str) -> bool:
    """Whether a sentence only names a thing ("Yoga classes for beginners.")."""
    return not _VERB.search(sentence)


def offer_of(sentence: str) -> dict[str, str]:
    """The fields of an offer that a sentence gives, if it says nothing else; else none."""
    fields: dict[str, str] = {}
    rest = sentence
    for name, pattern in _OFFER:
        match = pattern.search(rest)
        if match and name not in fields:
            fields[name] = match[1].rstrip(".,")
            rest = rest[: match.start()] + " " + rest[match.end() :]
    return fields if not _BESIDE_OFFER.sub("", rest) else {}
