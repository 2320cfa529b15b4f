"""How a clip moves and flickers: optical flow in pixels a frame, and distances of features."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from triptych.protocols import Pixels

Field = NDArray[np.float64]
_LEVELS, _STEPS, _WINDOW = 5, 3, 3.0
_TEXTURE = 1e-4
"""Least squared gradient (brightness in 0..1) at which flow can be told."""


def flicker(features: NDArray[np.floating]) -> float:
    """Mean distance of a frame's features (F, D) from the next one's."""
    if len(features) < 2:
        return 0.0
    return float(np.linalg.norm(np.diff(features, axis=0), axis=1).mean())


def motion(clip: Pixels) -> float:
    """Mean length of the optical flow, in pixels a frame, where the picture has texture.

    Args:
        clip: (F, H, W, 3) uint8.
    """
    frames = np.asarray(clip, np.float64) @ np.array([0.299, 0.587, 0.114]) / 255
    if len(frames) < 2:
        return 0.0
    lengths = []
    for before, after in pairwise(frames):
        flow, sure = optical_flow(before, after)
        length = np.hypot(flow[0], flow[1])
        lengths.append(float(length[sure].mean()) if sure.any() else 0.0)
    return float(np.mean(lengths))


def optical_flow(before: Field, after: Field) -> tuple[Field, NDArray[np.bool_]]:
    """Lucas and Kanade's flow over a pyramid: after(x + flow) ≈ before(x) (Bouguet 2001).

    Args:
        before: (H, W) brightness in 0..1.
        after: the next frame.

    Returns:
        (2, H, W) flow down and to the right, in pixels, and (H, W) where it can be told.
    """
    from scipy.ndimage import gaussian_filter, map_coordinates, zoom

    pyramid = [(before, after)]
    while len(pyramid) < _LEVELS and min(pyramid[-1][0].shape) >= 48:
        first, second = (_array(gaussian_filter(one, 1.0))[::2, ::2] for one in pyramid[-1])
        pyramid.append((first, second))
    flow = np.zeros((2, *pyramid[-1][0].shape))
    inside = np.ones(before.shape, bool)
    for first, second in reversed(pyramid):
        if flow.shape[1:] != first.shape:
            scale = [one / two for one, two in zip(first.shape, flow.shape[1:], strict=True)]
            flow = np.stack([_array(zoom(part, scale, order=1)) * 2 for part in flow])
        first, second = (_array(gaussian_filter(one, 0.7)) for one in (first, second))
        down, right = np.gradient(first)
        a = gaussian_filter(down * down, _WINDOW)
        b = gaussian_filter(down * right, _WINDOW)
        c = gaussian_filter(right * right, _WINDOW)
        # Ridge: in a flat region, or along an edge, the flow stays where the coarse level put it.
        ridge = 1e-5 + 1e-2 * (a + c)
        determinant = (a + ridge) * (c + ridge) - b * b
        places = np.mgrid[0 : first.shape[0], 0 : first.shape[1]].astype(np.float64)
        most = np.array(first.shape).reshape(2, 1, 1) - 1
        for _ in range(_STEPS):
            target = places + flow
            # What has left the picture says nothing; its neighbours speak for it.
            inside = ((target >= 0) & (target <= most)).all(axis=0)
            change = (map_coordinates(second, target, order=1, mode="nearest") - first) * inside
            p = gaussian_filter(down * change, _WINDOW)
            q = gaussian_filter(right * change, _WINDOW)
            flow[0] -= ((c + ridge) * p - b * q) / determinant
            flow[1] -= ((a + ridge) * q - b * p) / determinant
    down, right = np.gradient(gaussian_filter(before, 0.7))
    return flow, inside & (gaussian_filter(down**2 + right**2, _WINDOW) > _TEXTURE)


def _array(output: object) -> Field:
    """SciPy's filters are typed as returning one of many things."""
    return np.asarray(output, np.float64)
