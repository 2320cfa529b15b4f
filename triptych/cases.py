"""Aligned cases: one documented format for the starter's renders and for a user's own data.

A case folder holds `cases.jsonl` and the media that it names; `docs/cases.md` tells the format.
"""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from triptych.domain import Channel, Tone
from triptych.errors import CaseError

Split = Literal["train", "validation", "test"]
MAX_PIXELS = 64_000_000
FRAMES, FPS = 16, 8


class Case(BaseModel):
    """One aligned case: words, picture and clip that say the same thing."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")
    split: Split
    description: str = Field(min_length=1, max_length=20_000)
    copy_texts: dict[Tone, dict[Channel, list[str]]] = Field(alias="copy")
    """Reference copy by tone and channel; several texts where there are several references."""
    caption: str = Field(min_length=1, max_length=1000)
    attributes: dict[str, Any] = {}
    """Ground truth, where there is any."""
    plan: dict[str, Any] | None = None
    """A plan draft (see `triptych.domain.PlanDraft`)."""
    image: str
    clip: str | None = None
    """A video file, or a folder of frames."""
    tone: Tone | None = None
    channels: list[Channel] = []
    unseen_combination: bool = False

    @field_validator("image", "clip")
    @classmethod
    def _inside(cls, path: str | None) -> str | None:
        if path is None:
            return None
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or "\\" in path or "\0" in path:
            raise ValueError("a path must be relative to the case folder and stay inside it")
        return path

    def to_line(self) -> str:
        """The case as one line of `cases.jsonl`."""
        return self.model_dump_json(by_alias=True, exclude_defaults=True) + "\n"


@dataclass(frozen=True)
class Problem:
    """What is wrong with a case folder, and where."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return (
            f"{where}: {self.field}: {self.message}" if self.field else f"{where}: {self.message}"
        )


def _parse(folder: Path) -> Iterator[tuple[int, Case | Problem]]:
    path = folder / "cases.jsonl"
    try:
        file = open(path, encoding="utf-8")  # noqa: SIM115 - closed by `with` below
    except OSError as error:
        raise CaseError(
            f"{path} cannot be read: {error.strerror or error}.",
            "A case folder holds cases.jsonl; see docs/cases.md.",
        ) from error
    seen: Counter[str] = Counter()
    with file:
        number = 0
        while True:
            number += 1
            try:
                line = file.readline()
            except UnicodeDecodeError:
                yield number, Problem("cases.jsonl", number, "", "not UTF-8 text")
                return
            if not line:
                return
            if not line.strip():
                continue
            try:
                case = Case.model_validate(json.loads(line))
            except json.JSONDecodeError as error:
                yield number, Problem("cases.jsonl", number, "", f"not JSON: {error.msg}")
                continue
            except (ValidationError, RecursionError) as error:
                first = error.errors()[0] if isinstance(error, ValidationError) else {}
                where = ".".join(map(str, first.get("loc", ())))
                yield number, Problem("cases.jsonl", number, where, first.get("msg", "too deep"))
                continue
            seen[case.id] += 1
            if seen[case.id] == 2:
                yield number, Problem("cases.jsonl", number, "id", f"{case.id} is there twice")
            elif seen[case.id] == 1:
                yield number, case


def read_cases(folder: Path, *, skip_bad: bool = False) -> list[Case]:
    """All cases of a folder, in the order of its lines; media are not opened.

    Raises:
        CaseError: naming file, line and field of the first bad line, unless `skip_bad`.
    """
    cases = []
    for _, item in _parse(folder):
        if isinstance(item, Case):
            cases.append(item)
        elif not skip_bad:
            raise CaseError(str(item), "Mend the line, or leave it out with --skip-bad.")
    return cases


def check_cases(folder: Path, *, media: bool = True) -> list[Problem]:
    """Everything that is wrong with a case folder; empty if it is sound.

    Args:
        folder: with `cases.jsonl`.
        media: also open every image and decode every clip.
    """
    problems = []
    for number, item in _parse(folder):
        if isinstance(item, Problem):
            problems.append(item)
        elif media:
            problems += check_media(folder, item, number)
    return problems


def usable_cases(folder: Path) -> tuple[list[Case], list[Problem]]:
    """The sound cases of a folder, and the problems of the others: for `--skip-bad`."""
    cases, problems = [], []
    for number, item in _parse(folder):
        found = [item] if isinstance(item, Problem) else check_media(folder, item, number)
        problems += found
        if not found and isinstance(item, Case):
            cases.append(item)
    return cases, problems


def check_media(folder: Path, case: Case, number: int) -> list[Problem]:
    """Open a case's image and decode its clip; tells what is missing, torn or of a wrong kind."""
    problems = []
    for field, name in (("image", case.image), ("clip", case.clip)):
        if name is None:
            continue
        path = folder / name
        try:
            if not path.resolve().is_relative_to(folder.resolve()):
                raise ValueError("leads out of the case folder")
            if not path.exists():
                raise ValueError("is missing")
            if field == "image" or path.is_dir():
                frames = [path] if path.is_file() else sorted(path.iterdir())
                for frame in frames:
                    _check_image(frame)
                count = len(frames)
            else:
                count = _check_clip(path)
            if field == "clip" and count < 2:
                raise ValueError(f"has {count} frames; a clip needs at least 2")
        except (OSError, ValueError) as error:
            problems.append(Problem("cases.jsonl", number, field, f"{name} {error}"))
    return problems


def _check_image(path: Path) -> None:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=["PNG", "JPEG", "WEBP"]) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise ValueError(f"has {image.width}×{image.height} pixels, too many")
                image.load()
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise ValueError("has far too many pixels (an image bomb?)") from error
        except (OSError, SyntaxError, EOFError) as error:
            raise ValueError(f"is no whole image ({type(error).__name__})") from error


def _check_clip(path: Path) -> int:
    import av

    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise ValueError("holds no video")
            count = 0
            for frame in container.decode(video=0):
                if frame.width * frame.height > MAX_PIXELS:
                    raise ValueError("has frames of too many pixels")
                count += 1
                if count > 100_000:
                    raise ValueError("has more than 100 000 frames")
            return count
    except av.error.FFmpegError as error:
        raise ValueError(f"is no whole video ({type(error).__name__})") from error


def load_dataset(folder: Path, split: Split) -> Any:
    """A split as a Hugging Face `datasets.Dataset` with one row a case (needs the extra `train`).

    Columns: id, description, caption, image (path), clip (path or None), copy, attributes and plan
    as JSON text, so that cases of different shape fit one table.
    """
    from datasets import Dataset

    rows = [
        {
            "id": case.id,
            "description": case.description,
            "caption": case.caption,
            "image": str(folder / case.image),
            "clip": str(folder / case.clip) if case.clip else None,
            "copy": json.dumps(case.copy_texts),
            "attributes": json.dumps(case.attributes),
            "plan": json.dumps(case.plan),
        }
        for case in read_cases(folder)
        if case.split == split
    ]
    return Dataset.from_list(rows)
