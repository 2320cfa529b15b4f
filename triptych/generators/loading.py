"""One lock around all loading in a process.

While libraries load a model they switch defaults of the whole process, such as the device on which
new parameters are made: of two that load at once, one ends with parameters that hold nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LOADING = threading.RLock()
"""Held while a model is made or its weights are read. Generate nothing while you hold it."""


def load_alone(load: Callable[[], T]) -> T:
    """What `load` loads, while nothing else is loaded."""
    with LOADING:
        return load()
