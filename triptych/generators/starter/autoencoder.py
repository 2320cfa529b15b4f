"""The starter's autoencoder: diffusers' `AutoencoderKL` over space-to-depth pixels.

Convolutions at full resolution are what a CPU cannot afford, so 128×128×3 is folded to
32×32×48 first (lossless), and the learned part goes on from there to 16×16 latents. Beside it runs
a linear path, which begins as the principal components of 8×8 blocks (what JPEG approximates by
its cosines): the network learns only what these cannot say, and needs far fewer pictures for it.

Latents that are a little off show as a grid, for the linear path draws blocks. What is painted and
shot goes through `polish` last: residual blocks that learned, from the denoiser's own faults, to
draw a whole picture again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL
from diffusers.models.resnet import ResnetBlock2D
from torch import Tensor, nn
from torch.nn import functional

from triptych.generators.weights import load_module, save_module


@dataclass(frozen=True)
class AutoencoderConfig:
    """Sizes. `image_size` must be a multiple of `2 * fold * pack`."""

    image_size: int = 128
    fold: int = 4
    channels: tuple[int, ...] = (64, 96)
    latent_channels: int = 16
    layers: int = 1
    norm_groups: int = 16
    pack: int = 1
    """Side of the squares of latents that are one position to the denoiser: its work, and not what
    the latents hold, falls with their number."""

    polish: int = 0
    """Residual blocks after the decoder; 0 leaves its pictures as they are."""

    @property
    def packed_channels(self) -> int:
        """Numbers at a position, as the denoiser has them."""
        return self.latent_channels * self.pack**2


class Polish(nn.Module):
    """A picture with the faults of generated latents to one without; at first, to itself.

    Args:
        folded: channels of the folded picture.
        width: of the blocks, which work on the folded picture.
        blocks: how many.
        norm_groups: of their normalisation.
    """

    def __init__(self, folded: int, width: int, blocks: int, norm_groups: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(folded, width, 3, padding=1)
        self.blocks = nn.ModuleList(
            ResnetBlock2D(in_channels=width, temb_channels=None, groups=norm_groups)  # type: ignore[arg-type]
            for _ in range(blocks)
        )
        self.last = nn.Conv2d(width, folded, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

    def forward(self, folded: Tensor) -> Tensor:
        """Folded pixels (B, 3 · fold², h, w) to as many."""
        seen = self.first(folded)
        for block in self.blocks:
            seen = block(seen, None)
        return folded + self.last(seen)


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
        block = config.fold * 2 ** (depth - 1)
        self.analysis = nn.Conv2d(3, config.latent_channels, block, stride=block)
        self.synthesis = nn.ConvTranspose2d(config.latent_channels, 3, block, stride=block)
        self.polish: Polish | None = None
        if config.polish:
            self.polish = Polish(folded, config.channels[0], config.polish, config.norm_groups)
        shape = (1, config.latent_channels, 1, 1)
        self.shift: Tensor
        self.scale: Tensor
        self.register_buffer("shift", torch.zeros(shape))
        self.register_buffer("scale", torch.ones(shape))

    @property
    def latent_size(self) -> int:
        """Side of the latents, as the denoiser has them."""
        block = self.config.fold * 2 ** (len(self.config.channels) - 1)
        return self.config.image_size // block // self.config.pack

    def moments(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance (B, C, h, w) of the raw latents of pixels (B, 3, H, W)."""
        posterior = self.kl.encode(functional.pixel_unshuffle(pixels, self.config.fold)).latent_dist
        return posterior.mean + self.analysis(pixels), posterior.logvar

    def encode(self, pixels: Tensor) -> Tensor:
        """Pixels (B, 3, H, W) in −1..1 to normalised latents (B, C, h, w); deterministic."""
        normalised = (self.moments(pixels)[0] - self.shift) / self.scale
        return functional.pixel_unshuffle(normalised, self.config.pack)

    def decode_raw(self, raw: Tensor) -> Tensor:
        """Raw latents (B, C, h, w) to pixels (B, 3, H, W), not clamped."""
        fold = self.config.fold
        folded = self.kl.decode(raw).sample + functional.pixel_unshuffle(self.synthesis(raw), fold)
        if self.polish is not None:
            folded = self.polish(folded)
        return functional.pixel_shuffle(folded, fold)

    def decode(self, latents: Tensor) -> Tensor:
        """Normalised latents (B, C, h, w) to pixels (B, 3, H, W), not clamped."""
        return self.decode_raw(self._raw(latents))

    def sketch(self, latents: Tensor) -> Tensor:
        """As `decode`, by the linear path alone: 4 dB coarser, in a twentieth of the time."""
        return self.synthesis(self._raw(latents))

    def _raw(self, latents: Tensor) -> Tensor:
        return functional.pixel_shuffle(latents, self.config.pack) * self.scale + self.shift

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
    def from_pretrained(cls, folder: Path, polish: int | None = None) -> Autoencoder:
        """Load what `save` wrote; raises `ModelError` if it is not there or does not fit.

        Args:
            folder: of the module.
            polish: residual blocks to add, which change nothing yet, where the module has none.
        """

        def build(config: dict[str, object]) -> Autoencoder:
            config["channels"] = tuple(config["channels"])  # type: ignore[arg-type]
            return cls(AutoencoderConfig(**config))  # type: ignore[arg-type]

        autoencoder = load_module(build, folder)
        if polish and autoencoder.polish is None:
            config = replace(autoencoder.config, polish=polish)
            more = cls(config)
            more.load_state_dict(autoencoder.state_dict(), strict=False)
            return more.eval()
        return autoencoder
