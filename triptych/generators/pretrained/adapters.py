"""LoRA adapters, merged into a model's own weights: all of their tensors, or none at all.

The libraries pass over tensors whose names match no layer with a warning at most: what loads is
then the model without its adapter, under the adapter's name.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from triptych.errors import ModelError
from triptych.generators.pretrained.denoising import first_line

if TYPE_CHECKING:
    from diffusers import ModelMixin
    from transformers import PreTrainedModel

LORA_WEIGHTS = "pytorch_lora_weights.safetensors"
"""Of a denoiser, as diffusers calls it."""
ADAPTER_WEIGHTS = "adapter_model.safetensors"
"""Of a language model, as peft calls it."""
BROKEN = (
    OSError,
    ValueError,
    RuntimeError,
    KeyError,
    TypeError,
    AttributeError,
    ImportError,
    MemoryError,
    SafetensorError,
)
"""What the libraries raise for files that are torn, missing or of another kind."""


def merge_into_denoiser(denoiser: ModelMixin, folder: str) -> None:
    """Add an adapter to a denoiser's own weights, so that it costs nothing at run time.

    Raises `ModelError` if it is missing, or does not fit whole.
    """
    path = _adapter_folder(folder, LORA_WEIGHTS) / LORA_WEIGHTS
    try:
        denoiser.load_lora_adapter(
            str(path.parent), prefix=None, weight_name=LORA_WEIGHTS, use_safetensors=True
        )
        _check_fit(denoiser, path)
        denoiser.fuse_lora()
        denoiser.unload_lora()
    except BROKEN as error:
        raise ModelError(
            f"The LoRA adapter in {path.parent} does not fit the denoiser: {first_line(error)}",
            "It belongs to the pipeline that it was trained on.",
        ) from error


def with_adapter(model: PreTrainedModel, folder: str) -> PreTrainedModel:
    """A language model with an adapter in its own weights.

    Raises `ModelError` if it is missing or does not fit whole; else as the libraries do.
    """
    from peft import PeftModel

    path = _adapter_folder(folder, ADAPTER_WEIGHTS) / ADAPTER_WEIGHTS
    adapted = PeftModel.from_pretrained(model, str(path.parent))  # type: ignore
    _check_fit(adapted, path)
    return adapted.merge_and_unload()  # type: ignore


def _adapter_folder(folder: str, weights: str) -> Path:
    """The folder of an adapter. Raises `ModelError` unless it holds safetensors weights."""
    adapter = Path(folder).expanduser()
    if not (adapter / weights).is_file():
        raise ModelError(
            f"There is no LoRA adapter in {adapter}: {weights} is missing.",
            "Train one with `triptych train`, or leave `lora` out of the profile.",
        )
    return adapter


def _check_fit(model: torch.nn.Module, path: Path) -> None:
    """Raise `ModelError` unless every tensor of an adapter's file has come into the model.

    Tensors are looked for by their values, for libraries rename them in several ways.
    """
    loaded: dict[tuple[int, ...], list[torch.Tensor]] = defaultdict(list)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            loaded[tuple(parameter.shape)].append(parameter.detach())
    tensors = {name: one for name, one in load_file(path).items() if one.ndim}  # no alphas
    fit = sum(
        any(
            torch.equal(tensor.to(one.device, one.dtype), one)
            for one in loaded[tuple(tensor.shape)]
        )
        for tensor in tensors.values()
    )
    if not tensors or fit < len(tensors):
        raise ModelError(
            f"Of the LoRA adapter in {path.parent} {fit} of {len(tensors)} tensors fit the model.",
            "It belongs to the model that it was trained on.",
        )
