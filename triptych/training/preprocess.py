"""From stored pixels to what a model trains on, without changing what they show.

Pictures are (B, H, W, 3) and clips (B, F, H, W, 3), uint8; models take (B, 3, H, W) and
(B, F, 3, H, W), float in −1..1. A batch is worked on as a whole: crop and flip are one affine
sampling, all colour changes one 3×4 matrix a case, the same for every frame of a clip.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

Pixels = Tensor | NDArray[np.uint8]


@dataclass(frozen=True)
class Augmentation:
    """How far a picture may be changed and still be true to its words.

    The defaults keep each colour of the starter's world nearest to its own name.
    """

    least_side: float = 0.88
    """Smallest side of the crop, as a share of the whole."""
    flip: bool = True
    """Left to right, half of the time: no text of ours tells left from right."""
    brightness: float = 0.06
    """Most that is added or taken away, on a scale of 0 to 1."""
    contrast: float = 0.08
    hue: float = 4.0
    """Most turn of the hue, in degrees."""


MILD = Augmentation()

_LUMA = (0.299, 0.587, 0.114)


def prepare(pixels: Pixels, size: int | None = None) -> Tensor:
    """Resize and normalise.

    Args:
        pixels: (…, H, W, 3) uint8.
        size: side to resize to; a picture that is no square is cut to one from its middle.

    Returns:
        (…, 3, S, S) float in −1..1.
    """
    return normalise(resize(_channels_first(pixels), size))


def augment(
    pixels: Pixels,
    generator: torch.Generator,
    *,
    size: int | None = None,
    how: Augmentation = MILD,
) -> Tensor:
    """Crop, flip and tint a batch a little, differently for each case, then normalise.

    Args:
        pixels: (B, H, W, 3) or (B, F, H, W, 3) uint8; all frames of a clip are changed alike.
        generator: source of all chance, on the CPU; the same state gives the same batch.
        size: as in `prepare`.
        how: the limits.

    Returns:
        (B, 3, S, S) or (B, F, 3, S, S) float in −1..1.
    """
    batch = normalise(resize(_channels_first(pixels), size))
    frames = batch if batch.dim() == 5 else batch[:, None]
    frames = _tinted(_cropped(frames, generator, how), generator, how)
    return (frames if batch.dim() == 5 else frames[:, 0]).clamp(-1, 1)


def resize(pixels: Tensor, size: int | None) -> Tensor:
    """(…, 3, H, W) cut to a square and scaled with antialiasing; as it is if it fits."""
    height, width = pixels.shape[-2:]
    size = size or min(height, width)
    if (height, width) == (size, size):
        return pixels
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = pixels[..., top : top + side, left : left + side].reshape(-1, 3, side, side).float()
    scaled = F.interpolate(square, (size, size), mode="bilinear", antialias=True)
    return scaled.reshape(*pixels.shape[:-2], size, size)


def normalise(pixels: Tensor) -> Tensor:
    """0..255 of any type to float in −1..1."""
    return pixels.float().div_(127.5).sub_(1)


def to_pixels(images: Tensor) -> NDArray[np.uint8]:
    """(…, 3, H, W) float in −1..1 back to (…, H, W, 3) uint8."""
    scaled = images.detach().float().clamp(-1, 1).add(1).mul(127.5).round()
    return scaled.to(torch.uint8).movedim(-3, -1).contiguous().cpu().numpy()


def _channels_first(pixels: Pixels) -> Tensor:
    tensor = pixels if isinstance(pixels, Tensor) else torch.from_numpy(np.array(pixels))
    return tensor.movedim(-1, -3)


def _uniform(count: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    return torch.rand(count, generator=generator) * (high - low) + low


def _cropped(frames: Tensor, generator: torch.Generator, how: Augmentation) -> Tensor:
    """(B, F, 3, H, W), each case cropped and perhaps flipped, at its old size."""
    count, length = frames.shape[:2]
    side = _uniform(count, how.least_side, 1, generator)
    slack = 1 - side
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0] = matrix[:, 1, 1] = side
    matrix[:, 0, 2] = _uniform(count, -1, 1, generator) * slack
    matrix[:, 1, 2] = _uniform(count, -1, 1, generator) * slack
    if how.flip:
        matrix[:, 0] *= torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)[
            :, None
        ]
    flat = frames.flatten(1, 2)  # frames share their case's grid: as channels they are one sampling
    grid = F.affine_grid(
        matrix.to(frames.device), [count, flat.shape[1], *frames.shape[-2:]], align_corners=False
    )
    sampled = F.grid_sample(flat, grid, padding_mode="reflection", align_corners=False)
    return sampled.unflatten(1, (length, 3))


def _tinted(frames: Tensor, generator: torch.Generator, how: Augmentation) -> Tensor:
    """(B, F, 3, H, W) with brightness, contrast and hue turned a little, one way a case."""
    count = len(frames)
    gain = 1 + _uniform(count, -how.contrast, how.contrast, generator)
    shift = 2 * _uniform(count, -how.brightness, how.brightness, generator)
    angle = torch.deg2rad(_uniform(count, -how.hue, how.hue, generator))
    matrix = _hue_matrix(angle) * gain[:, None, None]
    turned = torch.einsum("bij,bfjhw->bfihw", matrix.to(frames), frames)
    return turned + shift.to(frames)[:, None, None, None, None]


def _hue_matrix(angle: Tensor) -> Tensor:
    """(B, 3, 3): turns colours about the grey axis by `angle` (radians), keeping their luma."""
    to_yiq = torch.tensor([_LUMA, (0.596, -0.274, -0.322), (0.211, -0.523, 0.312)])
    turn = torch.eye(3).repeat(len(angle), 1, 1)
    turn[:, 1, 1] = turn[:, 2, 2] = angle.cos()
    turn[:, 1, 2], turn[:, 2, 1] = -angle.sin(), angle.sin()
    return torch.linalg.inv(to_yiq) @ turn @ to_yiq
