"""One product out of a file of several: what was chosen, and what its variants share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from triptych.errors import BriefError

MAX_PRODUCTS = 20_000
_LISTED = 20
_VARIANTS = 2_000
_NUMBERS_LOOKED_AT = 5_000


@dataclass(frozen=True)
class Draft:
    """A brief's fields as a foreign format gives them, and what became of its own."""

    fields: Mapping[str, object]
    used: tuple[str, ...] = ()
    """In words: "title as product"."""
    left: tuple[str, ...] = ()
    """Names of what says nothing that a brief has."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Product:
    """A product or variant in a file, not yet made a brief."""

    row: int
    """From 1, as in the file, without the heading."""
    numbers: tuple[str, ...]
    """SKU, then GTIN, MPN and other numbers that it may be asked for by."""
    title: str
    brand: str
    group: str
    """Variants of one product have the same; empty where it has no variants."""
    draft: Callable[[], Draft] = field(repr=False)


def choose(
    products: Sequence[Product], where: str, sku: str | None = None, row: int | None = None
) -> Draft:
    """The draft of the one product that is asked for.

    Without a choice there must be but one. Its variants are one product: what differs among them
    is left out, and said.

    Raises:
        BriefError: if there are several, listing the first 20, or the choice fits none.
    """
    if sku is not None and row is not None:
        raise BriefError("--sku and --row are two ways to choose.", "Give one of them.")
    if len(products) > MAX_PRODUCTS:
        raise too_many(where)
    chosen = list(products)
    if row is not None:
        chosen = [one for one in products if one.row == row]
        if not chosen:
            last = max((one.row for one in products), default=0)
            raise BriefError(f"{where} has no row {row}.", f"Its rows are 1 to {last}.")
    if sku is not None:
        chosen = _by_number(products, sku, where)
    if not chosen:
        raise BriefError(f"{where} holds no product.", "Say at least what the product is.")
    if len({one.group or str(one.row) for one in chosen}) > 1:
        several = _several(chosen)
        if sku is not None:
            raise BriefError(f"{where} has {sku} more than once:\n{several}", "Choose by --row N.")
        raise BriefError(
            f"{where} holds {_count(chosen)} products; a campaign is of one:\n{several}",
            "Choose one by --sku SKU or --row N.",
        )
    draft = _shared([one.draft() for one in chosen[:_VARIANTS]])
    if "description" not in draft.fields:
        raise BriefError(
            f"{where} describes each variant in other words:\n{_several(chosen, variants=True)}",
            "Choose one by --sku SKU or --row N.",
        )
    if _count(products) == 1 and len(chosen) == len(products):
        return draft
    first = chosen[0]
    rest = len(products) - len(chosen)
    others = "1 other is" if rest == 1 else f"{rest} others are"
    note = f"Row {first.row} of {where} is used ({_line(first)}); {others} not."
    return Draft(draft.fields, draft.used, draft.left, (note, *draft.notes))


def too_many(where: str) -> BriefError:
    """The error for a file of more than 20,000 products."""
    return BriefError(f"{where} holds more than {MAX_PRODUCTS} products.", "Cut a part out of it.")


def _by_number(products: Sequence[Product], sku: str, where: str) -> list[Product]:
    for same in (str, str.casefold):
        wanted = same(sku.strip())
        first = [one for one in products if one.numbers and same(one.numbers[0]) == wanted]
        matches = first or [one for one in products if wanted in map(same, one.numbers)]
        if matches:
            return matches
    known = [n for one in products[:_NUMBERS_LOOKED_AT] for n in one.numbers[:1] if n]
    close = get_close_matches(sku[:100], known, 3)
    hint = f"Near to it are {', '.join(close)}." if close else f"It has:\n{_several(products)}"
    raise BriefError(f"{where} has no product with the SKU {sku[:100]}.", hint)


def _count(products: Sequence[Product]) -> int:
    return len({one.group or str(one.row) for one in products})


def _several(products: Sequence[Product], *, variants: bool = False) -> str:
    lines, seen = [], set()
    for number, one in enumerate(products):
        key = str(number) if variants else one.group or str(one.row)
        if key not in seen and len(lines) < _LISTED:
            lines.append(f"row {one.row}: {_line(one)}")
        seen.add(key)
    if len(seen) > _LISTED:
        lines.append(f"… and {len(seen) - _LISTED} more")
    return "\n".join(lines)


def _line(one: Product) -> str:
    known = (*one.numbers[:1], one.title, one.brand)
    return ", ".join(text[:80] for text in known if text) or "without a name"


def _shared(drafts: Sequence[Draft]) -> Draft:
    """What all variants say alike."""
    first = drafts[0]
    if len(drafts) == 1:
        return first
    fields, differing = _alike([draft.fields for draft in drafts], "")
    difference = f"; {', '.join(differing)} differ and are left out" if differing else ""
    note = f"It has {len(drafts)} variants{difference}. Choose one by --sku."
    used = tuple(said for said in first.used if said.rpartition(" as ")[2] not in differing)
    return Draft(fields, used, first.left, (*first.notes, note))


def _alike(
    fields: Sequence[Mapping[str, object]], within: str
) -> tuple[dict[str, object], list[str]]:
    shared: dict[str, object] = {}
    differing: list[str] = []
    for name in dict.fromkeys(name for one in fields for name in one):
        values = [one.get(name) for one in fields]
        kept = values[0]
        inner = [value for value in values if isinstance(value, dict)]
        lists = [value for value in values if isinstance(value, list | tuple)]
        if all(value == kept for value in values):
            shared[name] = kept
        elif len(inner) == len(values):
            shared[name], below = _alike(inner, f"{name}.")
            differing += below
        elif len(lists) == len(values):
            shared[name] = [item for item in lists[0] if all(item in one for one in lists[1:])]
            differing.append(f"some {within}{name}")
        else:
            differing.append(f"{within}{name}")
    return {name: value for name, value in shared.items() if value}, differing
