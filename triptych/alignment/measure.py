"""One pair's cosines and z-values from embeddings; shared by the critic and its calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triptych.alignment.align import Vectors, cosines
from triptych.alignment.calibration import Criterion, Null, null_of

WORST_FRAME = 10
"""Percentile of a clip's frames that stands for its worst ones; the very worst may be noise."""


@dataclass(frozen=True)
class Measured:
    """How well two parts agree.

    Attributes:
        cosine: mean over claims; for a clip of φ(V), the mean of its frames (eq. 8).
        weakest: the weakest claim's cosine.
        claim: which claim that is.
        frame: the 10th-percentile frame's cosine; None for a still.
        null: the picture's, or that of the clip as a whole.
        z: z-value by criterion.
    """

    cosine: float
    weakest: float
    claim: int
    frame: float | None
    null: Null
    z: dict[Criterion, float]


def spread(texts: Vectors, null_pictures: Vectors) -> NDArray[np.float32]:
    """How differently a CLIP answers to texts (C, D) over pictures (M, D): (C,) deviations.

    A claim that no picture can show or lack (“Who could say no?”) is about as near to all.
    """
    return cosines(texts, null_pictures).std(axis=1, ddof=1)


def visual_only(
    claims: Sequence[str], texts: Vectors, null_pictures: Vectors, least: float
) -> tuple[str, ...]:
    """The claims whose spread is at least that; if there is none, the one that comes nearest."""
    spreads = spread(texts, null_pictures)
    kept = tuple(c for c, s in zip(claims, spreads, strict=True) if s >= least)
    return kept or (claims[int(spreads.argmax())],)


def measure_picture(claims: Vectors, picture: Vectors, null_texts: Vectors) -> Measured:
    """Claims (C, D) against a picture (D,), with unrelated texts (M, D) as the null."""
    by_claim = cosines(claims, picture[None])[:, 0]
    null = null_of(picture, null_texts)
    mean, weakest = float(by_claim.mean()), float(by_claim.min())
    z: dict[Criterion, float] = {"mean": null.z(mean), "weakest": null.z(weakest)}
    return Measured(mean, weakest, int(by_claim.argmin()), None, null, z)


def measure_clip(claims: Vectors, whole: Vectors, frames: Vectors, null_texts: Vectors) -> Measured:
    """Claims (C, D) against a clip (D,) and its frames (F, D)."""
    of_whole = measure_picture(claims, whole, null_texts)
    by_frame = cosines(frames, claims).mean(axis=1)
    z_frames = _z_by_frame(by_frame, frames, null_texts)
    return Measured(
        of_whole.cosine,
        of_whole.weakest,
        of_whole.claim,
        float(np.percentile(by_frame, WORST_FRAME)),
        of_whole.null,
        {**of_whole.z, "frame": float(np.percentile(z_frames, WORST_FRAME))},
    )


def measure_likeness(
    image: Vectors, whole: Vectors, frames: Vectors, null_pictures: Vectors
) -> Measured:
    """A key image (D,) against its clip (D,) and frames (F, D), with unrelated pictures (M, D)."""
    null = null_of(whole, null_pictures)
    cosine = float(cosines(image[None], whole[None])[0, 0])
    by_frame = frames @ image
    z_frames = _z_by_frame(by_frame, frames, null_pictures)
    z: dict[Criterion, float] = {
        "mean": null.z(cosine),
        "frame": float(np.percentile(z_frames, WORST_FRAME)),
    }
    return Measured(cosine, cosine, 0, float(np.percentile(by_frame, WORST_FRAME)), null, z)


def _z_by_frame(
    by_frame: NDArray[np.float32], frames: Vectors, unrelated: Vectors
) -> NDArray[np.float32]:
    null = frames @ unrelated.T
    return (by_frame - null.mean(axis=1)) / np.maximum(null.std(axis=1, ddof=1), 1e-4)
