"""The most memory that this process has taken, and keeping it from growing."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None

_M_ARENA_MAX = -8
"""From glibc's malloc.h."""


def process_peak() -> int:
    """Most bytes of memory that the process had so far; 0 where the system does not tell."""
    if resource is None:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def forget_peak() -> None:
    """Let `process_peak` begin again from what is in use now; only Linux can, others keep it."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def share_one_heap() -> None:
    """Let all threads of the process allocate from one heap, before they have any of their own.

    The graph's steps run on ever new threads. glibc gives each a heap (an arena), and what a
    thread freed stays there: a process of 500 campaigns grew by half a gigabyte, and does not grow
    with one heap. Systems with another C library are left as they are.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def return_freed_memory() -> None:
    """Give what the process has freed back to the system, from within its heaps too.

    glibc keeps what is freed below something still in use. Tensors of a campaign leave such holes:
    40 campaigns grew by 250 MB and more that nothing used any more. Systems with another C library
    are left as they are.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
