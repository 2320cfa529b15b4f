"""From the language model's shared latents Z to a diffusion pipeline's conditioning.

Encode first, project last: a small transformer reads Z, learned output queries, one for each
conditioning position, read what it found, and one linear layer takes them to the pipeline's width.
A connector belongs to the pair of models that it was trained for and refuses any other.
"""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from triptych.errors import ModelError
from triptych.generators.weights import load_module, save_module


@dataclass(frozen=True)
class ConnectorConfig:
    """Sizes of a connector and the pair of models that it joins."""

    language_model: str
    """Name and revision of the language model and the latent head whose Z it reads."""
    pipeline: str
    """Name and revision of the pipeline that it speaks to."""
    count: int
    """K."""
    width: int
    """D."""
    length: int
    """L, conditioning positions."""
    conditioning: int
    """C, the pipeline's conditioning width."""
    pooled: int = 0
    """P; 0 where the pipeline takes no pooled embedding."""
    inner: int = 512
    layers: int = 4
    heads: int = 4


class Connector(nn.Module):
    """Z (B, K, D) to a sequence (B, L, C) and a pooled embedding (B, P) or None."""

    empty: Tensor
    empty_pooled: Tensor

    def __init__(self, config: ConnectorConfig) -> None:
        super().__init__()
        self.config = config
        inner, heads = config.inner, config.heads
        options = {"dropout": 0.0, "batch_first": True, "norm_first": True}
        self.enter = nn.Linear(config.width, inner)
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(inner, heads, 4 * inner, **options),
            config.layers,
            enable_nested_tensor=False,
        )
        self.queries = nn.Parameter(torch.randn(config.length, inner) * 0.02)
        self.decoder = nn.TransformerDecoder(
            nn.TransformerDecoderLayer(inner, heads, 4 * inner, **options), config.layers
        )
        self.norm = nn.LayerNorm(inner)
        self.project = nn.Linear(inner, config.conditioning)
        self.project_pooled = nn.Linear(inner, config.pooled) if config.pooled else None
        self.register_buffer("empty", torch.zeros(config.length, config.conditioning))
        self.register_buffer("empty_pooled", torch.zeros(config.pooled))

    def forward(self, latents: Tensor) -> tuple[Tensor, Tensor | None]:
        """(B, K, D) to (B, L, C) and (B, P) or None."""
        read = self.encoder(self.enter(latents))
        queries = self.queries.expand(len(latents), -1, -1)
        states = self.norm(self.decoder(queries, read))
        pooled = None if self.project_pooled is None else self.project_pooled(read.mean(dim=1))
        return self.project(states), pooled

    def silence(self, batch: int) -> tuple[Tensor, Tensor | None]:
        """What the pipeline hears when nothing is said: the unconditional half of guidance."""
        pooled = None if not self.config.pooled else self.empty_pooled.expand(batch, -1)
        return self.empty.expand(batch, -1, -1), pooled

    def check(self, language_model: str, pipeline: str) -> None:
        """Raise `ModelError` unless it was trained for this pair."""
        for what, mine, theirs in (
            ("language model", self.config.language_model, language_model),
            ("pipeline", self.config.pipeline, pipeline),
        ):
            if mine != theirs:
                raise ModelError(
                    f"The connector was trained for the {what} {mine}, not {theirs}.",
                    "Train one for this pair with `triptych train connector`, or leave `connector`"
                    " out of the profile: the pipeline's own text encoder is used then.",
                )

    def for_pipeline(self, pipeline: str) -> Connector:
        """A copy that belongs to another pipeline: to the same one with LoRA, for instance."""
        twin = copy.deepcopy(self)
        twin.config = replace(self.config, pipeline=pipeline)
        return twin

    def save(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors`."""
        save_module(self, asdict(self.config), folder)

    @classmethod
    def from_pretrained(cls, folder: Path) -> Connector:
        """Load what `save` wrote; raises `ModelError` if it is not there or torn."""
        return load_module(lambda config: cls(ConnectorConfig(**config)), Path(folder))
