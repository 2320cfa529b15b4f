"""What a CLIP sees in pictures, and how like captions they are: the method's Figure 2."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from triptych.generators.encoder import OpenClipEncoder
from triptych.training.losses import align_loss

Cosines = Callable[[Tensor, Sequence[str]], float]
"""Mean cosine of pictures, as pixels (B, 3, H, W) in −1..1 or as latents, and B captions."""


def sized(pixels: Tensor, side: int) -> Tensor:
    """Pixels (B, 3, H, W) at the size that a CLIP looks at, with gradients."""
    if pixels.shape[-2:] == (side, side):
        return pixels
    return functional.interpolate(pixels, (side, side), mode="bilinear", antialias=True)


def tokens_of(encoder: OpenClipEncoder) -> Callable[[Tensor], list[Tensor]]:
    """What the image tower of a CLIP sees, layer by layer, with gradients for the pixels.

    Returns:
        pixels (B, 3, H, W) in −1..1 to normalised feature maps (B, C, h, w), one a layer.
    """
    tower = encoder.model.visual

    def tokens(pixels: Tensor) -> list[Tensor]:
        seen = encoder.normalised((sized(pixels, encoder.image_size) + 1) / 2)
        output = tower.forward_intermediates(
            seen, normalize_intermediates=True, intermediates_only=True
        )
        return output["image_intermediates"]

    return tokens


def cosines_of(encoder: OpenClipEncoder) -> Cosines:
    """The measure of a CLIP; a caption that does not fit its context is cut."""
    device = next(encoder.model.parameters()).device

    @torch.no_grad()
    def cosines(pixels: Tensor, captions: Sequence[str]) -> float:
        shown = sized(pixels.float(), encoder.image_size).clamp(-1, 1)
        seen = encoder.embed_pixels((shown + 1) / 2)
        ids = encoder.tokenizer(list(captions)).to(device)
        texts = encoder.model.encode_text(ids, normalize=True)
        return 1 - float(align_loss(texts, seen))

    return cosines
