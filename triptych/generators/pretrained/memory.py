"""Large models take turns on the device: loaded once, moved off when another needs the room."""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

import torch

from triptych.errors import ModelError
from triptych.memory import process_peak

T = TypeVar("T")
GIB = 2**30


class OutOfMemory(ModelError):
    """The device had no room, also after what could be moved off was moved off."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that memory ran out: each device says so in its own way."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    message = str(error).lower()
    return isinstance(error, RuntimeError) and any(words in message for words in _NO_MEMORY)


_NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")


class Movable(Protocol):
    """A model as the shelf knows it."""

    name: str
    size: int
    busy: int

    def leave(self) -> None:
        """Make room."""
        ...


class Shelf:
    """Keeps the sum of the models on the device under a limit, least recently used off first.

    A model leaves an accelerator for main memory. Where models work in main memory there is
    nowhere to move it to: it is dropped, and loaded again at its next use.

    Args:
        device: where models work.
        limit: bytes they may take together; None for what an accelerator has.
    """

    def __init__(self, device: torch.device, limit: int | None = None) -> None:
        self.device = device
        self.limit = limit
        self.lock = threading.RLock()
        self._resident: list[Movable] = []

    def make_room(self, wanted: int, keep: Movable | None = None) -> None:
        """Move models off until `wanted` bytes more fit the limit, oldest first."""
        limit = self.limit
        if limit is None and self.device.type == "cuda":
            limit = int(memory_of(self.device) * 0.95)
        if limit is None:
            return
        for other in [one for one in self._resident if one is not keep and not one.busy]:
            if sum(one.size for one in self._resident) + wanted <= limit:
                return
            other.leave()

    def clear(self, keep: Movable | None = None) -> bool:
        """Move every other idle model off the device. True if any was there."""
        others = [one for one in self._resident if one is not keep and not one.busy]
        for other in others:
            other.leave()
        free_cache()
        return bool(others)

    def arrived(self, one: Movable) -> None:
        """Note that a model is on the device, used last."""
        self.left(one)
        self._resident.append(one)

    def left(self, one: Movable) -> None:
        """Note that a model is not on the device any more."""
        self._resident = [other for other in self._resident if other is not one]

    @property
    def resident(self) -> tuple[str, ...]:
        """Names of the models on the device, least recently used first."""
        return tuple(one.name for one in self._resident)


class Resident(Generic[T]):
    """One model and where it is. `use()` gives it, loaded and on its device, to one thread.

    Args:
        name: for messages.
        shelf: the device's book-keeping, shared by all models of a profile.
        load: makes the model, on the CPU or placed by its own offloading.
        place: moves it to a device, or None if it manages its place itself.
        measure: bytes of its weights.
        expected: bytes that it is thought to take, before it was ever loaded.
    """

    def __init__(
        self,
        name: str,
        shelf: Shelf,
        load: Callable[[], T],
        place: Callable[[T, torch.device], object] | None,
        measure: Callable[[T], int],
        expected: int = 0,
    ) -> None:
        self.name, self.shelf = name, shelf
        self._load, self._place, self._measure = load, place, measure
        self._model: T | None = None
        self._here = False
        self.size = expected
        self.busy = 0
        self._lock = threading.RLock()

    @contextlib.contextmanager
    def use(self) -> Iterator[T]:
        """The model on its device; others wait until the block ends."""
        with self._lock:
            with self.shelf.lock:
                self.busy += 1
                try:
                    model = self._arrive()
                except BaseException:
                    self.busy -= 1
                    raise
            try:
                yield model
            finally:
                self.busy -= 1

    def _arrive(self) -> T:
        model = self._model
        if model is None:
            if self.shelf.device.type == "cpu" and self._place is not None:
                self.shelf.make_room(self.size, keep=self)  # it is loaded into the same memory
            model = self._load()
            self.size = self._measure(model)
        if not self._here and self._place is not None:
            self._check_limit()
            self.shelf.make_room(self.size, keep=self)
            try:
                self._place(model, self.shelf.device)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                self._place_again(model, self._place)
        self._model, self._here = model, True
        if self._place is not None:
            self.shelf.arrived(self)
        return model

    def _check_limit(self) -> None:
        limit = self.shelf.limit
        if limit is not None and self.size > limit:
            raise OutOfMemory(
                f"{self.name} takes {self.size / GIB:.1f} GiB, and the profile's memory limit is "
                f"{limit / GIB:.1f} GiB.",
                "Raise `memory_limit`, or choose a smaller model or dtype.",
            )

    def _place_again(self, model: T, place: Callable[[T, torch.device], object]) -> None:
        """Once more, with everything else off the device. Raises `OutOfMemory`."""
        self.shelf.clear(keep=self)
        try:
            place(model, self.shelf.device)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise OutOfMemory(
                f"{self.name} ({self.size / GIB:.1f} GiB) does not fit on {self.shelf.device}.",
                "Set `offload: model` for it in the profile, or a smaller dtype.",
            ) from error

    def leave(self) -> None:
        """Move the model to main memory, or drop it where it is there; its next use brings it."""
        if not self._here or self._place is None or self._model is None:
            return
        if self.shelf.device.type == "cpu":
            self._model = None
        else:
            self._place(self._model, torch.device("cpu"))
        self._here = False
        self.shelf.left(self)
        free_cache()


def free_cache() -> None:
    """Give freed memory back to the device."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def weights_size(*modules: object) -> int:
    """Bytes of the parameters and buffers of modules; others count nothing."""
    return sum(
        tensor.numel() * tensor.element_size()
        for module in modules
        if isinstance(module, torch.nn.Module)
        for tensor in (*module.parameters(), *module.buffers())
    )


def memory_of(device: torch.device) -> int:
    """Bytes that a GPU has; 0 for any other device."""
    if device.type != "cuda":
        return 0
    return int(torch.cuda.get_device_properties(device).total_memory)


def peak_memory(device: torch.device) -> int:
    """Most bytes in use so far, of the accelerator or else of the process."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    return process_peak()
