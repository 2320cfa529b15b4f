"""Stage `decoder`: clean pictures from latents that are as wrong as the denoiser makes them.

The encoder and the denoiser stay as they are. A render's latents are noised and denoised again in a
few steps, and the decoder learns to give back the render: so the faults it mends are the denoiser's
own, and what it should have drawn is known.

Three critics look at its pictures: pixels (values and differences at three sizes), the frozen
CLIP's tokens (what is shown), and a discriminator of patches (whether outlines and grain are a
render's). The discriminator's pull is held at a fixed share of the other two's, which is what Esser
et al. (2021) adapt their weight for, at no further pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import DDIMScheduler
from torch import Tensor, nn
from torch.nn import functional

from triptych.generators.starter.autoencoder import Autoencoder
from triptych.training.autoencoder import reconstruction_loss
from triptych.training.data import Pack, draw, to_device, to_float
from triptych.training.discriminator import PictureDiscriminator, frozen
from triptych.training.image import Encoded
from triptych.training.losses import add_noise, adversarial_loss, critic_loss, predicted_clean

Look = Callable[[Tensor], list[Tensor]]
"""Pixels (B, 3, H, W) in −1..1 to feature maps (B, C, h, w), with gradients."""
Predict = Callable[[Tensor, Tensor, Sequence[str]], Tensor]
"""Noisy latents (B, C, h, w), times (B,) and prompts to the denoiser's answer."""

LEAST, MOST = 0.05, 0.6
"""Shares of the noise schedule between which latents are noised."""
ALONE = 0.1
"""Share of the steps before the discriminator is asked."""
FRAMED = 0.4
"""Share of pictures that are frames of clips."""


@dataclass
class DecoderBatch:
    """Pictures (B, 3, H, W) in −1..1, their latents, noise (B, C, h, w), times, and prompts."""

    pixels: Tensor
    clean: Tensor
    noise: Tensor
    times: Tensor
    prompts: list[str]


