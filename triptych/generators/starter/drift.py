"""How a clip drifts from its key image, before any model is asked: a Gaussian process in time.

Away from its key image each latent wanders like an Ornstein-Uhlenbeck process that starts there,

    cov(f, g) = spread² (e^(−|f−g| / memory) − e^(−(f+g) / memory)),

and frames share half of their noise (PYoCo, Ge et al. 2023). In the basis that makes both diagonal
slow change is large and flicker is small, as it is in films; so the best guess from noisy frames
is had in closed form, mode by mode, and a network is left to say what is left over.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

SHARED = 0.5
"""Share of a frame's noise variance that all frames have in common."""


def correlated(noise: Tensor) -> Tensor:
    """Noise (B, C, F, h, w) of which every frame shares half with frame 0, whose own is not needed.

    Unit variance still; so what stands still stays still.
    """
    common = noise[:, :, :1]
    mixed = SHARED**0.5 * common + (1 - SHARED) ** 0.5 * noise
    return torch.cat([common, mixed[:, :, 1:]], dim=2)


class Drift(nn.Module):
    """The prior of frames 1 to F−1 given frame 0, as preconditioning (EDM, Karras et al. 2022).

    Args:
        frames: F of a clip, the key image among them.
        spread: standard deviation of a frame's latents about the key image's, long after it.
        memory: frames in which it loses touch with where it was.
    """

    def __init__(self, frames: int, spread: float, memory: float) -> None:
        super().__init__()
        place = torch.arange(1, frames, dtype=torch.float64)
        apart, together = (place[:, None] - place).abs(), place[:, None] + place
        drift = spread**2 * (torch.exp(-apart / memory) - torch.exp(-together / memory))
        noise = SHARED + (1 - SHARED) * torch.eye(frames - 1, dtype=torch.float64)
        factor = torch.linalg.cholesky(noise)
        whitened = torch.linalg.solve(factor, torch.linalg.solve(factor, drift).T)
        variances, turned = torch.linalg.eigh(whitened)
        self.variances: Tensor
        self.to_frames: Tensor
        self.to_modes: Tensor
        self.turn: Tensor
        basis = factor @ turned
        for name, value in {
            "variances": variances,
            "to_frames": basis,
            "to_modes": torch.linalg.inv(basis),
            "turn": turned.T,
        }.items():
            self.register_buffer(name, value.float().contiguous(), persistent=False)

    def guess(self, noisy: Tensor, key: Tensor, alpha: Tensor) -> Tensor:
        """Posterior mean of the velocity v = (√ᾱ x_t − x₀) / √(1−ᾱ), frames 1 to F−1.

        In modes, of a deviation d_t = √ᾱ d₀ + √(1−ᾱ) ε with d₀ ~ N(0, λ) and ε ~ N(0, 1), it is
        √(ᾱ(1−ᾱ)) (1−λ) d_t / (ᾱλ + 1−ᾱ) − √(1−ᾱ) key, the key image being no part of a mode.

        Args:
            noisy: (B, C, F−1, h, w) x_t.
            key: (B, C, 1, h, w).
            alpha: (B,) ᾱ.
        """
        wide = alpha.view(-1, 1, 1, 1, 1)
        deviation = _along_frames(self.to_modes, noisy - wide.sqrt() * key)
        gain = (wide * (1 - wide)).sqrt() * (1 - self._modes()) / self._total(wide)
        return _along_frames(self.to_frames, gain * deviation) - (1 - wide).sqrt() * key

    def coloured(self, white: Tensor, alpha: Tensor) -> Tensor:
        """White noise (B, C, F−1, h, w) made as large, mode by mode, as that guess is wrong.

        The velocity's posterior variance is λ / (ᾱλ + 1−ᾱ) in each mode.
        """
        wide = alpha.view(-1, 1, 1, 1, 1)
        deviation = (self._modes() / self._total(wide)).sqrt()
        return _along_frames(self.to_frames, deviation * _along_frames(self.turn, white))

    def calmed(self, noise: Tensor, power: float) -> Tensor:
        """Noise (B, C, F, h, w) to begin in, its quicker modes damped by (λ / λ₁)^power.

        What a clip does quickly comes from there, and what a small network makes of it is flicker
        more than motion. The price is that a clip moves less. 0 damps nothing.
        """
        gain = (self.variances / self.variances.max()) ** power
        modes = _along_frames(self.to_modes, noise[:, :, 1:]) * gain.view(1, 1, -1, 1, 1)
        return torch.cat([noise[:, :, :1], _along_frames(self.to_frames, modes)], dim=2)

    def _modes(self) -> Tensor:
        return self.variances.view(1, 1, -1, 1, 1)

    def _total(self, alpha: Tensor) -> Tensor:
        return alpha * self._modes() + 1 - alpha


def _along_frames(matrix: Tensor, clips: Tensor) -> Tensor:
    return torch.einsum("gf,bcfhw->bcghw", matrix, clips)
