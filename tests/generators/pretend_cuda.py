"""A CUDA device that pretends: its tensors lie in main memory, its branches run as on a card."""

from contextlib import contextmanager

import torch
from torch.overrides import TorchFunctionMode


def _here(value):
    """The CPU in place of a CUDA device."""
    if isinstance(value, torch.device):
        return torch.device("cpu") if value.type == "cuda" else value
    return "cpu" if isinstance(value, str) and value.partition(":")[0] == "cuda" else value


class _Stays(TorchFunctionMode):
    """Whatever is sent to a card stays where it is."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        given = {name: _here(value) for name, value in (kwargs or {}).items()}
        if function is torch.device:
            return function(*args, **given)
        return function(*(_here(value) for value in args), **given)


@contextmanager
def pretended_cuda(monkeypatch, memory=24 * 2**30):
    """A card with so many bytes, for as long as the block lasts."""
    properties = type("Properties", (), {"total_memory": memory, "name": "Pretended"})()
    for name, answer in {
        "is_available": True,
        "device_count": 1,
        "empty_cache": None,
        "get_device_name": "Pretended",
        "get_device_properties": properties,
        "max_memory_allocated": 0,
        "mem_get_info": (memory, memory),
        "synchronize": None,
        "current_device": 0,
    }.items():
        monkeypatch.setattr(torch.cuda, name, lambda *_, answer=answer: answer)
    to = torch.nn.Module.to

    def stay(module, *args, **kwargs):
        args = [_here(value) for value in args]
        return to(module, *args, **{name: _here(value) for name, value in kwargs.items()})

    monkeypatch.setattr(torch.nn.Module, "to", stay)
    with _Stays():
        yield
