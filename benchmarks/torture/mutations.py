"""Bytes changed as accidents and attackers change them; the same for the same random numbers.

Sizes are drawn so that most inputs are small and read in a millisecond, and a few are as large as
the readers' limits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from benchmarks.torture.scalars import SCALARS

MOST = 9_000_000
"""Bytes of one input: more than any text that a reader takes."""
DEEP = ("[", "{", "[{", "- ", "? ", "{a: ", '{"a":', '[[{"a":', "<a>", "- [", "&a [", "!!seq [")
HEADS = (
    b"%PDF-1.7\n", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a",
    b"\x1f\x8b", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf1", b"<!DOCTYPE html><html>",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff",
    b"<?xml version='1.0'?>", b"<?xml version='1.0' encoding='utf-16'?>",
    b"<?xml version='1.0' encoding='x-none'?>", b"sep=;\n", b"SQLite format 3\x00",
    b'<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;&b;">]><a>&d;</a>', b"\x00", b"\x80\x04",
    b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><item><title>&b;</title></item>',
)  # fmt: skip
ENCODINGS = (
    "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1", "utf-8-sig", "cp037",
    "cp1251", "shift_jis", "utf-7",
)  # fmt: skip
_SMALL = (
    *(b"- a\n", b"k%d: v\n", b"{}\n", b"[],", b"<a/>", b",", b"a,b\n", b"1,", b"\n", b'"a":1,'),
    *(b"<item><id>1</id><title>x</title></item>", b'{"title":"x"}\n', b"<p>", b"<!", b"&amp;"),
    *(b"A'", b"{a", b"the A and "),
)


def mutated(random: Random, good: Sequence[bytes]) -> bytes:
    """One of the good inputs after one to six changes."""
    data = random.choice(good)
    for _ in range(random.choice((1, 1, 2, 3, 6))):
        data = random.choice(_MUTATIONS)(random, data, good)[:MOST]
    return data


def flip(random: Random, data: bytes, _: Sequence[bytes] = ()) -> bytes:
    """One to eight bytes exchanged for others."""
    changed = bytearray(data or b"x")
    for _ in range(random.randint(1, 8)):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def cut(random: Random, data: bytes, _: Sequence[bytes] = ()) -> bytes:
    """Its end, or a piece from its middle, left out."""
    start, end = _span(random, data)
    return data[:start] + data[end:] if random.random() < 0.5 else data[:start]


def _double(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(random, data)
    times = min(_often(random, (1, 1, 5, 40), (3000,)), 1_100_000 // max(end - start, 1))
    return data[:end] + data[start:end] * times + data[end:]


def _splice(random: Random, data: bytes, good: Sequence[bytes]) -> bytes:
    other, at = random.choice(good), random.randint(0, len(data))
    start, end = _span(random, other)
    return data[:at] + other[start:end] + data[at:]


def _scalar(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """A hostile scalar in place of a value, or anywhere."""
    new = random.choice(SCALARS).encode("utf-8", "surrogatepass")
    places = [at + 1 for at, byte in enumerate(data[:4000]) if byte in b":,=>\t"]
    if not places or random.random() < 0.2:
        at = end = random.randint(0, len(data))
    else:
        at = random.choice(places)
        end = next((n for n in range(at, len(data)) if data[n] in b"\n,<}"), len(data))
    return data[:at] + b" " * random.randint(0, 1) + new + data[end:]


def _nest(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    deep = random.choice(DEEP).encode() * _often(random, (5, 30, 500), (20_000, 100_000))
    at = random.choice((0, random.randint(0, len(data))))
    return data[:at] + deep + data[at:]


def _bomb(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    lines, wide = [b"a0: &a0 [x, x, x]"], _often(random, (2, 9), (40,))
    for level in range(1, _often(random, (3, 8), (30,))):
        inner = b", ".join([b"*a%d" % (level - 1)] * wide)
        lines.append(b"a%d: &a%d [%s]" % (level, level, inner))
    return b"\n".join(lines) + b"\n" + data


def _head(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return random.choice(HEADS) + data


def _encode(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return data.decode("utf-8", "replace").encode(random.choice(ENCODINGS), "replace")


def _noise(random: Random, *_: object) -> bytes:
    return random.randbytes(_often(random, (1, 20, 1000), (100_000,)))


def _many(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Many of one small thing: keys, items, rows, elements, cells."""
    count = _often(random, (5, 50, 300), (3000, 80_000))
    one = random.choice(_SMALL)
    many = b"".join(one % n for n in range(count)) if b"%d" in one else one * count
    at = random.choice((0, len(data)))
    return data[:at] + many + data[at:]


def _span(random: Random, data: bytes) -> tuple[int, int]:
    start, end = sorted(random.randint(0, len(data)) for _ in range(2))
    return start, end


def _often(random: Random, small: Sequence[int], large: Sequence[int]) -> int:
    """Nearly always a small number: one large input takes the time of hundreds."""
    return random.choice(large if random.random() < 0.005 else small)


_Mutation = Callable[[Random, bytes, Sequence[bytes]], bytes]
_MUTATIONS: tuple[_Mutation, ...] = (
    *(_scalar, _scalar, _scalar, flip, cut, _double, _splice),
    *(_nest, _bomb, _head, _encode, _noise, _many),
)
