"""The one door for what people name: of any kind of source a brief or a plan, and what to tell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from triptych.brands.read import context_of
from triptych.briefs.check import named_placement, parse
from triptych.briefs.content import Fields, Products, content_of
from triptych.briefs.foreign import refuse_page
from triptych.briefs.products import Draft, choose
from triptych.briefs.sense import check_sense
from triptych.briefs.source import open_source
from triptych.domain import Brief, CampaignPlan
from triptych.errors import BriefError
from triptych.files.json import parse_json
from triptych.files.text import decode, read_bytes
from triptych.files.yaml import parse_yaml
from triptych.run_files import read_file, unreadable

_OF_A_PLAN = ("deliverables", "key_message")
_NAMES_TOLD = 40


@dataclass(frozen=True)
class Understood:
    """What was read out of a source."""

    asked: Brief | CampaignPlan
    form: str
    """What it was: "YAML", "plain text", "a product feed in CSV"."""
    notes: tuple[str, ...] = ()
    """What was guessed, mapped or left out, to be told before work begins."""


def understand(source: str, sku: str | None = None, row: int | None = None) -> Understood:
    """What the user named: a file, `-` for standard input, or the words that are the brief.

    Args:
        source: name of a file or pipe, `-`, or words.
        sku: of the one product to take from a feed.
        row: of it instead, from 1.

    Raises:
        BriefError: saying what is wrong, where, and what to do.
    """
    opened = open_source(source)
    where = opened.where
    if not opened.text.strip():
        raise BriefError(f"{where} is empty.", "Say at least what the product is.")
    refuse_page(opened.text, where)
    content = content_of(opened)
    if isinstance(content, Products):
        draft = choose(content.products, where, sku, row)
        content = Fields(content.form, draft.fields, _notes_on(draft))
    elif sku is not None or row is not None:
        raise BriefError(
            f"{where} is {content.form}, which holds no list of products.",
            "--sku and --row choose from a product feed.",
        )
    is_plan = any(name in content.content for name in _OF_A_PLAN)
    kind = CampaignPlan if is_plan else Brief
    context = context_of(opened.folder, named_placement)
    asked = parse(kind, content.content, where, content.lines, context)
    notes = (*opened.notes, *content.notes, *check_sense(asked, where))
    return Understood(asked, content.form, notes)


def read_brief_or_plan(source: str) -> Brief | CampaignPlan:
    """As `understand`, without what is to be told of it."""
    return understand(source).asked


def read_mapping(path: Path) -> dict[str, JsonValue]:
    """A file that a person named, as a plan: JSON by its types, YAML with text as written.

    Raises:
        BriefError: if it is neither, or no mapping, or cannot be read.
    """
    return _mapping(read_bytes(path), str(path))


def mapping_in(run: Path, name: str) -> dict[str, JsonValue]:
    """As `read_mapping`, of a file in a run folder, which may be a stranger's.

    Raises:
        StoreError: if it cannot be read, is no plain file within the folder, or too large.
        BriefError: if it holds no mapping, or is missing.
    """
    try:
        data = read_file(run, name)
    except FileNotFoundError as error:
        raise BriefError(f"{run / name} is missing.", "Restore it.") from error
    except OSError as error:
        raise unreadable(run / name, error) from error
    return _mapping(data, str(run / name))


def _mapping(data: bytes, where: str) -> dict[str, JsonValue]:
    text = decode(data, where)[0]
    if not text.strip():
        raise BriefError(f"{where} is empty.", "Restore it.")
    is_json = where.lower().endswith(".json")
    value = parse_json(text, where) if is_json else parse_yaml(text, where).value
    if not isinstance(value, dict):
        raise BriefError(f"{where} holds no fields.", "See docs/briefs.md.")
    return value


def _notes_on(draft: Draft) -> tuple[str, ...]:
    """What became of a foreign format's own fields."""
    notes = list(draft.notes)
    if draft.used:
        notes.append(f"Used: {', '.join(draft.used)}.")
    if draft.left:
        more = len(draft.left) - _NAMES_TOLD
        rest = f" and {more} more" if more > 0 else ""
        notes.append(f"Left out: {', '.join(draft.left[:_NAMES_TOLD])}{rest}.")
    return tuple(notes)
