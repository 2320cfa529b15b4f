"""Product feeds of Google Merchant, Shopify and shops' own tables: columns as a brief's fields.

Names of columns: support.google.com/merchants/answer/7052112 and
help.shopify.com/manual/products/import-export/using-csv (as of 2026).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from pydantic import JsonValue

from triptych.briefs.markup import plain_text
from triptych.briefs.products import Draft, Product
from triptych.briefs.tables import Row, object_row
from triptych.errors import BriefError

_TEXTS: dict[str, tuple[str, ...]] = {
    "product": ("title", "name", "product_name", "product_title", "product"),
    "description": (
        "description", "body_html", "body", "product_description", "long_description",
        "summary", "content", "seo_description", "short_description",
    ),
    "brand": ("brand", "vendor", "brand_name"),
    "audience": ("audience", "target_audience"),
    "tone": ("tone",),
    "language": ("language", "content_language"),
    "url": ("link", "url", "product_url", "canonical_link"),
    "sku": ("sku", "variant_sku", "id", "offer_id", "item_number", "article_number", "product_id"),
    "disclaimer": ("disclaimer",),
}  # fmt: skip
_OFFER: dict[str, tuple[str, ...]] = {
    "currency": ("currency", "price_currency", "currency_code"),
    "discount": ("discount",),
    "code": ("code", "coupon", "coupon_code", "promo_code", "discount_code"),
    "valid_from": ("valid_from",),
    "valid_until": ("valid_until", "valid_to", "price_valid_until"),
    "shipping": ("shipping_cost", "delivery"),
}
_LISTS: dict[str, tuple[str, ...]] = {
    "channels": ("channels",),
    "must_say": ("must_say",),
    "must_not_say": ("must_not_say",),
}
_PRICE = ("price", "variant_price", "regular_price")
_SALE = ("sale_price", "special_price")
_BEFORE = (
    "compare_at_price", "variant_compare_at_price", "was_price", "old_price", "list_price", "rrp",
)  # fmt: skip
_SALE_DATES = ("sale_price_effective_date",)
_SAID_AS_IS = ("product_highlight", "product_highlights", "facts", "features", "highlights")
_ATTRIBUTES = ("color", "colour", "material", "pattern", "size", "weight", "dimensions")
_NUMBERS = (*_TEXTS["sku"], "gtin", "barcode", "variant_barcode", "ean", "upc", "mpn")
_GROUP = ("item_group_id", "handle", "url_handle")
_MARKS = {
    *_PRICE, *_SALE, *_BEFORE, *_NUMBERS, *_GROUP, *_ATTRIBUTES, "vendor", "brand", "link",
    "image_link", "availability", "condition", "google_product_category", "product_type",
}  # fmt: skip
"""Columns that tell a product from a news item or a table of anything else."""
_OF_VARIANT = re.compile(r"variant_.*|option\d_value|sku|price|compare_at_price|barcode|image_.*")
_MONEY = re.compile(
    r"(?P<before>[A-Z]{3})?\s*(?P<amount>\d[\d.,'’\s]*?)\s*(?P<after>[A-Z]{3})?", re.ASCII
)
_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")


def is_feed(columns: Iterable[str]) -> bool:
    """Whether columns (normal names) are a product's: what it is, and a mark of a product."""
    names = set(columns)
    return _described(names) and bool(names & _MARKS)


def _described(names: set[str]) -> bool:
    return bool(names & {*_TEXTS["product"], *_TEXTS["description"]})


def products_of_rows(rows: Sequence[Row], where: str) -> list[Product]:
    """Products and variants, one a row.

    In a Shopify table the rows below a product's first have only what differs; rows that hold but
    a further picture are no variants.

    Raises:
        BriefError: if no column is a title or description.
    """
    names = {name for row in rows[:1000] for name in row}
    if rows and not _described(names):
        raise BriefError(
            f"{where} is a table, but none of its columns is a title or description: "
            f"{', '.join(sorted(names)[:20])}.",
            "See docs/briefs.md for the columns that are read.",
        )
    products: list[Product] = []
    heads: dict[str, Row] = {}
    for number, row in enumerate(rows, 1):
        group = _first(row, _GROUP)
        if group and not _first(row, _TEXTS["product"]) and group in heads:
            if not any(_first(row, names) for names in (_PRICE, _TEXTS["sku"][:2], _BEFORE)):
                continue
            shared = {k: v for k, v in heads[group].items() if not _OF_VARIANT.fullmatch(k)}
            row = {**shared, **row}
        elif group:
            heads[group] = row
        products.append(_product(row, number, group, where))
    return products


