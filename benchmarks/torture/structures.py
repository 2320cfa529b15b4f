"""Values changed by their structure: the file stays well-formed, and what it says is absurd."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from random import Random
from typing import Any

import yaml

from benchmarks.torture.scalars import SCALARS

_NUMBERS = (
    0, -1, 1, 2, 0.5, -0.0, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**30, 10**400, 1e308,
    1e-320, float("inf"), float("-inf"), float("nan"), 253_402_300_799, 253_402_300_801,
)  # fmt: skip
_TEXTS = (
    "", " ", "x", "\x00", "\x1b[2J\x1b]0;owned\x07", "\u202e", "\ud800", "\udfff\ud800", "../../x",
    "/dev/zero", "a/b", "assets/../x", "a" * 300, "x" * 21_000, "NaN", "Infinity", "1e400", "null",
    "0" * 64, "assets/" + "0" * 64 + ".png", "image/png", "text/plain", "\r\n", "é" * 100, "[bold]",
    "<script>alert(1)</script>", "https://\ud800", "http://[::1", "javascript:1", "a\u0301" * 40,
)  # fmt: skip


def rebuilt(random: Random, good: Any) -> Any:
    """A good value after one to four changes of its tree, itself left as it is."""
    value = copy.deepcopy(good)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        value = random.choice(_CHANGES)(random, value)
    return value


def hostile_value(random: Random) -> Any:
    """A value of any JSON type that a field does not expect."""
    kind = random.randrange(7)
    if kind == 0:
        return random.choice((None, True, False, [], {}, [[]], [None], {"": None}, {"a": {}}))
    if kind == 1:
        return random.choice(_NUMBERS)
    if kind == 2:
        return random.choice(SCALARS)
    if kind == 3:
        deep: Any = random.choice((1, "x", None))
        for _ in range(random.choice((3, 25, 150))):
            deep = [deep] if random.random() < 0.5 else {"a": deep}
        return deep
    if kind == 4:
        return [random.choice(_TEXTS)[:300]] * random.choice((1, 3, 20, 50, 500))
    if kind == 5:
        return {f"{random.choice(_TEXTS)[:20]}{n}": n for n in range(random.choice((1, 5, 50)))}
    return random.choice(_TEXTS)


def written(random: Random, value: Any) -> bytes:
    """A value as JSON in one of the ways that programs write it."""
    text = json.dumps(
        value,
        ensure_ascii=random.random() < 0.7,
        indent=random.choice((None, None, 2)),
    )
    return text.encode("utf-8", "surrogatepass")


def as_yaml(random: Random, value: Any) -> bytes:
    """A value as YAML; of what YAML cannot hold, as JSON."""
    try:
        text = yaml.safe_dump(
            value, sort_keys=False, allow_unicode=True, default_flow_style=random.random() < 0.2
        )
    except (yaml.YAMLError, RecursionError):
        return written(random, value)
    return text.encode("utf-8", "surrogatepass")


_Change = Callable[[Random, Any], Any]


def _replace(random: Random, value: Any) -> Any:
    return _at(random, value, lambda old: hostile_value(random))


def _wrap(random: Random, value: Any) -> Any:
    return _at(random, value, lambda old: random.choice(([old], {"a": old}, [old, old])))


def _stretch(random: Random, value: Any) -> Any:
    """A text, list or number that grows, or turns into its near kin."""

    def grown(old: Any) -> Any:
        if isinstance(old, bool) or old is None:
            return random.choice((not old, int(bool(old)), str(old)))
        if isinstance(old, int | float):
            return random.choice((-old, old + 1, old * 10**9, str(old), [old, 0.5]))
        if isinstance(old, str):
            half = len(old) // 2
            near = (old * 50, old[:half], old.upper(), old + "\u0000", old[:half] + "\ud83d")
            return random.choice((*near, old + random.choice(_TEXTS), f" {old} "))
        if isinstance(old, list):
            return random.choice((old * 2, old * 30, old[:-1], old[::-1], dict(enumerate(old))))
        return random.choice(([[*one] for one in old.items()], list(old), {**old, "more": 1}))

    return _at(random, value, grown)


def _rename(random: Random, value: Any) -> Any:
    """A key that changes, comes twice in another case, or goes."""

    def renamed(old: Any) -> Any:
        if not isinstance(old, dict) or not old:
            return old
        key = random.choice(list(old))
        kept = {name: one for name, one in old.items() if name != key}
        if random.random() < 0.4:
            return kept
        new = random.choice((f"{key}s", str(key).upper(), random.choice(_TEXTS), f"{key}\u200b"))
        return {**(old if random.random() < 0.3 else kept), new: old[key]}

    return _at(random, value, renamed, inner=True)


def _swap(random: Random, value: Any) -> Any:
    """What stands in one place put into another as well."""
    places = list(_places(value))
    if not places:
        return value
    holder, key = random.choice(places)
    return _at(random, value, lambda old: copy.deepcopy(holder[key]))


def _at(random: Random, value: Any, change: Callable[[Any], Any], *, inner: bool = False) -> Any:
    """A value in which one place was changed; with `inner`, a place that holds a mapping."""
    places = list(_places(value))
    if inner:
        places = [(holder, key) for holder, key in places if isinstance(holder[key], dict)]
    if not places or random.random() < 0.03:
        return change(value)
    holder, key = random.choice(places)
    holder[key] = change(holder[key])
    return value


def _places(value: Any, most: int = 2000) -> list[tuple[Any, Any]]:
    """Every place in a tree, as what holds it and the key there; at most so many."""
    places: list[tuple[Any, Any]] = []
    holders = [value]
    while holders and len(places) < most:
        holder = holders.pop()
        if not isinstance(holder, list | dict):
            continue
        for key in range(len(holder)) if isinstance(holder, list) else holder:
            places.append((holder, key))
            holders.append(holder[key])
    return places


_CHANGES: tuple[_Change, ...] = (_replace, _replace, _wrap, _stretch, _stretch, _rename, _swap)
