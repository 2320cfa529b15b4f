"""Pictures, clips and latents of a run, small enough to travel inside one page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from triptych.domain import AssetRef, Candidate
from triptych.errors import StoreError
from triptych.run_files import read_file
from triptych.safe_text import visible
from triptych.store import path_of
from triptych.tracing.records import Sample

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

WHOLE = 80_000
"""Bytes up to which a picture is put in as it is."""
SIDE = 384
"""Pixels of the longer side of those that are not."""
LONGEST_CLIP = 3_000_000
ROOM = 24_000_000
"""Bytes that all media of a page may take; later ones are named, not shown."""
MOST_TRIED = 8
"""Samples of one search that a page shows."""
_COLUMNS = 64


class Media:
    """Collects what a page shows, each file once, until the room is used up.

    Args:
        folder: the run folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.left = folder, ROOM
        self.shown_files: dict[str, dict[str, object]] = {}

    def add(self, ref: AssetRef) -> str:
        """Take a picture, clip or latents in; returns the name to find it under."""
        if ref.digest not in self.shown_files:
            self.shown_files[ref.digest] = {"path": visible(ref.path), **self._shown(ref)}
        return ref.digest

    def tried(self, made: Candidate, samples: Sequence[Sample]) -> list[dict[str, object]]:
        """What a part's search finished, the winner first.

        Args:
            made: the winner.
            samples: all that were finished, as the search's event tells.
        """
        suffix, best = Path(made.asset.path).suffix, made.asset.digest
        entries: list[dict[str, object]] = []
        for one in sorted(samples, key=lambda one: one.asset != best)[:MOST_TRIED]:
            where = {"digest": one.asset, "path": f"assets/{one.asset}{suffix}"}
            media = self.add(made.asset.model_copy(update=where))
            sample = {"seed": one.seed, "score": one.score, "best": one.asset == best}
            entries.append({**sample, "media": media})
        return entries

    def _shown(self, ref: AssetRef) -> dict[str, object]:
        try:
            if ref.media_type == "video/mp4" and ref.size > LONGEST_CLIP:
                return {"why": f"a clip of {ref.size / 1e6:.1f} MB is too large for this page"}
            data = read_file(self.folder, path_of(ref))
            if ref.media_type == "image/png":
                return self._fitted(_small_picture(data))
            if ref.media_type == "video/mp4":
                return self._fitted(("video/mp4", data)) | {"poster": _poster(data)}
            return latents_strip(data)
        except StoreError as error:
            return {"why": error.message}
        except (OSError, ValueError, SyntaxError):
            return {"why": "the file is missing or damaged"}

    def _fitted(self, content: tuple[str, bytes]) -> dict[str, object]:
        kind, data = content
        if len(data) > self.left:
            return {"why": "this page is full; the file is in the run folder"}
        self.left -= len(data)
        return {"uri": f"data:{kind};base64,{base64.b64encode(data).decode()}"}


def latents_strip(data: bytes) -> dict[str, object]:
    """Shared latents Z (K, D) as a picture's worth of bytes.

    Returns `rows`, `columns` (at most 64, neighbours averaged) and `cells`, base64 of bytes where
    128 is zero and 0 and 255 are 2.5 standard deviations below and above.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        z = np.asarray(load(data)["latents"], np.float32)
    except (SafetensorError, KeyError, TypeError) as error:
        raise ValueError("no latents") from error
    if z.ndim != 2 or not z.size or not np.isfinite(z).all():
        raise ValueError("no latents")
    columns = np.array_split(z[:256], min(_COLUMNS, z.shape[1]), axis=1)
    small = np.stack([column.mean(axis=1) for column in columns], axis=1)
    scaled = small / (2.5 * float(small.std()) or 1.0)
    cells = (128 + 127 * scaled.clip(-1, 1)).round().astype(np.uint8)
    return {
        "shape": list(z.shape),
        "rows": cells.shape[0],
        "columns": cells.shape[1],
        "cells": base64.b64encode(cells.tobytes()).decode(),
    }


def _poster(clip: bytes) -> str:
    """A clip's first frame as a data URI: what is shown of it until it plays."""
    from PIL import Image

    from triptych.media import decode_mp4

    image = Image.fromarray(decode_mp4(clip, 1)[0])
    return f"data:image/jpeg;base64,{base64.b64encode(_as_jpeg(image)).decode()}"


def _small_picture(data: bytes) -> tuple[str, bytes]:
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        image.load()  # a damaged file is said to be, not shown broken
        if len(data) <= WHOLE:
            return "image/png", data
        return "image/jpeg", _as_jpeg(image.convert("RGB"))


def _as_jpeg(image: Picture) -> bytes:
    image.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
