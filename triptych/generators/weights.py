"""Saving and loading our own modules: `config.json` beside `model.safetensors`, never pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from triptych.errors import ModelError

Module = TypeVar("Module", bound=nn.Module)


def hush_libraries() -> None:
    """Switch off the libraries' own bars and remarks about loading: one progress is enough."""
    import diffusers
    import transformers

    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.set_verbosity_error()  # type: ignore[attr-defined]


def save_module(
    module: nn.Module, config: Mapping[str, object], folder: Path, dtype: torch.dtype | None = None
) -> None:
    """Write a module's weights and the config that rebuilds it, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        name: tensor.detach().to(dtype if tensor.is_floating_point() else None).contiguous().cpu()
        for name, tensor in module.state_dict().items()
    }
    temporary = folder / ".model.safetensors.part"
    save_file(state, temporary)
    temporary.replace(folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def load_module(build: Callable[[dict[str, Any]], Module], folder: Path) -> Module:
    """Rebuild a module that `save_module` wrote, in float32 and evaluation mode.

    Raises `ModelError` naming the folder if a file is missing, torn, or for another shape.
    """
    try:
        config = json.loads((folder / "config.json").read_text())
        module = build(config)
        state = load_file(folder / "model.safetensors")
        module.load_state_dict(state)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"The weights in {folder} cannot be loaded: {error}",
            "Reinstall the package, or train them again with `triptych train`.",
        ) from error
    return module.float().eval()


def fingerprint(folder: Path, pattern: str = "*.safetensors") -> str:
    """Short SHA-256 over the safetensors files of a folder: the revision of local weights."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob(pattern)):
        digest.update(path.relative_to(folder).as_posix().encode())
        with open(path, "rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def revision_of(folder: Path, *modules: str) -> str:
    """Short SHA-256 over all modules of a weights folder that a generator's output depends on."""
    fingerprints = "".join(fingerprint(folder / module) for module in modules)
    return hashlib.sha256(fingerprints.encode()).hexdigest()[:16]
