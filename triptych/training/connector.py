"""Training a connector, first part: on words alone.

The warm-up asks only that the connector say what the pipeline's own text encoder would say of the
same caption. It is cheap, needs no picture, and makes the second part (`diffusion.py`) converge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from triptych.generators.pretrained.connector import Connector, ConnectorConfig
from triptych.generators.pretrained.prompts import Embedded, embed_prompts, hears_zeros
from triptych.training.data import draw, to_device

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline

Export = Callable[[Connector, Path], None]


@dataclass(frozen=True)
class Said:
    """What the copies of a split say: Z (N, R, K, D) of R copies a case, and N captions."""

    shared: Tensor
    captions: list[str]

    def draw(self, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Rows (B,) and the Z (B, K, D) of one copy each."""
        rows = draw(len(self.captions), size, generator)
        return rows, self.shared[rows, draw(self.shared.shape[1], size, generator)].float()


@dataclass
class WordsBatch:
    """Z (B, K, D) of copies, and the captions of what they sell."""

    shared: Tensor
    captions: list[str]


def new_connector(
    pipeline: DiffusionPipeline,
    *,
    language_model: str,
    pipeline_name: str,
    count: int,
    width: int,
    inner: int = 512,
    layers: int = 4,
    heads: int = 4,
) -> Connector:
    """A fresh connector with the sizes of a pipeline's own prompt embeddings.

    Args:
        pipeline: a loaded diffusers pipeline.
        language_model: name and revision of the model whose Z (count, width) it will read.
        pipeline_name: name and revision of the pipeline.

    Its empty conditioning is what the pipeline hears when nothing is said.
    """
    empty = embed_prompts(pipeline, ["a picture", ""])
    pooled = empty.pooled
    connector = Connector(
        ConnectorConfig(
            language_model=language_model,
            pipeline=pipeline_name,
            count=count,
            width=width,
            length=empty.sequence.shape[1],
            conditioning=empty.sequence.shape[2],
            pooled=0 if pooled is None else pooled.shape[1],
            inner=inner,
            layers=layers,
            heads=heads,
        )
    )
    if not hears_zeros(pipeline):  # which is what the buffers begin with
        connector.empty.copy_(empty.sequence[1])
        if pooled is not None:
            connector.empty_pooled.copy_(pooled[1])
    return connector.to(pipeline.device)


class WarmUpObjective(nn.Module):
    """Regress the frozen text encoder's embeddings of captions from the Z of their copy.

    The loss is the mean squared error relative to that of the mean embedding.

    Args:
        connector: what is trained.
        pipeline: whose text encoder tells what is to be said; frozen here.
        train: to learn from.
        validation: to be judged by.
        export: writes the connector.
    """

    def __init__(
        self,
        connector: Connector,
        pipeline: DiffusionPipeline,
        train: Said,
        validation: Said,
        export: Export,
    ) -> None:
        super().__init__()
        self.connector = connector
        self._pipeline, self._train, self._validation = freeze(pipeline), train, validation
        self._export = export
        sample = embed_prompts(pipeline, train.captions[:64])
        self._scale = sample.sequence.float().var().clamp(min=1e-8)
        self._scale_pooled = None
        if sample.pooled is not None:
            self._scale_pooled = sample.pooled.float().var().clamp(min=1e-8)

    def batch(self, generator: torch.Generator, size: int) -> WordsBatch:
        """Copies and captions of the training split."""
        rows, shared = self._train.draw(size, generator)
        return WordsBatch(shared, [self._train.captions[row] for row in rows.tolist()])

    def forward(self, batch: WordsBatch) -> dict[str, Tensor]:
        """`loss`, and its part for the pooled embedding where there is one."""
        batch = to_device(batch, self)
        said, said_pooled = self.connector(batch.shared)
        target, mask, pooled = self._target(embed_prompts(self._pipeline, batch.captions))
        wrong = (said - target).square() * mask
        loss = wrong.sum() / (mask.sum() * target.shape[-1]) / self._scale.to(said)
        losses = {"loss": loss}
        if said_pooled is not None and pooled is not None and self._scale_pooled is not None:
            losses["pooled"] = functional.mse_loss(said_pooled, pooled) / self._scale_pooled
            losses["loss"] = loss + losses["pooled"]
        return losses

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """The loss on at most 64 validation cases."""
        shared, captions = self._validation.shared[:64, 0].float(), self._validation.captions[:64]
        return {"loss": float(self(WordsBatch(shared, captions))["loss"])}

    def export(self, folder: Path) -> None:
        """Write the connector."""
        self._export(self.connector, folder)

    def _target(self, one: Embedded) -> tuple[Tensor, Tensor, Tensor | None]:
        """Sequence and mask at the connector's length, and the pooled embedding."""
        length, like = self.connector.config.length, self.connector.empty
        mask = torch.ones(one.sequence.shape[:2]) if one.mask is None else one.mask
        pooled = None if one.pooled is None else one.pooled.to(like)
        return (
            _fitted(one.sequence.to(like), length),
            _fitted(mask[..., None].to(like), length),
            pooled,
        )


def freeze(pipeline: DiffusionPipeline) -> DiffusionPipeline:
    """Switch off the gradients of everything in a pipeline."""
    for module in pipeline.components.values():
        if isinstance(module, nn.Module):
            module.requires_grad_(False)
    return pipeline


def _fitted(values: Tensor, length: int) -> Tensor:
    """(B, L', C) cut or filled with zeros to (B, length, C)."""
    return functional.pad(values[:, :length], (0, 0, 0, max(0, length - values.shape[1])))
