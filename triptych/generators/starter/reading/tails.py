"""What the sentence that says what is sold tells of it besides: clauses, phrases, asides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from triptych.generators.starter import stand_ins

_NAME = rf"(?:{stand_ins.BRAND}|{stand_ins.PRODUCT})"
_GIVEN = re.compile(
    rf"^\s*(?:,\s*)?(?:by|from|called|named"
    rf"|at)?\s*(?:the\s+)?[\"“‘']?{_NAME}(?:\s+{_NAME})?[\"”’']?(?![’']s)(?!\w)"
)
_BY_NAME = re.compile(rf"\s+(?:by|from|called|named)\s+(?:the\s+)?{_NAME}$")
_CLAUSE = re.compile(
    r"^(?:that|which|who)(?:\s+|(?=[’']s\s))(?!(?:you|we|i|it|they|he|she|the|a|an|your|our|my"
    r"|people|everyone"
    r"|is not"
    r"|are not)\b)(?P<said>[a-z’'].*)$",
    re.IGNORECASE,
)
_PHRASE = re.compile(
    r"^(?:for|with|made|from|in|on|at|to|without|of|under|near|between|by|built|designed|crafted"
    r"|about|available|since|until|starting|beside|among|up|while|after|inside|through|across)\s",
    re.IGNORECASE,
)
_SCENE = re.compile(
    r"^(?:in|on|at|by|under|beside|among|between|up|while|after|near|inside)\s", re.IGNORECASE
)
_DATED = re.compile(
    r"(?:on|at|in|from)\s(?:\w+\s){0,2}?(?:\d|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|[A-Z]\w+$)"
)
_STOP = re.compile(
    r"(?<!\d)[,:]|[,:](?!\d)|[;!?](?=\s|$)|(?<!\bSt)(?<!\bDr)(?<!\bNo)\.(?=\s|$)"
    r"|\s[–—-]\s|[()]"
)


@dataclass(frozen=True)
class Tail:
    """A part of what follows the kind of product in a sentence.

    Attributes:
        sort: a clause that claims something, a phrase, a phrase that may be where it is shown,
            something said apart, or what is none of these.
        text: without the word that leads a clause.
    """

    sort: Literal["clause", "phrase", "scene", "aside", "rest"]
    text: str


def without_names(rest: str) -> str:
    """What follows, without the names that are given there ("by Norvik", "called Emberlite")."""
    while match := _GIVEN.match(rest):
        rest = rest[match.end() :]
    return rest


def tails_of(rest: str) -> Iterator[Tail]:
    """The parts of what follows the kind of product, names aside."""
    rest = without_names(rest)
    first = True
    while rest.strip(" .,:;!?()–—-"):
        lead = re.match(r"[\s,:;()–—-]*", rest)
        assert lead is not None, "it also matches nothing"
        apart, rest = bool(lead[0].strip()) or not first, rest[lead.end() :]
        stop = _STOP.search(rest)
        part, after = (rest[: stop.start()], rest[stop.start() :]) if stop else (rest, "")
        if clause := _CLAUSE.match(part):
            yield Tail("clause", clause["said"].strip())
        elif _DATED.match(part) and after[:1] == ",":
            whole, _, rest = rest.partition(";")
            yield Tail("scene", whole.strip())
            continue
        elif _SCENE.match(part):
            yield Tail("scene", part.strip())
        elif _PHRASE.match(part):
            yield Tail("phrase", _BY_NAME.sub("", part.strip()))
        elif apart:
            whole, _, rest = rest.partition(";")
            yield Tail("aside", whole.strip(" ,."))
            first = False
            continue
        else:
            yield Tail("rest", part.strip())
        rest, first = after, False


def is_predicate(rest: str) -> bool:
    """Whether a sentence goes on with what its subject does ("… keeps you dry")."""
    rest = without_names(rest).strip()
    return bool(re.match(r"[a-z]", rest)) and not (
        _PHRASE.match(rest)
        or re.match(
            r"(?:that|which|who|that[’']s|you|we|and|or|called"
            r"|named)\s",
            rest,
        )
    )
