"""Assets on disk, named by the SHA-256 of their bytes: written whole, checked when read.

What the critic judges is what is stored: clips are scored as they are decoded from their file.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from triptych.domain import AssetRef
from triptych.errors import StoreError
from triptych.media import decode_mp4, encode_mp4
from triptych.run_files import make_folder, make_folders, read_file, sync_folder
from triptych.run_folder import ASSETS, INDEX
from triptych.safe_text import visible

if TYPE_CHECKING:
    import torch
    from pydantic import JsonValue

    from triptych.protocols import Pixels

SUFFIXES = {
    "text/plain": "txt",
    "image/png": "png",
    "image/jpeg": "jpg",
    "video/mp4": "mp4",
    "application/safetensors": "safetensors",
    "application/json": "json",
}
_LEAST_FREE = 50_000_000


class Store:
    """The assets of one run.

    Args:
        folder: the run folder; assets go to `folder/assets`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check_space(self) -> None:
        """Raise `StoreError` if the folder cannot be made or holds links, or its disk is full.

        To be asked before work is spent on what goes there.
        """
        try:
            make_folder(self.folder, INDEX)
            free = shutil.disk_usage(self.folder).free
        except OSError as error:
            raise StoreError(
                f"{self.folder} cannot be written: {error.strerror}.", "Choose another --out."
            ) from error
        if free < _LEAST_FREE:
            raise StoreError(
                f"Only {free // 1_000_000} MB are free for {self.folder}.",
                "Free some space, then `triptych resume` the run.",
            )

    # Writing.

    def put(self, data: bytes, media_type: str) -> AssetRef:
        """Store bytes; the same bytes are stored once."""
        ref = ref_of(data, media_type)
        if not self.holds(ref):
            self._write(ref.path, data)
        return ref

    def put_text(self, text: str) -> AssetRef:
        """Store text as UTF-8."""
        return self.put(text.encode(), "text/plain")

    def put_image(self, pixels: Pixels) -> AssetRef:
        """Store an image (H, W, 3) uint8 as PNG."""
        from PIL import Image

        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        return self.put(buffer.getvalue(), "image/png")

    def put_clip(self, frames: Pixels, fps: int) -> AssetRef:
        """Store a clip (F, H, W, 3) uint8 as MP4 that players everywhere open."""
        return self.put(encode_mp4(frames, fps), "video/mp4")

    def put_latents(self, latents: torch.Tensor) -> AssetRef:
        """Store Z (K, D) as safetensors, under the name `latents`."""
        from safetensors.torch import save

        return self.put(save({"latents": latents.contiguous()}), "application/safetensors")

    # Reading.

    def get(self, ref: AssetRef) -> bytes:
        """The bytes of an asset.

        Raises `StoreError` if they are missing, not the ones stored, or not where they belong.
        """
        path = path_of(ref)
        try:
            data = read_file(self.folder, path)
        except OSError as error:
            raise StoreError(
                f"The asset {path} is missing from {self.folder}.",
                "Restore it; or delete checkpoint.sqlite and `triptych resume` the run: what is "
                "missing is made again.",
            ) from error
        if hashlib.sha256(data).hexdigest() != ref.digest:
            raise StoreError(
                f"The asset {path} is not what was stored: its bytes have changed.",
                "Restore it; or delete checkpoint.sqlite and `triptych resume` the run: what is "
                "damaged is made again.",
            )
        return data

    def holds(self, ref: AssetRef) -> bool:
        """Whether an asset is there with the very bytes that were stored."""
        try:
            self.get(ref)
        except StoreError:
            return False
        return True

    def get_image(self, ref: AssetRef) -> Pixels:
        """An image (H, W, 3) uint8."""
        from PIL import Image

        with Image.open(io.BytesIO(self.get(ref)), formats=["PNG"]) as image:
            return np.asarray(image.convert("RGB"))

    def get_clip(self, ref: AssetRef) -> Pixels:
        """A clip (F, H, W, 3) uint8."""
        return decode_mp4(self.get(ref))

    def get_latents(self, ref: AssetRef) -> torch.Tensor:
        """Z (K, D)."""
        from safetensors.torch import load

        return load(self.get(ref))["latents"]

    # What was made from what: how a step finds its finished work (`step_store`).

    def recall(self, key: str) -> JsonValue:
        """What was remembered under a key, if it is whole; None otherwise."""
        try:
            return json.loads(read_file(self.folder, f"{INDEX}/{key}.json"))
        except (OSError, ValueError, RecursionError, StoreError):
            return None

    def remember(self, key: str, value: JsonValue) -> None:
        """Keep JSON data under a key, whole or not at all."""
        self._write(f"{INDEX}/{key}.json", json.dumps(value).encode())

    def forget(self, key: str) -> None:
        """Let go of what was remembered under a key, if anything was."""
        (self.folder / INDEX / f"{key}.json").unlink(missing_ok=True)
        sync_folder(self.folder / INDEX)

    def _write(self, path: str, data: bytes) -> None:
        """Write a file below the run folder, through no link. Raises as `write_whole` does."""
        try:
            make_folder(self.folder, path.rpartition("/")[0])
        except OSError as error:
            raise StoreError(
                f"{self.folder} cannot be written: {error.strerror}.", "Choose another --out."
            ) from error
        write_whole(self.folder / path, data)


def ref_of(data: bytes, media_type: str) -> AssetRef:
    """How bytes are called in a store."""
    digest = hashlib.sha256(data).hexdigest()
    path = f"{ASSETS}/{digest}.{SUFFIXES[media_type]}"
    return AssetRef(digest=digest, media_type=media_type, path=path, size=len(data))


def path_of(ref: AssetRef) -> str:
    """Where an asset lies in its run folder: what its digest says, whatever else it was told.

    Raises `StoreError` if the reference names another place.
    """
    path = f"{ASSETS}/{ref.digest}.{SUFFIXES.get(ref.media_type)}"
    if ref.path != path:
        raise StoreError(
            f"The run names “{visible(ref.path)}” as an asset, and assets are named by their hash.",
            "Do not trust this run.",
        )
    return path


def content_key(*parts: object) -> str:
    """A short name for what a step was asked to do: the hash of its inputs' JSON."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut.

    Raises `StoreError` if the disk is full or the folder cannot be written.
    """
    temporary = None
    try:
        make_folders(path.parent)
        descriptor, temporary = tempfile.mkstemp(prefix=".part-", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise StoreError(
            f"{path} cannot be written: {error.strerror}.",
            "Free some space or choose another --out.",
        ) from error
