"""The stored outcome of an evaluation: figures with intervals, and the rows that they come from."""

from __future__ import annotations

import platform
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from triptych.errors import StoreError
from triptych.evaluation.bootstrap import Interval, Statistic, interval
from triptych.evaluation.frechet import NAMES, distance_apart, frechet_distance
from triptych.evaluation.items import EvalSettings, Item
from triptych.evaluation.measure import Measured
from triptych.evaluation.metrics import METRICS
from triptych.evaluation.text_metrics import corpus_bleu
from triptych.methods.table import Method
from triptych.store import write_whole

RESULTS = "results.json"
_FRECHET_RESAMPLES = 200


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Machine(_Stored):
    """On what it was measured."""

    system: str
    processor: str
    cores: int
    accelerator: str
    python: str
    torch: str


class MethodResult(_Stored):
    """All that is known of a method."""

    title: str
    about: str
    figures: dict[str, Interval]
    rows: dict[str, dict[str, float]]
    """By case."""
    bleu: dict[str, list[int]]
    errors: dict[str, str] = {}
    """By case, in words."""


class Results(_Stored):
    """An evaluation, whole."""

    version: int = 1
    created: str
    commit: str
    machine: Machine
    settings: EvalSettings
    cases: str
    """Name of the case folder."""
    count: int
    with_clip: int
    instruments: dict[str, str]
    """What measured: name and revision by kind."""
    names: dict[str, str]
    """What the Fréchet distances are to be called."""
    unseen: list[str] = []
    """Cases whose combination of values is in no training case."""
    methods: dict[str, MethodResult]


def summarise(
    method: Method, items: Sequence[Item], measured: Measured, reference: Measured
) -> MethodResult:
    """A method's figures with 95 % intervals.

    Args:
        method: which.
        items: its items, for the errors among them.
        measured: what was measured of them.
        reference: what was measured of the reference material, for Fréchet distances; the same
            as `measured` for the reference itself.
    """
    figures = {}
    for metric in METRICS:
        statistic = statistic_of(metric.key, measured.rows, measured.bleu)
        if statistic is not None:
            figures[metric.key] = interval(*statistic)
    for part in ("image", "clip"):
        figures |= _frechet(measured, reference, part)
    return MethodResult(
        title=method.title,
        about=method.about,
        figures=figures,
        rows=measured.rows,
        bleu=measured.bleu,
        errors={item.case: item.message for item in items if item.status == "error"},
    )


def statistic_of(
    key: str,
    rows: Mapping[str, Mapping[str, float]],
    bleu: Mapping[str, Sequence[int]],
    cases: Sequence[str] | None = None,
) -> tuple[Statistic, int] | None:
    """A metric as a function of resampled cases, and of how many; None if no case has it.

    Args:
        key: of the metric.
        rows: by case.
        bleu: counts by case.
        cases: which, in what order; by default all that have the metric.
    """
    if key == "bleu":
        ids = [case for case in (cases or bleu) if case in bleu]
        counts = np.array([bleu[case] for case in ids], dtype=np.int64)
        return (lambda places: corpus_bleu(counts[places]), len(ids)) if ids else None
    ids = [case for case in (cases or rows) if key in rows.get(case, {})]
    values = np.array([rows[case][key] for case in ids])
    return (lambda places: float(values[places].mean()), len(ids)) if ids else None


def frechet_key(measured: Measured, part: str) -> str | None:
    """Which features the distances are on: the published network's if it is there."""
    order = ("inception", "judge", "clip") if part == "image" else ("i3d", "judge", "clip")
    return next((f"{kind}/{part}" for kind in order if f"{kind}/{part}" in measured.features), None)


def frechet_names(measured: Measured) -> dict[str, str]:
    """What the distances are to be called, by figure."""
    names = {}
    for part in ("image", "clip"):
        key = frechet_key(measured, part)
        if key:
            names[f"frechet_{part}"] = NAMES[key.split("/")[0], part]  # type: ignore[index]
    return names


def _frechet(measured: Measured, reference: Measured, part: str) -> dict[str, Interval]:
    """The distance to the reference's same cases, and that to its other half (`…_apart`)."""
    key = frechet_key(reference, part)
    if key is None or key not in measured.features:
        return {}
    ids, features = measured.features[key]
    real_ids, real = reference.features[key]
    shared = sorted(set(ids) & set(real_ids))
    shared = [shared[place] for place in np.random.default_rng(0).permutation(len(shared))]
    left = features[[ids.index(case) for case in shared]]
    right = real[[real_ids.index(case) for case in shared]]
    half = len(shared) // 2

    def distance(places: NDArray[np.int64]) -> float:
        return frechet_distance(left[places], right[places])

    def apart(places: NDArray[np.int64]) -> float:
        # Each half is resampled on its own, so that no case is in both.
        within = places % half + np.repeat((0, half), half)
        return distance_apart(left[within], right[within])

    distances = {}
    if measured is not reference and half >= 1:
        distances[f"frechet_{part}"] = _spread_around(distance, len(shared))
    if half >= 2:
        distances[f"frechet_{part}_apart"] = _spread_around(apart, 2 * half)
    return distances


def _spread_around(distance: Statistic, count: int) -> Interval:
    """The distance and how far it spreads over resamples of the cases.

    Resampled sets repeat cases, which puts all of them further apart: only their spread is used.
    """
    drawn = interval(distance, count, resamples=_FRECHET_RESAMPLES)
    half = (drawn.high - drawn.low) / 2
    return drawn.model_copy(
        update={"low": max(drawn.value - half, 0.0), "high": drawn.value + half}
    )


def read_results(path: Path) -> Results:
    """Results of a folder or file. Raises `StoreError` if they are missing or torn."""
    file = path / RESULTS if path.is_dir() else path
    try:
        return Results.model_validate_json(file.read_bytes())
    except OSError as error:
        raise StoreError(
            f"{file} cannot be read: {error.strerror}.", "`triptych eval` makes it."
        ) from error
    except ValidationError as error:
        raise StoreError(
            f"{file} holds no results: {error.errors()[0]['msg']}.", "Run `triptych eval` again."
        ) from error


def write_results(results: Results, out: Path) -> None:
    """Store results in a folder, whole or not at all."""
    write_whole(out / RESULTS, results.model_dump_json(indent=1).encode())


def this_machine() -> Machine:
    """What this is running on."""
    import os

    import torch

    accelerator = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "none"
    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        processor=_processor(),
        cores=os.cpu_count() or 1,
        accelerator=accelerator,
        python=platform.python_version(),
        torch=torch.__version__,
    )


def this_commit() -> str:
    """The commit of the code that runs, marked if it was changed since; else the version."""
    here = Path(__file__).parent
    try:
        process = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=here, capture_output=True, text=True, check=True, timeout=10,
        )  # fmt: skip
        return process.stdout.strip()
    except (OSError, subprocess.SubprocessError):
        from importlib.metadata import version

        return f"version {version('triptych')}"


def now() -> str:
    """Date and time in UTC, to the minute."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        return platform.processor() or "unknown"
    return platform.processor() or "unknown"
