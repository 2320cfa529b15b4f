"""Bootstrap intervals of means and other statistics, and paired comparisons (Efron 1979)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

RESAMPLES = 2000

Statistic = Callable[[NDArray[np.int64]], float]
"""A figure of some cases, which are named by their places."""


class Interval(BaseModel):
    """A figure with the range that 95 % of resamples fall into, and of how many cases it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


class Difference(Interval):
    """B less A on the same cases; beyond noise if the range leaves out 0."""

    p: float
    """Twice the share of resamples on the rarer side of 0, at least 1 / resamples."""

    @property
    def beyond_noise(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def interval(
    statistic: Statistic, n: int, *, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """Percentile interval of any statistic of n cases."""
    if n == 0:
        raise ValueError("there is nothing to resample")
    drawn = _resampled(statistic, n, resamples, seed)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Interval(value=statistic(np.arange(n)), low=float(low), high=float(high), n=n)


def mean_interval(
    values: Sequence[float], *, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """Percentile interval of a mean."""
    data = np.asarray(values, np.float64)
    return interval(
        lambda places: float(data[places].mean()), len(data), resamples=resamples, seed=seed
    )


def paired_difference(
    a: Statistic, b: Statistic, n: int, *, resamples: int = RESAMPLES, seed: int = 0
) -> Difference:
    """B less A, both taken on the same resampled cases."""
    return _difference(lambda places: b(places) - a(places), n, resamples, seed)


def paired_gain(
    a: Statistic, b: Statistic, n: int, *, resamples: int = RESAMPLES, seed: int = 0
) -> Difference | None:
    """B over A less 1, on the same resampled cases; None if A is not clear of 0."""

    def gain(places: NDArray[np.int64]) -> float:
        base = a(places)
        return b(places) / base - 1 if base > 0 else np.nan

    difference = _difference(gain, n, resamples, seed)
    return (
        difference
        if np.isfinite([difference.value, difference.low, difference.high]).all()
        else None
    )


def _difference(statistic: Statistic, n: int, resamples: int, seed: int) -> Difference:
    drawn = _resampled(statistic, n, resamples, seed)
    low, high = np.percentile(drawn, (2.5, 97.5))
    rarer = min((drawn <= 0).mean(), (drawn >= 0).mean())
    return Difference(
        value=statistic(np.arange(n)),
        low=float(low),
        high=float(high),
        n=n,
        p=float(min(max(2 * rarer, 1 / resamples), 1.0)),
    )


def _resampled(statistic: Statistic, n: int, resamples: int, seed: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return np.array([statistic(rng.integers(0, n, n)) for _ in range(resamples)])
