"""How much memory a profile's models take, computed from their parameters before they are loaded.

On a GPU models take turns, and those that wait are in main memory; `offload` keeps parts of one
there too. What they compute with is an allowance on top, for the sizes that profiles ask for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from triptych.generators.parts import AnimateDiff, Diffusers, DiffusersVideo, OpenClip
from triptych.generators.profiles import Profile
from triptych.generators.settings import Part, Weights

GIB = 2**30
PROCESS = int(1.5 * GIB)
"""Of main memory, for the program and its libraries."""
WORK = GIB
"""What a model computes with, beside its weights."""
_PICTURE, _CLIP = 2 * GIB / 1024**2, 4 * GIB / (704 * 704 * 49)
"""Bytes more for a pixel of a picture, and of a clip's frames."""
SEQUENTIAL = 0.1
"""Share of a pipeline that is on the GPU at once with `offload: sequential`."""
_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}
_FLOATS = {"F64", "F32", "F16", "BF16"}
_OTHERS = {"I64": 8, "I32": 4, "I16": 2, "F8_E4M3": 1, "F8_E5M2": 1}


@dataclass(frozen=True)
class Need:
    """Bytes that a profile takes at most."""

    gpu: int
    """On the GPU; 0 without one."""
    main: int
    """Of main memory."""


def need_of(profile: Profile, gpu_memory: int) -> Need | None:
    """What a profile needs on a machine with a GPU of so many bytes, or 0 for none.

    None where some of its models' parameters are not known.
    """
    held: list[tuple[int, int, int]] = []
    beside = 0
    for part in profile.parts().values():
        if not part.weights():
            continue
        sizes = sizes_of(part, on_gpu=bool(gpu_memory))
        if sizes is None:
            return None
        total, work = sum(sizes.values()), _work_of(part)
        if isinstance(part, OpenClip):
            beside += total
            continue
        held.append((total, resident(part, sizes, gpu_memory), work))
    everything = sum(total for total, _, _ in held)
    work = max((work for *_, work in held), default=0)
    if gpu_memory:
        most = max((there + work for _, there, work in held), default=0)
        return Need(most + beside, everything + PROCESS)
    if profile.memory_limit is not None:
        largest = max((total for total, _, _ in held), default=0)
        everything = min(everything, max(largest, int(profile.memory_limit * GIB)))
    return Need(0, everything + beside + work + PROCESS)


def resident(part: Part, sizes: Mapping[str, int], gpu_memory: int) -> int:
    """Bytes of a model that are on the GPU at once while it works."""
    offload = pick_offload(part, sizes, gpu_memory)
    if offload == "model":
        return max(sizes.values())
    total = sum(sizes.values())
    return int(total * SEQUENTIAL) if offload == "sequential" else total


def pick_offload(part: Part, sizes: Mapping[str, int], gpu_memory: int) -> str:
    """What `offload: auto` comes to: the least that lets weights and work into the GPU's memory.

    Args:
        part: the settings of a pipeline; any other model is not offloaded.
        sizes: bytes of its components.
        gpu_memory: bytes; 0 for no GPU.
    """
    if not isinstance(part, Diffusers) or part.offload == "none" or not gpu_memory:
        return "none"
    if part.offload != "auto":
        return part.offload
    if part.device_map is not None:
        return "none"
    room = gpu_memory * 0.95 - _work_of(part)
    if sum(sizes.values()) <= room:
        return "none"
    return "model" if max(sizes.values()) <= room else "sequential"


def sizes_of(part: Part, on_gpu: bool) -> dict[str, int] | None:
    """Bytes of a model's components once loaded; None if neither files nor profile tell.

    What was fetched is read from its files' heads, what was not from the profile's `parameters`.
    """
    sizes: dict[str, int] = {}
    for key, weights in part.weights().items():
        width = _width(weights, on_gpu)
        found = _sizes_here(weights, width) or {
            name: int(count * 1e9 * width) for name, count in weights.parameters.items()
        }
        if not found:
            return None
        sizes |= {f"{key}/{name}" if key else name: size for name, size in found.items()}
    if isinstance(part, AnimateDiff):  # the denoiser gets a copy of it
        adapter = sum(size for name, size in sizes.items() if name.startswith("adapter/"))
        sizes["unet"] = sizes.get("unet", 0) + adapter
    return sizes


def sizes_on_disk(weights: Weights, folder: Path, width: int) -> dict[str, int]:
    """Bytes of each component of a model's folder, its floats loaded `width` bytes wide."""
    from triptych.generators.pretrained.classes import float32_parts, read_index
    from triptych.generators.pretrained.locate import files_read

    wide = float32_parts(read_index(weights, folder)) if isinstance(weights, Diffusers) else ()
    sizes: dict[str, int] = {}
    for name in files_read(weights, folder):
        if name.endswith(".safetensors"):
            component = name.rpartition("/")[0] or "model"
            size = _size_of(folder / name, 4 if component in wide else width)
            sizes[component] = sizes.get(component, 0) + size
    return sizes


def _size_of(path: Path, width: int) -> int:
    """Bytes of a file's tensors once loaded, from its head alone."""
    with open(path, "rb") as file:
        head = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    size = 0
    for name, tensor in head.items():
        if name == "__metadata__":
            continue
        count = 1
        for side in tensor["shape"]:
            count *= side
        size += count * (width if tensor["dtype"] in _FLOATS else _OTHERS.get(tensor["dtype"], 1))
    return size


def _sizes_here(weights: Weights, width: int) -> dict[str, int]:
    """As `sizes_on_disk`; empty for a model that is not here, or is torn."""
    from triptych.errors import TriptychError
    from triptych.generators.pretrained.locate import locate

    try:
        folder = locate(weights, fetch=False, pipeline=weights.pipeline)
        return sizes_on_disk(weights, folder, width)
    except (TriptychError, OSError, ValueError, LookupError, TypeError):
        return {}


def _width(weights: Weights, on_gpu: bool) -> int:
    if isinstance(weights, OpenClip) or (weights.dtype == "auto" and not on_gpu):
        return 4
    if weights.dtype == "float16" and not on_gpu:
        return 4  # the CPU computes in float32 then
    return _BYTES["bfloat16" if weights.dtype == "auto" else weights.dtype]


def _work_of(part: Part) -> int:
    """Bytes that a model computes with: for pictures and clips they grow with the pixels."""
    if not isinstance(part, Diffusers):
        return WORK
    pixels = (part.height or 1024) * (part.width or 1024)
    if isinstance(part, DiffusersVideo):
        return WORK + int(pixels * part.frames * _CLIP)
    return WORK + int(pixels * _PICTURE)
