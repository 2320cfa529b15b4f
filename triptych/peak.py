"""The most memory that this process has taken."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None


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
