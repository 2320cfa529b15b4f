"""The 3D-convolution discriminator of the video stage (method, eqs. 5 and 6)."""

from __future__ import annotations

from torch import Tensor, nn


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
