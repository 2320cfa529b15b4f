"""The names and tables of an export: what each file is called, and what is written beside them."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from triptych.channels import Placement, find_placement
from triptych.channels.counting import length as measured
from triptych.domain import CampaignPlan, Candidate, Creative, Deliverable

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain(text: str, most: int = 40) -> str:
    """A text as part of a file's name: ASCII letters, digits and hyphens; never empty."""
    ascii_ = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", ascii_).strip("-")[:most].strip("-")
    return name or "campaign"


def product_of(plan: CampaignPlan) -> str:
    """What the campaign's files are called after."""
    brief = plan.brief
    return plain(brief.product or brief.brand or plan.key_message)


def file_name(plan: CampaignPlan, creative: Creative) -> str:
    """Where a creative goes: `placement/product-language-variant-size.ending`."""
    ending = creative.file.path.rpartition(".")[2]
    size = f"{creative.width}x{creative.height}"
    name = f"{product_of(plan)}-{creative.language.lower()}-{creative.variant}-{size}.{ending}"
    return f"{creative.placement}/{name}"


def tagged(url: str, placement: Placement, plan: CampaignPlan, content: str) -> str:
    """A link with UTM parameters; those that it has already are kept.

    Args:
        url: where the campaign leads.
        placement: that the link is for: its platform is the source.
        plan: the campaign's.
        content: which creative it belongs to.
    """
    parts = urlsplit(url if "://" in url else f"https://{url}")
    given = parse_qsl(parts.query, keep_blank_values=True)
    known = {name for name, _ in given}
    medium = "email" if placement.platform == "E-mail" else "paid-social"
    if placement.platform in ("Google Ads", "IAB display"):
        medium = "display"
    utm = {
        "utm_source": plain(placement.platform),
        "utm_medium": medium,
        "utm_campaign": product_of(plan),
        "utm_content": content,
    }
    query = urlencode([*given, *((key, one) for key, one in utm.items() if key not in known)])
    return urlunsplit(parts._replace(query=query))


def copy_table(
    plan: CampaignPlan, copies: Iterable[tuple[Deliverable, Candidate]]
) -> list[list[str]]:
    """All texts of a campaign: placement, language, field, text, characters, limit."""
    rows = [["placement", "language", "field", "text", "characters", "limit"]]
    for deliverable, copy in copies:
        placement = find_placement(deliverable.channel)
        fields = {one.name: one for one in placement.fields}
        for text in copy.texts:
            field = fields.get(text.field)
            limit = "" if field is None or field.limit is None else str(field.limit)
            counted = str(measured(text.text, placement.counting))
            rows.append(
                [placement.name, deliverable.language, text.field, text.text, counted, limit]
            )
    return rows


def google_rows(copies: Sequence[tuple[Deliverable, Candidate]], url: str) -> list[list[str]]:
    """Columns of Google Ads Editor for responsive display ads; empty without such a placement."""
    for deliverable, copy in copies:
        if find_placement(deliverable.channel).platform != "Google Ads":
            continue
        by_field: dict[str, list[str]] = {}
        for text in copy.texts:
            by_field.setdefault(text.field, []).append(text.text)
        headlines, descriptions = by_field.get("headline", []), by_field.get("description", [])
        header = ["Ad type", "Final URL", "Business name", "Long headline 1"]
        row = [
            "Responsive display ad",
            url,
            next(iter(by_field.get("business_name", [])), ""),
            next(iter(by_field.get("long_headline", [])), ""),
        ]
        for name, texts in (("Headline", headlines), ("Description", descriptions)):
            for number, text in enumerate(texts[:5], start=1):
                header.append(f"{name} {number}")
                row.append(text)
        return [header, row]
    return []


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """A table as CSV in UTF-8 with a mark, so that spreadsheets read it; a text that one would
    take for a formula gets an apostrophe before it."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([f"'{one}" if one.startswith(_FORMULA) else one for one in row])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()
