"""A case folder as arrays: decoded once into memory-mapped uint8, then drawn from by index."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from triptych.cases.format import Case, read_cases
from triptych.cases.media import FPS, MAX_SECONDS, sampled_frames
from triptych.files.media import open_image, open_video
from triptych.training.preprocess import prepare

SIZE = 128
FRAMES = 16

Batch = TypeVar("Batch")


@dataclass(frozen=True)
class Pack:
    """The cases of one split and their pixels.

    `images` is (N, S, S, 3) uint8; `clips` is (M, F, S, S, 3) uint8 and `clip_cases` (M,) tells
    which case each clip belongs to.
    """

    cases: list[Case]
    images: NDArray[np.uint8]
    clips: NDArray[np.uint8]
    clip_cases: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.cases)

    @property
    def ids(self) -> list[str]:
        """The cases' names, in order."""
        return [case.id for case in self.cases]


def pack(
    folder: Path,
    split: str,
    cache: Path,
    *,
    size: int = SIZE,
    frames: int = FRAMES,
    on_case: Callable[[int, int], None] | None = None,
) -> Pack:
    """Read a split of a case folder, decoding its media once into `cache`.

    The cache is rebuilt when the list of cases or a size changes. Raises `CaseError` (from
    `triptych.cases.format`) for a broken folder.
    """
    cases = [case for case in read_cases(folder) if case.split == split]
    with_clip = [index for index, case in enumerate(cases) if case.clip]
    key = {"ids": [case.id for case in cases], "size": size, "frames": frames}
    stamp = cache / f"{split}.json"
    paths = cache / f"{split}-images.npy", cache / f"{split}-clips.npy"
    if not stamp.exists() or json.loads(stamp.read_text()) != key:
        cache.mkdir(parents=True, exist_ok=True)
        images = _create(paths[0], (len(cases), size, size, 3))
        clips = _create(paths[1], (len(with_clip), frames, size, size, 3))
        for index, case in enumerate(cases):
            images[index] = read_image(folder / case.image, size)
            if on_case:
                on_case(index + 1, len(cases))
        for place, index in enumerate(with_clip):
            clips[place] = read_clip(folder / str(cases[index].clip), size, frames)
        images.flush()
        clips.flush()
        temporary = stamp.with_suffix(".part")
        temporary.write_text(json.dumps(key))
        os.replace(temporary, stamp)
    loaded = [np.load(path, mmap_mode="r", allow_pickle=False) for path in paths]
    return Pack(cases, loaded[0], loaded[1], np.asarray(with_clip, dtype=np.int64))


def read_image(path: Path, size: int) -> NDArray[np.uint8]:
    """An image file as (size, size, 3) uint8, cut to a square from its middle.

    Raises `MediaError` (from `triptych.files.media`) for a file that is no whole picture.
    """
    with open_image(path) as image:
        return _square(image.convert("RGB"), size)


def read_clip(path: Path, size: int, frames: int) -> NDArray[np.uint8]:
    """A clip as (frames, size, size, 3) uint8: a video file or a folder of frames.

    At most its first five seconds are used, sampled evenly to `frames`. Raises `MediaError`.
    """
    if path.is_dir():
        names = sorted(one for one in path.iterdir() if not one.name.startswith("."))
        names = names[: int(MAX_SECONDS * FPS)]
        return np.stack(
            [read_image(names[at], size) for at in sampled_frames(len(names), FPS, frames)]
        )
    with open_video(path) as container:
        rate = float(container.streams.video[0].average_rate or FPS)
        most = int(rate * MAX_SECONDS)
        pictures = [
            _square(frame.to_image(), size) for frame in islice(container.decode(video=0), most)
        ]
    return np.stack([pictures[at] for at in sampled_frames(len(pictures), rate, frames)])


def _square(image: Image.Image, size: int) -> NDArray[np.uint8]:
    if image.size != (size, size):
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        image = image.crop((left, top, left + side, top + side))
        image = image.resize((size, size), Image.Resampling.LANCZOS)
    return np.asarray(image, dtype=np.uint8)


def _create(path: Path, shape: Sequence[int]) -> np.memmap:
    return np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=tuple(shape))


def kept(path: Path, key: object, make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
    """Tensors that are made once and kept in a file; made anew when what they depend on changes.

    Args:
        path: a safetensors file.
        key: what they depend on, as JSON can write it.
        make: makes them.
    """
    stamp = hashlib.sha256(json.dumps(key).encode()).hexdigest()
    if path.exists():
        with safe_open(path, framework="pt") as file:
            same = (file.metadata() or {}).get("key") == stamp
        if same:
            return load_file(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.part")  # stages may run side by side
    tensors = {name: tensor.contiguous() for name, tensor in make().items()}
    save_file(tensors, temporary, metadata={"key": stamp})
    temporary.replace(path)
    return load_file(path)


def draw(count: int, size: int, generator: torch.Generator) -> Tensor:
    """(size,) indices below `count`, with replacement."""
    return torch.randint(count, (size,), generator=generator)


def to_device(batch: Batch, like: nn.Module) -> Batch:
    """A tensor, or a dataclass of tensors, on the device of a module's weights."""
    device = next(like.parameters()).device
    if isinstance(batch, Tensor):
        return batch.to(device)  # type: ignore[return-value]
    if is_dataclass(batch) and not isinstance(batch, type):
        moved = {f.name: to_device(getattr(batch, f.name), like) for f in fields(batch)}
        return replace(batch, **moved)
    return batch


def to_float(pixels: NDArray[np.uint8]) -> Tensor:
    """uint8 (…, H, W, 3) to float (…, 3, H, W) in −1..1."""
    return prepare(pixels)
