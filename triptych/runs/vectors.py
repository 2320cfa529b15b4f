"""A finished run's words, shared latents, pictures and clips in CLIP space, for its viewer."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from triptych.domain import Candidate, DeliverableResult
from triptych.graph.state import Context
from triptych.tracing.common_space import Vectors, write_embeddings
from triptych.tracing.records import Writing


def keep_vectors(folder: Path, context: Context, results: Iterable[DeliverableResult]) -> None:
    """Write `embeddings.safetensors` of all attempts; what the critic embedded is not done again.

    Args:
        folder: the run folder.
        context: of the run: store, scorer and the copywriter's head into CLIP space.
        results: with every attempt.
    """
    vectors: dict[str, Vectors] = {}
    with context.tracer.span(Writing(name="vectors")):
        for result in results:
            for attempt in result.attempts:
                for made in attempt.parts.values():
                    if not _names(made) <= vectors.keys():
                        vectors |= _embedded(made, context)
        write_embeddings(folder, vectors, context.scorer.identity)


def _names(made: Candidate) -> set[str]:
    """Two pieces of copy may have the same words and latents of their own."""
    return {ref.digest for ref in (made.asset, made.latents) if ref is not None}


def _embedded(made: Candidate, context: Context) -> dict[str, Vectors]:
    store, scorer = context.store, context.scorer
    if made.part == "copy":
        embedded = scorer.embed(made.copy_text or "")
    else:
        read = store.get_image if made.part == "image" else store.get_clip
        embedded = scorer.embed(read(made.asset))
    if embedded is None:
        return {}
    vectors = {made.asset.digest: embedded}
    if made.latents is not None:
        rows = context.models.text.to_clip(store.get_latents(made.latents))
        if rows is not None and rows.shape[1] == embedded.shape[1]:
            vectors[made.latents.digest] = rows
    return vectors