def products_of_object(item: dict[str, JsonValue], row: int, where: str) -> list[Product]:
    """The product that a JSON object is; of Shopify's, each of its variants."""
    variants = item.get("variants")
    variants = variants if isinstance(variants, list) else [None]
    objects = [one for one in variants if isinstance(one, dict)]
    if len(objects) < len(variants):
        return [_product(object_row(item), row, "", where)]
    shared = object_row({k: v for k, v in item.items() if k not in ("variants", "options", "id")})
    options = item.get("options")
    options = options if isinstance(options, list) else []
    named = [one.get("name") for one in options if isinstance(one, dict)]
    names = {f"option{n}_name": (name,) for n, name in enumerate(named, 1) if isinstance(name, str)}
    products = []
    for variant in objects or [{}]:
        own = object_row({k: v for k, v in variant.items() if k not in ("id", "title")})
        own = {re.sub(r"^option(\d)$", r"option\1_value", name): v for name, v in own.items()}
        products.append(_product({**shared, **names, **own}, row, f"row {row}", where))
    return products


def _product(row: Row, number: int, group: str, where: str) -> Product:
    return Product(
        row=number,
        numbers=tuple(n for name in _NUMBERS for n in row.get(name, ())),
        title=_first(row, _TEXTS["product"]),
        brand=_first(row, _TEXTS["brand"]),
        group=group,
        draft=lambda: draft_of(row, f"row {number} of {where}"),
    )


def draft_of(row: Row, where: str) -> Draft:
    """A brief's fields of one row. Raises `BriefError` if it says neither title nor description."""
    taken: dict[str, str] = {}
    notes: list[str] = []

    def take(names: Sequence[str], field: str) -> str:
        name = next((one for one in names if row.get(one)), "")
        if not name:
            return ""
        taken[name] = f"{name} as {field}" if name != field else name
        return plain_text(row[name][0])

    texts = {field: take(names, field) for field, names in _TEXTS.items()}
    if texts["language"] and not _LANGUAGE.fullmatch(texts["language"]):
        texts["language"] = ""
        taken = {name: said for name, said in taken.items() if not said.endswith("language")}
    lists = {field: _parts(take(names, field)) for field, names in _LISTS.items()}
    facts = [
        f"{name.capitalize()}: {value}" for name in _ATTRIBUTES if (value := take([name], "fact"))
    ]
    facts += _options(row, taken)
    for name in _SAID_AS_IS:
        if take([name], "facts"):
            facts += [part for value in row[name] for part in _parts(plain_text(value))]
    offer = _offer(row, take)
    if not texts["description"]:
        texts["description"] = texts["product"]
        notes.append("It has no description; its title is taken for it.")
    if not texts["description"]:
        raise BriefError(f"In {where} title and description are empty.", "Fill one of them in.")
    fields = {**texts, **lists, "facts": facts[:50], "offer": offer}
    return Draft(
        {name: value for name, value in fields.items() if value},
        tuple(dict.fromkeys(taken.values())),
        tuple(name for name in row if name not in taken),
        tuple(notes),
    )


def _offer(row: Row, take: Callable[[Sequence[str], str], str]) -> dict[str, str]:
    offer = {field: take(names, f"offer.{field}") for field, names in _OFFER.items()}
    sale = _first(row, _SALE)
    if sale and sale != _first(row, _PRICE):
        price, before = take(_SALE, "offer.price"), take(_PRICE, "offer.was_price")
        dates = take(_SALE_DATES, "offer.valid_from and valid_until")
        first, _, last = dates.partition("/")
        offer["valid_from"] = offer["valid_from"] or first.strip()
        offer["valid_until"] = offer["valid_until"] or last.strip()
    else:
        price, before = take(_PRICE, "offer.price"), ""
        was = _first(row, _BEFORE)
        if was and was != price and re.search("[1-9]", was):
            before = take(_BEFORE, "offer.was_price")
    currencies = set()
    for field, amount in (("price", price), ("was_price", before)):
        if match := _MONEY.fullmatch(amount):
            amount, currency = match["amount"], match["before"] or match["after"]
            currencies.add(currency or offer["currency"])
        offer[field] = amount
    if len(currencies) == 1 and (currency := currencies.pop()):
        offer["currency"] = currency
    elif len(currencies) > 1:  # as they stand, each with its own
        offer |= {"price": price, "was_price": before}
    return {name: value for name, value in offer.items() if value}


def _options(row: Row, taken: dict[str, str]) -> list[str]:
    facts = []
    for number in (1, 2, 3):
        name, value = f"option{number}_name", f"option{number}_value"
        if row.get(name) and row.get(value) and row[value][0] != "Default Title":
            facts.append(f"{row[name][0]}: {row[value][0]}")
            taken[name] = taken[value] = f"{row[name][0]} as fact"
    return facts


def _first(row: Row, names: Iterable[str]) -> str:
    return next((row[name][0] for name in names if row.get(name)), "")


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[;|\n]", text) if part.strip()]
