"""Whether outlines are sharp, whether a grid shows, how much grain there is: what a person sees.

All are functions of the pixels. A number says little alone: hold it against the renders' own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from triptych.protocols import Pixels

Field = NDArray[np.float64]

GRID = 16
"""Period in pixels on which a grid is looked for; it has those of 8, 4 and 2 within it."""
_WINDOW = 7
_CONTRAST = 0.2
_FLAT = 0.04


def edge_acuity(images: Sequence[Pixels]) -> float:
    """How steep outlines are: the step across one, as a share of the contrast around it.

    An outline is where a step is the largest in 7×7 pixels whose brightness differs by a fifth or
    more. 1 is an outline from one pixel to the next; blur of deviation s makes it about 0.4 / s.

    Args:
        images: (H, W, 3) uint8 each.
    """
    from scipy.ndimage import maximum_filter, minimum_filter

    shares = []
    for image in images:
        light = _light(image)
        contrast = maximum_filter(light, _WINDOW) - minimum_filter(light, _WINDOW)
        down, right = (np.abs(np.diff(light, axis=axis)) for axis in (0, 1))
        steps = np.maximum(np.pad(down, ((0, 1), (0, 0))), np.pad(right, ((0, 0), (0, 1))))
        outline = (contrast >= _CONTRAST) & (steps >= maximum_filter(steps, _WINDOW))
        shares.append(steps[outline] / contrast[outline])
    all_shares = np.concatenate(shares) if shares else np.zeros(0)
    return float(all_shares.mean()) if len(all_shares) else 0.0


def blockiness(images: Sequence[Pixels], period: int = GRID) -> float:
    """How far steps between neighbours gather on a grid: the grid's line with most, over the mean.

    Steps beyond 4 % of the brightness count as that, so that outlines are not taken for a grid.

    Args:
        images: (H, W, 3) uint8 each.
        period: of the grid, in pixels.
    """
    totals, counts = np.zeros((2, period)), np.zeros((2, period))
    for image in images:
        light = _light(image)
        for axis in (0, 1):
            steps = np.minimum(np.abs(np.diff(light, axis=axis)), _FLAT)
            profile = steps.mean(axis=1 - axis)
            line = (np.arange(len(profile)) + 1) % period
            totals[axis] += np.bincount(line, profile, period)
            counts[axis] += np.bincount(line, minlength=period)
    lines = totals / np.maximum(counts, 1)
    return float((lines.max(axis=1) / np.maximum(lines.mean(axis=1), 1e-9)).mean())


def grain(image: Pixels) -> float:
    """Deviation of pixel noise, in 0..1, where there is no outline (Immerkær 1996).

    Args:
        image: (H, W, 3) uint8.
    """
    light = _light(image)
    across = light[:, :-2] - 2 * light[:, 1:-1] + light[:, 2:]
    noise = np.abs(across[:-2] - 2 * across[1:-1] + across[2:])
    down, right = np.gradient(light)
    steep = np.hypot(down, right)[1:-1, 1:-1]
    flat = steep <= np.quantile(steep, 0.8)
    return float(np.sqrt(np.pi / 2) / 6 * noise[flat].mean())


def grain_growth(clip: Pixels) -> float:
    """Grain of a clip's last quarter over that of its first frame; 1 means none is gained.

    A clip without grain at its start is held against half a step of the pixels' own depth.

    Args:
        clip: (F, H, W, 3) uint8.
    """
    last = clip[-max(len(clip) // 4, 1) :]
    first = max(grain(clip[0]), 0.5 / 255)
    return float(np.mean([max(grain(frame), 0.5 / 255) for frame in last])) / first


def _light(image: Pixels) -> Field:
    """Brightness (H, W) in 0..1."""
    return np.asarray(image, np.float64) @ np.array([0.299, 0.587, 0.114]) / 255
