"""Figures 1 to 5 of the method, drawn from stored results and training logs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from triptych.cases.format import Case
from triptych.errors import TriptychError
from triptych.evaluation.bootstrap import Interval
from triptych.evaluation.items import ITEM, Item
from triptych.evaluation.measure import load_media
from triptych.evaluation.metrics import BY_KEY
from triptych.evaluation.results import Results
from triptych.protocols import Pixels
from triptych.training.curves import losses_figure, read_logs, trend_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SERIES = ("#0b5cad", "#c2571a", "#2b7a4b", "#7a3e9d", "#8a6d00", "#5c5c62")
_BARS = ("judge_all", "frames_product", "text_image", "text_video", "product", "rouge_l")


def draw_figures(
    results: Results, cases: Sequence[Case], out: Path, logs: Path | None = None
) -> list[Path]:
    """Draw every figure that there is data for; returns their files.

    Args:
        results: of the evaluation in `out`.
        cases: that were evaluated.
        out: the evaluation's folder; figures go to `out/figures`.
        logs: folder of training stages, each with a `log.jsonl`; Figures 1 and 2 need it.
    """
    plt = _pyplot()
    stages = {} if logs is None else read_logs(logs)
    folder = out / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    plots = [
        ("figure-1-training-losses", lambda: losses_figure(stages)),
        ("figure-2-similarity-trend", lambda: trend_figure(stages)),
        ("figure-3-methods", lambda: _bars(plt, results)),
        ("figure-4-quality-and-cost", lambda: _cost(plt, results)),
        ("figure-5-examples", lambda: _grid(plt, results, cases, out)),
    ]
    for name, plot in plots:
        figure = plot()
        if figure is not None:
            path = folder / f"{name}.png"
            figure.savefig(path, dpi=150, bbox_inches="tight", facecolor="white")
            plt.close(figure)
            drawn.append(path)
    return drawn


def _bars(plt: ModuleType, results: Results) -> Figure | None:
    keys = [
        key for key in _BARS if sum(key in m.figures for m in results.methods.values()) > 1
    ]  # fmt: skip
    if not keys:
        return None
    columns = min(len(keys), 3)
    rows = -(-len(keys) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(4 * columns, 2.9 * rows), squeeze=False, sharey=True
    )
    names = list(results.methods)[::-1]
    for axis in axes.flat[len(keys) :]:
        axis.set_visible(False)
    for axis, key in zip(axes.flat, keys, strict=False):
        for place, name in enumerate(names):
            interval = results.methods[name].figures.get(key)
            if interval is None:
                axis.text(0, place, " –", va="center", fontsize=8)
                continue
            reference = name == "human"
            axis.barh(
                place, interval.value, xerr=_spread(interval), height=0.7, error_kw={"lw": 1},
                color="#b8b8c0" if reference else SERIES[0],
            )  # fmt: skip
        axis.set_title(f"{BY_KEY[key].title}", fontsize=10)
        axis.set_yticks(range(len(names)), [results.methods[n].title for n in names], fontsize=8)
        _plain(axis)
    figure.suptitle("Methods compared (95 % bootstrap intervals)", fontsize=11)
    figure.tight_layout()
    return figure


def _cost(plt: ModuleType, results: Results) -> Figure | None:
    keys = [key for key in ("product", "text_image", "judge_all") if any(
        key in m.figures for m in results.methods.values())]  # fmt: skip
    points = {n: m for n, m in results.methods.items() if "nfe" in m.figures}
    if not keys or not points:
        return None
    figure, axes = plt.subplots(1, len(keys), figsize=(4.4 * len(keys), 3.4), squeeze=False)
    for axis, key in zip(axes.flat, keys, strict=True):
        for place, method in enumerate(points.values()):
            quality = method.figures.get(key)
            if quality is None:
                continue
            cost = method.figures["nfe"]
            colour = SERIES[place % len(SERIES)]
            axis.errorbar(
                cost.value, quality.value,
                yerr=_spread(quality), fmt="o", color=colour, capsize=3, ms=5, label=method.title,
            )  # fmt: skip
        top = results.methods.get("human")
        if top and key in top.figures:
            axis.axhline(top.figures[key].value, color="#5c5c62", lw=1, ls="--", label=top.title)
        axis.set_xlabel("denoiser evaluations a case (NFE)")
        axis.set_ylabel(BY_KEY[key].title)
        axis.set_xlim(left=0)
        _plain(axis)
    axes.flat[0].legend(fontsize=7)
    figure.suptitle("Quality against cost", fontsize=11)
    figure.tight_layout()
    return figure


def _grid(
    plt: ModuleType, results: Results, cases: Sequence[Case], out: Path, count: int = 6
) -> Figure | None:
    chosen = _examples(results, cases, count)
    if not chosen:
        return None
    names = list(results.methods)
    figure, axes = plt.subplots(
        len(chosen), len(names) + 1, figsize=(1.9 * (len(names) + 1), 2.0 * len(chosen)),
        squeeze=False,
    )  # fmt: skip
    for row, case in enumerate(chosen):
        axes[row, 0].axis("off")
        axes[row, 0].text(0, 0.5, _wrapped(case.caption, 26), va="center", fontsize=7)
        for column, name in enumerate(names, 1):
            axis = axes[row, column]
            axis.set_xticks([])
            axis.set_yticks([])
            if row == 0:
                axis.set_title(_wrapped(results.methods[name].title, 16), fontsize=8)
            shown = _picture(out, name, case.id)
            if shown is None:
                axis.text(0.5, 0.5, "–", ha="center", va="center", transform=axis.transAxes)
            else:
                axis.imshow(shown, interpolation="lanczos")
    figure.tight_layout(pad=0.4)
    return figure


def _examples(results: Results, cases: Sequence[Case], count: int) -> list[Case]:
    """Cases spread evenly over those that were evaluated, with clips where there are enough."""
    known = {case for method in results.methods.values() for case in method.rows}
    pool = [case for case in cases if case.id in known]
    pool = [case for case in pool if case.clip] or pool
    places = np.linspace(0, len(pool) - 1, min(count, len(pool))).round().astype(int)
    return [pool[place] for place in places]


def _picture(out: Path, method: str, case: str) -> Pixels | None:
    """An item's picture, or for a clip without one its middle frame."""
    path = out / "items" / method / case / ITEM
    if not path.exists():
        return None
    item = Item.model_validate_json(path.read_bytes())
    image, clip = load_media(item, out, 128)
    return image if image is not None else None if clip is None else clip[len(clip) // 2]


def _wrapped(text: str, width: int) -> str:
    import textwrap

    return textwrap.fill(text, width)


def _spread(interval: Interval) -> list[list[float]]:
    """An interval as matplotlib takes it; a statistic may lie a hair outside its own."""
    return [[max(interval.value - interval.low, 0)], [max(interval.high - interval.value, 0)]]


def _plain(axis: Axes) -> None:
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=8)
    axis.grid(alpha=0.25, lw=0.5)
    axis.set_axisbelow(True)


def _pyplot() -> ModuleType:
    try:
        import matplotlib
    except ImportError as error:
        raise TriptychError(
            "Figures need matplotlib, which is not installed.", "pip install 'triptych[eval]'"
        ) from error
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    return plt
