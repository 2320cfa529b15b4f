"""Two numbers that say whether a clip flickers or stands still; their limits come from data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from triptych.protocols import Pixels

_LIGHT, _MOTION = 8, 32
"""Sides of the grids of means that the two look at."""


def flicker(clip: Pixels) -> float:
    """How much brightness jumps to and fro, in 0..1: |x(t−1) − 2x(t) + x(t+1)| / 2.

    The median over an 8×8 grid of means, averaged over time: smooth motion has a small second
    difference, and rain, a flame or the product's edge fill few of the fields, so that only what
    makes most of the picture jump is taken for flicker.

    Args:
        clip: (F, H, W, 3), 0..255; fewer than three frames cannot flicker.
    """
    if len(clip) < 3:
        return 0.0
    fields = _fields(clip, _LIGHT)
    jumps = np.abs(fields[:-2] - 2 * fields[1:-1] + fields[2:]) / 2
    return float(np.median(jumps, axis=(1, 2)).mean())


def movement(clip: Pixels) -> float:
    """How much changes from frame to frame, in 0..1: mean |x(t+1) − x(t)| of brightness.

    On a 32×32 grid of means, in which a decoder's grain averages out.

    Args:
        clip: (F, H, W, 3), 0..255.
    """
    if len(clip) < 2:
        return 0.0
    return float(np.abs(np.diff(_fields(clip, _MOTION), axis=0)).mean())


def _fields(clip: Pixels, side: int) -> NDArray[np.float32]:
    """Mean brightness, 0..1, of a grid of fields: (F, side, side), less for smaller pictures."""
    weights = np.array([0.299, 0.587, 0.114], dtype=np.float32) / 255
    frames = np.matmul(clip, weights, dtype=np.float32)
    count, height, width = frames.shape
    tall, wide = min(side, height), min(side, width)
    cut = frames[:, : height // tall * tall, : width // wide * wide]
    fields = cut.reshape(count, tall, height // tall, wide, width // wide)
    return fields.mean(axis=(2, 4), dtype=np.float32)
