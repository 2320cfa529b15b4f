"""Stage `autoencoder`: pixels to latents and back, with a loss that likes edges."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from triptych.generators.starter.autoencoder import Autoencoder
from triptych.training.data import Pack, draw, to_device, to_float

CROPPED = 0.8


class AutoencoderObjective(nn.Module):
    """L1 over three scales, plus L1 of gradients, plus a light KL that keeps latents bounded.

    A perceptual network would help, but none may be fetched; gradients at several scales do part
    of its work (edges stay sharp) at almost no cost.

    Until `CROPPED` of the steps are done it looks at four times as many crops of half the side,
    mostly from the middle: for the same work it sees more of the products, and less of skies.
    """

    def __init__(self, model: Autoencoder, train: Pack, validation: Pack, kl: float = 1e-4) -> None:
        super().__init__()
        self.model, self.kl = model, kl
        self._train, self._validation = train, validation
        self.progress = 0.0
        model.begin_linear(to_float(train.images[: min(512, len(train))]))

    def batch(self, generator: torch.Generator, size: int) -> Tensor:
        """(B, 3, H, W) of stills and of frames of clips, half flipped left to right."""
        images, clips = self._train.images, self._train.clips
        whole = images.shape[1]
        side = whole // 2 if self.progress < CROPPED else whole
        size *= (whole // side) ** 2
        stills = size if not len(clips) else size - size // 3
        chosen = [images[i] for i in draw(len(images), stills, generator)]
        for clip in draw(max(len(clips), 1), size - stills, generator):
            frame = int(draw(clips.shape[1], 1, generator))
            chosen.append(clips[int(clip), frame])
        corners = draw((whole - side) // 2 + 1, 4 * size, generator).reshape(size, 2, 2).sum(dim=2)
        pixels = torch.stack(
            [
                to_float(image[top : top + side, left : left + side])
                for image, (top, left) in zip(chosen, corners.tolist(), strict=True)
            ]
        )
        flip = torch.rand(len(pixels), generator=generator) < 0.5
        return torch.where(flip[:, None, None, None], pixels.flip(-1), pixels)

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        """Losses of a batch (B, 3, H, W)."""
        pixels = to_device(pixels, self)
        mean, logvar = self.model.moments(pixels)
        noise = torch.randn_like(mean)
        decoded = self.model.decode_raw(mean + (0.5 * logvar).exp() * noise)
        rebuilt = reconstruction_loss(decoded, pixels)
        divergence = 0.5 * (mean**2 + logvar.exp() - 1 - logvar).mean()
        return {"loss": rebuilt + self.kl * divergence, "l1": (decoded - pixels).abs().mean()}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """L1 and PSNR (dB) on up to 128 validation images, and the latents' statistics set."""
        self._measure()
        pixels = to_device(to_float(self._validation.images[:128]), self)
        decoded = self.model.decode(self.model.encode(pixels)).clamp(-1, 1)
        error = functional.mse_loss(decoded / 2, pixels / 2)
        return {
            "loss": float((decoded - pixels).abs().mean()),
            "psnr": float(-10 * torch.log10(error)),
        }

    def export(self, folder: Path) -> None:
        """Write the autoencoder."""
        self._measure()
        self.model.save(folder / "autoencoder")

    def _measure(self) -> None:
        self.model.measure_latents(to_device(to_float(self._train.images[:512]), self))


def reconstruction_loss(decoded: Tensor, pixels: Tensor) -> Tensor:
    """L1 at full, half and quarter size, and of the differences between neighbours.

    Args:
        decoded: (B, 3, H, W).
        pixels: the truth, of the same shape.
    """
    total = torch.zeros((), device=pixels.device)
    for _ in range(3):
        total = total + functional.l1_loss(decoded, pixels)
        for axis in (-1, -2):
            total = total + functional.l1_loss(decoded.diff(dim=axis), pixels.diff(dim=axis))
        decoded, pixels = functional.avg_pool2d(decoded, 2), functional.avg_pool2d(pixels, 2)
    return total
