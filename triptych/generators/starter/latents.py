"""Shared latents Z: K learned queries read the LLM's state; one trunk, a small head a consumer.

The queries are put after the copy and read what the decoding pass has kept of it (`decoding.py`):
Z ∈ R^{K×D} of written copy costs the end token and K positions, no second reading. A head encodes
first and projects last (as MetaQueries found best): one for the image denoiser, one for
the video denoiser, one into CLIP space, so that Z can be held against the picture and the clip.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from triptych.generators.weights import load_module, save_module


@dataclass(frozen=True)
class LatentsConfig:
    """Sizes of the shared latents and of what they feed."""

    hidden: int = 256
    """Width of the language model."""
    count: int = 16
    """K."""
    width: int = 192
    """D."""
    conditioning: int = 192
    """Width of the denoisers' cross-attention."""
    clip: int = 128
    """Width of the CLIP space."""
    layers: int = 1
    heads: int = 4


class Connector(nn.Module):
    """Z (B, K, D) to a denoiser's conditioning (B, K, C): encodes first, projects last."""

    def __init__(self, count: int, width: int, conditioning: int, layers: int, heads: int) -> None:
        super().__init__()
        self.count = count
        layer = nn.TransformerEncoderLayer(
            width, heads, 2 * width, dropout=0.0, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.project = nn.Linear(width, conditioning)

    def forward(self, latents: Tensor) -> Tensor:
        """(B, K, D) to (B, K, C)."""
        return self.project(self.norm(self.encoder(latents)))


class SharedLatents(nn.Module):
    """Queries, trunk and heads."""

    def __init__(self, config: LatentsConfig) -> None:
        super().__init__()
        self.config = config
        self.queries = nn.Parameter(torch.randn(config.count, config.hidden) * 0.02)
        self.trunk = nn.Sequential(
            nn.LayerNorm(config.hidden),
            nn.Linear(config.hidden, config.width),
        )
        sizes = (config.count, config.width, config.conditioning, config.layers, config.heads)
        self.image = Connector(*sizes)
        self.video = Connector(*sizes)
        self.clip = nn.Sequential(nn.LayerNorm(config.width), nn.Linear(config.width, config.clip))

    def from_states(self, states: Tensor) -> Tensor:
        """The LLM's last states at the query positions (B, K, H) to Z (B, K, D)."""
        return self.trunk(states)

    def to_clip(self, latents: Tensor) -> Tensor:
        """Z (B, K, D) to unit vectors (B, E) in CLIP space."""
        return functional.normalize(self.clip(latents.mean(dim=1)), dim=-1)

    def save(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors`."""
        save_module(self, asdict(self.config), folder)

    @classmethod
    def from_pretrained(cls, folder: Path) -> SharedLatents:
        """Load what `save` wrote; raises `ModelError` if it is not there or does not fit."""
        return load_module(lambda config: cls(LatentsConfig(**config)), folder)
