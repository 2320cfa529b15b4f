"""Sliced Wasserstein distance of patches, scale by scale (Karras et al. 2018, section 5).

Patches of a Laplacian pyramid's level show structure of one size alone: the finest level tells of
outlines and grain, the coarsest of layout. No network is asked: none can be fooled, or fetched.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from triptych.protocols import Pixels

PATCH, PATCHES = 7, 128
"""Side of a patch, and how many are taken of a picture and level."""
DIRECTIONS = 512
SMALLEST = 16
"""Side of the coarsest level."""


def sliced_wasserstein(
    left: Sequence[Pixels], right: Sequence[Pixels], seed: int = 0
) -> dict[int, float]:
    """Distance of two sets of as many pictures at each level of their pyramids, times 1000.

    Patches are brought to zero mean and unit variance in each colour, then projected on random
    directions, where the Wasserstein distance is the mean distance of sorted values.

    Args:
        left: N pictures (S, S, 3) uint8.
        right: N others.
        seed: of patches and directions.

    Returns:
        by the side of the level in pixels, the finest first.
    """
    if len(left) != len(right):
        raise ValueError(f"{len(left)} pictures cannot be held against {len(right)}")
    generator = torch.Generator().manual_seed(seed)
    distances = {}
    for one, two in zip(_pyramid(_stacked(left)), _pyramid(_stacked(right)), strict=True):
        directions = torch.randn(3 * PATCH**2, DIRECTIONS, generator=generator)
        directions = functional.normalize(directions, dim=0)
        values = [(_patches(level, generator) @ directions).sort(dim=0)[0] for level in (one, two)]
        distances[one.shape[-1]] = 1000 * float((values[0] - values[1]).abs().mean())
    return distances


def _stacked(images: Sequence[Pixels]) -> Tensor:
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 127.5 - 1


def _pyramid(images: Tensor) -> list[Tensor]:
    """(N, 3, S, S) to its Laplacian levels; the last one is what remains."""
    levels = []
    while images.shape[-1] > SMALLEST:
        smaller = _blurred(images)[..., ::2, ::2]
        wide = torch.zeros_like(images)
        wide[..., ::2, ::2] = 4 * smaller
        levels.append(images - _blurred(wide))
        images = smaller
    return [*levels, images]


def _blurred(images: Tensor) -> Tensor:
    """The binomial filter 1 4 6 4 1 along both axes."""
    taps = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    kernel = torch.outer(taps, taps).expand(3, 1, 5, 5)
    return functional.conv2d(functional.pad(images, (2, 2, 2, 2), "reflect"), kernel, groups=3)


def _patches(level: Tensor, generator: torch.Generator) -> Tensor:
    """(N · PATCHES, 3 · PATCH²) at random places, normalised in each colour."""
    count, _, side, _ = level.shape
    windows = level.unfold(2, PATCH, 1).unfold(3, PATCH, 1)
    rows = torch.arange(count).repeat_interleave(PATCHES)
    at = torch.randint(side - PATCH + 1, (2, len(rows)), generator=generator)
    chosen = windows[rows, :, at[0], at[1]]
    mean = chosen.mean(dim=(0, 2, 3), keepdim=True)
    return ((chosen - mean) / chosen.std(dim=(0, 2, 3), keepdim=True).clamp(min=1e-8)).flatten(1)
