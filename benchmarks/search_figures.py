"""What candidate pools say of the strategies: replays, intervals, tables and the plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.pools import Pool, measure, replay
from triptych.alignment.calibration import SearchStatistics
from triptych.domain import Strategy

STRATEGIES: tuple[Strategy, ...] = ("retry-last", "retry", "best-of-n", "pruning", "sequential")
BUDGETS = (1, 2, 4, 8)
REPEATS = 8
"""Orders of the seeds that every strategy is replayed with; the same for all (paired)."""
DRAWS = 2000
HOPELESS = 0.05
PASSING = (0.95, 0.85, 0.7, 0.5, 0.3)
"""Shares of all samples that critics of growing strictness let pass."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Replays:
    """Per prompt means over the orders of one strategy at one budget, each (P,).

    Attributes:
        gain: winner's score less the prompt's mean, in deviations of seeds, by scorer.
        charged: NFE, previews in step equivalents.
        success: share of winners that the critic accepts.
        tries: regenerations (samples after the first, dropped ones included).
        kept: whether the best of all seeds that were begun was finished.
    """

    gain: dict[str, Floats]
    charged: Floats
    success: Floats
    tries: Floats
    kept: Floats


def replays(
    pool: Pool, strategy: Strategy, budget: int, statistics: SearchStatistics, trade_off: float
) -> Replays:
    """Replay a strategy on every prompt of a pool, with the same orders of seeds for all."""
    scorers = {"critic": pool.finals, **pool.others}
    scale = {n: np.sqrt(s.var(axis=1, ddof=1).mean()) or 1.0 for n, s in scorers.items()}
    gain: dict[str, list[float]] = {name: [] for name in scorers}
    rows: list[list[float]] = []
    for prompt in range(pool.prompts):
        gains: dict[str, list[float]] = {name: [] for name in scorers}
        found = []
        for repeat in range(REPEATS):
            order = np.random.default_rng((prompt, repeat)).permutation(pool.seeds).tolist()
            one = replay(pool, prompt, strategy, budget, order, statistics, trade_off)
            for name, scores in scorers.items():
                above = scores[prompt, one.seed] - scores[prompt].mean()
                gains[name].append(float(above / scale[name]))
            begun = [order[t.proposal.index] for t in one.outcome.trials]
            best = max(pool.finals[prompt, begun])
            found.append(
                [
                    one.outcome.charged,
                    float(pool.passed[prompt, one.seed]),
                    len(begun) - 1.0,
                    float(pool.finals[prompt, one.seed] == best),
                ]
            )
        rows.append(np.mean(found, axis=0).tolist())
        for name, values in gains.items():
            gain[name].append(float(np.mean(values)))
    charged, success, tries, kept = np.array(rows).T
    return Replays({n: np.array(g) for n, g in gain.items()}, charged, success, tries, kept)


def interval(statistic: Any, count: int, draws: int = DRAWS) -> tuple[float, float, float]:
    """A statistic of prompts and its 95 % bootstrap interval.

    Args:
        statistic: indices of prompts to a number; both terms of a ratio see the same prompts.
        count: prompts.
        draws: of the bootstrap.
    """
    rng = np.random.default_rng(0)
    found = [statistic(rng.integers(0, count, count)) for _ in range(draws)]
    known = [value for value in found if np.isfinite(value)] or [float("nan")]
    low, high = np.percentile(known, [2.5, 97.5])
    return float(statistic(np.arange(count))), float(low), float(high)


