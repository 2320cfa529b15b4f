"""Stopping a run in the middle: on request, or when it has spent what it may."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from langgraph.errors import GraphDrained
from langgraph.runtime import RunControl

from triptych.domain import Spend
from triptych.protocols import Progress
from triptych.run_files import is_there
from triptych.tracing.events import read_trace
from triptych.tracing.records import TraceEvent
from triptych.tracing.work import PlanStep


@dataclass
class Limits:
    """Watches a session of a run, and stops it at its next denoising step or end of a node.

    What was finished by then is kept, and the run can be resumed.

    Args:
        seconds: that this session may take; None for no limit.
        cost: dollars that the run may cost over all its sessions; None for no limit.
        spent: dollars that earlier sessions cost.
    """

    seconds: float | None = None
    cost: float | None = None
    spent: float = 0.0
    control: RunControl = field(default_factory=RunControl)
    began: float = field(default_factory=time.monotonic)

    def stop(self, reason: str) -> None:
        """Ask the run to stop; safe from any thread."""
        self.control.request_drain(reason)

    def hear(self, event: TraceEvent) -> None:
        """Listen to the trace: an agent's step says what it cost."""
        if event.kind == "agent":
            self.spent += event.spend.cost
        self._check()

    def watching(self, on_step: Progress | None) -> Progress:
        """A listener to denoising steps that ends the sampling when the run is to stop."""

        def watch(done: int, steps: int) -> None:
            self._check()
            if self.control.drain_requested:
                raise GraphDrained(self.control.drain_reason or "")
            if on_step is not None:
                on_step(done, steps)

        return watch

    def _check(self) -> None:
        passed = time.monotonic() - self.began
        if self.seconds is not None and passed > self.seconds:
            self.stop(f"the session took {passed:.0f} s and may take {self.seconds:g} s")
        if self.cost is not None and self.spent > self.cost:
            self.stop(f"the run cost ${self.spent:.4f} and may cost ${self.cost:g}")


def cost_so_far(trace: Path) -> float:
    """Dollars that the steps of a run's earlier sessions cost; 0 where there is no trace yet."""
    if not is_there(trace.parent, trace.name):
        return 0.0
    return sum(event.spend.cost for event in read_trace(trace) if event.kind == "agent")


def spent_on_plans(trace: Path) -> Spend:
    """What drafting the run's plan cost, plans that were sent back included."""
    if not is_there(trace.parent, trace.name):
        return Spend()
    drafts = (one.spend for one in read_trace(trace) if isinstance(one, PlanStep))
    return sum(drafts, Spend())
