"""How an image tower wants its pictures: fitted to its square, then normalised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import open_clip
import torch
from torch import Tensor
from torch.nn import functional

from triptych.errors import ModelError


@dataclass(frozen=True)
class Fitting:
    """From pictures of any size to an image tower's input, as open_clip's own transforms do it.

    Args:
        side: S, of the square.
        mean: of the red, green and blue channel in 0..1.
        std: the channels' standard deviations.
        mode: `shortest` brings the shorter side to S and cuts the middle out; `longest` brings the
            longer one to S and fills the rest; `squash` changes the proportions.
        interpolation: of the pixels.
        fill: what is put beside a picture under `longest`, 0..255.
    """

    side: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    mode: str = "shortest"
    interpolation: str = "bicubic"
    fill: int = 0

    def __post_init__(self) -> None:
        if self.mode not in _SHOWN or self.interpolation not in ("bicubic", "bilinear"):
            raise ModelError(
                f"An image tower that takes pictures resized by {self.mode!r} with"
                f" {self.interpolation!r} interpolation is not known here.",
                "Use an open_clip model with shortest, longest or squash, bicubic or bilinear.",
            )

    def __str__(self) -> str:
        mean, std = (", ".join(f"{x:.4g}" for x in t) for t in (self.mean, self.std))
        shown = f"{self.side}×{self.side} {_SHOWN[self.mode]}, {self.interpolation}"
        return f"{shown}, mean {mean}, deviation {std}"

    def fit(self, image: Tensor) -> Tensor:
        """(1, 3, H, W) uint8 to (1, 3, S, S) in 0..1."""
        pixels, side = image.float() / 255, self.side
        height, width = pixels.shape[-2:]
        if (height, width) == (side, side):
            return pixels
        if self.mode == "squash":
            return self._resize(pixels, side, side)
        if self.mode == "shortest":
            scale = side / min(height, width)
            pixels = self._resize(
                pixels, max(round(height * scale), side), max(round(width * scale), side)
            )
            top, left = (pixels.shape[-2] - side) // 2, (pixels.shape[-1] - side) // 2
            return pixels[..., top : top + side, left : left + side]
        scale = side / max(height, width)
        rows, columns = (max(min(round(one * scale), side), 1) for one in (height, width))
        pixels = self._resize(pixels, rows, columns)
        left, top = (side - columns) // 2, (side - rows) // 2
        around = (left, side - columns - left, top, side - rows - top)
        return functional.pad(pixels, around, value=self.fill / 255)

    def normalise(self, pixels: Tensor) -> Tensor:
        """(B, 3, S, S) in 0..1, less the mean and over the deviation."""
        mean, std = (torch.tensor(t, device=pixels.device) for t in (self.mean, self.std))
        return (pixels - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1)

    def _resize(self, pixels: Tensor, height: int, width: int) -> Tensor:
        resized = functional.interpolate(
            pixels, (height, width), mode=self.interpolation, antialias=True
        )
        return resized.clamp(0, 1)


def fitting_of(side: int, preprocessing: Mapping[str, Any]) -> Fitting:
    """From the side of a tower's input and open_clip's `preprocess_cfg`.

    Raises `ModelError` for a way of resizing that is not known here.
    """
    return Fitting(
        side,
        _three(preprocessing.get("mean"), open_clip.OPENAI_DATASET_MEAN),
        _three(preprocessing.get("std"), open_clip.OPENAI_DATASET_STD),
        str(preprocessing.get("resize_mode") or "shortest"),
        str(preprocessing.get("interpolation") or "bicubic"),
        int(preprocessing.get("fill_color") or 0),
    )


def _three(given: Sequence[float] | None, usual: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in (given or usual))


_SHOWN = {"shortest": "middle", "longest": "whole", "squash": "squashed"}
