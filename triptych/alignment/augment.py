"""The other look that a winner must stand: the same picture, moved a little."""

from __future__ import annotations

import numpy as np

from triptych.protocols import Pixels


def shifted(pixels: Pixels, share: float = 0.04) -> Pixels:
    """Move a picture (H, W, 3) or clip (F, H, W, 3) down and right, repeating the edge.

    Args:
        pixels: left as they are.
        share: of the side to move by; at least one pixel. Nothing is mirrored: words on a
            product would be.
    """
    height, width = pixels.shape[-3:-1]
    rows = np.maximum(np.arange(height) - max(round(height * share), 1), 0)
    columns = np.maximum(np.arange(width) - max(round(width * share), 1), 0)
    return np.ascontiguousarray(pixels[..., rows, :, :][..., columns, :])
