"""Which differences between two methods are beyond noise: a paired bootstrap over shared cases."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from triptych.errors import StoreError
from triptych.evaluation.bootstrap import Difference, paired_difference, paired_gain
from triptych.evaluation.metrics import METRICS, Metric
from triptych.evaluation.results import MethodResult, Results, read_results, statistic_of


@dataclass(frozen=True)
class Compared:
    """One metric of two methods on the cases that both have.

    Attributes:
        metric: which.
        a: the first method's figure on the shared cases.
        b: the second's.
        difference: b less a.
        gain: b over a less 1; None where a is not positive.
    """

    metric: Metric
    a: float
    b: float
    difference: Difference
    gain: Difference | None

    @property
    def verdict(self) -> str:
        """Whether b is better, worse, different or within noise, in words."""
        if not self.difference.beyond_noise:
            return "within noise"
        if self.metric.better not in ("higher", "lower"):
            return "different"
        more = self.difference.value > 0
        return "better" if more == (self.metric.better == "higher") else "worse"


def compare(a: MethodResult, b: MethodResult, cases: set[str] | None = None) -> list[Compared]:
    """Every metric that both methods have, on the cases that both have it for.

    Args:
        a: the baseline.
        b: what is held against it.
        cases: only these.
    """
    comparisons = []
    for metric in METRICS:
        key = metric.key
        ids = [case for case in _having(a, key) if case in set(_having(b, key))]
        ids = [case for case in ids if cases is None or case in cases]
        one, two = statistic_of(key, a.rows, a.bleu, ids), statistic_of(key, b.rows, b.bleu, ids)
        if not ids or one is None or two is None:
            continue
        whole = np.arange(len(ids))
        comparisons.append(
            Compared(
                metric,
                one[0](whole),
                two[0](whole),
                paired_difference(one[0], two[0], len(ids)),
                paired_gain(one[0], two[0], len(ids)),
            )
        )
    return comparisons


def find_method(name: str, results: Path | None) -> MethodResult:
    """A method's results by `FOLDER:METHOD`, or by `METHOD` within a folder of results.

    Raises:
        StoreError: if there are none.
    """
    folder, colon, method = name.rpartition(":")
    place = Path(folder) if colon else results
    if place is None:
        raise StoreError(
            f"In which results is {name!r}?", "Write FOLDER:METHOD, or name --results FOLDER."
        )
    evaluation: Results = read_results(place)
    if method not in evaluation.methods:
        raise StoreError(
            f"{place} has no method {method!r}.", f"It has: {', '.join(evaluation.methods)}."
        )
    return evaluation.methods[method]


def _having(method: MethodResult, key: str) -> list[str]:
    if key == "bleu":
        return list(method.bleu)
    return [case for case, row in method.rows.items() if key in row]
