"""DDIM sampling of the starter's denoisers, step by step, so that a search can steer it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from diffusers import DDIMScheduler
from torch import Tensor

from triptych.domain import Spend
from triptych.protocols import Made, Pixels, Progress
from triptych.seeds import derive_seed

Denoise = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(noisy (B, …), time steps (B,), rows of the conditioning (B,)) to the model's prediction."""
Decode = Callable[[Tensor, Tensor], list[Pixels]]
"""(normalised latents (B, …), rows of the conditioning (B,)) to pixels, one array a sample."""


@dataclass(frozen=True)
class Recipe:
    """How a batch is made, whatever its noise.

    Attributes:
        denoise: predicts, with classifier-free guidance already joined.
        decode: to pixels, when done.
        sketch: the same for previews, cheaper and coarser.
        shape: of one sample's latents.
        steps: denoising steps from noise to picture.
        eta: DDIM's η.
        step_nfe: denoiser evaluations that one step of one sample costs.
        begin: what the first noise (B, …) is made into.
    """

    denoise: Denoise
    decode: Decode
    sketch: Decode
    shape: tuple[int, ...]
    steps: int
    eta: float = 0.0
    step_nfe: int = 2
    begin: Callable[[Tensor], Tensor] = lambda noise: noise


class DdimSampling:
    """A batch on its way from noise to picture (Song et al. 2021).

    Args:
        recipe: how it is made.
        scheduler: a DDIM scheduler of its own, whose steps are set here.
        seeds: one a sample; noise depends on nothing else.
        on_step: called with steps done and steps in all.
    """

    def __init__(
        self,
        recipe: Recipe,
        scheduler: DDIMScheduler,
        seeds: Sequence[int],
        on_step: Progress | None = None,
    ) -> None:
        self._recipe, self._scheduler, self._on_step = recipe, scheduler, on_step
        scheduler.set_timesteps(recipe.steps)
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        noise = [torch.randn(recipe.shape, generator=g) for g in self._generators]
        self._noisy = recipe.begin(torch.stack(noise))
        self._rows = torch.arange(len(seeds))
        self._predicted: Tensor | None = None
        self._step = 0
        self._nfe = 0
        self._spent = [0] * len(seeds)
        self._seconds = [0.0] * len(seeds)

    @property
    def step(self) -> int:
        """Steps done."""
        return self._step

    @property
    def steps(self) -> int:
        """Steps in all."""
        return len(self._scheduler.timesteps)

    @property
    def nfe(self) -> int:
        """Denoiser evaluations of the whole batch so far."""
        return self._nfe

    @property
    def size(self) -> int:
        """Samples still in the batch."""
        return len(self._noisy)

    @torch.no_grad()
    def advance(self, to_step: int) -> None:
        """Denoise until `to_step` steps are done."""
        while self._step < min(to_step, self.steps):
            started = time.perf_counter()
            moment = self._scheduler.timesteps[self._step]
            times = moment.expand(self.size)
            prediction = self._recipe.denoise(self._noisy, times, self._rows)
            noise = None
            if self._recipe.eta > 0:
                noise = torch.stack(
                    [torch.randn(x.shape, generator=g) for x, g in self._noisy_with_generators()]
                )
            moved: Any = self._scheduler.step(
                prediction, int(moment), self._noisy, eta=self._recipe.eta, variance_noise=noise
            )
            self._noisy, self._predicted = moved.prev_sample, moved.pred_original_sample
            self._step += 1
            self._charge(time.perf_counter() - started)
            if self._on_step:
                self._on_step(self._step, self.steps)

    @torch.no_grad()
    def preview(self) -> list[Pixels]:
        """The predicted x0 of each sample, sketched; before the first step, that of pure noise."""
        clean = self._noisy if self._predicted is None else self._predicted
        return self._recipe.sketch(clean, self._rows)

    def keep(self, indices: Sequence[int]) -> None:
        """Go on with these samples alone.

        A copy of a sample draws its own noise from here on, else η > 0 would not part them.
        """
        before = self._generators
        rows = torch.tensor(list(indices), dtype=torch.long)
        self._noisy, self._rows = self._noisy[rows], self._rows[rows]
        if self._predicted is not None:
            self._predicted = self._predicted[rows]
        generators, copies = [], [0] * len(before)
        for index in indices:
            generator = before[index]
            if copies[index]:
                path = ("copy", copies[index], self._step)
                seed = derive_seed(generator.initial_seed(), *path)
                generator = torch.Generator().manual_seed(seed)
            copies[index] += 1
            generators.append(generator)
        self._generators = generators
        self._spent = [self._spent[index] for index in indices]
        self._seconds = [self._seconds[index] for index in indices]

    @torch.no_grad()
    def finish(self) -> list[Made]:
        """Denoise to the end and decode."""
        self.advance(self.steps)
        started = time.perf_counter()
        pixels = self._recipe.decode(self._noisy, self._rows)
        share = (time.perf_counter() - started) / max(self.size, 1)
        return [
            Made(image, Spend(seconds=seconds + share, nfe=nfe))
            for image, seconds, nfe in zip(pixels, self._seconds, self._spent, strict=True)
        ]

    def _noisy_with_generators(self) -> list[tuple[Tensor, torch.Generator]]:
        return list(zip(self._noisy, self._generators, strict=True))

    def _charge(self, seconds: float) -> None:
        self._nfe += self.size * self._recipe.step_nfe
        self._spent = [nfe + self._recipe.step_nfe for nfe in self._spent]
        self._seconds = [spent + seconds / self.size for spent in self._seconds]


def to_pixels(decoded: Tensor) -> Pixels:
    """Decoded (…, 3, H, W) in −1..1 to uint8 (…, H, W, 3)."""
    scaled = ((decoded.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return np.ascontiguousarray(scaled.movedim(-3, -1).numpy())


def from_pixels(pixels: Pixels) -> Tensor:
    """uint8 (…, H, W, 3) to float (…, 3, H, W) in −1..1."""
    return torch.from_numpy(np.array(pixels)).movedim(-1, -3).float() / 127.5 - 1
