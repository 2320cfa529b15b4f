"""Inputs that nobody sends on good terms, the same for the same seed, and what they do to a reader.

    python -m tests.briefs.hostile --kind briefs --count 100000

Ends with 1 if a reader let out anything but the project's own errors, took longer than 5 seconds
over one input, or the process more than 1 GB.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from triptych.briefs.read import understand
from triptych.errors import TriptychError
from triptych.generators.profiles import SHIPPED, read_profile

MOST_SECONDS = 5.0
MOST_BYTES = 1_000_000_000
DATA = Path(__file__).parent / "data"

SCALARS = (
    "NO", "no", "Yes", "on", "null", "Null", "~", "", "3008", "1.10", "12:30", "12:30:45.5",
    "2026-12-24", "2025-02-30", "2025-02-30T25:61:00", "2001-12-14t21:59:43.10-99:00", "+99:00",
    "0x1F", "0o17", "017", "0b11", "1_000", "1e999", "-1e999", ".inf", "-.INF", ".nan", ".NaN",
    "9" * 5000, "-" + "9" * 400, "0x" + "f" * 6000, "1e" + "9" * 400, "190:20:30", "=", "<<",
    "<<: *a", "!!int x", "!!int '1'", "!!float y", "!!bool z", "!!null 1", "!!binary QQ==",
    "!!binary ?", "!!timestamp x", "!!set {a}", "!!omap [a: 1]", "!!pairs [a: 1]",
    "!!python/name:os.system", "!!python/object/apply:os.system [id]",
    "!<tag:yaml.org,2002:int> x", "!<%FF%FE> x", "!x!y z", "! 12", "&a *a", "*a", "&a [*a]",
    "&a {b: *a}", '"\\U00110000"', '"\\uD800"', '"\\uDFFF\\uD800"', '"\\ud83d\\udd25"', '"\\x"',
    '"\\', "'", '"', "|", ">-", "|9", "|+\n", "- - - -", "? x", ": x", "@x", "`x`", "%x",
    "%YAML 9.9", "%YAML 1." + "9" * 5000 + "\n--- x", "#x", "x #y", "[", "]", "{", "}", "[[]]",
    "{a: {b: {c: d}}}", "[a, b", "{a: b", "--- x\n--- y", "...", "\t", "\tx", "\x0b",
    "\x1b[31mred", "\x07", "\u202egnp.exe", "\u2066\u2069", "\u200b", "\ufeff", "\ufffe",
    "\uffff", "\U000e0041", "e\u0301" * 50, "\U0001f525", "\u05d0\u05d1 abc \u0627",
    "x" * 25_000, "{brand}", "{{x}}", "%s", "${y}", "[NAME]", "<brand>", "<script>", "=1+1",
    "a,b;c\td", '{"a": 1}', "[1]", "NaN", "Infinity", "1.", "01", "-0", "true", "True", "None",
    "\\", "a\\nb", "a\r\nb", "a\rb",
)  # fmt: skip
"""Scalars of every kind that some reader takes for something else."""

DEEP = ("[", "{", "[{", "- ", "? ", "{a: ", '{"a":', '[[{"a":', "<a>", "- [", "&a [", "!!seq [")
HEADS = (
    b"%PDF-1.7\n", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a",
    b"\x1f\x8b", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf1", b"<!DOCTYPE html><html>",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff",
    b"<?xml version='1.0'?>", b"<?xml version='1.0' encoding='utf-16'?>",
    b"<?xml version='1.0' encoding='x-none'?>", b"sep=;\n",
    b'<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;&b;">]><a>&d;</a>', b"\x00", b"\x80\x04",
    b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><item><title>&b;</title></item>',
)  # fmt: skip
_SMALL = (
    *(b"- a\n", b"k%d: v\n", b"{}\n", b"[],", b"<a/>", b",", b"a,b\n", b"1,", b"\n", b'"a":1,'),
    *(b"<item><id>1</id><title>x</title></item>", b'{"title":"x"}\n', b"<p>", b"<!", b"&amp;"),
    *(b"A'", b"{a", b"the A and "),
)
ENCODINGS = (
    "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1", "utf-8-sig", "cp037",
    "cp1251", "shift_jis", "utf-7",
)  # fmt: skip
ENDINGS = (
    ".yaml",
    ".json",
    ".txt",
    ".md",
    ".csv",
    ".tsv",
    ".xml",
    ".jsonl",
    ".jsonld",
    "",
    ".brief",
)

BRIEF = """description: >-
  Norvik launches the Emberlite, a red steel camping lantern.
