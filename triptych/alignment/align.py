"""L_align (method, eq. 8) and the embeddings that it compares.

    L_align(T, I) = 1 − cos(φT(T), φI(I))

A clip's φ is the mean of its frames' embeddings, brought back to unit length. Functions of arrays
serve the critic; `alignment_loss` is the same on tensors, with gradients, for training.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from triptych.errors import ModelError
from triptych.protocols import Encoder

if TYPE_CHECKING:
    from torch import Tensor

Vectors = NDArray[np.float32]
"""(…, D), unit length along the last axis."""


def unit(vectors: NDArray[np.floating]) -> Vectors:
    """Bring vectors to unit length along the last axis.

    Raises `ModelError` if any is zero or not finite: such an embedding says nothing, and a
    cosine with it must not be mistaken for a low one.
    """
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths < 1e-12).any():
        raise ModelError(
            "The CLIP model gave an embedding that is zero or not a number.",
            "Load it in float32, or check its weights.",
        )
    return np.asarray(vectors / lengths, dtype=np.float32)


def cosines(left: Vectors, right: Vectors) -> NDArray[np.float32]:
    """Cosines of every left with every right vector: (M, D), (N, D) to (M, N)."""
    return np.clip(left @ right.T, -1.0, 1.0)


def align_loss(cosine: float) -> float:
    """L_align of a cosine, in 0..2."""
    return 1.0 - cosine


def clip_vector(frames: Vectors) -> Vectors:
    """φ of a clip: frames' embeddings (F, D) to their mean (D,), at unit length."""
    return unit(frames.mean(axis=0))


def embed_texts(encoder: Encoder, texts: Sequence[str], template: str = "{}") -> Vectors:
    """Texts, each put into the template, to (B, D)."""
    return unit(encoder.encode_text([template.format(text) for text in texts]))


def alignment_loss(left: Tensor, right: Tensor) -> Tensor:
    """L_align of pairs, with gradients: (…, D), (…, D) to (…,); need not be of unit length."""
    from torch.nn import functional

    return 1.0 - functional.cosine_similarity(left.float(), right.float(), dim=-1)
