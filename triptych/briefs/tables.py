"""Rows of products out of CSV, TSV, XML, RSS and JSON: columns by name, values as written."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from xml.etree.ElementTree import Element

from pydantic import JsonValue

from triptych.briefs.products import MAX_PRODUCTS
from triptych.errors import BriefError
from triptych.files.xml import parse_xml

Row = Mapping[str, tuple[str, ...]]
"""Values by the normal name of their column; most columns have one, none is empty."""

_DELIMITERS = ",;\t|"
_MOST_COLUMNS = 1_000
_MOST_TAGS = 500_000
_ITEMS = ("item", "entry", "product")
"""Elements that are a product: of RSS, of Atom, and of feeds that shops make up themselves."""


@lru_cache(maxsize=4096)
def normal(name: str) -> str:
    """A column's name as it is looked up: `g:salePrice`, `Sale Price` are both `sale_price`."""
    name = unicodedata.normalize("NFKC", name[:200]).strip().removeprefix("g:")
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", name).lower()
    return re.sub(r"\W+", "_", name).strip("_")


def table_rows(text: str, where: str, delimiter: str | None = None) -> list[Row]:
    """The rows of a table with a heading.

    Args:
        text: of a CSV or TSV file.
        where: it comes from, for messages.
        delimiter: between cells; told from the heading where it is None.

    Raises:
        BriefError: naming the row, if a quote is not closed or a row has too many cells.
    """
    text = text.lstrip("\n")
    if match := re.match(r'"?sep=(.)"?\n', text):
        delimiter, text = match[1], text[match.end() :]
    delimiter = delimiter or delimiter_of(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    try:
        heading = [normal(name) for name in islice(next(lines, []), _MOST_COLUMNS + 1)]
        if len(heading) > _MOST_COLUMNS:
            raise BriefError(f"{where} has more than {_MOST_COLUMNS} columns.", "Cut it.")
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            number = len(rows) + 1
            if any(cell.strip() for cell in cells[len(heading) :]):
                raise BriefError(
                    f"Row {number} of {where} has {len(cells)} cells under {len(heading)} columns.",
                    "A value that holds the sign between cells stands in quotes.",
                )
            rows.append(_row(zip(heading, cells, strict=False)))
            if number > MAX_PRODUCTS:
                break
    except csv.Error as error:
        raise BriefError(
            f"{where} is not a whole table near line {lines.line_num}: {error}.",
            "Close each quote, and write a quote within a value twice.",
        ) from error
    return rows


def delimiter_of(text: str) -> str:
    """The sign between cells of a table, by its heading."""
    heading = text.lstrip("\n").partition("\n")[0]
    return max(_DELIMITERS, key=heading.count)


def heading_of(text: str) -> list[str]:
    """Normal names of the columns that a text has, were it a table; at most 1,000."""
    heading = text.lstrip("\n").partition("\n")[0][:20_000]
    cells = heading.split(delimiter_of(text), _MOST_COLUMNS)
    return [normal(cell.strip('" ')) for cell in cells]


def xml_rows(text: str, where: str) -> list[Row]:
    """The products of an XML, RSS or Atom feed; none if it holds no such elements.

    Raises:
        BriefError: if it is not XML, or declares a document type (entities are never expanded).
    """
    root = parse_xml(text, where, _MOST_TAGS)
    for tag in _ITEMS:
        items = [one for one in root.iter() if _local(one) == tag]
        if items:
            return [_row(_children(one)) for one in items[: MAX_PRODUCTS + 1]]
    return []


def object_row(item: dict[str, JsonValue]) -> Row:
    """A JSON object as a row: objects within it become columns such as `shipping_price`."""
    return _row(_flat("", item, 0))


def _local(element: Element) -> str:
    return normal(str(element.tag).rpartition("}")[2])


def _children(item: Element) -> Iterator[tuple[str, str]]:
    # Google's own elements first: beside them RSS has a `title` of the same meaning.
    for child in sorted(item, key=lambda one: "base.google.com" not in str(one.tag)):
        name = _local(child)
        if len(child) and name not in ("description", "summary", "content"):
            for below in child:
                yield f"{name}_{_local(below)}", "".join(below.itertext())
        else:
            yield name, "".join(child.itertext()) or child.get("href", "")


def _flat(name: str, value: JsonValue, depth: int) -> Iterator[tuple[str, str]]:
    match value:
        case {"value": str() as amount, "currency": str() as currency} | {
            "amount": str() as amount,
            "currencyCode": str() as currency,
        }:
            yield name, f"{amount} {currency}"
        case dict() if depth < 4:
            for key, below in value.items():
                yield from _flat(f"{name}_{key}" if name else key, below, depth + 1)
        case list() if depth < 4:
            for item in value[:50]:
                yield from _flat(name, item, depth + 1)
        case bool() | str():
            yield name, str(value)
        case _:
            pass


def _row(cells: Iterable[tuple[str, str]]) -> Row:
    row: dict[str, tuple[str, ...]] = {}
    for name, value in cells:
        value = value.strip()
        name = normal(name)
        if name and value and value not in row.get(name, ()):
            row[name] = (*row.get(name, ()), value)[:50]
    return row
