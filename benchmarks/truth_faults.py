"""Faults to plant into true copy: one function a kind, None where a text has no room for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from triptych.domain import Brief
from triptych.grounding.source import names_of
from triptych.grounding.tokens import plain

FAULTS = {
    "name": "a foreign or miswritten name",
    "number": "a number, price or date that is not given",
    "colour": "another colour than the brief's",
    "negation": "what the brief excludes",
    "repetition": "a word, phrase or sentence again",
    "wrapping": "a chat model's wrapping",
    "language": "another language",
    "nonsense": "words that are none, gaps, a broken end",
}
"""Kinds, and in words."""

FOREIGN = (
    "Quilvane", "Brastow", "Ondari", "Nexora", "Velmont", "Torvik", "Halcyra", "Bellmoor",
    "Samsung",
    "Adidas", "Zephyra", "Lumax 3", "KiteWorks", "Grünwald", "Sol & Sand", "Norium", "Driftroot",
    "HertreLine", "Opallite", "XR-200", "Mirabelle Home", "Ikea", "Stellantor", "Coralcraft",
)  # fmt: skip
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "white", "black", "pink", "brown")
EXCLUDED = ("snow", "plastic", "flowers", "sugar", "smoke", "rain", "dogs", "candles", "glitter")
GERMAN = "Entdecken Sie jetzt {product}: die beste Wahl für Ihr Zuhause und für jeden Tag."
FRENCH = "Découvrez {product}, le compagnon de tous les jours pour vous et votre famille."
SPANISH = "Descubre {product}, el compañero perfecto para tu casa y para todos los días."
ENGLISH = "Discover {product}, the perfect companion for your home and for every day of the week."
LETTERS = ("cur", "vo", "trai", "ew", "zx", "gla", "urm", "ipt", "oqu", "neng", "rux", "ibt", "awk")


@dataclass(frozen=True)
class Fault:
    """A brief and the copy that now is false to it."""

    brief: Brief
    text: str


def planted(kind: str, brief: Brief, text: str, noun: str, rng: Random) -> Fault | None:
    """The text with one fault of a kind; None where it has no place for one."""
    made = _PLANTERS[kind](brief, plain(text), noun, rng)
    if made is None or (made.brief == brief and made.text == plain(text)):
        return None
    return made


def _with(text: str, added: str) -> str:
    """The text and one more sentence."""
    end = "." if text.rstrip()[-1:].isalnum() else ""
    return f"{text.rstrip()}{end} {added}"


def _name(brief: Brief, text: str, noun: str, rng: Random) -> Fault | None:
    there = [name for name in names_of(brief) if name.pattern.search(text)]
    foreign = rng.choice(FOREIGN)
    if not there:
        return Fault(brief, _with(text, f"By {foreign}."))
    name = rng.choice(there)
    way = rng.choice(("foreign", "foreign", "typo", "joined"))
    other = {"foreign": foreign, "typo": _typo(name.text, rng), "joined": f"Hertre{name.text}"}[way]
    return Fault(brief, name.pattern.sub(lambda _: other, text))


def _typo(name: str, rng: Random) -> str:
    letters = [i for i in range(1, len(name) - 1) if name[i : i + 2].isalpha()]
    if not letters:
        return f"{name}x"
    at = rng.choice(letters)
    swapped = f"{name[:at]}{name[at + 1]}{name[at]}{name[at + 2 :]}"
    return swapped if swapped != name else f"{name[:at]}{name[at]}{name[at:]}"


def _number(brief: Brief, text: str, noun: str, rng: Random) -> Fault | None:
    bare = text
    for name in names_of(brief):
        bare = name.pattern.sub(lambda match: "_" * len(match[0]), bare)
    figures = list(re.finditer(r"(?<![\w.,/:-])\d{1,4}(?![\w/:])", bare))
    if figures and rng.random() < 0.7:
        at = rng.choice(figures)
        other = str(int(at[0]) + rng.choice((1, 2, 3, 7, 10)))
        if other not in brief.model_dump_json():
            return Fault(brief, f"{text[: at.start()]}{other}{text[at.end() :]}")
    added = (
        "Now only 37 euros.", "Just $17.35!", "Save 35%.", "Only until 3 August 2031.",
        "Use code SAVE77.", "Ends on 17/06/2031.", "See example-shop.com.", "Over 12,400 sold.",
        "With a 13-year guarantee.", "Now half price.", "From £3.15.", "Rated 4.8 out of 5.",
    )  # fmt: skip
    return Fault(brief, _with(text, rng.choice(added)))


def _colour(brief: Brief, text: str, noun: str, rng: Random) -> Fault | None:
    said = [colour for colour in COLOURS if re.search(rf"\b{colour}\b", text, re.IGNORECASE)]
    told = {colour for colour in COLOURS if re.search(rf"\b{colour}\b", brief.text().lower())}
    if not set(said) & told:
        return None
    own = rng.choice(sorted(set(said) & told))
    other = rng.choice([colour for colour in COLOURS if colour not in told])

    def change(match: re.Match[str]) -> str:
        return other.capitalize() if match[0][0].isupper() else other

    return Fault(brief, re.sub(rf"\b{own}\b", change, text, flags=re.IGNORECASE))


def _negation(brief: Brief, text: str, noun: str, rng: Random) -> Fault | None:
    what = rng.choice(EXCLUDED)
    if what in f"{brief.model_dump_json()} {text}".lower():
        return None
    if rng.random() < 0.25:
        asked = brief.model_copy(update={"must_not_say": (*brief.must_not_say, what)})
        return Fault(asked, _with(text, f"Not for {what}."))
    said = rng.choice((f"No {what}.", f"Made without {what}.", f"It must not show {what}.",
                       f"Never with {what}.", f"It comes {what}-free."))  # fmt: skip
    asked = brief.model_copy(update={"description": f"{brief.description} {said}"})
    ends = (f"Now with {what}.", f"Add {what} and enjoy.", f"Perfect for {what} lovers.",
            f"It loves {what}.")  # fmt: skip
    return Fault(asked, _with(text, rng.choice(ends)))


def _repetition(brief: Brief, text: str, noun: str, rng: Random) -> Fault | None:
    words = text.split(" ")
    spots = [i for i, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    if not spots:
        return None
    at, way = rng.choice(spots), rng.randrange(4)
    if way == 0:
        again = [words[at]]
    elif way == 1:
        again = [words[at]] * 3
    elif way == 2 and at:
        again = words[at - 1 : at + 1]
        if not all(word.isalpha() for word in again):
            again = [words[at]]
    else:
        sentence = re.split(r"(?<=[.!?]) ", text)[0]
        if len(sentence.split()) > 3:
            return Fault(brief, _with(text, sentence))
        again = [words[at]]
    return Fault(brief, " ".join([*words[: at + 1], *again, *words[at + 1 :]]))


def _wrapping(brief: Brief, text: str, noun: str, rng: Random) -> Fault | None:
    wraps = (
        "Here is your copy:\n\n{}", "**Headline:** {}", '"{}"', "Sure! Here's a version:\n\n{}",
        "{}\n\nLet me know if you would like any changes!", "Headline: {}", "**{}**",
        "```\n{}\n```",
        "Certainly! Here is the revised copy: {}", "“{}”", "{}\n\n(Word count: many)",
        "Option 1: {}\nOption 2: {}", "<p>{}</p>", "Subject line: {}", "# Copy\n{}",
        "{}\n\nI hope this helps!", "Of course! {}",
    )  # fmt: skip
    if '"' in text or "“" in text:
        return Fault(brief, f"Here is your copy: {text}")
    return Fault(brief, rng.choice(wraps).replace("{}", text))


def _language(brief: Brief, text: str, noun: str, rng: Random) -> Fault | None:
    product = brief.product or brief.brand or "das Produkt"
    others = [GERMAN, FRENCH, SPANISH] if brief.language == "en" else [ENGLISH]
    said = rng.choice(others).format(product=product)
    if rng.random() < 0.3 and len(text.split()) < 20:
        return Fault(brief, _with(text, said))
    named = f" {brief.brand}." if brief.brand and brief.brand not in said else ""
    return Fault(brief, said + named)


def _nonsense(brief: Brief, text: str, noun: str, rng: Random) -> Fault | None:
    way = rng.randrange(5)
    if way == 0:
        gap = rng.choice(("[BRAND]", "{product}", "{{ name }}", "%s", "XX", "[Your City]", "TBD"))
        return Fault(brief, _with(text, f"Only at {gap}."))
    words = text.split(" ")
    if way == 1 and len(words) > 8:
        return Fault(brief, f"{' '.join(words[: len(words) // 2])} the")
    if way == 2:
        return Fault(brief, f"{text.rstrip()} (And more")
    spots = [i for i, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not spots:
        return None
    at = rng.choice(spots)
    made = "".join(rng.choice(LETTERS) for _ in range(rng.randrange(3, 6)))
    words[at] = made.capitalize() if words[at][0].isupper() else made
    return Fault(brief, " ".join(words))


_PLANTERS: dict[str, Callable[[Brief, str, str, Random], Fault | None]] = {
    "name": _name,
    "number": _number,
    "colour": _colour,
    "negation": _negation,
    "repetition": _repetition,
    "wrapping": _wrapping,
    "language": _language,
    "nonsense": _nonsense,
}
