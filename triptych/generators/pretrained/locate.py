"""Where a model's weights are on this machine, which they are, and what device they go to."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Collection
from pathlib import Path

import torch

from triptych.domain import ModelIdentity
from triptych.errors import ModelError, ProfileError
from triptych.generators.parts import Diffusers, OpenClip
from triptych.generators.pretrained import fetching
from triptych.generators.settings import Weights, is_local

LORA_MARK = "+lora-"
"""Stands in a revision before the hash of an adapter."""


def pick_device(wanted: str) -> torch.device:
    """`auto` is the best device here. Raises `ProfileError` for one that is not."""
    if wanted == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise ProfileError(f"{wanted!r} is no device.", "Use auto, cpu, cuda or mps.") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ProfileError("The profile asks for a CUDA device and there is none here.")
    return device


def pick_dtype(wanted: str, device: torch.device) -> torch.dtype:
    """`auto` is bfloat16 on an accelerator and float32 on the CPU, where halves are slow."""
    if wanted == "auto":
        return torch.float32 if device.type == "cpu" else torch.bfloat16
    if wanted == "float16" and device.type == "cpu":
        return torch.float32
    return getattr(torch, wanted)


def locate(part: Weights, fetch: bool, *, pipeline: bool) -> Path:
    """The local folder of a model; downloaded only if `fetch`, and what is whole is not asked for.

    Raises `ModelError` if it is missing or there in part, or for what keeps it from being fetched.
    """
    if is_local(part.model):
        folder = Path(part.model).expanduser()
        if not folder.is_dir():
            raise ModelError(f"There is no folder {folder} with a model.")
        return folder
    anchor = _anchor(part)
    here = fetching.snapshot_here(part, anchor)
    if here is not None and is_whole(here, _components(part, here) if pipeline else None):
        return here
    if not fetch:
        raise missing(part, partly=here is not None)

    def needed(files: list[str]) -> list[str]:
        if not pipeline:
            return _needed(part, files, part_folder=None)
        if anchor not in files:
            raise ModelError(f"{part.model} is not a diffusers pipeline: no {anchor}.")
        return _needed(part, files, fetching.fetch_one(part, anchor).parent)

    return fetching.fetch(part, needed)


def files_read(part: Weights, folder: Path) -> list[str]:
    """The files of a model's folder that are read to load it, relative to the folder."""
    files = [one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()]
    return _needed(part, files, folder if part.pipeline else None)


def _needed(part: Weights, files: list[str], part_folder: Path | None) -> list[str]:
    """Of a repository's files those that its layout needs; of a pipeline by its folder's index."""
    if isinstance(part, OpenClip):
        return fetching.files_of_clip(files)
    if part_folder is None:
        return fetching.files_of_model(files, part.variant)
    return fetching.files_of_pipeline(files, _components(part, part_folder), part.variant)


def _anchor(part: Weights) -> str:
    """A file that every model of its layout has."""
    if part.pipeline:
        return "model_index.json"
    return "open_clip_config.json" if isinstance(part, OpenClip) else "config.json"


def _components(part: Weights, folder: Path) -> frozenset[str]:
    """Folders of a pipeline that the class which runs it reads. Empty if its index is torn."""
    from triptych.generators.pretrained.classes import pipeline_class, read_index

    if not isinstance(part, Diffusers):
        return frozenset()
    index = read_index(part, folder)
    taken = inspect.signature(pipeline_class(part, index).__init__).parameters
    return frozenset(
        name
        for name, entry in index.items()
        if isinstance(entry, list) and any(entry) and name in taken
    )


def weights_on_disk(folder: Path) -> int:
    """Bytes of a folder's safetensors files: about what the model takes once it is loaded."""
    return sum(path.stat().st_size for path in folder.rglob("*.safetensors"))


def is_whole(folder: Path, components: Collection[str] | None = None) -> bool:
    """Whether a model's folder has all its weights: a download may have been broken off.

    Of several variants in one folder one will do.

    Args:
        folder: of the model.
        components: folders in it that must be whole; by default those that `model_index.json`
            names, or else the folder itself.
    """
    try:
        if components is None:
            pipeline = folder / "model_index.json"
            parts = json.loads(pipeline.read_text()) if pipeline.is_file() else {}
            components = [
                name for name, kind in parts.items() if isinstance(kind, list) and kind[0]
            ]
        folders = [folder / name for name in components] or [folder]
        return all(_has_weights(one, needed=not components) for one in folders)
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        return False


def _has_weights(folder: Path, needed: bool) -> bool:
    """Whether a folder's weights are there, all shards of them, where it is one with weights."""
    if not folder.is_dir():
        return False
    indices = list(folder.glob("*.safetensors.index*.json"))
    if not (needed or indices or (folder / "config.json").is_file()):
        return True  # a scheduler, a tokenizer
    shards = [set(json.loads(one.read_text())["weight_map"].values()) for one in indices]
    if any(all((folder / name).exists() for name in names) for names in shards):
        return True
    split = set().union(*shards)
    return any(one.name not in split for one in folder.glob("*.safetensors"))


def missing(part: Weights, partly: bool = False) -> ModelError:
    """What to tell a person who has not got a model, or only a part of it."""
    size = f" ({part.download:g} GB)" if part.download else ""
    licence = f" Its licence: {part.licence}." if part.licence else ""
    where = "only in part on this machine" if partly else "not on this machine"
    return ModelError(
        f"The model {part.model} is {where}{size}.{licence}",
        "Run once with `--set fetch=true`: it fetches the files that are needed and no more.",
    )


def identify(part: Weights, folder: Path) -> ModelIdentity:
    """Hub name and commit, or folder name and a hash of the weights' heads, sizes and ends.

    With LoRA it is another model: its adapter's hash is added.
    """
    local = is_local(part.model)
    name = folder.resolve().name if local else part.model
    revision = local_revision(folder) if local else part.revision
    lora = getattr(part, "lora", None)
    if lora is not None:
        revision = f"{revision}{LORA_MARK}{local_revision(Path(lora))[:8]}"
    return ModelIdentity(name=name, revision=revision)


def local_revision(folder: Path) -> str:
    """Short hash of a folder's safetensors files that reads little of them.

    Names, sizes, the first MiB (with the tensors' names and shapes) and the last of each file:
    training changes the last tensors too.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.safetensors")):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()}:{size}".encode())
        with open(path, "rb") as file:
            digest.update(file.read(2**20))
            file.seek(max(0, size - 2**20))
            digest.update(file.read())
    return digest.hexdigest()[:16]


def identity_name(identity: ModelIdentity) -> str:
    """One word for a model and its revision, as connectors and heads write it down."""
    return f"{identity.name}@{identity.revision}"
