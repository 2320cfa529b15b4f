"""LangGraph's own conformance suite on the checkpointer of a run, the optional parts included."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from langgraph.checkpoint.conformance import checkpointer_test, validate

from triptych.runs.checkpoints import open_checkpoints
from triptych.runs.saver import Saver

PACKAGE = "langgraph-checkpoint-conformance"


def conformance(folder: Path) -> dict[str, Any]:
    """What the suite says, by capability: tests passed, tests failed, and what failed."""
    number = 0

    @checkpointer_test(name="Triptych")
    async def ours() -> AsyncGenerator[Saver]:
        nonlocal number
        number += 1
        place = folder / f"run-{number}"
        place.mkdir(parents=True)
        with open_checkpoints(place) as saver:
            yield saver

    report = asyncio.run(validate(ours))
    return {
        "package": f"{PACKAGE} {version(PACKAGE)}",
        "capabilities": {
            name: {
                "passed": one.tests_passed,
                "failed": one.tests_failed,
                "detected": one.detected,
                "failures": list(one.failures or ()),
            }
            for name, one in report.results.items()
        },
    }
