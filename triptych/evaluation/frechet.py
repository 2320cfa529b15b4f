"""Fréchet distance between two sets of features, each taken for a Gaussian, in float64."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.floating]
NetworkKind = Literal["inception", "i3d", "judge", "clip"]

NAMES: dict[tuple[NetworkKind, str], str] = {
    ("inception", "image"): "FID",
    ("i3d", "clip"): "FVD",
    ("judge", "image"): "Fréchet distance (judge features)",
    ("judge", "clip"): "Fréchet distance of clips (judge features)",
    ("clip", "image"): "Fréchet distance (evaluation-CLIP features)",
    ("clip", "clip"): "Fréchet distance of clips (evaluation-CLIP features)",
}
"""FID and FVD are names for Inception's and I3D's features alone."""


def frechet_distance(left: Features, right: Features) -> float:
    """|μ₁ − μ₂|² + tr(C₁ + C₂ − 2 (C₁ C₂)^½) (Dowson & Landau 1982; Heusel et al. 2017).

    tr (C₁ C₂)^½ is the sum of the singular values of C₁^½ C₂^½, which is taken from the centred
    features themselves: (C₁ C₂) has the squares of the singular values of A₁ A₂ᵀ / √(n₁−1)(n₂−1)
    as its eigenvalues, so no root of a covariance that may be singular is ever taken.

    Args:
        left: (N, D) with N ≥ 2.
        right: (M, D) with M ≥ 2.
    """
    one, two = np.asarray(left, np.float64), np.asarray(right, np.float64)
    if one.ndim != 2 or two.ndim != 2 or one.shape[1] != two.shape[1]:
        raise ValueError(f"features of shapes {one.shape} and {two.shape} cannot be compared")
    if min(len(one), len(two)) < 2:
        raise ValueError("a Fréchet distance needs at least two samples on each side")
    shift = one.mean(axis=0) - two.mean(axis=0)
    a, b = _factor(one), _factor(two)
    shared = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return float(max(shift @ shift + (a * a).sum() + (b * b).sum() - 2 * shared, 0.0))


def _factor(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """R with Rᵀ R the covariance: the triangle of a QR decomposition, at most (D, D)."""
    centred = (features - features.mean(axis=0)) / np.sqrt(len(features) - 1)
    if len(centred) <= centred.shape[1]:
        return centred
    return np.asarray(np.linalg.qr(centred, mode="r"), np.float64)


def distance_apart(left: Features, right: Features) -> float:
    """Mean distance of each half of `left` to the other half of `right`, which show other cases.

    Of a set and itself it is the floor: what no generator can be asked to beat. Halves are fewer
    than the whole, so it is comparable with other such distances of as many rows alone.

    Args:
        left: (N, D) with N ≥ 4, rows in random order.
        right: (N, D), of the same cases row by row.
    """
    half = len(left) // 2
    ways = ((left[:half], right[half : 2 * half]), (left[half : 2 * half], right[:half]))
    return sum(frechet_distance(*way) for way in ways) / 2
