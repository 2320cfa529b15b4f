"""Stage `video`: motion modules learn what happens after the key image."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import torch
from diffusers import DDIMScheduler
from torch import Tensor, nn

from triptych.generators.starter.conditioning import PromptEncoder
from triptych.generators.starter.drift import correlated
from triptych.generators.starter.latents import Connector
from triptych.generators.starter.video import VideoDenoiser
from triptych.training.data import draw, to_device
from triptych.training.discriminator import ClipDiscriminator, frozen
from triptych.training.image import Encoded, VisualBatch, draw_hearing, draw_times, heard_states
from triptych.training.losses import (
    add_noise,
    adversarial_loss,
    critic_loss,
    denoising_target,
    frame_loss,
    predicted_clean,
)


class VideoObjective(nn.Module):
    """L_vid: per-frame denoising (eq. 5) plus a 3D-convolution discriminator's word (eq. 6).

    The discriminator sees x̂₀ of samples with less noise than `adversarial_below`; from more noise
    x̂₀ is a blur that any discriminator tells apart, and nothing is learned. Its own gradients come
    from detached clips within the same pass, so one optimiser serves both players.

    Args:
        denoiser: motion model over the frozen image denoiser.
        connector: the video head of Z.
        prompts: the frozen text tower.
        scheduler: its ᾱ are the noise schedule.
        train: encoded training split.
        validation: encoded validation split.
        drop: as in `draw_hearing`.
        write: exports the trained weights.
        adversarial: weight of the generator's adversarial term; 0 leaves the discriminator out.
        adversarial_below: share of the schedule below which it looks.
    """

    def __init__(
        self,
        denoiser: VideoDenoiser,
        connector: Connector,
        prompts: PromptEncoder,
        scheduler: DDIMScheduler,
        train: Encoded,
        validation: Encoded,
        drop: tuple[float, float, float],
        write: Callable[[Path], None],
        adversarial: float = 0.02,
        adversarial_below: float = 0.5,
    ) -> None:
        super().__init__()
        self.denoiser, self.connector = denoiser, connector
        self.discriminator = ClipDiscriminator(train.images.shape[1]) if adversarial else None
        self._prompts, self._train, self._validation = prompts, train, validation
        self._drop, self._write, self._adversarial = drop, write, adversarial
        self._alpha_bar = scheduler.alphas_cumprod
        self._look_below = int(adversarial_below * len(self._alpha_bar))
        self._prediction: Literal["epsilon", "v_prediction"] = scheduler.config["prediction_type"]

    def batch(self, generator: torch.Generator, size: int) -> VisualBatch:
        """Clips of the training split."""
        return draw_clips(self._train, size, self._drop, len(self._alpha_bar), generator)

    def forward(self, batch: VisualBatch) -> dict[str, Tensor]:
        """`loss`, its `frames` part, and while the discriminator plays its two losses."""
        batch = to_device(batch, self)
        alpha = self._alpha_bar.to(batch.times.device)[batch.times]
        noisy = add_noise(batch.clean, batch.noise, alpha)
        key = batch.clean[:, :, 0]
        states = heard_states(batch, self.connector, self._prompts)
        predicted = self.denoiser(noisy, batch.times, states, key)
        target = denoising_target(batch.clean, batch.noise, alpha, self._prediction)
        frames = frame_loss(predicted, target)
        losses = {"loss": frames, "frames": frames}
        clear = batch.times < self._look_below
        if self.discriminator is None or not self.training or not clear.any():
            return losses
        fake = predicted_clean(noisy, predicted, alpha, self._prediction)[clear]
        fake = torch.cat([key[clear].unsqueeze(2), fake[:, :, 1:]], dim=2)
        discriminator_loss = critic_loss(
            self.discriminator(batch.clean[clear]), self.discriminator(fake.detach())
        )
        fooled = adversarial_loss(frozen(self.discriminator, fake))
        return {
            "loss": frames + self._adversarial * fooled + discriminator_loss,
            "frames": frames,
            "adversarial": fooled,
            "discriminator": discriminator_loss,
        }

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Per-frame loss on fixed noise."""
        generator = torch.Generator().manual_seed(5)
        losses = []
        for _ in range(3):
            batch = draw_clips(
                self._validation, 4, (0.0, 0.0, 0.0), len(self._alpha_bar), generator
            )
            losses.append(float(self(batch)["loss"]))
        return {"loss": sum(losses) / len(losses)}

    def export(self, folder: Path) -> None:
        """Write the motion weights and the shared latents."""
        self._write(folder)


def draw_clips(
    data: Encoded,
    size: int,
    drop: tuple[float, float, float],
    times: int,
    generator: torch.Generator,
) -> VisualBatch:
    """A batch of clips (B, C, F, h, w) with noise and hearing drawn from `generator`."""
    chosen = draw(len(data.clips), size, generator)
    rows = data.clip_cases[chosen]
    copies = draw(data.shared.shape[1], size, generator)
    hear_latents, hear_prompt = draw_hearing(size, drop, generator)
    clean = data.clips[chosen].float().transpose(1, 2).contiguous()
    return VisualBatch(
        clean=clean,
        noise=correlated(torch.randn(clean.shape, generator=generator)),
        times=draw_times(times, size, generator),
        shared=data.shared[rows, copies].float(),
        prompts=[data.clip_prompts[index] for index in chosen.tolist()],
        hear_latents=hear_latents,
        hear_prompt=hear_prompt,
        rows=rows,
    )