class DecoderObjective(nn.Module):
    """Decode what the denoiser says of noised renders.

    Args:
        model: the autoencoder, whose decoder is trained.
        predict: the frozen denoiser, hearing a prompt.
        scheduler: its noise schedule, and what it predicts.
        pictures: pixels of both splits.
        encoded: latents of both splits.
        look: features of the frozen CLIP.
        adversarial: pull of the discriminator, as a share of that of pixels and features.
        features: weight of the features.
    """

    def __init__(
        self,
        model: Autoencoder,
        predict: Predict,
        scheduler: DDIMScheduler,
        pictures: tuple[Pack, Pack],
        encoded: tuple[Encoded, Encoded],
        look: Look,
        adversarial: float = 0.4,
        features: float = 0.5,
    ) -> None:
        super().__init__()
        self.model = model.requires_grad_(False)
        for part in (model.kl.decoder, model.kl.post_quant_conv, model.synthesis, model.polish):
            if part is not None:
                part.requires_grad_(True)
        self.discriminator = PictureDiscriminator()
        self.progress = 0.0
        self._predict, self._look = predict, look
        self._pictures, self._encoded = pictures, encoded
        self._alpha_bar = scheduler.alphas_cumprod
        self._prediction = scheduler.config["prediction_type"]
        self._adversarial, self._features = adversarial, features

    def batch(self, generator: torch.Generator, size: int) -> DecoderBatch:
        """Stills and frames of clips, their latents, and how much noise each is given."""
        pictures, encoded = self._pictures[0], self._encoded[0]
        framed = round(FRAMED * size) if len(pictures.clips) else 0
        rows = draw(len(pictures), size - framed, generator)
        pixels = [pictures.images[row] for row in rows]
        clean = [encoded.images[row] for row in rows]
        prompts = [encoded.prompts[row][0] for row in rows.tolist()]
        for clip in draw(max(len(pictures.clips), 1), framed, generator).tolist():
            frame = int(draw(pictures.clips.shape[1], 1, generator))
            pixels.append(pictures.clips[clip, frame])
            clean.append(encoded.clips[clip, frame])
            prompts.append(encoded.prompts[int(encoded.clip_cases[clip])][0])
        return self._noised(
            torch.stack([to_float(one) for one in pixels]), torch.stack(clean), prompts, generator
        )

    def forward(self, batch: DecoderBatch) -> dict[str, Tensor]:
        """Losses of a batch."""
        batch = to_device(batch, self)
        decoded = self.model.decode(self._wrong(batch)).float()
        losses = {
            "pixels": reconstruction_loss(decoded, batch.pixels),
            "features": feature_loss(self._look, decoded, batch.pixels),
        }
        loss = losses["pixels"] + self._features * losses["features"]
        if not (self.training and self._adversarial and self.progress >= ALONE):
            return losses | {"loss": loss}
        real, fake = self.discriminator(batch.pixels), self.discriminator(decoded.detach())
        discriminator_loss = critic_loss(real, fake)
        fooled = adversarial_loss(frozen(self.discriminator, decoded))
        pulled = pulled_by(loss, fooled, decoded, self._adversarial)
        return losses | {
            "loss": pulled + discriminator_loss,
            "adversarial": fooled,
            "discriminator": discriminator_loss,
        }

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Pixel loss, and PSNR (dB) of right latents and of the denoiser's, on 64 pictures."""
        generator = torch.Generator().manual_seed(5)
        pixels = to_float(self._pictures[1].images[:64])
        clean = self._encoded[1].images[: len(pixels)]
        prompts = [said[0] for said in self._encoded[1].prompts[: len(pixels)]]
        batch = to_device(self._noised(pixels, clean, prompts, generator), self)
        right = self.model.decode(batch.clean).clamp(-1, 1)
        wrong = self.model.decode(self._wrong(batch)).clamp(-1, 1)
        return {
            "loss": float(reconstruction_loss(wrong, batch.pixels)),
            "psnr": psnr(right, batch.pixels),
            "psnr_wrong": psnr(wrong, batch.pixels),
        }

    def export(self, folder: Path) -> None:
        """Write the autoencoder."""
        self.model.save(folder / "autoencoder")

    def _noised(
        self, pixels: Tensor, clean: Tensor, prompts: list[str], generator: torch.Generator
    ) -> DecoderBatch:
        share = LEAST + (MOST - LEAST) * torch.rand(len(clean), generator=generator)
        times = (share * len(self._alpha_bar)).long()
        noise = torch.randn(clean.shape, generator=generator)
        return DecoderBatch(pixels, clean.float(), noise, times, prompts)

    @torch.no_grad()
    def _wrong(self, batch: DecoderBatch) -> Tensor:
        """Latents as the denoiser gives them back, in two steps of DDIM."""
        times, noise, latents = batch.times, batch.noise, batch.clean
        for _ in range(2):
            alpha = self._alpha_bar.to(times.device)[times]
            noisy = add_noise(latents, noise, alpha)
            predicted = self._predict(noisy, times, batch.prompts).float()
            latents = predicted_clean(noisy, predicted, alpha, self._prediction)
            wide = alpha.view(-1, 1, 1, 1)
            noise = (noisy - wide.sqrt() * latents) / (1 - wide).sqrt()
            times = times // 3
        return latents


def feature_loss(look: Look, decoded: Tensor, pixels: Tensor) -> Tensor:
    """One minus the cosine of features, over all places and maps of `look`.

    Both are shifted by the same random few pixels, so that a transformer's patches are no grid.
    """
    by = [int(torch.randint(16, (1,))) for _ in range(2)]
    with torch.no_grad():
        wanted = look(pixels.roll(by, (-2, -1)))
    features = look(decoded.roll(by, (-2, -1)))
    apart = [
        1 - functional.cosine_similarity(one.float(), two.float(), dim=1).mean()
        for one, two in zip(features, wanted, strict=True)
    ]
    return torch.stack(apart).mean()


def pulled_by(loss: Tensor, adversary: Tensor, pixels: Tensor, share: float) -> Tensor:
    """A loss of the value of `loss` whose gradient is joined by a share of an adversary's.

    Args:
        loss: of the pixels.
        adversary: another loss of theirs.
        pixels: (B, 3, H, W), on the way to which everything is learned.
        share: length of the adversary's gradient at `pixels`, in lengths of the loss's.
    """
    own = torch.autograd.grad(loss, pixels)[0]
    other = torch.autograd.grad(adversary, pixels)[0]
    pull = own + other * (share * own.norm() / other.norm().clamp(min=1e-12))
    surrogate = (pixels * pull).sum()
    return loss.detach() + surrogate - surrogate.detach()


def psnr(decoded: Tensor, pixels: Tensor) -> float:
    """Peak signal-to-noise ratio in dB of pixels in −1..1."""
    return float(-10 * torch.log10(functional.mse_loss(decoded / 2, pixels / 2)))
