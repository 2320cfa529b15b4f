"""The starter's autoencoder: diffusers' `AutoencoderKL` over space-to-depth pixels.

Convolutions at full resolution are what a CPU cannot afford, so 128×128×3 is folded to
32×32×48 first (lossless), and the learned part goes on from there to 16×16 latents. Beside it runs
a linear path, which begins as the principal components of 8×8 blocks (what JPEG approximates by
its cosines): the network learns only what these cannot say, and needs far fewer pictures for it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn
from torch.nn import functional

from triptych.generators.weights import load_module, save_module


@dataclass(frozen=True)
class AutoencoderConfig:
    """Sizes. `image_size` must be a multiple of `2 * fold`."""

    image_size: int = 128
    fold: int = 4
    channels: tuple[int, ...] = (64, 96)
    latent_channels: int = 16
    layers: int = 1
    norm_groups: int = 16


class Autoencoder(nn.Module):
    """Pixels in −1..1 to latents of about unit variance, and back."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        depth, folded = len(config.channels), 3 * config.fold**2
        self.kl: Any = AutoencoderKL(
            in_channels=folded,
            out_channels=folded,
            down_block_types=("DownEncoderBlock2D",) * depth,  # type: ignore[arg-type]
            up_block_types=("UpDecoderBlock2D",) * depth,  # type: ignore[arg-type]
            block_out_channels=config.channels,  # type: ignore[arg-type]
            layers_per_block=config.layers,
            latent_channels=config.latent_channels,
            norm_num_groups=config.norm_groups,
            sample_size=config.image_size // config.fold,
            mid_block_add_attention=False,
        )
        block = config.image_size // self.latent_size
        self.analysis = nn.Conv2d(3, config.latent_channels, block, stride=block)
        self.synthesis = nn.ConvTranspose2d(config.latent_channels, 3, block, stride=block)
        shape = (1, config.latent_channels, 1, 1)
        self.shift: Tensor
        self.scale: Tensor
        self.register_buffer("shift", torch.zeros(shape))
        self.register_buffer("scale", torch.ones(shape))

    @property
    def latent_size(self) -> int:
        """Side of the latents."""
        return self.config.image_size // self.config.fold // 2 ** (len(self.config.channels) - 1)

    def moments(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance (B, C, h, w) of the raw latents of pixels (B, 3, H, W)."""
        posterior = self.kl.encode(functional.pixel_unshuffle(pixels, self.config.fold)).latent_dist
        return posterior.mean + self.analysis(pixels), posterior.logvar

    def encode(self, pixels: Tensor) -> Tensor:
        """Pixels (B, 3, H, W) in −1..1 to normalised latents (B, C, h, w); deterministic."""
        return (self.moments(pixels)[0] - self.shift) / self.scale

    def decode_raw(self, raw: Tensor) -> Tensor:
        """Raw latents (B, C, h, w) to pixels (B, 3, H, W), not clamped."""
        learned = functional.pixel_shuffle(self.kl.decode(raw).sample, self.config.fold)
        return learned + self.synthesis(raw)

    def decode(self, latents: Tensor) -> Tensor:
        """Normalised latents (B, C, h, w) to pixels (B, 3, H, W), not clamped."""
        return self.decode_raw(latents * self.scale + self.shift)

    def sketch(self, latents: Tensor) -> Tensor:
        """As `decode`, by the linear path alone: 4 dB coarser, in a twentieth of the time."""
        return self.synthesis(latents * self.scale + self.shift)

    @torch.no_grad()
    def measure_latents(self, pixels: Tensor) -> None:
        """Set shift and scale so that the latents of `pixels` have zero mean and unit variance.

        One scale for all channels: what matters less to the picture stays smaller.
        """
        raw = self.moments(pixels)[0]
        self.shift.copy_(raw.mean(dim=(0, 2, 3), keepdim=True))
        self.scale.fill_(float((raw - self.shift).std().clamp(min=1e-4)))

    @torch.no_grad()
    def begin_linear(self, pixels: Tensor) -> None:
        """Make this the principal-component codec of `pixels` (B, 3, H, W) and nothing more.

        Components are scaled to the square root of their deviation, half way to unit variance: a
        denoiser then minds broad colour more than grain, yet no channel drowns the others.
        """
        block = self.analysis.kernel_size[0]
        rows = functional.unfold(pixels, block, stride=block).movedim(1, 2).flatten(0, 1)
        mean = rows.mean(dim=0)
        _, values, basis = torch.pca_lowrank(rows, min(self.config.latent_channels, len(mean)))
        root = (values / len(rows) ** 0.5).clamp(min=1e-4).sqrt()
        self.analysis.weight.copy_((basis / root).T.reshape_as(self.analysis.weight))
        assert self.analysis.bias is not None
        assert self.synthesis.bias is not None
        self.analysis.bias.copy_(-(mean @ (basis / root)))
        self.synthesis.weight.copy_((basis * root).T.reshape_as(self.synthesis.weight))
        self.synthesis.bias.copy_(mean.reshape(3, -1).mean(dim=1))
        for last in (self.kl.decoder.conv_out, self.kl.quant_conv):
            last.weight.zero_()
            last.bias.zero_()
        self.kl.quant_conv.bias[self.config.latent_channels :] = -8.0  # log-variance: hardly noise

    def save(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors`."""
        save_module(self, asdict(self.config), folder)

    @classmethod
    def from_pretrained(cls, folder: Path) -> Autoencoder:
        """Load what `save` wrote; raises `ModelError` if it is not there or does not fit."""

        def build(config: dict[str, object]) -> Autoencoder:
            config["channels"] = tuple(config["channels"])  # type: ignore[arg-type]
            return cls(AutoencoderConfig(**config))  # type: ignore[arg-type]

        return load_module(build, folder)
