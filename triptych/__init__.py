"""Triptych: agents that make a campaign whose words, picture and film say the same thing.

`Triptych` and the other public names load langgraph and torch only when they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triptych.graph.build import build_graph
    from triptych.graph.person import Answer
    from triptych.runs.api import Triptych, astream, run, stream
    from triptych.runs.campaign import Campaign
    from triptych.runs.manifest import Manifest
    from triptych.runs.prepare import Fork
    from triptych.runs.settings import RunOptions

__version__ = "0.2.0"
__all__ = [
    "Answer",
    "Campaign",
    "Fork",
    "Manifest",
    "RunOptions",
    "Triptych",
    "__version__",
    "astream",
    "build_graph",
    "run",
    "stream",
]

_HOMES = {
    "Answer": "triptych.graph.person",
    "Campaign": "triptych.runs.campaign",
    "Fork": "triptych.runs.prepare",
    "Manifest": "triptych.runs.manifest",
    "RunOptions": "triptych.runs.settings",
    "Triptych": "triptych.runs.api",
    "astream": "triptych.runs.api",
    "build_graph": "triptych.graph.build",
    "run": "triptych.runs.api",
    "stream": "triptych.runs.api",
}


def __getattr__(name: str) -> object:
    """Load a public name at its first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'triptych' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
