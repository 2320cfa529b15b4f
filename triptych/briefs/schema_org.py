"""schema.org Products in JSON-LD, as shops' pages hold them, as briefs.

Read: Product and its kinds, also in `@graph`, lists, `mainEntity` and `itemListElement`; groups
with variants; brands, offers and lists of them. See schema.org/Product (version 29).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from triptych.briefs.markup import plain_text
from triptych.briefs.products import MAX_PRODUCTS, Draft, Product
from triptych.errors import BriefError

_PRODUCTS = ("Product", "ProductGroup", "ProductModel", "IndividualProduct", "SomeProducts")
_AROUND = ("@graph", "mainEntity", "itemListElement", "item", "hasVariant")
_FACTS = (
    "color", "material", "pattern", "size", "weight", "width", "height", "depth",
    "additionalProperty", "award",
)  # fmt: skip
_NUMBERS = ("sku", "productID", "mpn", "gtin", "gtin13", "gtin12", "gtin8", "gtin14", "identifier")
_WAS = ("StrikethroughPrice", "ListPrice", "MSRP", "SRP")
_UNITS = {"KGM": "kg", "GRM": "g", "MTR": "m", "CMT": "cm", "MMT": "mm", "LTR": "l", "MLT": "ml"}
_MOST_NODES = 200_000


def is_schema_org(value: JsonValue) -> bool:
    """Whether a JSON value is JSON-LD: an object, or one of a list, with one of its keys."""
    nodes = value if isinstance(value, list) else [value]
    return any(isinstance(one, dict) and one.keys() & {"@context", "@type", "@graph"}
               for one in nodes[:50])  # fmt: skip


def products_of_schema_org(value: JsonValue, where: str) -> list[Product]:
    """The products of a JSON-LD value. Raises `BriefError` if it holds none."""
    products: list[Product] = []
    for node in _nodes(value):
        if len(products) > MAX_PRODUCTS:
            break
        if "Product" not in "".join(_types(node)) or not set(_types(node)) & set(_PRODUCTS):
            continue
        variants = _objects(node.get("hasVariant"))
        group = str(node.get("productGroupID") or f"group {len(products) + 1}") if variants else ""
        shared = {k: v for k, v in node.items() if k != "hasVariant"}
        row = len(products) + 1
        for one in [{**shared, **variant} for variant in variants] or [node]:
            products.append(_product(one, row, group, where))
    if not products:
        types = sorted({kind for node in _nodes(value) for kind in _types(node)})
        of = f" of {', '.join(types[:5])}" if types else ""
        raise BriefError(
            f"{where} is schema.org data{of}, without a Product.", "Name a file with a Product."
        )
    return products


def _nodes(value: JsonValue) -> Iterator[dict[str, JsonValue]]:
    """The objects that stand for things of their own, in the order of the file."""
    stack, seen = [value], 0
    while stack and (seen := seen + 1) < _MOST_NODES:
        node = stack.pop()
        if isinstance(node, list):
            stack += reversed(node)
        elif isinstance(node, dict):
            yield node
            around = _AROUND if not set(_types(node)) & set(_PRODUCTS) else ()
            stack += [node[name] for name in reversed(around) if name in node]


def _product(node: Mapping[str, JsonValue], row: int, group: str, where: str) -> Product:
    return Product(
        row=row,
        numbers=tuple(text for name in _NUMBERS if (text := _text(node.get(name)))),
        title=_text(node.get("name")),
        brand=_text(node.get("brand")),
        group=group,
        draft=lambda: _draft(node, where),
    )


def _draft(node: Mapping[str, JsonValue], where: str) -> Draft:
    taken: dict[str, str] = {"@context": "", "@type": "", "@id": ""}
    notes = []

    def take(name: str, field: str) -> str:
        text = plain_text(_text(node.get(name)))
        if text:
            taken[name] = f"{name} as {field}" if name != field else name
        return text

    texts = {
        "product": take("name", "product"),
        "description": take("description", "description"),
        "brand": take("brand", "brand"),
        "audience": take("audience", "audience"),
        "url": take("url", "url"),
        "sku": take("sku", "sku") or take("productID", "sku"),
    }
    facts = []
    for name in _FACTS:
        if said := _facts(name, node.get(name)):
            taken[name] = f"{name} as fact"
            facts += said
    offer, url, price_range = _offer(node.get("offers"))
    if price_range:
        facts.append(price_range)
    if offer or price_range:
        taken["offers"] = f"offers as {'offer' if offer else 'fact'}"
    texts["url"] = texts["url"] or url
    if not texts["description"]:
        texts["description"] = texts["product"]
        notes.append("It has no description; its name is taken for it.")
    if not texts["description"]:
        raise BriefError(f"The Product in {where} has neither name nor description.", "Add one.")
    offers = node.get("offers")
    if isinstance(offers, list) and len(offers) > 1:
        notes.append("It has several offers; what differs among them is left out.")
    fields = {**texts, "facts": facts[:50], "offer": offer}
    return Draft(
        {name: value for name, value in fields.items() if value},
        tuple(filter(None, taken.values())),
        tuple(name[:80] for name in node if name not in taken),
        tuple(notes),
    )


def _offer(value: JsonValue) -> tuple[dict[str, str], str, str]:
    """What all offers say alike; the page of the first; a range of prices as a fact."""
    offers = [one for outer in _objects(value) for one in _objects(outer.get("offers")) or [outer]]
    read = [_one_offer(one) for one in offers[:1000]]
    shared = dict(read[0]) if read else {}
    for other in read[1:]:
        shared = {name: text for name, text in shared.items() if other.get(name) == text}
    url = next((text for one in offers if (text := _text(one.get("url")))), "")
    around = _objects(value)[0] if _objects(value) else {}
    low, high = _text(around.get("lowPrice")), _text(around.get("highPrice"))
    currency = _text(around.get("priceCurrency"))
    if low and low == high and "price" not in shared:
        shared |= {"price": low, **({"currency": currency} if currency else {})}
    if "price" in shared or not low:
        return (shared if shared.keys() != {"currency"} else {}), url, ""
    shared.pop("currency", None)
    to = f" to {high}" if high else ""
    return shared, url, f"Price: from {low}{to} {currency}".rstrip()


def _one_offer(node: Mapping[str, JsonValue]) -> dict[str, str]:
    offer = {
        "price": _text(node.get("price")),
        "currency": _text(node.get("priceCurrency")),
        "valid_from": _text(node.get("validFrom")),
        "valid_until": _text(node.get("priceValidUntil")) or _text(node.get("validThrough")),
    }
    for one in _objects(node.get("priceSpecification")):
        kind = _text(one.get("priceType")).rpartition("/")[2]
        field = "was_price" if kind in _WAS else "price"
        offer[field] = offer.get(field) or _text(one.get("price"))
        offer["currency"] = offer["currency"] or _text(one.get("priceCurrency"))
    if offer.get("was_price") == offer["price"]:
        offer.pop("was_price", None)
    return {name: text for name, text in offer.items() if text}


def _facts(name: str, value: JsonValue) -> list[str]:
    """ "Color: red"; of an additional property its own name."""
    facts = []
    for one in value if isinstance(value, list) else [value]:
        text = _text(one)
        label = _text(one.get("name")) if isinstance(one, dict) else ""
        if isinstance(one, dict):
            amount, code = _text(one.get("value")), _text(one.get("unitCode"))
            unit = _text(one.get("unitText")) or _UNITS.get(code, code)
            text = " ".join(filter(None, (amount, unit))) or text
        if text:
            facts.append(f"{label or name.capitalize()}: {text}")
    return facts[:20]


def _types(node: Mapping[str, JsonValue]) -> list[str]:
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return [kind.rpartition("/")[2].rpartition(":")[2] for kind in kinds if isinstance(kind, str)]


def _objects(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _text(value: JsonValue) -> str:
    """A value's words: itself, the first of a list, an object's name or value."""
    for _ in range(4):
        if isinstance(value, list):
            value = value[0] if value else ""
        elif isinstance(value, dict):
            keys = ("name", "@value", "value", "audienceType", "@id")
            value = next((value[key] for key in keys if value.get(key)), "")
    return value.strip() if isinstance(value, str) else ""
