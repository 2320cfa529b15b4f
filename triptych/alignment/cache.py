"""Embeddings that were computed already, for any number of threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """The newest values by key, the oldest forgotten first; safe to share between threads.

    Args:
        most: values that are kept.
    """

    def __init__(self, most: int = 2048) -> None:
        self._most = most
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of a key, made if it is not there.

        Two threads that want it at once may both make it: values depend on their keys alone, and
        nobody waits for another's.
        """
        with self._lock:
            if key in self._values:
                return self._values[key]
        made = make()
        with self._lock:
            kept = self._values.setdefault(key, made)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
            return kept
