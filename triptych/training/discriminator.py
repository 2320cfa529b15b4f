"""Discriminators: of clips of latents (method, eqs. 5 and 6), and of patches of pictures."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class ClipDiscriminator(nn.Module):
    """Scores patches of clips of latents as rendered (high) or generated (low).

    Spectral norm keeps it Lipschitz (Miyato et al. 2018), so a small one cannot run away from
    the generator.

    Args:
        channels: C of the latents.
        width: of the first layer.
    """

    def __init__(self, channels: int, width: int = 32) -> None:
        super().__init__()
        sizes = ((channels, width, 1), (width, 2 * width, 2), (2 * width, 4 * width, 2))
        layers: list[nn.Module] = []
        for narrow, wide, stride in sizes:
            conv = nn.Conv3d(narrow, wide, 3, stride=(stride, stride, stride), padding=1)
            layers += [nn.utils.parametrizations.spectral_norm(conv), nn.LeakyReLU(0.2)]
        last = nn.Conv3d(4 * width, 1, 3, padding=1)
        layers.append(nn.utils.parametrizations.spectral_norm(last))
        self.layers = nn.Sequential(*layers)

    def forward(self, clips: Tensor) -> Tensor:
        """(B, C, F, h, w) to patch scores (B, 1, F/4, h/4, w/4)."""
        return self.layers(clips)


class PictureDiscriminator(nn.Module):
    """Scores patches of some 40 pixels of a picture as rendered (high) or rebuilt (low).

    It is shown each pixel and, enlarged, how far that is from its neighbours: sharp and soft are
    all but alike else, and it learns nothing of them. For the same reason it has no spectral norm.
    A little noise is laid over all it is shown: renders are in 256 steps, and that is a tell.

    Args:
        width: of the first layer.
        veil: deviation of that noise, of pixels in −1..1.
    """

    def __init__(self, width: int = 64, veil: float = 0.04) -> None:
        super().__init__()
        self.veil = veil
        sizes = ((96, width, 1), (width, 2 * width, 2), (2 * width, 2 * width, 1))
        layers: list[nn.Module] = []
        for narrow, wide, stride in sizes:
            conv = nn.Conv2d(narrow, wide, 3, stride=stride, padding=1)
            layers += [conv, nn.GroupNorm(8, wide), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(2 * width, 1, 3, padding=1))

    def forward(self, pixels: Tensor) -> Tensor:
        """(B, 3, H, W) to patch scores (B, 1, H/8, W/8)."""
        pixels = pixels.clamp(-1, 1) + self.veil * torch.randn_like(pixels)
        around = functional.avg_pool2d(pixels, 3, 1, 1, count_include_pad=False)
        seen = torch.cat([pixels, 8 * (pixels - around)], dim=1)
        return self.layers(functional.pixel_unshuffle(seen, 4))


def frozen(discriminator: nn.Module, seen: Tensor) -> Tensor:
    """The discriminator's word, with gradients for what it sees alone."""
    values = {name: tensor.detach() for name, tensor in discriminator.named_parameters()}
    return torch.func.functional_call(discriminator, values, (seen,))
