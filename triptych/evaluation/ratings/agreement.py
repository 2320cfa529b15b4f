"""Krippendorff's α: how far raters agree beyond chance, with values missing where they may.

K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Level = Literal["nominal", "ordinal", "interval"]


def krippendorff_alpha(
    units: Sequence[Sequence[float | None]], level: Level = "ordinal"
) -> float | None:
    """α of ratings; 1 is perfect agreement, 0 what chance gives.

    Args:
        units: for every unit, the raters' values, None where one gave none.
        level: of measurement.

    Returns:
        None where it is not defined: fewer than two values that can be paired, or all alike.
    """
    given = [[float(v) for v in unit if v is not None] for unit in units]
    given = [values for values in given if len(values) > 1]
    scale = sorted({value for values in given for value in values})
    if len(scale) < 2:
        return None
    place = {value: index for index, value in enumerate(scale)}
    together = np.zeros((len(scale), len(scale)))
    for values in given:
        counts = np.bincount([place[value] for value in values], minlength=len(scale))
        pairs = np.outer(counts, counts) - np.diag(counts)
        together += pairs / (len(values) - 1)
    totals = together.sum(axis=0)
    distance = _distance(np.array(scale), totals, level)
    whole = totals.sum()
    expected = (np.outer(totals, totals) * distance).sum() / (whole - 1)
    return float(1 - (together * distance).sum() / expected)


def _distance(
    scale: NDArray[np.float64], totals: NDArray[np.float64], level: Level
) -> NDArray[np.float64]:
    """δ² of every pair of values."""
    if level == "nominal":
        return 1.0 - np.eye(len(scale))
    if level == "interval":
        return (scale[:, None] - scale[None]) ** 2
    # Ordinal: the number of values given between the two, the ends counted half.
    upto = np.cumsum(totals)
    middle = upto - totals / 2
    return (middle[:, None] - middle[None]) ** 2
