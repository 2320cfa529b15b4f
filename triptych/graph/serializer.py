"""What may come back out of a checkpoint: our own records, and nothing else of anyone's code."""

from __future__ import annotations

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from triptych import domain
from triptych.domain import Record


def checkpoint_types() -> list[tuple[str, str]]:
    """Module and name of every type of ours that a checkpoint may hold."""
    return [
        (domain.__name__, name)
        for name, value in vars(domain).items()
        if isinstance(value, type)
        and issubclass(value, Record)
        and value.__module__ == domain.__name__
    ]


def checkpoint_serializer() -> JsonPlusSerializer:
    """For the checkpointer of a graph that campaigns are part of, as in `InMemorySaver(serde=…)`.

    Without it LangGraph warns of each of our types, and restores anyone's.
    """
    return JsonPlusSerializer(allowed_msgpack_modules=checkpoint_types())
