"""Shared latents Z of any causal language model: learned queries after the copy, then a trunk."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from triptych.errors import ModelError
from triptych.generators.weights import load_module, save_module


@dataclass(frozen=True)
class LatentHeadConfig:
    """Sizes of a head, and the language model that it was trained for."""

    language_model: str
    """Name and revision."""
    hidden: int
    """Width of the language model."""
    count: int = 32
    """K."""
    width: int = 768
    """D."""


class LatentHead(nn.Module):
    """K query embeddings for a language model's input, and a trunk from its states to Z.

    Untrained it is random but always the same: Z then still depends on the copy, as random
    features of it, and a connector can be trained on it.
    """

    def __init__(self, config: LatentHeadConfig) -> None:
        super().__init__()
        self.config = config
        generator = torch.Generator().manual_seed(0)
        self.queries = nn.Parameter(
            torch.randn(config.count, config.hidden, generator=generator) * 0.02
        )
        self.norm = nn.LayerNorm(config.hidden)
        self.project = nn.Linear(config.hidden, config.width)
        with torch.no_grad():
            weight = torch.randn(config.width, config.hidden, generator=generator)
            self.project.weight.copy_(weight * config.hidden**-0.5)
            self.project.bias.zero_()

    def forward(self, states: Tensor) -> Tensor:
        """Last hidden states at the queries (B, K, H) to Z (B, K, D)."""
        return self.project(self.norm(states))

    def check(self, language_model: str) -> None:
        """Raise `ModelError` unless it was trained for this language model."""
        if self.config.language_model != language_model:
            raise ModelError(
                f"The latent head was trained for {self.config.language_model}, "
                f"not {language_model}.",
                "Train one for this model, or leave `head` out of the profile.",
            )

    def save(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors`."""
        save_module(self, asdict(self.config), folder)

    @classmethod
    def from_pretrained(cls, folder: Path) -> LatentHead:
        """Load what `save` wrote; raises `ModelError` if it is not there or torn."""
        return load_module(lambda config: cls(LatentHeadConfig(**config)), Path(folder))
