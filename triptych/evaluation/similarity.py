"""CLIP similarities of one campaign, by an encoder that took no part in making it."""

from __future__ import annotations

from triptych.alignment.align import Vectors, clip_vector, cosines, embed_texts, unit
from triptych.alignment.claims import CLAIM_TOKENS, split_claims
from triptych.protocols import Encoder, Pixels


def claims_of(encoder: Encoder, words: str) -> tuple[str, ...]:
    """A text in parts that the encoder reads whole: copy is longer than CLIP's context."""
    return split_claims(words, encoder.count_tokens, min(CLAIM_TOKENS, encoder.max_tokens))


def text_vector(encoder: Encoder, words: str) -> Vectors:
    """A text to (D,): the mean of its claims' embeddings, at unit length."""
    return unit(embed_texts(encoder, claims_of(encoder, words)).mean(axis=0))


def similarities(
    encoder: Encoder, words: str, image: Pixels | None, clip: Pixels | None
) -> dict[str, float]:
    """Cosines of words, picture and clip; a clip is the mean of its frames (method, eq. 8).

    Returns:
        `text_image`, `text_video` and `image_video` as far as there is something to compare, and
        `product` of the first two if both are there.
    """
    scores: dict[str, float] = {}
    text = text_vector(encoder, words)
    pictures = unit(encoder.encode_images([image])) if image is not None else None
    film = clip_vector(unit(encoder.encode_images(list(clip)))) if clip is not None else None
    if pictures is not None:
        scores["text_image"] = _cosine(text, pictures[0])
    if film is not None:
        scores["text_video"] = _cosine(text, film)
    if pictures is not None and film is not None:
        scores["image_video"] = _cosine(pictures[0], film)
        scores["product"] = product(scores["text_image"], scores["text_video"])
    return scores


def product(text_image: float, text_video: float) -> float:
    """Of the two similarities of one case; a negative one counts as none, for two wrongs are no
    right."""
    return max(text_image, 0.0) * max(text_video, 0.0)


def _cosine(left: Vectors, right: Vectors) -> float:
    return float(cosines(left[None], right[None])[0, 0])
