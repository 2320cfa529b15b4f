"""Numbers, sums of money, shares and dates in a text, each in one form whatever its writing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Kind = Literal["percent", "money", "plain"]

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier enero gennaio janeiro januari",
            "february feb februar février fevrier febrero febbraio fevereiro februari",
            "march mar märz marz mars marzo março maart",
            "april apr avril abril aprile",
            "may mai mayo maggio maio mei maj",
            "june jun juni juin junio giugno junho",
            "july jul juli juillet julio luglio julho",
            "august aug août aout agosto augustus augusti",
            "september sept sep septembre septiembre settembre setembro",
            "october oct okt oktober octobre octubre ottobre outubro",
            "november nov novembre noviembre novembro",
            "december dec dez dezember décembre decembre diciembre dicembre dezembro",
        ),
        1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DATES = (
    re.compile(r"(?<!\d)(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?!\d)"),
    re.compile(
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?(?: of| de)?[ -](?P<w>{_MONTH})\b\.?"
        rf"(?:(?:,| de)?[ -](?P<y>\d{{4}}))?",
        re.I,
    ),
    re.compile(
        rf"\b(?P<w>{_MONTH})\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?![\d.]\d|\d)"
        r"(?:,? (?P<y>\d{4}))?",
        re.I,
    ),
    re.compile(r"(?<![\d.])(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4}|\d{2})?(?![\d.]*\d)"),
    re.compile(r"(?<![\d/])(?P<d>\d{1,2})/(?P<m>\d{1,2})(?:/(?P<y>\d{4}|\d{2}))(?![\d/])"),
    re.compile(rf"\b(?P<w>{_MONTH})\b\.?,? (?P<y>\d{{4}})\b", re.I),
)

_CURRENCY = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "$": "USD", "usd": "USD", "us$": "USD", "dollar": "USD", "dollars": "USD", "bucks": "USD",
    "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "quid": "GBP",
    "¥": "JPY", "jpy": "JPY", "yen": "JPY", "₹": "INR", "inr": "INR", "rupees": "INR",
    "chf": "CHF", "francs": "CHF", "franken": "CHF", "sek": "SEK", "nok": "NOK", "dkk": "DKK",
    "kr": "KR", "pln": "PLN", "zł": "PLN", "cad": "CAD", "aud": "AUD", "czk": "CZK",
    "cent": "CENT", "cents": "CENT", "ct": "CENT", "p": "CENT", "₽": "RUB", "₩": "KRW",
}  # fmt: skip
_SIGN = "|".join(re.escape(one) for one in sorted(_CURRENCY, key=len, reverse=True) if one != "p")
_PERCENT = r"%|percent\b|per cent\b|pct\b|prozent\b|pour cent\b|por ciento\b|procent\b|per cento\b"
_UNITS = {
    one: names[0]
    for names in (
        line.split()
        for line in (
            "second seconds sec secs s sekunden",
            "minute minutes min mins minuten",
            "hour hours hr hrs h std stunden stunde heures horas ore",
            "day days tage tag jours días giorni",
            "week weeks wk wks wochen woche semaines semanas",
            "month months monate monat mois meses mesi",
            "year years yr yrs jahre jahr ans años anni",
            "ml millilitre millilitres milliliter milliliters",
            "cl centilitre centilitres",
            "l litre litres liter liters ltr",
            "mg milligram milligrams",
            "g gram grams gramm grammes",
            "kg kilo kilos kilogram kilograms kilogramm",
            "mm millimetre millimetres millimeter millimeters",
            "cm centimetre centimetres centimeter centimeters",
            "m metre metres meter meters",
            "km kilometre kilometres kilometer kilometers",
            "mile miles mi",
            'inch inches in "',
            "foot feet ft",
            "oz ounce ounces",
            "lb lbs",
            "w watt watts",
            "kw kilowatt kilowatts",
            "wh kwh",
            "v volt volts",
            "mah",
            "lm lumen lumens",
            "gb gigabyte gigabytes",
            "tb terabyte terabytes",
            "mp megapixel megapixels",
            "piece pieces pcs pc stück pièces",
            "pack packs packets",
            "colour colours color colors shade shades farben",
            "size sizes",
            "star stars sterne",
            "review reviews ratings rating",
            "customer customers buyers people kunden",
            "speed speeds mode modes setting settings level levels",
            "layer layers",
            "serving servings portions cups",
            "capsule capsules tablets",
            "calorie calories kcal",
            "degree degrees °c °f °",
            "store stores shops countries cities",
            "award awards",
        )
    )
    for one in names
}
_UNIT = "|".join(re.escape(one) for one in sorted(_UNITS, key=len, reverse=True))

_SPOKEN = {
    word: number
    for line in (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty",
        "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
        "zéro un deux trois quatre cinq six sept huit neuf dix onze douze",
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
    )
    for number, word in enumerate(line.split())
}
_SPOKEN |= {
    word: 10 * number
    for number, word in enumerate(
        ["thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 3
    )
}
_SPOKEN |= {"hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12, "hundert": 100,
            "zwanzig": 20, "dreißig": 30, "fünfzig": 50, "vingt": 20, "veinte": 20}  # fmt: skip
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_UNDER_TEN = "one|two|three|four|five|six|seven|eight|nine"
_WORDED = (
    rf"(?:{_TENS})[- ](?:{_UNDER_TEN})|(?:(?:a|{_UNDER_TEN}) )?(?:hundred|thousand|million)|"
    + ("|".join(sorted(_SPOKEN, key=len, reverse=True)))
)
_DIGITS = r"\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d+)?"
_FIGURE = re.compile(
    rf"(?:(?P<before>{_SIGN})\s?)?(?<![\w.,])(?:(?P<digits>{_DIGITS})|\b(?P<words>{_WORDED})\b)"
    rf"(?P<dash>[.,][-–]{{1,2}})?"
    rf"(?:[\s-]?(?:(?P<percent>{_PERCENT})|(?P<after>{_SIGN})(?!\w)|(?P<unit>{_UNIT})(?!\w)))?",
    re.IGNORECASE,
)
_HALF = re.compile(r"\bhalf (?:price|off|the price)\b|\bhalbe[nr]? preis\b|\bmoitié prix\b", re.I)


@dataclass(frozen=True)
class Amount:
    """A number as a text has it.

    Attributes:
        values: what its digits may mean: 1.299 is one and a bit in English, a price in German.
        kind: what it counts.
        unit: currency, or unit of measure in its usual form; "" for none.
        spelled: whether it is written in letters.
    """

    values: frozenset[Decimal]
    kind: Kind
    unit: str
    words: str
    start: int
    end: int
    spelled: bool = field(default=False)

    def is_like(self, other: Amount) -> bool:
        """Whether the other says the same: value and kind, and the unit where both have one."""
        if not self.values & other.values:
            return False
        if self.kind != other.kind:
            bare = self if self.kind == "plain" else other
            return bare.kind == "plain" and not bare.unit
        if self.kind == "money" and {"KR", "SEK"} >= {self.unit, other.unit}:
            return True
        return self.unit == other.unit or "" in (self.unit, other.unit)


@dataclass(frozen=True)
class Day:
    """A date: its readings as (year or 0, month, day or 0); 3/4/2026 has two."""

    readings: frozenset[tuple[int, int, int]]
    words: str
    start: int
    end: int

    def is_like(self, other: Day) -> bool:
        """Whether both may mean the same day; what one leaves out is not compared."""
        return any(
            m == other_m and _same(y, other_y) and _same(d, other_d)
            for y, m, d in self.readings
            for other_y, other_m, other_d in other.readings
        )


def _same(one: int, other: int) -> bool:
    return one == other or 0 in (one, other)


def days(text: str) -> list[Day]:
    """The dates of a text with a day or a year; a month alone is none."""
    dates: list[Day] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            if any(match.start() < one.end and one.start < match.end() for one in dates):
                continue
            if readings := _readings(match):
                dates.append(Day(readings, match[0], *match.span()))
    return sorted(dates, key=lambda one: one.start)


def _readings(match: re.Match[str]) -> frozenset[tuple[int, int, int]]:
    parts = match.groupdict()
    year = int(parts["y"] or 0)
    year += 2000 if 0 < year < 100 else 0
    day = int(parts.get("d") or 0)
    if parts.get("w"):
        months = {(MONTHS[parts["w"].lower()], day)}
    else:
        months = {(int(parts["m"]), day)}
        if "/" in match[0]:
            months.add((day, int(parts["m"])))
    return frozenset((year, m, d) for m, d in months if 1 <= m <= 12 and 0 <= d <= 31)


def amounts(text: str) -> list[Amount]:
    """The numbers of a text outside its dates, in figures or in words, in its order."""
    for day in days(text):
        text = text[: day.start] + " " * (day.end - day.start) + text[day.end :]
    numbers = [
        Amount(frozenset({Decimal(50)}), "percent", "", match[0], *match.span(), spelled=True)
        for match in _HALF.finditer(text)
    ]
    for match in _FIGURE.finditer(text):
        if (amount := _amount(match, text)) is not None:
            numbers.append(amount)
    return sorted(numbers, key=lambda one: one.start)


def _amount(match: re.Match[str], text: str) -> Amount | None:
    digits, words = match["digits"], match["words"]
    if digits and re.match(r"[^\W\d_]", text[match.end() :][:1]) and not match["unit"]:
        return None  # part of a word as in 4K or 2nd
    values = _values(digits) if digits else frozenset({Decimal(_spoken(words))})
    before, after, unit = match["before"], match["after"], match["unit"]
    kind: Kind = "plain"
    if match["percent"]:
        kind, unit = "percent", ""
    elif before or after or match["dash"]:
        kind, unit = "money", _CURRENCY.get((before or after or "").lower(), "")
        if unit == "CENT":
            values, unit = frozenset(value / 100 for value in values), ""
    else:
        unit = _UNITS[unit.lower()] if unit else ""
    return Amount(values, kind, unit, match[0].strip(), *match.span(), spelled=not digits)


def _values(digits: str) -> frozenset[Decimal]:
    bare = re.sub(r"[' ]", "", digits)
    values: set[Decimal] = set()
    whole = re.sub(r"[.,]", "", bare)
    parts = re.split(r"[.,]", bare)
    if len(parts) == 1:
        return frozenset({Decimal(bare)})
    if all(len(part) == 3 for part in parts[1:]):
        values.add(Decimal(whole))
    if len(parts) == 2:
        values.add(Decimal(".".join(parts)))
    elif len(parts[-1]) < 3:
        values.add(Decimal("".join(parts[:-1]) + "." + parts[-1]))
    return frozenset(value.normalize() for value in values or {Decimal(whole)})


def _spoken(words: str) -> int:
    total = 0
    for word in re.split(r"[- ]", words.lower()):
        number = 1 if word == "a" else _SPOKEN[word]
        total = total * number if total and number >= 100 else total + number
    return total
