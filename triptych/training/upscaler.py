"""Stage `upscaler`: renders at four times the size, from pictures as the denoiser draws them.

The pictures it learns from are renders made small and given the denoiser's faults (`faults.py`):
in cascaded diffusion (Ho et al. 2022) noise stands in for these. Pieces are learned, not whole
pictures: an outline is an outline wherever it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from triptych.generators.starter.autoencoder import Autoencoder
from triptych.generators.starter.sampling import to_pixels
from triptych.generators.starter.upscaler import Upscaler
from triptych.training.autoencoder import reconstruction_loss
from triptych.training.data import Pack, draw, to_device, to_float
from triptych.training.decoder import ALONE, psnr, pulled_by
from triptych.training.discriminator import PictureDiscriminator, frozen
from triptych.training.faults import Faults
from triptych.training.losses import adversarial_loss, critic_loss

PIECE = 64
"""Side of a piece of the small picture; a smaller picture is one piece."""

FAINT = 0.2
"""The most noise, as a share of the schedule. From more the denoiser draws outlines elsewhere than
the render has them, and what is learned of those is to blur."""


@dataclass
class Pieces:
    """Pieces of small pictures (B, 3, P, P) and of renders (B, 3, f · P, f · P), in −1..1."""

    small: Tensor
    large: Tensor


class UpscalerObjective(nn.Module):
    """Draw the render from what the decoder makes of it.

    Args:
        model: the upscaler.
        pictures: renders (N, f · S, f · S, 3) of both splits.
        small: (N, R, S, S, 3) uint8 of both splits: R pictures of each, with faults.
        adversarial: pull of the discriminator, as a share of that of the pixels.
    """

    def __init__(
        self,
        model: Upscaler,
        pictures: tuple[Pack, Pack],
        small: tuple[Tensor, Tensor],
        adversarial: float = 0.3,
    ) -> None:
        super().__init__()
        self.model = model
        self.discriminator = PictureDiscriminator()
        self.progress = 0.0
        self._pictures, self._small, self._adversarial = pictures, small, adversarial

    def batch(self, generator: torch.Generator, size: int) -> Pieces:
        """Pieces from anywhere in the training pictures, half of them mirrored."""
        pictures, small = self._pictures[0], self._small[0]
        side, factor = small.shape[2], self.model.config.factor
        piece, pieces = min(PIECE, side), []
        for row in draw(len(pictures), size, generator).tolist():
            variant, mirrored = draw(small.shape[1], 1, generator), draw(2, 1, generator)
            top, left = draw((side - piece) // 2 + 1, 2, generator).tolist()
            seen, wanted = small[row, int(variant)].numpy(), pictures.images[row]
            pair = _piece(seen, wanted, 2 * top, 2 * left, piece, factor)
            pieces.append([one.flip(-1) if mirrored else one for one in pair])
        return Pieces(*(torch.stack(parts) for parts in zip(*pieces, strict=True)))

    def forward(self, batch: Pieces) -> dict[str, Tensor]:
        """Losses of a batch."""
        batch = to_device(batch, self)
        drawn = self.model(batch.small).float()
        loss = reconstruction_loss(drawn, batch.large)
        if not (self.training and self._adversarial and self.progress >= ALONE):
            return {"loss": loss, "pixels": loss}
        real, fake = self.discriminator(batch.large), self.discriminator(drawn.detach())
        discriminator_loss = critic_loss(real, fake)
        fooled = adversarial_loss(frozen(self.discriminator, drawn))
        pulled = pulled_by(loss, fooled, drawn, self._adversarial)
        return {
            "loss": pulled + discriminator_loss,
            "pixels": loss,
            "adversarial": fooled,
            "discriminator": discriminator_loss,
        }

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Pixel loss and PSNR (dB) on 16 whole pictures, and the PSNR of bicubic interpolation."""
        pictures, small = self._pictures[1], self._small[1]
        count, figures = min(len(pictures), 16), []
        for row in range(count):
            pieces = Pieces(
                to_float(small[row, :1].numpy()), to_float(pictures.images[row : row + 1])
            )
            pieces = to_device(pieces, self)
            drawn = self.model(pieces.small).float()
            plain = functional.interpolate(
                pieces.small, drawn.shape[-2:], mode="bicubic", align_corners=False
            )
            figures.append(
                (
                    float(reconstruction_loss(drawn, pieces.large)),
                    psnr(drawn.clamp(-1, 1), pieces.large),
                    psnr(plain.clamp(-1, 1), pieces.large),
                )
            )
        loss, drawn_psnr, plain_psnr = (sum(one) / count for one in zip(*figures, strict=True))
        return {"loss": loss, "psnr": drawn_psnr, "psnr_bicubic": plain_psnr}

    def export(self, folder: Path) -> None:
        """Write the upscaler."""
        self.model.save(folder / "upscaler")


@torch.no_grad()
def made_small(
    images: NDArray[np.uint8],
    prompts: Sequence[str],
    factor: int,
    autoencoder: Autoencoder,
    faults: Faults,
    seed: int,
) -> Tensor:
    """Pictures made small and given the denoiser's faults, twice each.

    Args:
        images: (N, f · S, f · S, 3) renders.
        prompts: what the denoiser is told of each.
        factor: f.
        autoencoder: with the decoder that draws what is painted.
        faults: of the denoiser.
        seed: of the noise.

    Returns:
        (N, 2, S, S, 3) uint8.
    """
    generator, rows = torch.Generator().manual_seed(seed), []
    device = next(autoencoder.parameters()).device
    for start in range(0, len(images), 16):
        part = slice(start, start + 16)
        small = functional.avg_pool2d(to_float(images[part]), factor)
        clean, variants = autoencoder.encode(small.to(device)), []
        for _ in range(2):
            noise = torch.randn(clean.shape, generator=generator).to(device)
            times = faults.times(len(clean), generator, FAINT).to(device)
            wrong = autoencoder.decode(faults.wrong(clean, noise, times, prompts[part]))
            variants.append(torch.from_numpy(to_pixels(wrong.cpu())))
        rows.append(torch.stack(variants, dim=1))
    return torch.cat(rows)


def _piece(
    small: NDArray[np.uint8], large: NDArray[np.uint8], top: int, left: int, side: int, factor: int
) -> tuple[Tensor, Tensor]:
    """The same square of a small and of a large picture, in −1..1."""
    inner = small[top : top + side, left : left + side]
    outer = large[factor * top : factor * (top + side), factor * left : factor * (left + side)]
    return to_float(np.array(inner)), to_float(np.array(outer))
