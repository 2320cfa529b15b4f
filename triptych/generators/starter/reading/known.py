"""What of a sentence the model can read: the words that it was trained on."""

from __future__ import annotations

import re

from triptych.generators.starter import stand_ins
from triptych.generators.starter.reading.lexicon import SHOWS_NOTHING
from triptych.generators.starter.world import World

_WORD = re.compile(r"[^\W_]+(?:[’'\u2060-]+[^\W_]+)*")
_STAND_INS = frozenset(
    (stand_ins.BRAND, stand_ins.PRODUCT, stand_ins.KIND, stand_ins.KINDS, stand_ins.STUFF)
)
_CHUNK = re.compile(
    r"(?=[,;:()–—])|(?<!\bup)\s+(?=(?:in|on|at|by|with|under|beside|among|between|up|while|and"
    r"|that|which"
    r"|made"
    r"|for|of|near|before|after|as|to|from|over|inside|around)\b)",
    re.IGNORECASE,
)
_SCENE = re.compile(r"(?:in|on|at|by|under|beside|among|between|up|while|after)\s", re.IGNORECASE)


def singular(text: str, world: World) -> str:
    """A text in which products are named in the number that the model read."""

    def known(match: re.Match[str]) -> str:
        word = match[0]
        one = re.sub(r"(?<=[sx])es$|s$", "", word)
        return one if not world.knows(word) and world.knows(one) and _named(one, world) else word

    return re.sub(r"[^\W\d_]+s\b", known, text)


def _named(word: str, world: World) -> bool:
    return world.names_product(word) or word.lower() in ("shoe", "rucksack", "wristwatch", "flacon")


def unknown_words(text: str, world: World) -> list[str]:
    """The words of a text that the model never read; stand-ins are none."""
    known = _STAND_INS | {"they", "them", "They", "Them"}
    return [w for w in _WORD.findall(text) if w not in known and not world.knows(w)]


def says_something(text: str) -> bool:
    """Whether a text has a word that shows something."""
    return any(w.lower() not in SHOWS_NOTHING for w in _WORD.findall(text) if w not in _STAND_INS)


def known_part(sentence: str, world: World) -> str:
    """A sentence on a product of the world without the phrases that hold words never read.

    The phrase that names the product loses only such words. Empty if nothing is left that says
    something.
    """
    kept: list[str] = []
    for chunk in _CHUNK.split(sentence):
        if not chunk or not chunk.strip():
            continue
        unknown = set(unknown_words(chunk, world))
        if unknown:
            words = _WORD.findall(chunk)
            if words[-1] in unknown or not world.names_product(chunk):
                continue
            pattern = "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in unknown)
            chunk = re.sub(pattern, "", chunk)
        kept.append(chunk)
    text = " ".join(" ".join(kept).split())
    text = re.sub(r"[^\w\s.,:;!?'’#&-]", "", text)
    text = re.sub(r"\s+([.,;:!?])", r"\1", text)
    text = re.sub(
        r"^[\s,.;:!?-]*(?:(?:and|of|for|to)\s+)?|(?:\s*\b(?:and|of|for|with|to|that|the"
        r"|a))*[\s,;:-]*$",
        "",
        text,
    )
    text = re.sub(r"([,;:])(?:\s*[,;:])+", r"\1", text).strip()
    return _lowered(text, world) if says_something(text) else ""


def scenes_of(sentence: str, world: World) -> list[str]:
    """The phrases of a sentence that say where or when something is shown, if all are known."""
    found = []
    for chunk in _CHUNK.split(sentence):
        chunk = (chunk or "").strip(' ,;:.!?()–—-"”“')
        if not _SCENE.match(f"{chunk} ") or _STAND_INS & set(_WORD.findall(chunk)):
            continue
        if re.search(r"\b(?:your|you|our|my)\b", chunk):
            continue
        if says_something(chunk) and not unknown_words(chunk, world):
            found.append(chunk[:1].lower() + chunk[1:])
    return found


def _lowered(text: str, world: World) -> str:
    """Without the capitals of a title: "A Blue Mug On A Table"."""
    first, *rest = text.split(" ")
    plain = []
    for word in rest:
        bare = word.strip(".,:;!?")
        known = bare not in _STAND_INS and world.knows(bare)
        plain.append(word.lower() if known else word)
    return " ".join([first[:1].upper() + first[1:], *plain])
