"""Candidate pools: scores of many seeds at many steps, so that strategies are compared in seconds.

A pool is made once with a real generator. Replaying it runs the very code of the strategies, with
samples that look their scores up instead of being denoised.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triptych.alignment.calibration import SearchStatistics
from triptych.alignment.search.driver import search
from triptych.alignment.search.problem import Outcome, Problem
from triptych.domain import Spend, Strategy
from triptych.errors import StoreError
from triptych.protocols import Made, Pixels

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pool:
    """Scores of P prompts × K seeds, at J looks and when finished.

    Attributes:
        generator: name and revision.
        steps: of one sample.
        step_nfe: denoiser evaluations a step.
        look_steps: (J,) ascending.
        previews: (P, K, J) critic's scores of previews.
        finals: (P, K) critic's scores of finished samples.
        passed: (P, K) whether the critic accepts.
        threshold: that scores must about reach; NaN if there is none.
        others: (P, K) each, by scorers that take no part in the search.
        preview_cost: decoding and scoring one preview, in steps.
    """

    generator: str
    steps: int
    step_nfe: int
    look_steps: NDArray[np.int64]
    previews: Floats
    finals: Floats
    passed: NDArray[np.bool_]
    threshold: float
    preview_cost: float
    others: dict[str, Floats] = field(default_factory=dict)

    @property
    def prompts(self) -> int:
        """P."""
        return self.finals.shape[0]

    @property
    def seeds(self) -> int:
        """K."""
        return self.finals.shape[1]

    def save(self, path: Path) -> None:
        """Write as compressed npz, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, Any] = {
            "generator": self.generator,
            "steps": self.steps,
            "step_nfe": self.step_nfe,
            "look_steps": self.look_steps,
            "previews": self.previews,
            "finals": self.finals,
            "passed": self.passed,
            "threshold": self.threshold,
            "preview_cost": self.preview_cost,
            **{f"other_{name}": scores for name, scores in self.others.items()},
        }
        temporary = path.with_name(f".{path.name}.part")
        with open(temporary, "wb") as file:
            np.savez_compressed(file, **arrays)
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> Pool:
        """Read what `save` wrote; raises `StoreError` if it is missing or torn."""
        try:
            with np.load(path, allow_pickle=False) as found:
                return cls(
                    generator=str(found["generator"]),
                    steps=int(found["steps"]),
                    step_nfe=int(found["step_nfe"]),
                    look_steps=found["look_steps"],
                    previews=found["previews"],
                    finals=found["finals"],
                    passed=found["passed"],
                    threshold=float(found["threshold"]),
                    preview_cost=float(found["preview_cost"]),
                    others={
                        name.removeprefix("other_"): found[name]
                        for name in found.files
                        if name.startswith("other_")
                    },
                )
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise StoreError(
                f"{path} cannot be read as a candidate pool: {error}",
                "Make it again with benchmarks/search.py.",
            ) from error

    def part(self, prompts: Sequence[int]) -> Pool:
        """Some of the prompts."""
        rows = np.asarray(prompts, dtype=np.int64)
        return Pool(
            self.generator,
            self.steps,
            self.step_nfe,
            self.look_steps,
            self.previews[rows],
            self.finals[rows],
            self.passed[rows],
            self.threshold,
            self.preview_cost,
            {name: scores[rows] for name, scores in self.others.items()},
        )


def measure(pool: Pool) -> SearchStatistics:
    """What the strategies must know of a generator, from a pool of it."""
    means = pool.finals.mean(axis=1)
    within = float(np.sqrt(pool.finals.var(axis=1, ddof=1).mean()))
    # the spread of observed means holds some of the seeds' own spread: take that share out
    between = float(np.sqrt(max(means.var(ddof=1) - within**2 / pool.seeds, 1e-6)))
    looks = range(len(pool.look_steps))
    return SearchStatistics(
        generator=pool.generator,
        steps=pool.steps,
        between=between,
        within=within,
        mean=float(means.mean()),
        preview_steps=tuple(int(step) for step in pool.look_steps),
        preview_correlations=tuple(
            float(rank_correlations(pool.previews[..., look], pool.finals).mean()) for look in looks
        ),
        preview_shifts=tuple(
            float((pool.finals - pool.previews[..., look]).mean()) for look in looks
        ),
        preview_cost=pool.preview_cost,
    )


