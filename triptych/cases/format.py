"""Aligned cases: one documented format for the starter's renders and for a user's own data.

A case folder holds `cases.jsonl` and the media that it names; `docs/cases.md` tells the format.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    field_validator,
)

from triptych.cases.media import FPS, FRAMES, check_clip, check_image
from triptych.domain import PlanDraft, TextKind, Tone
from triptych.errors import CaseError
from triptych.files.media import MediaError, inside

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = [
    "FPS", "FRAMES", "Case", "Problem", "Split", "check_cases", "check_media", "load_dataset",
    "read_cases", "usable_cases",
]  # fmt: skip

Split = Literal["train", "validation", "test"]
LINES = "cases.jsonl"
MAX_LINE = 2_000_000
"""Bytes of one line; a longer one is no case."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class Case(BaseModel):
    """One aligned case: words, picture and clip that say the same thing."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")
    split: Split
    description: Text
    copy_texts: dict[Tone, dict[TextKind, list[Text]]] = Field(alias="copy")
    """Reference copy by tone and channel; several texts where there are several references."""
    caption: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    attributes: dict[str, JsonValue] = {}
    """Ground truth, where there is any."""
    plan: dict[str, JsonValue] | None = None
    """A plan draft (see `triptych.domain.PlanDraft`)."""
    image: str
    clip: str | None = None
    """A video file, or a folder of frames."""
    tone: Tone | None = None
    channels: list[TextKind] = []
    unseen_combination: bool = False

    @field_validator("image", "clip")
    @classmethod
    def _inside(cls, path: str | None) -> str | None:
        if path is None:
            return None
        pure = PurePosixPath(path)
        outside = pure.is_absolute() or ".." in pure.parts or path[1:2] == ":"
        if not pure.parts or outside or "\\" in path or "\0" in path:
            raise ValueError("a path must be relative to the case folder and stay inside it")
        try:
            path.encode()
        except UnicodeEncodeError as error:
            raise ValueError("a path holds half of a character") from error
        return path

    @field_validator("copy_texts")
    @classmethod
    def _some(
        cls, copy: dict[Tone, dict[TextKind, list[str]]]
    ) -> dict[Tone, dict[TextKind, list[str]]]:
        if not any(texts for by_channel in copy.values() for texts in by_channel.values()):
            raise ValueError("at least one tone and channel must have a text")
        return copy

    @field_validator("plan")
    @classmethod
    def _plan(cls, plan: dict[str, JsonValue] | None) -> dict[str, JsonValue] | None:
        if plan is None:
            return None
        try:
            PlanDraft.model_validate(plan)
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(map(str, fault["loc"]))
            raise ValueError(f"{where}: {fault['msg']}") from error
        return plan

    def to_line(self) -> str:
        """The case as one line of `cases.jsonl`."""
        return self.model_dump_json(by_alias=True, exclude_defaults=True) + "\n"


@dataclass(frozen=True)
class Problem:
    """What is wrong with a case folder, where, and what to do about it."""

    file: str
    line: int
    """From 1; 0 if it is the file as a whole."""
    field: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (where, self.field, self.message) if part)


def read_cases(folder: Path, *, skip_bad: bool = False) -> list[Case]:
    """All cases of a folder, in the order of its lines; media are not opened.

    Raises:
        CaseError: naming file, line and field of the first bad line, unless `skip_bad`; always,
            if `cases.jsonl` cannot be read.
    """
    cases = []
    for _, item in _parse(folder):
        if isinstance(item, Case):
            cases.append(item)
        elif not skip_bad:
            raise CaseError(f"{item[0]}.", item[0].hint)
    return cases


def check_cases(folder: Path, *, media: bool = True) -> list[Problem]:
    """Everything that is wrong with a case folder; empty if it is sound.

    Args:
        folder: with `cases.jsonl`.
        media: also decode every picture and clip.

    Raises:
        CaseError: if `cases.jsonl` cannot be read.
    """
    return _checked(folder, media)[1]


def usable_cases(folder: Path) -> tuple[list[Case], list[Problem]]:
    """The sound cases of a folder, and the problems of the others: for `--skip-bad`."""
    return _checked(folder, True)


def check_media(folder: Path, case: Case, line: int) -> list[Problem]:
    """Decode a case's picture and clip; tells what is missing, torn or of a wrong kind."""
    problems = []
    for field, name, check in (
        ("image", case.image, check_image),
        ("clip", case.clip, check_clip),
    ):
        if name is None:
            continue
        try:
            check(inside(folder, name))
        except MediaError as error:
            problems.append(Problem(LINES, line, field, f"{name} {error}", error.hint))
        except OSError as error:
            message = f"{name} cannot be read ({error.strerror})"
            problems.append(Problem(LINES, line, field, message, "Mend the file's permissions."))
    return problems


