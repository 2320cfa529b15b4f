"""Triptych: agents that make a campaign whose words, picture and film say the same thing.

`Campaign`, `run`, `stream`, `astream` and `build_graph` load langgraph and torch only when they are
used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triptych.graph.build import build_graph
    from triptych.runs.api import astream, run, stream
    from triptych.runs.campaign import Campaign

__version__ = "0.1.0"
__all__ = ["Campaign", "__version__", "astream", "build_graph", "run", "stream"]

_HOMES = {
    "Campaign": "triptych.runs.campaign",
    "build_graph": "triptych.graph.build",
    "astream": "triptych.runs.api",
    "run": "triptych.runs.api",
    "stream": "triptych.runs.api",
}


def __getattr__(name: str) -> Any:
    """Load a public name at its first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'triptych' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