brand: Norvik
product: Emberlite
facts: [40 hours, "waterproof: yes"]
offer: {price: 49.90, was_price: 59.90, currency: EUR, valid_until: 2026-12-24, code: NO}
must_say: [the #1 lantern]
tone: playful
channels: [body, headline]
budget:
  attempts: 3
"""
PLAN = """version: 1
brief: {description: A red lantern., brand: Norvik}
key_message: Light for every camp.
visual: a red steel lantern at night
motion: slow orbit
deliverables:
- {id: body, channel: body, tone: playful}
- {id: headline, channel: headline, tone: playful, parts: [copy]}
search: {strategy: pruning, candidates: 2}
false_rejection_rate: 0.05
"""
OVERRIDES = ("image.steps=20", "text.options.temperature=0.5", "memory_limit=1e3", "fetch=true")


def briefs(random: Random) -> tuple[bytes, str]:
    """The bytes of a file, and its name's ending."""
    return _mutated(random, _GOOD_BRIEFS), random.choice(ENDINGS)


def plans(random: Random) -> tuple[bytes, str]:
    """As `briefs`, of plans."""
    return _mutated(random, (PLAN.encode(), _PLAN_JSON)), random.choice((".yaml", ".yaml", ".json"))


def profiles(random: Random) -> tuple[bytes, str]:
    """As `briefs`, of profiles."""
    return _mutated(random, _GOOD_PROFILES), ".yaml"


def overrides(random: Random) -> tuple[bytes, str]:
    """An override as one would write it after `--set`, and the name of no file."""
    good = random.choice(OVERRIDES)
    key, _, _ = good.partition("=")
    if random.random() < 0.5:
        return f"{key}={random.choice(SCALARS)}".encode("utf-8", "surrogatepass"), "override"
    return _mutated(random, tuple(one.encode() for one in OVERRIDES)), "override"


KINDS: dict[str, Callable[[Random], tuple[bytes, str]]] = {
    "briefs": briefs,
    "plans": plans,
    "profiles": profiles,
    "overrides": overrides,
}


def outcome(read: Callable[..., object], *given: object) -> tuple[object, TriptychError | None]:
    """What a reader gave, or the error in words that it gave instead."""
    try:
        return read(*given), None
    except TriptychError as error:
        return None, error


@dataclass
class Report:
    """What a reader did with many inputs."""

    read: int = 0
    refused: int = 0
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0
    """Seconds of one input."""
    slowest_seed: int = 0


def torture(kind: str, count: int, folder: Path, first: int = 0) -> Report:
    """Give a reader the inputs with numbers from `first`; each comes of its own number alone."""
    report = Report()
    for number in range(first, first + count):
        data, ending = KINDS[kind](Random(f"{kind} {number}"))
        try:
            began = time.perf_counter()
            _read(kind, data, ending, folder)
            report.read += 1
        except TriptychError as error:
            report.refused += 1
            if not error.message.strip():
                report.faults.append(f"{number}: an error without words")
        except BaseException as error:
            report.faults.append(f"{number}: {type(error).__name__}: {error}"[:300])
            if isinstance(error, KeyboardInterrupt):
                raise
        took = time.perf_counter() - began
        if took > report.slowest:
            report.slowest, report.slowest_seed = took, number
        if took > MOST_SECONDS:
            report.faults.append(f"{number}: took {took:.1f} s")
    return report


def _read(kind: str, data: bytes, ending: str, folder: Path) -> None:
    if kind == "overrides":
        read_profile("starter", [data.decode("utf-8", "surrogateescape")])
        return
    path = folder / f"input{ending}"
    path.write_bytes(data)
    if kind == "profiles":
        read_profile(str(path))
        return
    understand(str(path))
    if len(data) < 2000:  # as words of the command line too
        understand(data.decode("utf-8", "surrogateescape"))


def _mutated(random: Random, good: tuple[bytes, ...]) -> bytes:
    data = random.choice(good)
    for _ in range(random.choice((1, 1, 2, 3, 6))):
        data = random.choice(_MUTATIONS)(random, data, good)[:9_000_000]
    return data


def _flip(random: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    changed = bytearray(data or b"x")
    for _ in range(random.randint(1, 8)):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _cut(random: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    start, end = sorted(random.randint(0, len(data)) for _ in range(2))
    return data[:start] + data[end:] if random.random() < 0.5 else data[:start]


def _double(random: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    start, end = sorted(random.randint(0, len(data)) for _ in range(2))
    times = min(random.choice((1, 1, 5, 100, 3000)), 1_100_000 // max(end - start, 1))
    return data[:end] + data[start:end] * times + data[end:]


def _splice(random: Random, data: bytes, good: tuple[bytes, ...]) -> bytes:
    other, at = random.choice(good), random.randint(0, len(data))
    start, end = sorted(random.randint(0, len(other)) for _ in range(2))
    return data[:at] + other[start:end] + data[at:]


def _scalar(random: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    """A hostile scalar in place of a value, or anywhere."""
    new = random.choice(SCALARS).encode("utf-8", "surrogatepass")
    places = [at + 1 for at, byte in enumerate(data[:20_000]) if byte in b":,=>\t"]
    if not places or random.random() < 0.2:
        at = end = random.randint(0, len(data))
    else:
        at = random.choice(places)
        end = next((n for n in range(at, len(data)) if data[n] in b"\n,<}"), len(data))
    return data[:at] + b" " * random.randint(0, 1) + new + data[end:]


def _nest(random: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    deep = random.choice(DEEP).encode() * random.choice((5, 30, 500, 20_000, 100_000))
    at = random.choice((0, random.randint(0, len(data))))
    return data[:at] + deep + data[at:]


def _bomb(random: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    lines, wide = [b"a0: &a0 [x, x, x]"], random.choice((2, 9, 40))
    for level in range(1, random.choice((3, 8, 30))):
        inner = b", ".join([b"*a%d" % (level - 1)] * wide)
        lines.append(b"a%d: &a%d [%s]" % (level, level, inner))
    return b"\n".join(lines) + b"\n" + data


def _head(random: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    return random.choice(HEADS) + data


def _encode(random: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    return data.decode("utf-8", "replace").encode(random.choice(ENCODINGS), "replace")


def _noise(random: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    return random.randbytes(random.choice((1, 20, 1000, 100_000)))


def _many(random: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    """Many of one small thing: keys, items, rows, elements, cells."""
    count = random.choice((50, 3000, 80_000))
    one = random.choice(_SMALL)
    many = b"".join(one % n for n in range(count)) if b"%d" in one else one * count
    at = random.choice((0, len(data)))
    return data[:at] + many + data[at:]


_MUTATIONS = (
    *(_scalar, _scalar, _scalar, _flip, _cut, _double, _splice),
    *(_nest, _bomb, _head, _encode, _noise, _many),
)

_PLAN_JSON = json.dumps(
    {"brief": {"description": "A red lantern."}, "key_message": "Light.", "visual": "a lantern",
     "motion": "slow", "deliverables": [{"id": "a", "channel": "body", "tone": "playful"}]}
).encode()  # fmt: skip
_GOOD_BRIEFS = (BRIEF.encode(), *(path.read_bytes() for path in sorted(DATA.iterdir())))
_GOOD_PROFILES = tuple(path.read_bytes() for path in sorted(SHIPPED.glob("*.yaml")))


def _lines(kind: str, report: Report) -> Iterator[str]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    yield (
        f"{kind}: {report.read} read, {report.refused} refused, {len(report.faults)} faults; "
        f"slowest {report.slowest:.2f} s (number {report.slowest_seed}), peak {peak / 1e6:.0f} MB"
    )
    yield from report.faults[:20]
    if peak > MOST_BYTES:
        report.faults.append("memory")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        made = torture(given.kind, given.count, Path(place), given.first)
    print("\n".join(_lines(given.kind, made)))
    sys.exit(bool(made.faults))
