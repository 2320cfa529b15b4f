"""Reading briefs and plans: YAML, JSON, or one sentence; every mistake named in plain words."""

from __future__ import annotations

from pathlib import Path
from reprlib import Repr
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from triptych.domain import (
    CHANNELS,
    TONES,
    Brief,
    Budget,
    CampaignPlan,
    Deliverable,
    Record,
    SearchChoice,
)
from triptych.errors import BriefError
from triptych.safe_text import visible

MAX_BYTES = 1_000_000

Model = TypeVar("Model", bound=Record)


def read_brief_or_plan(source: str) -> Brief | CampaignPlan:
    """What the user named: a file with a brief or a plan, or a sentence that is the brief.

    Raises:
        BriefError: saying what is wrong, where, and what to do.
    """
    path = Path(source)
    try:
        is_file = len(source) < 4096 and "\n" not in source and path.is_file()
        is_folder = len(source) < 4096 and path.is_dir()
    except (OSError, ValueError):
        is_file = is_folder = False
    if is_folder:
        raise BriefError(f"{source} is a folder.", "Name a brief file, or `triptych resume` a run.")
    if not is_file:
        if path.suffix.lower() in (".yaml", ".yml", ".json") and " " not in source.strip():
            raise BriefError(f"There is no file {source}.", "Check the name.")
        return parse(Brief, {"description": source}, "the sentence")
    content = read_mapping(path)
    if "deliverables" in content or "key_message" in content:
        return parse(CampaignPlan, content, str(path))
    return parse(Brief, content, str(path))


def read_text(path: Path) -> str:
    """A text file of at most 1 MB. Raises `BriefError` if it is none or cannot be read."""
    try:
        with open(path, "rb") as file:  # a device or a pipe has no size to ask for
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise BriefError(f"{path} is larger than 1 MB.", "A brief is a page or two of text.")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BriefError(f"{path} is not text.", "A brief is YAML, JSON or plain words.") from error
    except OSError as error:
        raise BriefError(f"{path} cannot be read: {error.strerror}.", "Check the name.") from error


def read_mapping(path: Path) -> dict[str, Any]:
    """A YAML or JSON file as a mapping. Raises `BriefError` for anything else."""
    text = read_text(path)
    if not text.strip():
        raise BriefError(f"{path} is empty.", "Say at least what the product is.")
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise BriefError(
            f"{path} is not valid YAML or JSON{where}.", "Check the indentation."
        ) from error
    if isinstance(content, str):
        return {"description": content}
    if not isinstance(content, dict):
        raise BriefError(
            f"{path} holds a list or a number, not a brief.", "See examples/brief.yaml."
        )
    return content


def parse(kind: type[Model], content: dict[str, Any], where: str) -> Model:
    """Validate content; raises `BriefError` naming the first wrong field."""
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BriefError(f"In {where}: {_in_words(field, first)}", _hint(kind, field)) from error


def _in_words(field: str, problem: Any) -> str:
    value = _shown(problem.get("input"))
    match problem["type"]:
        case "missing":
            return f"`{field}` is missing."
        case "extra_forbidden":
            return f"`{field}` is not a field."
        case "string_too_short":
            return f"`{field}` is empty."
        case "literal_error":
            return f"`{field}` cannot be {value}."
        case "string_too_long":
            return f"`{field}` is longer than {problem['ctx']['max_length']} characters."
        case "value_error":
            problem = {"msg": str(problem["ctx"]["error"]).capitalize()}
            return f"`{field}`: {problem['msg']}." if field else f"{problem['msg']}."
        case _:
            return f"`{field}` cannot be {value}: {problem['msg']}."


def _shown(value: Any) -> str:
    """A value in few characters, however deep it is: YAML can nest a value in itself."""
    short = Repr()
    short.maxlevel, short.maxstring, short.maxother = 1, 60, 60
    return short.repr(value)[:80]


def _hint(kind: type[Record], field: str) -> str:
    """What may stand there: the fields of the innermost record that a wrong field lies in."""
    if "channel" in field:
        return f"Channels are {', '.join(CHANNELS)}."
    if "tone" in field:
        return f"Tones are {', '.join(TONES)}."
    within = {"budget": Budget, "brief": Brief, "search": SearchChoice, "deliverables": Deliverable}
    for name in field.split(".")[:-1]:
        kind = within.get(name, kind)
    names = {Brief: "a brief", Budget: "a budget", CampaignPlan: "a plan"}
    return f"Fields of {names.get(kind, 'it')} are {', '.join(kind.model_fields)}."


def to_yaml(record: Record) -> str:
    """A record as YAML that people can edit and that reads back the same."""
    content = record.model_dump(mode="json", exclude_defaults=True)
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    if visible(text, lines=True) == text:
        return text
    # Something in it would steer or hide when it is shown: all but ASCII is written as escapes.
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=False, width=100)