def plain(found: Any) -> Any:
    """As JSON can hold it: what is not a number, such as a ratio to no success, becomes null."""
    if isinstance(found, dict):
        return {key: plain(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [plain(value) for value in found]
    return None if isinstance(found, float) and not np.isfinite(found) else found


def figures(pool: Pool, trade_off: float = 0.0) -> dict[str, Any]:
    """All figures of a pool.

    Each half of the prompts is searched with what the other half measured (cross-fitting), so
    every prompt is held out. λ is 0 here, so that strategies differ by what they do with the same
    budget.
    """
    halves = [range(start, pool.prompts, 2) for start in (0, 1)]
    tests = [pool.part(half) for half in halves]
    known = [measure(test) for test in reversed(tests)]
    test, statistics = pool.part([*halves[0], *halves[1]]), measure(pool)
    count = test.prompts
    found: dict[str, Any] = {
        "prompts": count,
        "seeds": pool.seeds,
        "generator": pool.generator,
        "statistics": statistics.model_dump(),
        "spread": {
            "between_prompts": statistics.between,
            "within_prompt": statistics.within,
        },
        "pass_rate": float(test.passed.mean()),
        "hopeless_prompts": float((test.passed.mean(axis=1) < HOPELESS).mean()),
        "by_budget": {},
    }
    everything: dict[tuple[str, int], Replays] = {}
    for budget in BUDGETS:
        if budget > pool.seeds:
            continue
        rows = {}
        for strategy in STRATEGIES:
            one = _together(
                [
                    replays(t, strategy, budget, k, trade_off)
                    for t, k in zip(tests, known, strict=True)
                ]
            )
            everything[strategy, budget] = one
            rows[strategy] = _row(one, test, count)
        found["by_budget"][str(budget)] = rows
    found["acceptance"] = _acceptance(everything, test, count)
    found["by_strictness"] = _by_strictness(tests, known, trade_off)
    return found


def _by_strictness(
    tests: Sequence[Pool], known: Sequence[SearchStatistics], trade_off: float
) -> list[dict[str, Any]]:
    """NFE per success of the two strategies that stop, under critics of growing strictness.

    A pool tells what any threshold would have let pass, so the same samples serve for all.
    """
    finals = np.concatenate([test.finals for test in tests])
    found = []
    for share in PASSING:
        threshold = float(np.quantile(finals, 1 - share))
        strict = [replace(t, passed=t.finals >= threshold, threshold=threshold) for t in tests]
        whole = strict[0].part([])
        whole = replace(whole, passed=np.concatenate([one.passed for one in strict]))
        count = len(whole.passed)
        for budget in (4, 8):
            if budget > tests[0].seeds:
                continue
            retry, sequential = (
                _together([replays(t, name, budget, k, trade_off)
                           for t, k in zip(strict, known, strict=True)])
                for name in ("retry", "sequential")
            )  # fmt: skip
            shares = [_row(one, whole, count)["regenerations_on_hopeless"]
                      for one in (retry, sequential)]  # fmt: skip

            def ratio(
                rows: NDArray[np.int64], a: Replays = sequential, b: Replays = retry
            ) -> float:
                return _per_success(a, rows) / _per_success(b, rows)

            found.append(
                {
                    "passing": share,
                    "hopeless_prompts": float((whole.passed.mean(axis=1) < HOPELESS).mean()),
                    "budget": budget,
                    "retry, NFE per success": _per_success(retry, np.arange(count)),
                    "sequential, NFE per success": _per_success(sequential, np.arange(count)),
                    "sequential over retry": interval(ratio, count),
                    "retry, regenerations on hopeless": shares[0],
                    "sequential, regenerations on hopeless": shares[1],
                }
            )
    return found


def _together(parts: Sequence[Replays]) -> Replays:
    """Replays of parts of a pool as those of all of it, in the parts' order."""
    gain = {n: np.concatenate([p.gain[n] for p in parts]) for n in parts[0].gain}
    rest = ("charged", "success", "tries", "kept")
    return Replays(gain, *(np.concatenate([getattr(p, name) for p in parts]) for name in rest))


def _row(one: Replays, pool: Pool, count: int) -> dict[str, Any]:
    hopeless = pool.passed.mean(axis=1) < HOPELESS

    def share(rows: NDArray[np.int64]) -> float:
        tries = one.tries[rows]
        return float(tries[hopeless[rows]].sum() / tries.sum()) if tries.sum() else float("nan")

    return {
        "gain": {
            name: interval(lambda rows, g=values: float(g[rows].mean()), count)
            for name, values in one.gain.items()
        },
        "nfe": float(one.charged.mean()),
        "success": interval(lambda rows: float(one.success[rows].mean()), count),
        "nfe_per_success": interval(lambda rows: _per_success(one, rows), count),
        "regenerations_on_hopeless": interval(share, count),
        "survival_of_best": float(one.kept.mean()),
    }


def _per_success(one: Replays, rows: NDArray[np.int64]) -> float:
    successes = one.success[rows].sum()
    return float(one.charged[rows].sum() / successes) if successes else float("nan")


def _acceptance(
    everything: dict[tuple[str, int], Replays], pool: Pool, count: int
) -> dict[str, Any]:
    """The issue's figures, each with its interval, at four times the compute of one sample."""
    if ("pruning", 4) not in everything:
        return {}

    def ratio(one: Floats, other: Floats) -> Any:
        return lambda rows: float(one[rows].mean() / other[rows].mean())

    ours, retry = everything["pruning", 4], everything["retry", 4]
    last, best = everything["retry-last", 4], everything["best-of-n", 4]
    stopping = everything["sequential", 4]
    found: dict[str, Any] = {
        "gain over retry-last": interval(ratio(ours.gain["critic"], last.gain["critic"]), count),
        "gain over best-of-n": interval(ratio(ours.gain["critic"], best.gain["critic"]), count),
        "sequential's NFE per success over retry's": interval(
            lambda rows: _per_success(stopping, rows) / _per_success(retry, rows), count
        ),
        "sequential's regenerations on hopeless prompts": _row(stopping, pool, count)[
            "regenerations_on_hopeless"
        ],
        "retry's regenerations on hopeless prompts": _row(retry, pool, count)[
            "regenerations_on_hopeless"
        ],
    }
    for name in pool.others:
        found[f"share of the gain that {name} sees"] = interval(
            ratio(ours.gain[name], ours.gain["critic"]), count
        )
    return found


def markdown(found: dict[str, Any]) -> str:
    """The figures as tables."""
    statistics = found["statistics"]
    looks = zip(statistics["preview_steps"], statistics["preview_correlations"], strict=True)
    scorers = list(next(iter(found["by_budget"].values()))["best-of-n"]["gain"])
    lines = [
        f"{found['prompts']} held-out prompts × {found['seeds']} seeds, {found['generator']}. "
        f"Deviation between prompts {statistics['between']:.2f} z, within a prompt "
        f"{statistics['within']:.2f} z; {found['pass_rate']:.0%} of samples pass, "
        f"{found['hopeless_prompts']:.0%} of prompts have less than a 5 % chance.",
        "",
        "Preview's within-prompt rank correlation with the final score: "
        + ", ".join(f"{c:.2f} at step {s}" for s, c in looks)
        + f" of {statistics['steps']}.",
        "",
        "| Budget | Strategy | NFE | "
        + " | ".join(f"Gain by {name}" for name in scorers)
        + " | Success | NFE per success | Hopeless | Best kept |",
        "|" + " --- |" * (7 + len(scorers)),
    ]
    for budget, rows in found["by_budget"].items():
        for strategy, row in rows.items():
            gains = " | ".join(_shown(row["gain"][name]) for name in scorers)
            lines.append(
                f"| {budget}× | {strategy} | {row['nfe']:.0f} | {gains} | "
                f"{_shown(row['success'])} | {_shown(row['nfe_per_success'], 0)} | "
                f"{_shown(row['regenerations_on_hopeless'])} | {row['survival_of_best']:.2f} |"
            )
    lines += ["", "| At 4× | Value (95 % interval) |", "| --- | --- |"]
    lines += [f"| {name} | {_shown(value)} |" for name, value in found["acceptance"].items()]
    lines += [
        "",
        "| Samples that pass | Hopeless prompts | Budget | retry, NFE per success | sequential | "
        "ratio | retry, on hopeless | sequential, on hopeless |",
        "|" + " ---: |" * 8,
    ]
    for row in found["by_strictness"]:
        lines.append(
            f"| {row['passing']:.0%} | {row['hopeless_prompts']:.0%} | {row['budget']}× | "
            f"{row['retry, NFE per success']:.0f} | {row['sequential, NFE per success']:.0f} | "
            f"{_shown(row['sequential over retry'])} | "
            f"{_shown(row['retry, regenerations on hopeless'])} | "
            f"{_shown(row['sequential, regenerations on hopeless'])} |"
        )
    return "\n".join(lines) + "\n"


def _shown(value: tuple[float, float, float], digits: int = 2) -> str:
    middle, low, high = (f"{x:.{digits}f}" for x in value)
    return f"{middle} ({low}–{high})"


def plot(found: dict[str, Any], path: Path) -> None:
    """Gain against NFE, one panel a scorer."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    scorers = list(next(iter(found["by_budget"].values()))["best-of-n"]["gain"])
    figure, axes = plt.subplots(
        1, len(scorers), figsize=(4.2 * len(scorers) + 1.6, 3.6), squeeze=False, sharey=True
    )
    for axis, name in zip(axes[0], scorers, strict=True):
        for strategy in STRATEGIES:
            rows = [rows[strategy] for rows in found["by_budget"].values()]
            nfe = [row["nfe"] for row in rows]
            middle, low, high = np.array([row["gain"][name] for row in rows]).T
            axis.plot(nfe, middle, marker="o", markersize=4, label=strategy)
            axis.fill_between(nfe, low, high, alpha=0.15)
        axis.set_xscale("log", base=2)
        axis.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
        axis.set_title(f"by the {name}")
        axis.set_xlabel("denoiser evaluations a prompt")
        axis.grid(alpha=0.3)
    axes[0][0].set_ylabel("gain over one sample, in deviations")
    axes[0][-1].legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)
