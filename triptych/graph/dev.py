"""The graph for `langgraph dev`, which brings its own checkpointer."""

from __future__ import annotations

from typing import Any

from triptych.graph.build import build_graph


def make_graph() -> Any:
    """The compiled campaign graph without a checkpointer."""
    return build_graph().compile()
