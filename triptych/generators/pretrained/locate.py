"""Where a model's weights are on this machine, which they are, and what device they go to."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import torch

from triptych.domain import ModelIdentity
from triptych.errors import ModelError, ProfileError
from triptych.generators.parts import Diffusers
from triptych.generators.settings import Weights, is_local

LORA_MARK = "+lora-"
"""Stands in a revision before the hash of an adapter."""
_LANGUAGE_MODEL_FILES = ["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"]


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
    """The local folder of a model; downloaded only if `fetch`. Raises `ModelError` if missing."""
    if is_local(part.model):
        folder = Path(part.model).expanduser()
        if not folder.is_dir():
            raise ModelError(f"There is no folder {folder} with a model.")
        return folder
    from huggingface_hub import snapshot_download

    try:
        if pipeline:
            import diffusers

            path = diffusers.DiffusionPipeline.download(  # type: ignore[attr-defined]
                part.model,
                revision=part.revision,
                variant=part.variant,
                use_safetensors=True,
                local_files_only=not fetch,
            )
        else:
            path = snapshot_download(
                part.model,
                revision=part.revision,
                local_files_only=not fetch,
                allow_patterns=_LANGUAGE_MODEL_FILES,
            )
    except (OSError, ValueError) as error:
        raise missing(part) from error
    return Path(path)


def weights_on_disk(folder: Path) -> int:
    """Bytes of a folder's safetensors files: about what the model takes once it is loaded."""
    return sum(path.stat().st_size for path in folder.rglob("*.safetensors"))


def is_whole(folder: Path) -> bool:
    """Whether a model's folder has all its weights: a download may have been broken off.

    Of several variants in one folder one will do.
    """
    try:
        variants: dict[Path, list[bool]] = {}
        for index in folder.rglob("*.safetensors.index*.json"):
            shards = json.loads(index.read_text())["weight_map"].values()
            there = all((index.parent / name).exists() for name in shards)
            variants.setdefault(index.parent, []).append(there)
        pipeline = folder / "model_index.json"
        parts = json.loads(pipeline.read_text()) if pipeline.is_file() else {}
        needed = [name for name, kind in parts.items() if isinstance(kind, list) and any(kind)]
    except (OSError, ValueError, LookupError, AttributeError):
        return False
    return (
        any(folder.rglob("*.safetensors"))
        and all(any(flags) for flags in variants.values())
        and all((folder / name).is_dir() for name in needed if name != "_class_name")
    )


def missing(part: Weights) -> ModelError:
    """What to tell a person who has not got a model."""
    size = f" ({part.download:g} GB)" if part.download else ""
    licence = f" Its licence: {part.licence}." if part.licence else ""
    return ModelError(
        f"The model {part.model} is not on this machine{size}.{licence}", how_to_fetch(part)
    )


def how_to_fetch(part: Weights) -> str:
    """What to do about a missing model. Pipelines' repositories hold much that is not needed."""
    if isinstance(part, Diffusers):
        return "Run once with `--set fetch=true`: it fetches the files that are needed and no more."
    files = " ".join(f"'{pattern}'" for pattern in _LANGUAGE_MODEL_FILES)
    return (
        f"Run once with `--set fetch=true`, or `hf download {part.model} --revision"
        f" {part.revision} --include {files}`."
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
