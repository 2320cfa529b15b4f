"""Words, shared latents, pictures and clips of a run as vectors of one space: CLIP's.

`embeddings.safetensors` in the run folder keeps them: a tensor an asset, named by the asset's
digest, of shape (n, E), rows of unit length. Copy has one row, shared latents a row a latent
(each through the model's CLIP head), a picture one, a clip a row a frame. The metadata says under
`clip` whose space it is. Without the file a viewer can show only what the critic measured.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from triptych.domain import ModelIdentity
from triptych.errors import StoreError
from triptych.run_files import read_file
from triptych.run_folder import EMBEDDINGS
from triptych.store import write_whole

if TYPE_CHECKING:
    from triptych.domain import Candidate, PairScore

Vectors = NDArray[np.float32]
_PARTS = {"text-image": (1, 2), "text-video": (1, 3), "image-video": (2, 3)}


def write_embeddings(folder: Path, vectors: Mapping[str, Vectors], clip: ModelIdentity) -> Path:
    """Keep a run's vectors.

    Args:
        folder: the run folder.
        vectors: (n, E) by digest of the asset; rows are made unit length.
        clip: whose space it is.

    Returns:
        The file. Raises `StoreError` if it cannot be written.
    """
    from safetensors.numpy import save

    units = {digest: _unit(np.atleast_2d(rows)) for digest, rows in vectors.items()}
    name = " ".join(word for word in (clip.name, clip.revision) if word)
    write_whole(folder / EMBEDDINGS, save(units, {"clip": name}))
    return folder / EMBEDDINGS


def read_embeddings(folder: Path) -> tuple[dict[str, Vectors], str]:
    """A run's vectors by digest, and whose space it is; empty where none were kept."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        data = read_file(folder, EMBEDDINGS)
        return load(data), _space_of(data)
    except (OSError, StoreError, SafetensorError, ValueError, TypeError, KeyError):
        return {}, ""


def _space_of(data: bytes) -> str:
    """What the header of well-formed safetensors says under `clip`."""
    length = int.from_bytes(data[:8], "little")
    return str(json.loads(data[8 : 8 + length]).get("__metadata__", {}).get("clip", ""))


def compared(
    vectors: Mapping[str, Vectors],
    made: Mapping[str, Candidate],
    scores: tuple[PairScore, ...],
    lead: str | None = None,
) -> dict[str, object]:
    """Cosines among latents, copy, picture and clip of one attempt.

    Args:
        vectors: of `read_embeddings`.
        made: by part, what was judged.
        scores: of the verdict; they stand where vectors are missing.
        lead: digest of the picture that copy without one of its own was held to.

    Returns:
        `matrix`: 4×4, latents, copy, picture, clip; None where nothing is known.
        `latents`: K×3, each latent against copy, picture and clip; empty without vectors.
        `source`: "embeddings", "critic" or "none".
    """
    digests: list[str | None] = [None, None, None, None]
    if (copy := made.get("copy")) is not None:
        digests[:2] = [copy.latents.digest if copy.latents else None, copy.asset.digest]
    digests[2] = lead
    for place, part in ((2, "image"), (3, "clip")):
        if part in made:
            digests[place] = made[part].asset.digest
    rows = [None if digest is None else vectors.get(digest) for digest in digests]
    rows = [None if row is None or not _sound(row) else row for row in rows]
    widths = {row.shape[-1] for row in rows if row is not None}
    if len(widths) > 1:  # not one space after all
        rows = [None] * 4
    means = [None if row is None else _unit(row.mean(axis=0)) for row in rows]
    matrix: list[list[float | None]] = [
        [None if a is None or b is None else round(float(a @ b), 4) for b in means] for a in means
    ]
    for score in scores:
        at, beside = _PARTS[score.pair]
        if matrix[at][beside] is None:
            matrix[at][beside] = matrix[beside][at] = round(score.cosine, 4)
    each: list[list[float | None]] = []
    if rows[0] is not None:
        each = [
            [None if mean is None else round(float(_unit(row) @ mean), 4) for mean in means[1:]]
            for row in rows[0]
        ]
    source = "embeddings" if rows[0] is not None else "critic" if scores else "none"
    return {"matrix": matrix, "latents": each, "source": source}


def _sound(rows: Vectors) -> bool:
    return rows.ndim == 2 and rows.size > 0 and bool(np.isfinite(rows).all())


def _unit(rows: Vectors) -> Vectors:
    rows = np.asarray(rows, np.float32)
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12)
