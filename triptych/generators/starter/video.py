"""The starter's clip: the image denoiser with motion modules, led by a key image. P(V | T, I, Z).

The spatial weights are the image module's own; motion modules (AnimateDiff, Guo et al. 2023), a
wider first convolution and a second last one are added. The key image speaks three times: its
latents stand in for frame 0, free of noise; they are laid beside every frame's noisy latents as
extra channels; and the guess begins at a clip that drifts slowly away from it (`drift.py`), joined
by what the image denoiser says of each frame as noise grows less. So an untrained clip hardly moves
and does not flicker, and training is spent on what moves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from diffusers import DDIMScheduler, MotionAdapter, UNet2DConditionModel, UNetMotionModel
from torch import Tensor, nn

from triptych.domain import ModelIdentity
from triptych.errors import ModelError
from triptych.generators.starter.drift import Drift, correlated
from triptych.generators.starter.sampling import DdimSampling, Decode, from_pixels, to_pixels
from triptych.generators.starter.visual import StarterVisual
from triptych.generators.weights import load_module, revision_of, save_module
from triptych.protocols import Pixels, Progress, VisualRequest

FPS = 8


@dataclass(frozen=True)
class MotionConfig:
    """Sizes of the motion modules."""

    layers: int = 1
    heads: int = 4
    frames: int = 16
    norm_groups: int = 16
    spread: float = 0.87
    memory: float = 14.0
    """Both of `Drift`, as measured on the rendered world."""
    calm: float = 0.25
    """How much the noise that a clip begins in is damped where it is quick (`Drift.calmed`)."""


class VideoDenoiser(nn.Module):
    """Noise in clips: UNetMotionModel over (noisy frames, key image) with frame 0 given.

    Args:
        image: the trained image denoiser, whose spatial weights are copied and kept.
        config: sizes of the motion modules.
        scheduler: its noise schedule, and whether noise or velocity is predicted.
    """

    def __init__(
        self, image: UNet2DConditionModel, config: MotionConfig, scheduler: DDIMScheduler
    ) -> None:
        super().__init__()
        self.config = config
        self.prediction = scheduler.config["prediction_type"]
        self.alpha_bar: Tensor
        self.register_buffer("alpha_bar", scheduler.alphas_cumprod.clone(), persistent=False)
        self.drift = Drift(config.frames, config.spread, config.memory)
        adapter = MotionAdapter(
            block_out_channels=tuple(image.config["block_out_channels"]),
            motion_layers_per_block=config.layers,
            motion_mid_block_layers_per_block=config.layers,
            motion_num_attention_heads=config.heads,
            motion_norm_num_groups=config.norm_groups,
            motion_max_seq_length=config.frames,
            use_motion_mid_block=False,
        )
        unet = UNetMotionModel.from_unet2d(image, adapter)
        assert isinstance(unet, UNetMotionModel)
        self.unet = unet
        self.unet.conv_in = _widened(self.unet.conv_in)
        self.unet.conv_out = _doubled(self.unet.conv_out)
        for name, module in self.unet.named_modules():
            if "motion_modules" in name and name.endswith("proj_out"):
                _silence(module)
        self.requires_grad_(False)
        for parameter in self.motion_parameters():
            parameter.requires_grad_(True)

    def motion_parameters(self) -> list[nn.Parameter]:
        """What the video stage trains: motion modules, the first convolution and the last."""
        return [p for name, p in self.unet.named_parameters() if _is_motion(name)]

    def share_spatial(self, image: UNet2DConditionModel) -> None:
        """Make the spatial weights those of `image` itself: what tunes one tunes the other."""
        for name, parameter in image.named_parameters():
            if not _is_motion(name):
                owner, _, leaf = name.rpartition(".")
                setattr(self.unet.get_submodule(owner), leaf, parameter)

    def forward(self, noisy: Tensor, times: Tensor, states: Tensor, key: Tensor) -> Tensor:
        """Predict for every frame; the prediction for frame 0 is meaningless, for it is given.

        Args:
            noisy: (B, C, F, h, w) noisy latents.
            times: (B,) time steps.
            states: (B, S, C') conditioning, shared by a clip's frames.
            key: (B, C, h, w) latents of the key image.

        Returns:
            (B, C, F, h, w).
        """
        frames = noisy.shape[2]
        beside = key.unsqueeze(2).expand(-1, -1, frames, -1, -1)
        given = torch.cat([key.unsqueeze(2), noisy[:, :, 1:]], dim=2)
        repeated = states.repeat_interleave(frames, dim=0)
        output = self.unet(torch.cat([given, beside], dim=1), times, repeated).sample
        seen, residual = output.chunk(2, dim=1)
        alpha = self.alpha_bar[times]
        clear, dim = (root.sqrt().view(-1, 1, 1, 1, 1) for root in (alpha, 1 - alpha))
        seen = seen - dim * noisy if self.prediction == "epsilon" else clear * seen
        drifted = self.drift.guess(noisy[:, :, 1:], key.unsqueeze(2), alpha)
        velocity = (1 - clear / 2) * drifted + seen[:, :, 1:] / 2
        velocity = velocity + self.drift.coloured(residual[:, :, 1:], alpha) / 2**0.5
        velocity = torch.cat([torch.zeros_like(seen[:, :, :1]), velocity], dim=2)
        return clear * velocity + dim * noisy if self.prediction == "epsilon" else velocity

    def save(self, folder: Path, dtype: torch.dtype | None = None) -> None:
        """Write the motion weights alone; the spatial ones are the image module's."""
        motion = nn.ParameterDict(
            {n.replace(".", "/"): p for n, p in self.unet.named_parameters() if _is_motion(n)}
        )
        save_module(motion, asdict(self.config), folder, dtype)

    @classmethod
    def from_pretrained(
        cls, folder: Path, image: UNet2DConditionModel, scheduler: DDIMScheduler
    ) -> VideoDenoiser:
        """Put the motion weights of `folder` on a copy of the image denoiser."""
        configs: list[MotionConfig] = []

        def build(config: dict[str, object]) -> nn.ParameterDict:
            configs.append(MotionConfig(**config))  # type: ignore[arg-type]
            blank = cls(image, configs[0], scheduler)
            blanks.append(blank)
            return nn.ParameterDict(
                {n.replace(".", "/"): p for n, p in blank.unet.named_parameters() if _is_motion(n)}
            )

        blanks: list[VideoDenoiser] = []
        load_module(build, folder)
        return blanks[0].eval()


def _is_motion(name: str) -> bool:
    return "motion_modules" in name or name.startswith(("conv_in.", "conv_norm_out.", "conv_out."))


def _widened(conv: nn.Conv2d) -> nn.Conv2d:
    """The same convolution with as many extra input channels, which at first say nothing."""
    wide = nn.Conv2d(2 * conv.in_channels, conv.out_channels, 3, padding=1)
    with torch.no_grad():
        wide.weight.zero_()
        wide.weight[:, : conv.in_channels].copy_(conv.weight)
        wide.bias.copy_(conv.bias)  # type: ignore[union-attr, arg-type]
    return wide


def _doubled(conv: nn.Conv2d) -> nn.Conv2d:
    """The same convolution with as many extra output channels, which at first say nothing."""
    double = nn.Conv2d(conv.in_channels, 2 * conv.out_channels, 3, padding=1)
    _silence(double)
    with torch.no_grad():
        double.weight[: conv.out_channels].copy_(conv.weight)
        double.bias[: conv.out_channels].copy_(conv.bias)  # type: ignore[index, arg-type]
    return double


def _silence(layer: nn.Module) -> None:
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


class StarterVideo(StarterVisual[VideoDenoiser]):
    """Shoots 16 frames of 128×128 at 8 frames a second, starting from the key image."""

    fps = FPS

    def start(
        self,
        requests: Sequence[VisualRequest],
        latents: Sequence[Tensor | None],
        key_images: Sequence[Pixels | None],
        seeds: Sequence[int],
        on_step: Progress | None = None,
    ) -> DdimSampling:
        """Begin a batch of clips: one Z (K, D) or None, key image (H, W, 3) and seed a request.

        Raises `ModelError` if a key image is missing, or another number of frames is asked for.
        """
        frames = self.denoiser.config.frames
        other = [r.frames for r in requests if r.frames not in (None, frames)]
        if other:
            raise ModelError(
                f"The starter makes clips of {frames} frames, not {other[0]}.",
                "Leave `frames` as it is, or choose another profile.",
            )
        if any(image is None for image in key_images):
            raise ModelError("The starter's video module needs a key image for every clip.")
        with torch.no_grad():
            keys = torch.stack([from_pixels(image) for image in key_images if image is not None])
            keys = self.autoencoder.encode(keys)

        def with_key(decode: Callable[[Tensor], Tensor]) -> Decode:
            def decoded(clips: Tensor, rows: Tensor) -> list[Pixels]:
                """Clip by clip, with the key image's own latents as frame 0."""
                clips = clips.clone()
                clips[:, :, 0] = keys[rows]
                return [to_pixels(decode(clip.movedim(0, 1))) for clip in clips]

            return decoded

        side = self.autoencoder.latent_size
        return self._sample(
            requests,
            latents,
            seeds,
            on_step,
            predict=lambda x, t, states, rows: self.denoiser(x, t, states, keys[rows]),
            codec=(with_key(self.autoencoder.decode), with_key(self.autoencoder.sketch)),
            shape=(self.autoencoder.config.packed_channels, frames, side, side),
            begin=self._share_noise,
        )

    def _share_noise(self, noise: Tensor) -> Tensor:
        """Noise (B, C, F, h, w) that frames share, calm where it is quick."""
        return self.denoiser.drift.calmed(correlated(noise), self.denoiser.config.calm)


def video_identity(folder: Path) -> ModelIdentity:
    """Name of the video module in a weights folder, and the hash of all that it works with."""
    revision = revision_of(folder, "video", "image", "latents", "clip", "autoencoder")
    return ModelIdentity(name="starter/video", revision=revision)