def rank_correlations(left: Floats, right: Floats) -> Floats:
    """Spearman's ρ of each row: (P, K), (P, K) to (P,)."""
    ranks = [np.argsort(np.argsort(x, axis=1), axis=1).astype(float) for x in (left, right)]
    centred = [r - r.mean(axis=1, keepdims=True) for r in ranks]
    norms = [np.sqrt((c**2).sum(axis=1)) for c in centred]
    return (centred[0] * centred[1]).sum(axis=1) / (norms[0] * norms[1])


@dataclass(frozen=True)
class Replayed:
    """What a strategy made of one prompt of a pool.

    Attributes:
        seed: column of the winner.
        first: column of the sample that one would have had without a search.
        outcome: all of it; the pictures are tickets, not pictures.
    """

    seed: int
    first: int
    outcome: Outcome


def replay(
    pool: Pool,
    prompt: int,
    strategy: Strategy,
    candidates: int,
    order: Sequence[int],
    statistics: SearchStatistics | None,
    trade_off: float = 0.001,
) -> Replayed:
    """Run a strategy on one prompt of a pool.

    Args:
        pool: scores.
        prompt: row.
        strategy: any but particles, whose copies are in no pool.
        candidates: budget in full samples.
        order: columns in the order in which seeds are to be tried; at least `candidates`, and
            four times as many if pruning is to have all the seeds it may want.
        statistics: measured on other prompts.
        trade_off: λ.
    """
    threshold = None if np.isnan(pool.threshold) else pool.threshold
    columns = np.asarray(order)

    def columns_of(pictures: Sequence[Pixels]) -> NDArray[np.int64]:
        return np.array([_read(ticket)[0] for ticket in pictures])

    def look(pictures: Sequence[Pixels]) -> list[float]:
        return [float(pool.previews[prompt, column, j]) for column, j in map(_read, pictures)]

    problem = Problem(
        propose=lambda proposals: _Lookup(pool, [int(columns[p.index]) for p in proposals]),
        score=lambda pictures: pool.finals[prompt, columns_of(pictures)].tolist(),
        preview=look,
        accept=lambda ticket: bool(pool.passed[prompt, _read(ticket)[0]]),
        threshold=threshold,
        budget=candidates * pool.steps * pool.step_nfe,
        steps=pool.steps,
        step_nfe=pool.step_nfe,
        statistics=statistics,
        trade_off=trade_off,
        max_batch=64,
        max_candidates=len(columns),
    )
    outcome = search(problem, strategy)
    winner = int(columns[outcome.winner.proposal.index])
    return Replayed(winner, int(columns[0]), outcome)


def _ticket(column: int, look: int) -> Pixels:
    return np.array([column, look], dtype=np.uint16).view(np.uint8).reshape(1, 1, 4)


def _read(ticket: Pixels) -> tuple[int, int]:
    column, look = ticket.reshape(4).view(np.uint16)
    return int(column), int(look)


class _Lookup:
    """A sampling that only counts; its pictures are tickets for scores in the pool."""

    def __init__(self, pool: Pool, columns: list[int]) -> None:
        self._pool, self._columns = pool, columns
        self.step, self.steps, self.nfe = 0, pool.steps, 0

    @property
    def size(self) -> int:
        return len(self._columns)

    def advance(self, to_step: int) -> None:
        self.nfe += max(to_step - self.step, 0) * self.size * self._pool.step_nfe
        self.step = max(to_step, self.step)

    def preview(self) -> list[Pixels]:
        look = int(np.flatnonzero(self._pool.look_steps == self.step)[0])
        return [_ticket(column, look) for column in self._columns]

    def keep(self, indices: Sequence[int]) -> None:
        self._columns = [self._columns[i] for i in indices]

    def finish(self) -> list[Made]:
        self.advance(self.steps)
        return [Made(_ticket(column, 0), Spend()) for column in self._columns]
