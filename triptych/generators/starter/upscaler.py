"""The last stage of the cascade: pictures of 128×128 to 512×512 (Ho et al. 2022, in one step).

What the denoiser leaves soft or wrong at 128 pixels shows at 512. So this network learns from
pictures with the denoiser's own faults to draw the render, rather than to enlarge what is there.
It has no noise of its own: the same picture always gives the same one, and frames that are alike
stay alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from triptych.generators.weights import load_module, save_module


@dataclass(frozen=True)
class UpscalerConfig:
    """Sizes: width and number of the residual blocks, and by how much sides grow (2 or 4)."""

    width: int = 64
    blocks: int = 8
    factor: int = 4


class Block(nn.Module):
    """Two convolutions beside a straight way; at first it changes nothing."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.last = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

    def forward(self, seen: Tensor) -> Tensor:
        """(B, C, h, w) to as many."""
        return seen + self.last(functional.silu(self.first(functional.silu(seen))))


class Upscaler(nn.Module):
    """Residual blocks at half the size, where a CPU can afford them, then two steps up.

    It draws what differs from bicubic interpolation, which is what it gives before training.
    """

    def __init__(self, config: UpscalerConfig) -> None:
        super().__init__()
        self.config = config
        wide, narrow = config.width, config.width // 2
        self.first = nn.Conv2d(12, wide, 3, padding=1)
        self.blocks = nn.Sequential(*(Block(wide) for _ in range(config.blocks)))
        self.up = nn.Conv2d(wide, 4 * narrow, 3, padding=1)
        self.beside = nn.Conv2d(narrow + 3, narrow, 3, padding=1)
        self.last = nn.Conv2d(narrow, 3 * config.factor**2, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

    def forward(self, pixels: Tensor) -> Tensor:
        """Pixels (B, 3, H, W) in −1..1, of even sides, to (B, 3, f · H, f · W), not clamped."""
        factor = self.config.factor
        seen = self.blocks(self.first(functional.pixel_unshuffle(pixels, 2)))
        whole = functional.pixel_shuffle(functional.silu(self.up(seen)), 2)
        whole = functional.silu(self.beside(torch.cat([whole, pixels], dim=1)))
        enlarged = functional.interpolate(
            pixels, scale_factor=factor, mode="bicubic", align_corners=False
        )
        return enlarged + functional.pixel_shuffle(self.last(whole), factor)

    @torch.no_grad()
    def enlarge(self, pixels: Tensor) -> Tensor:
        """As `forward`, picture by picture: frames of a clip need no more memory than a still."""
        one_by_one: Sequence[Tensor] = [self(one[None])[0] for one in pixels.clamp(-1, 1)]
        return torch.stack(list(one_by_one))

    def save(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors`."""
        save_module(self, asdict(self.config), folder)

    @classmethod
    def from_pretrained(cls, folder: Path) -> Upscaler:
        """Load what `save` wrote; raises `ModelError` if it is not there or does not fit."""
        return load_module(lambda config: cls(UpscalerConfig(**config)), folder)
