"""How alike pictures and captions are to a CLIP: the trend of the method's Figure 2."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from triptych.generators.encoder import OpenClipEncoder
from triptych.training.losses import align_loss

Cosines = Callable[[Tensor, Sequence[str]], float]
"""Mean cosine of pictures, as pixels (B, 3, H, W) in −1..1 or as latents, and B captions."""


def cosines_of(encoder: OpenClipEncoder) -> Cosines:
    """The measure of a CLIP; a caption that does not fit its context is cut."""
    device = next(encoder.model.parameters()).device
    size = (encoder.image_size, encoder.image_size)

    @torch.no_grad()
    def cosines(pixels: Tensor, captions: Sequence[str]) -> float:
        sized = functional.interpolate(pixels.float(), size, mode="bilinear", antialias=True)
        seen = encoder.embed_pixels((sized.clamp(-1, 1) + 1) / 2)
        ids = encoder.tokenizer(list(captions)).to(device)
        told = encoder.model.encode_text(ids, normalize=True)
        return 1 - float(align_loss(told, seen))

    return cosines
