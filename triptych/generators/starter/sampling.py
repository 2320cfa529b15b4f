"""DDIM sampling of the starter's denoisers, step by step, so that a search can steer it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from diffusers import DDIMScheduler
from torch import Tensor

from triptych.domain import Spend
from triptych.protocols import Made, Pixels, Progress

Denoise = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(noisy (B, …), time steps (B,), rows of the conditioning (B,)) to the model's prediction."""
Decode = Callable[[Tensor], list[Pixels]]


class DdimSampling:
    """A batch on its way from noise to picture (Song et al. 2021; guidance by Ho & Salimans 2022).

    Args:
        denoise: predicts with classifier-free guidance already joined; told which rows remain.
        decode: normalised latents to pixels, one array a sample.
        sketch: the same for previews, cheaper and coarser.
        scheduler: a DDIM scheduler of its own, whose steps are set here.
        shape: of one sample's latents.
        seeds: one a sample; noise depends on nothing else.
        steps: denoising steps from noise to picture.
        eta: DDIM's η.
        nfe_each: denoiser evaluations one step of one sample costs (2 with guidance).
    """

    def __init__(
        self,
        denoise: Denoise,
        decode: Decode,
        sketch: Decode,
        scheduler: DDIMScheduler,
        shape: tuple[int, ...],
        seeds: Sequence[int],
        steps: int,
        eta: float = 0.0,
        nfe_each: int = 2,
        notes: tuple[str, ...] = (),
        on_step: Progress | None = None,
    ) -> None:
        self._denoise, self._scheduler = denoise, scheduler
        self._decode, self._sketch = decode, sketch
        self._eta, self._nfe_each, self._notes, self._on_step = eta, nfe_each, notes, on_step
        scheduler.set_timesteps(steps)
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self._noisy = torch.stack([torch.randn(shape, generator=g) for g in self._generators])
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
            prediction = self._denoise(self._noisy, times, self._rows)
            noise = None
            if self._eta > 0:
                noise = torch.stack(
                    [torch.randn(x.shape, generator=g) for x, g in self._noisy_with_generators()]
                )
            moved: Any = self._scheduler.step(
                prediction, int(moment), self._noisy, eta=self._eta, variance_noise=noise
            )
            self._noisy, self._predicted = moved.prev_sample, moved.pred_original_sample
            self._step += 1
            self._charge(time.perf_counter() - started)
            if self._on_step:
                self._on_step(self._step, self.steps)

    @torch.no_grad()
    def preview(self) -> list[Pixels]:
        """The predicted x0 of each sample, sketched; before the first step, that of pure noise."""
        return self._sketch(self._noisy if self._predicted is None else self._predicted)

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
                seed = (generator.initial_seed(), index, copies[index], self._step)
                generator = torch.Generator().manual_seed(hash(seed) % 2**63)
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
        pixels = self._decode(self._noisy)
        share = (time.perf_counter() - started) / max(self.size, 1)
        return [
            Made(image, Spend(seconds=seconds + share, nfe=nfe), self._notes)
            for image, seconds, nfe in zip(pixels, self._seconds, self._spent, strict=True)
        ]

    def _noisy_with_generators(self) -> list[tuple[Tensor, torch.Generator]]:
        return list(zip(self._noisy, self._generators, strict=True))

    def _charge(self, seconds: float) -> None:
        self._nfe += self.size * self._nfe_each
        self._spent = [nfe + self._nfe_each for nfe in self._spent]
        self._seconds = [spent + seconds / self.size for spent in self._seconds]


def to_pixels(decoded: Tensor) -> Pixels:
    """Decoded (…, 3, H, W) in −1..1 to uint8 (…, H, W, 3)."""
    scaled = ((decoded.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return np.ascontiguousarray(scaled.movedim(-3, -1).numpy())


def from_pixels(pixels: Pixels) -> Tensor:
    """uint8 (…, H, W, 3) to float (…, 3, H, W) in −1..1."""
    return torch.from_numpy(np.array(pixels)).movedim(-1, -3).float() / 127.5 - 1
