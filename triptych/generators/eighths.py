"""Weights in eight bits: a matrix as whole numbers of −127 to 127 and one scale a row.

A denoiser of 44 million parameters is 88 MB in halves and 45 MB so. Rows are the outputs, whose
ranges differ; the error of a weight is at most 1/254 of its row's largest.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

LEAST = 4096
"""Numbers in a tensor before it is worth it."""
SCALE = "@scale"
"""Ending of the name under which a tensor's scales are kept."""


def to_eighths(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Large matrices and kernels in eight bits, all else in halves."""
    stored: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if not tensor.is_floating_point():
            stored[name] = tensor
        elif tensor.dim() < 2 or tensor.numel() < LEAST:
            stored[name] = tensor.half()
        else:
            rows = tensor.float().flatten(1)
            scale = rows.abs().amax(dim=1).clamp(min=1e-8) / 127
            whole = (rows / scale[:, None]).round().to(torch.int8)
            stored[name], stored[name + SCALE] = whole.view_as(tensor), scale
    return stored


def from_eighths(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors in float32 again; those that were never in eight bits are cast alone."""
    tensors: dict[str, Tensor] = {}
    for name, tensor in stored.items():
        if name.endswith(SCALE):
            continue
        scale = stored.get(name + SCALE)
        if scale is not None:
            wide = scale.view(-1, *[1] * (tensor.dim() - 1))
            tensors[name] = tensor.float() * wide
        else:
            tensors[name] = tensor.float() if tensor.is_floating_point() else tensor
    return tensors