def load_dataset(folder: Path, split: Split) -> Dataset:
    """A split as a Hugging Face `datasets.Dataset` with one row a case (needs the extra `train`).

    Columns: id, description, caption, image (decoded to a Pillow picture when it is asked for),
    clip (path or None), and copy, attributes and plan as JSON text, so that cases of different
    shape fit one table.

    Raises:
        CaseError: if a line is bad or the library is not installed.
    """
    try:
        from datasets import Dataset, Features, Image, Value
    except ImportError as error:
        raise CaseError(
            "The library datasets is not installed.", "pip install 'triptych[train]'"
        ) from error
    text = Value("string")
    columns = ("id", "description", "caption", "image", "clip", "copy", "attributes", "plan")
    features = Features({column: text for column in columns} | {"image": Image()})
    rows = [_row(folder, case) for case in read_cases(folder) if case.split == split]
    return Dataset.from_dict({c: [row[c] for row in rows] for c in columns}, features=features)


def _row(folder: Path, case: Case) -> dict[str, str | None]:
    return {
        "id": case.id,
        "description": case.description,
        "caption": case.caption,
        "image": str(folder / case.image),
        "clip": str(folder / case.clip) if case.clip else None,
        "copy": json.dumps(case.copy_texts, ensure_ascii=False),
        "attributes": json.dumps(case.attributes, ensure_ascii=False),
        "plan": json.dumps(case.plan, ensure_ascii=False),
    }


def _checked(folder: Path, media: bool) -> tuple[list[Case], list[Problem]]:
    cases: list[Case] = []
    problems: list[Problem] = []
    line = 0
    for line, item in _parse(folder):
        faults = (
            item if isinstance(item, list) else check_media(folder, item, line) if media else []
        )
        problems += faults
        if not faults and isinstance(item, Case):
            cases.append(item)
    if not line:
        problems.append(Problem(LINES, 0, "", "holds no case", "Write one case a line."))
    return cases, problems


def _parse(folder: Path) -> Iterator[tuple[int, Case | list[Problem]]]:
    """Line number and case, or what is wrong with the line; blank lines are passed over."""
    path = folder / LINES
    try:
        file = path.open("rb")
    except OSError as error:
        raise CaseError(
            f"{path} cannot be read: {error.strerror}.",
            "A case folder holds cases.jsonl; see docs/cases.md.",
        ) from error
    seen: dict[str, int] = {}
    with file:
        number = 0
        while raw := file.readline(MAX_LINE + 1):
            number += 1
            if len(raw) > MAX_LINE:
                while raw and not raw.endswith(b"\n"):
                    raw = file.readline(MAX_LINE)
                yield number, [Problem(LINES, number, "", "the line is too long", _ONE_LINE)]
            elif raw.strip():
                item = _parse_line(raw, number)
                if isinstance(item, Case):
                    before = seen.setdefault(item.id, number)
                    if before != number:
                        message = f"{item.id} is line {before}'s already"
                        item = [Problem(LINES, number, "id", message, "Give each case its own.")]
                yield number, item


_ONE_LINE = "A line is one JSON object; see docs/cases.md."


def _parse_line(raw: bytes, number: int) -> Case | list[Problem]:
    try:
        return Case.model_validate(json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8")))
    except UnicodeDecodeError:
        return [Problem(LINES, number, "", "not UTF-8 text", "Save the file as UTF-8.")]
    except json.JSONDecodeError as error:
        where = f"not JSON: {error.msg} at column {error.colno}"
        return [Problem(LINES, number, "", where, _ONE_LINE)]
    except ValidationError as error:
        return [
            Problem(
                LINES,
                number,
                ".".join(map(str, fault["loc"])),
                fault["msg"].removeprefix("Value error, "),
                "See docs/cases.md for the fields.",
            )
            for fault in error.errors(include_url=False)[:5]
        ]
    except (RecursionError, ValueError):
        return [Problem(LINES, number, "", "nested too deep or a number too long", _ONE_LINE)]
