"""Stage `clip`: an open_clip model trained contrastively on pictures and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor, nn

from triptych.cases.format import Case
from triptych.protocols import Pixels
from triptych.training.data import Pack, draw, to_device, to_float
from triptych.training.losses import contrastive_loss
from triptych.training.preprocess import augment

Describe = Callable[[Case, Random], str]
"""A text of a case for the contrast: a caption, or a claim of its copy, no longer than fits."""


@dataclass
class ClipBatch:
    """Normalised pixels (B, 3, S, S) and token ids (B, L)."""

    pixels: Tensor
    tokens: Tensor


class ClipObjective(nn.Module):
    """Symmetric InfoNCE (Radford et al. 2021).

    Args:
        model: an open_clip model.
        tokenize: texts to (B, L) ids.
        normalise: −1..1 pixels to what the image tower expects.
        describe: draws a text of a case.
        train: pictures and clips' frames to learn from.
        validation: those to be judged by.
    """

    def __init__(
        self,
        model: nn.Module,
        tokenize: Callable[[Sequence[str]], Tensor],
        normalise: Callable[[Tensor], Tensor],
        describe: Describe,
        train: Pack,
        validation: Pack,
        export: Callable[[nn.Module, Path], None],
    ) -> None:
        super().__init__()
        self.model = model
        self._tokenize, self._normalise, self._describe = tokenize, normalise, describe
        self._train, self._validation, self._write = train, validation, export

    def batch(self, generator: torch.Generator, size: int) -> ClipBatch:
        """Stills, and a frame of every third clip; cropped and tinted a little."""
        rng = Random(int(torch.randint(2**62, (1,), generator=generator)))
        rows = draw(len(self._train), size, generator).tolist()
        pixels = augment(np.stack([self._picture(row, rng) for row in rows]), generator)
        texts = [self._describe(self._train.cases[row], rng) for row in rows]
        return ClipBatch(self._normalise(pixels), self._tokenize(texts))

    def forward(self, batch: ClipBatch) -> dict[str, Tensor]:
        """`loss`, and the share of pictures that find their own text."""
        batch = to_device(batch, self)
        images, texts, scale = self.model(batch.pixels, batch.tokens)[:3]
        own = torch.arange(len(images), device=images.device)
        right = (images @ texts.T).argmax(dim=1) == own
        loss = contrastive_loss(texts, images, scale.clamp(max=100.0))
        return {"loss": loss, "retrieval": right.float().mean()}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Loss and top-1 retrieval within batches of 64 validation cases, or all if fewer."""
        rng = Random(0)
        by_name: dict[str, list[float]] = {}
        size = min(64, len(self._validation))
        for start in range(0, len(self._validation) - size + 1, size):
            pixels = to_float(self._validation.images[start : start + size])
            cases = self._validation.cases[start : start + size]
            texts = [self._describe(case, rng) for case in cases]
            losses = self(ClipBatch(self._normalise(pixels), self._tokenize(texts)))
            for name, value in losses.items():
                by_name.setdefault(name, []).append(float(value))
        return {name: sum(values) / len(values) for name, values in by_name.items()}

    def export(self, folder: Path) -> None:
        """Write the model in open_clip's own folder format."""
        self._write(self.model, folder)

    def _picture(self, index: int, rng: Random) -> Pixels:
        pack = self._train
        if len(pack.clips) and rng.random() < 1 / 3:
            place = int((pack.clip_cases == index).argmax())
            if pack.clip_cases[place] == index:
                return pack.clips[place, rng.randrange(pack.clips.shape[1])]
        return pack.images[index]
