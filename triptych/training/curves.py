"""Training curves from the stages' logs: losses by part, and the trend of CLIP similarity.

The method's Figures 1 and 2. A joint stage logs the four parts of L_total; every other stage's loss
is one of them, and is drawn where it belongs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from triptych.errors import TriptychError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ORDER = (
    "autoencoder",
    "clip",
    "evaluation_clip",
    "denoiser",
    "text",
    "latents",
    "words",
    "connector",
    "image",
    "decoder",
    "upscaler",
    "video",
    "joint",
)
PARTS = {
    "text": ("α · text", "#2a78d6"),
    "image": ("β · image", "#1baf7a"),
    "video": ("γ · video", "#eda100"),
    "align": ("δ · alignment", "#e34948"),
}
"""Name and colour of each part of L_total."""
PART_OF_STAGE = {
    "denoiser": "image",
    "text": "text",
    "latents": "text",
    "connector": "image",
    "image": "image",
    "video": "video",
}
"""Which part of L_total a stage's own loss is."""
OTHERS = ("#4a3aa7", "#e87ba4", "#eb6834", "#008300", "#52514e")
INK, QUIET, GRID = "#0b0b0b", "#52514e", "#e3e2de"

Series = tuple[list[int], list[float]]


@dataclass
class Log:
    """What a stage logged: steps and values by figure, of training and of validation."""

    train: dict[str, Series] = field(default_factory=dict)
    validation: dict[str, Series] = field(default_factory=dict)


def read_log(path: Path) -> Log:
    """A stage's `log.jsonl`; a line that was cut off in writing is passed over."""
    log = Log()
    for line in path.read_text().splitlines():
        try:
            entry = json.loads(line)
            series = {"train": log.train, "validation": log.validation}[entry.pop("kind")]
            step = int(entry.pop("step"))
        except (ValueError, KeyError):
            continue
        for name, value in entry.items():
            steps, values = series.setdefault(name, ([], []))
            steps.append(step)
            values.append(float(value))
    return log


def read_logs(work: Path) -> dict[str, Log]:
    """The logs of a work folder's stages, in the order of training."""
    paths = {path.parent.name: path for path in work.glob("*/log.jsonl")}
    names = [*(s for s in ORDER if s in paths), *sorted(set(paths) - set(ORDER))]
    return {name: read_log(paths[name]) for name in names}


def running_mean(values: Sequence[float], window: int) -> np.ndarray:
    """Mean over the last `window` values, of fewer at the beginning."""
    sums = np.concatenate(([0.0], np.cumsum(values)))
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - window, 0)
    return (sums[ends] - sums[starts]) / (ends - starts)


def draw_curves(work: Path, path: Path) -> Path:
    """Draw one panel a stage, and one of the similarity over all of them.

    Args:
        work: folder whose subfolders hold a `log.jsonl` each.
        path: the picture to write.

    Raises `TriptychError` if nothing was logged or matplotlib is missing.
    """
    logs = read_logs(work)
    if not logs:
        raise TriptychError(f"There is no log.jsonl in the folders of {work}.", "Train first.")
    trend = _similarities(logs)
    figure, axes = _panels(len(logs) + bool(trend))
    for axis, (stage, log) in zip(axes, logs.items(), strict=False):
        _draw_losses(axis, stage, log)
    if trend:
        _draw_trend(axes[len(logs)], trend)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    figure.savefig(temporary, format="png", dpi=130, facecolor="white")
    temporary.replace(path)
    return path


def losses_figure(logs: Mapping[str, Log]) -> Figure | None:
    """A matplotlib figure with a panel a stage (the method's Figure 1); None without logs."""
    if not logs:
        return None
    figure, axes = _panels(len(logs))
    for axis, (stage, log) in zip(axes, logs.items(), strict=False):
        _draw_losses(axis, stage, log)
    return figure


def trend_figure(logs: Mapping[str, Log]) -> Figure | None:
    """A matplotlib figure of the similarity (the method's Figure 2); None if none was logged."""
    trend = _similarities(logs)
    if not trend:
        return None
    figure, axes = _panels(1, width=6.4)
    _draw_trend(axes[0], trend)
    return figure


def _panels(count: int, width: float = 4.2) -> tuple[Figure, NDArray[np.object_]]:
    """A figure with `count` panels, three a row."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise TriptychError(
            "The library matplotlib is not installed.", "pip install 'triptych[train]'"
        ) from error
    columns = min(count, 3)
    rows = -(-count // columns)
    figure = Figure(figsize=(width * columns, 3.0 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes[count:]:
        axis.set_visible(False)
    return figure, axes


def _draw_losses(axis: Axes, stage: str, log: Log) -> None:
    """A stage's losses, smoothed; where there are parts, their sum is left to the validation."""
    summed = len({*PARTS, "frames"} & set(log.train)) > 0
    parts = {name: one for name, one in log.train.items() if name != "loss" or not summed}
    own = PART_OF_STAGE.get(stage)
    for place, (name, (steps, values)) in enumerate(parts.items()):
        label, colour = PARTS.get(name, (name, OTHERS[place % len(OTHERS)]))
        if name in ("loss", "frames") and own is not None:
            label, colour = PARTS[own]
        smooth = running_mean(values, max(len(values) // 50, 1))
        axis.plot(steps, smooth, lw=1.4, color=colour, label=label)
    if "loss" in log.validation:
        steps, values = log.validation["loss"]
        axis.plot(steps, values, ".--", lw=0.9, ms=4, color=INK, label="validation loss")
    axis.set_yscale("symlog", linthresh=0.1)
    _plain(axis, stage.replace("_", " "))


def _similarities(logs: Mapping[str, Log]) -> list[tuple[str, Series]]:
    return [
        (stage, log.validation["similarity"])
        for stage, log in logs.items()
        if "similarity" in log.validation
    ]


def _draw_trend(axis: Axes, trend: list[tuple[str, Series]]) -> None:
    """Similarity over all stages' steps, one after the other."""
    before = 0
    for place, (stage, (steps, values)) in enumerate(trend):
        at = [before + step for step in steps]
        colour = OTHERS[place % len(OTHERS)]
        axis.plot(at, values, "o-", lw=1.4, ms=3, color=colour, label=stage)
        before = at[-1]
    _plain(axis, "CLIP similarity of caption and picture")


def _plain(axis: Axes, title: str) -> None:
    axis.set_title(title, fontsize=10, color=INK, loc="left")
    axis.set_xlabel("step", fontsize=8, color=QUIET)
    axis.tick_params(labelsize=7, colors=QUIET)
    axis.grid(color=GRID, lw=0.6)
    axis.set_axisbelow(True)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
    axis.legend(fontsize=7, frameon=False)
