"""Raters' files merged: mean ratings with intervals, and how far the raters agree."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from triptych.errors import StoreError
from triptych.evaluation.bootstrap import Interval, mean_interval
from triptych.evaluation.ratings.agreement import krippendorff_alpha
from triptych.evaluation.ratings.page import StudyKey
from triptych.evaluation.ratings.questions import BY_KEY

COLLECTED = "ratings.json"
_MOST_BYTES = 5_000_000

Rating = Annotated[int, Field(ge=1, le=5, strict=True)]


class RaterFile(BaseModel):
    """What the rating page saves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    study: str
    rater: Annotated[str, Field(min_length=1, max_length=60)]
    ratings: dict[str, dict[str, Rating]]


class Collected(BaseModel):
    """A study's outcome."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = 1
    study: str
    raters: int
    ratings: int
    means: dict[str, dict[str, Interval]]
    """Method to question: mean over items of the raters' mean; n counts items."""
    alpha_ordinal: dict[str, float | None]
    """Question to α."""
    alpha_interval: dict[str, float | None]


def read_rater(path: Path, key: StudyKey) -> RaterFile:
    """A rater's file, checked against the study. Raises `StoreError` that names the fault."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise StoreError(f"{path} is too large for a rater's file.")
        file = RaterFile.model_validate(json.loads(path.read_bytes()))
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise StoreError(
            f"{path}: {where}: {first['msg']}.", "Collect the files that the rating page saved."
        ) from error
    except (ValueError, RecursionError) as error:
        raise StoreError(
            f"{path} is not JSON.", "Collect the files that the rating page saved."
        ) from error
    if file.study != key.study:
        raise StoreError(
            f"{path} belongs to another study ({file.study}, not {key.study}).",
            "Name the key.json that was written with its page.",
        )
    for item, answers in file.ratings.items():
        if item not in key.items:
            raise StoreError(f"{path}: the study has no item {item!r}.")
        for question in answers:
            if question not in BY_KEY:
                raise StoreError(f"{path}: the study has no question {question!r}.")
    return file


def collect(files: Sequence[Path], key: StudyKey) -> Collected:
    """Merge raters' files.

    Raises:
        StoreError: if a file is faulty, or two files are one rater's.
    """
    raters: dict[str, RaterFile] = {}
    for path in files:
        file = read_rater(path, key)
        if file.rater in raters:
            raise StoreError(
                f"{path}: there is a file of {file.rater!r} already.",
                "Keep each rater's latest file alone.",
            )
        raters[file.rater] = file
    given = {
        question: {
            item: [one.ratings.get(item, {}).get(question) for one in raters.values()]
            for item in key.items
        }
        for question in BY_KEY
    }
    return Collected(
        study=key.study,
        raters=len(raters),
        ratings=sum(len(a) for one in raters.values() for a in one.ratings.values()),
        means=_means(given, key),
        alpha_ordinal={q: krippendorff_alpha(list(v.values())) for q, v in given.items()},
        alpha_interval={
            q: krippendorff_alpha(list(v.values()), "interval") for q, v in given.items()
        },
    )


def _means(
    given: dict[str, dict[str, list[int | None]]], key: StudyKey
) -> dict[str, dict[str, Interval]]:
    means: dict[str, dict[str, Interval]] = {}
    for question, items in given.items():
        by_method: dict[str, list[float]] = {}
        for item, values in items.items():
            ratings = [value for value in values if value is not None]
            if ratings:
                by_method.setdefault(key.items[item][0], []).append(float(np.mean(ratings)))
        for method, values in by_method.items():
            means.setdefault(method, {})[question] = mean_interval(values)
    return means


def read_collected(out: Path) -> Collected | None:
    """The ratings of an evaluation; None if nobody has rated it."""
    path = out / "ratings" / COLLECTED
    try:
        return Collected.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise StoreError(
            f"{path} cannot be read.", "Collect the raters' files again with `triptych rate`."
        ) from error
