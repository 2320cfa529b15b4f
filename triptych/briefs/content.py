"""Which reader a text goes to, and what that makes of it: fields, or products to choose from.

The ending chooses. What has none, standard input and words of the command line are JSON if they
begin so, YAML if that gives known fields, a product feed if they have its heading, and plain words
otherwise. Plain words never pass a parser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from triptych.briefs.feeds import is_feed, products_of_object, products_of_rows
from triptych.briefs.products import MAX_PRODUCTS, Draft, Product, too_many
from triptych.briefs.schema_org import is_schema_org, products_of_schema_org
from triptych.briefs.source import Source
from triptych.briefs.tables import delimiter_of, heading_of, table_rows, xml_rows
from triptych.domain import Brief, CampaignPlan
from triptych.errors import BriefError
from triptych.files.json import KeyTwiceError, parse_json, parse_json_lines
from triptych.files.yaml import Place, parse_yaml

_PLAIN = ("txt", "md", "text", "markdown")
_LISTS = ("products", "product", "items", "resources", "entries")
"""Keys under which feeds in JSON have their products."""
_FIELDS = {*Brief.model_fields, *CampaignPlan.model_fields}
_LIKE_FIELDS = re.compile(rf"^[\"']?(?:{'|'.join(sorted(_FIELDS))})[\"']?[ \t]*:", re.MULTILINE)
_LIKE_JSON = re.compile(r"\s*(?:\[\s*)?\{\s*\"")


@dataclass(frozen=True)
class Fields:
    """What a record says, not yet checked."""

    form: str
    """What it was, in words: "YAML", "plain text"."""
    content: Mapping[str, object]
    notes: tuple[str, ...] = ()
    lines: Mapping[Place, int] = field(default_factory=dict)
    """Where each field stands, where that is known."""


@dataclass(frozen=True)
class Products:
    """Products of a feed, of which a campaign takes one."""

    form: str
    products: Sequence[Product]


def content_of(source: Source) -> Fields | Products:
    """What a text says, by the reader that fits it.

    Raises:
        BriefError: if it is not what its ending or beginning says.
    """
    text, where = source.text, source.where
    match source.ending:
        case "yaml" | "yml":
            return _yaml(text, where)
        case "json" | "jsonld":
            return _json(parse_json(text, where, as_written=True), where)
        case "jsonl" | "ndjson":
            return _json(parse_json_lines(text, where, as_written=True), where)
        case "csv":
            return _table(text, where, None)
        case "tsv" | "tab":
            return _table(text, where, "\t")
        case "xml" | "rss" | "atom":
            return _xml(text, where)
        case _:
            return _of_beginning(source)


def _of_beginning(source: Source) -> Fields | Products:
    """Content of a text whose ending does not tell what it is."""
    text, where = source.text, source.where
    is_plain = source.ending in _PLAIN
    if _LIKE_JSON.match(text):
        return _json(_json_or_lines(text, where), where)
    if text.lstrip().startswith("<?xml"):
        return _xml(text, where)
    if delimiter := _feed_delimiter(text):
        return _table(text, where, delimiter)
    if not is_plain and text.lstrip()[:1] in ("{", "["):
        try:
            return _json(parse_json(text, where, as_written=True), where)
        except KeyTwiceError:
            raise
        except BriefError:
            pass
    if not is_plain and not source.is_words and _LIKE_FIELDS.search(text):
        fields = _yaml_of_known_fields(text, where)
        if fields is not None:
            return fields
    return _plain(text)


def _plain(text: str, *notes: str) -> Fields:
    return Fields("plain text", {"description": text.strip()}, notes)


def _yaml(text: str, where: str) -> Fields | Products:
    document = parse_yaml(text, where)
    value = document.value
    if isinstance(value, str):
        if not document.plain:
            return Fields("YAML", {"description": value})
        return _plain(text, f"{where} has no fields; it is read as plain text, as it stands.")
    if isinstance(value, list):
        return _listed(value, where, "YAML")
    return Fields("YAML", _mapping(value, where), document.notes, document.lines)


def _yaml_of_known_fields(text: str, where: str) -> Fields | None:
    """Fields of YAML of which most are a brief's or a plan's; None for everything else."""
    try:
        fields = _yaml(text, where)
    except KeyTwiceError:
        raise
    except BriefError:
        return None
    if not isinstance(fields, Fields) or fields.form != "YAML":
        return None
    known = sum(name in _FIELDS for name in fields.content)
    return fields if known > len(fields.content) - known else None


def _feed_delimiter(text: str) -> str | None:
    """The sign between cells if a text begins with the heading of a product feed, else None."""
    lines = text.strip().split("\n", 2)
    if len(lines) < 2 or len(heading := heading_of(text)) < 3 or not is_feed(heading):
        return None
    delimiter = delimiter_of(text)
    return delimiter if delimiter in lines[1] else None


def _table(text: str, where: str, delimiter: str | None) -> Products:
    rows = table_rows(text, where, delimiter)
    name = "TSV" if delimiter == "\t" else "CSV"
    return Products(f"a product feed in {name}", products_of_rows(rows, where))


def _xml(text: str, where: str) -> Products:
    rows = xml_rows(text, where)
    if not rows or not is_feed(name for row in rows[:1000] for name in row):
        raise BriefError(
            f"{where} is XML, but no product feed.", "Copy its words into a .txt file."
        )
    return Products("a product feed in XML", products_of_rows(rows, where))


def _json_or_lines(text: str, where: str) -> JsonValue:
    """One JSON value, or a list of those that stand one a line."""
    try:
        return parse_json(text, where, as_written=True)
    except KeyTwiceError:
        raise
    except BriefError as error:
        lines = text.strip().split("\n", 2)
        if len(lines) < 2 or not lines[1].lstrip().startswith("{"):
            raise
        try:
            return parse_json_lines(text, where, as_written=True)
        except BriefError:
            raise error from None


def _json(value: JsonValue, where: str) -> Fields | Products:
    if is_schema_org(value):
        return Products("schema.org Product data", products_of_schema_org(value, where))
    if isinstance(value, list):
        return _listed(value, where, "JSON")
    content = _mapping(value, where)
    if content.keys() <= _FIELDS and not isinstance(content.get("product"), dict):
        return Fields("JSON", content)
    for key in _LISTS:
        inner = content.get(key)
        if isinstance(inner, dict):
            return _listed([inner], where, "JSON")
        if isinstance(inner, list) and "description" not in content:
            return _listed(inner, where, "JSON")
    if is_feed(content) and content.keys() & {"title", "name", "body_html"}:
        return _listed([content], where, "JSON")
    return Fields("JSON", content)


def _mapping(value: JsonValue, where: str) -> dict[str, JsonValue]:
    if isinstance(value, dict):
        return value
    what = "nothing" if value is None else "a single value"
    raise BriefError(f"{where} holds {what}, not a brief.", "See examples/brief.yaml.")


def _listed(values: list[JsonValue], where: str, language: str) -> Products:
    """Products to choose from: briefs as they are, and what feeds have."""
    items = [one for one in values if isinstance(one, dict)]
    if not items or len(items) < len(values):
        raise BriefError(f"{where} holds a list, not a brief.", "See examples/brief.yaml.")
    if len(items) > MAX_PRODUCTS:
        raise too_many(where)
    if is_schema_org(values):
        return Products("schema.org Product data", products_of_schema_org(values, where))
    products: list[Product] = []
    for row, item in enumerate(items, 1):
        products += [_brief(item, row)] if _is_brief(item) else products_of_object(item, row, where)
    what = "a list of briefs" if all(map(_is_brief, items)) else "a product feed"
    return Products(f"{what} in {language}", products)


def _is_brief(item: Mapping[str, JsonValue]) -> bool:
    return "description" in item and item.keys() <= Brief.model_fields.keys()


def _brief(item: dict[str, JsonValue], row: int) -> Product:
    """A brief in a list, which needs no mapping."""
    sku, product, description, brand = (
        value if isinstance(value := item.get(name), str) else ""
        for name in ("sku", "product", "description", "brand")
    )
    numbers = (sku,) if sku else ()
    return Product(row, numbers, product or description, brand, "", lambda: Draft(item))
