"""Two numbers that say whether a clip flickers or stands still; their limits come from data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from triptych.generators.protocols import Pixels

_GRID = 8


def flicker(clip: Pixels) -> float:
    """How much brightness jumps to and fro, in 0..1: mean |x(t−1) − 2x(t) + x(t+1)| / 2.

    Measured on an 8×8 grid of means, so that rain or texture in motion is not taken for flicker:
    smooth motion has a small second difference, a change of exposure between frames a large one.

    Args:
        clip: (F, H, W, 3), 0..255; fewer than three frames cannot flicker.
    """
    if len(clip) < 3:
        return 0.0
    blocks = _blocks(_brightness(clip))
    return float(np.abs(blocks[:-2] - 2 * blocks[1:-1] + blocks[2:]).mean() / 2)


def movement(clip: Pixels) -> float:
    """How much changes from frame to frame, in 0..1: mean |x(t+1) − x(t)| of brightness.

    Args:
        clip: (F, H, W, 3), 0..255.
    """
    if len(clip) < 2:
        return 0.0
    return float(np.abs(np.diff(_brightness(clip), axis=0)).mean())


def _brightness(clip: Pixels) -> NDArray[np.float32]:
    weights = np.array([0.299, 0.587, 0.114], dtype=np.float32) / 255
    return np.matmul(clip, weights, dtype=np.float32)


def _blocks(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    count, height, width = frames.shape
    tall, wide = min(_GRID, height), min(_GRID, width)
    cut = frames[:, : height // tall * tall, : width // wide * wide]
    blocks = cut.reshape(count, tall, height // tall, wide, width // wide)
    return blocks.mean(axis=(2, 4), dtype=np.float32)
