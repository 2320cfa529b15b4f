"""Writing a run's trace: one append-only line of JSON an event, whole or not at all."""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from triptych.domain import EventKind, ModelIdentity, Spend, TraceEvent

_current: ContextVar[str | None] = ContextVar("triptych_span", default=None)


@dataclass
class Span:
    """An event that is still going on; fill in what came of it before it ends."""

    id: str
    outputs: dict[str, Any] = field(default_factory=dict)
    spend: Spend = field(default_factory=Spend)
    model: ModelIdentity | None = None
    seed: int | None = None
    message: str = ""


class Tracer:
    """Appends events to `trace.jsonl` and tells listeners (progress, OpenTelemetry) of each.

    An event is one `write` to a file opened for appending, so a kill leaves at most one torn last
    line, which `read_trace` drops. Safe to share between threads.
    """

    def __init__(self, path: Path, run: str) -> None:
        self.run = run
        self._lock = threading.Lock()
        self._listeners: list[Callable[[TraceEvent], None]] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115 - lives as long as the run
        self._mend_torn_line(path)

    def _mend_torn_line(self, path: Path) -> None:
        with open(path, "rb") as file:
            if file.seek(0, os.SEEK_END) and file.seek(-1, os.SEEK_END) >= 0:
                torn = file.read(1) != b"\n"
                if torn:
                    self._file.write(b"\n")

    def listen(self, listener: Callable[[TraceEvent], None]) -> None:
        """Call `listener` with every event written from now on."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Close the file; later events are an error."""
        self._file.close()

    def write(self, event: TraceEvent) -> None:
        """Append one finished event."""
        line = json.dumps(event.model_dump(mode="json", exclude_defaults=True)) + "\n"
        with self._lock:
            self._file.write(line.encode())
        for listener in self._listeners:
            listener(event)

    @contextmanager
    def span(
        self,
        kind: EventKind,
        name: str,
        *,
        inputs: dict[str, Any] | None = None,
        parent: str | None = None,
        seed: int | None = None,
        model: ModelIdentity | None = None,
    ) -> Iterator[Span]:
        """Trace a piece of work; nested spans find their parent by themselves.

        An exception ends the span as an error and goes on. LangGraph runs nodes in other threads
        with a copied context, so the parent holds across them.
        """
        span = Span(id=uuid.uuid4().hex[:16], seed=seed, model=model)
        above = parent or _current.get()
        token = _current.set(span.id)
        started, status = time.time(), "ok"
        try:
            yield span
        except BaseException as error:
            status = "interrupted" if type(error).__name__ == "GraphInterrupt" else "error"
            span.message = span.message or f"{type(error).__name__}: {error}"
            raise
        finally:
            _current.reset(token)
            self.write(
                TraceEvent(
                    run=self.run,
                    id=span.id,
                    parent=above,
                    kind=kind,
                    name=name,
                    started=started,
                    ended=time.time(),
                    status=status,  # type: ignore[arg-type]
                    inputs=inputs or {},
                    outputs=span.outputs,
                    seed=span.seed,
                    model=span.model,
                    spend=span.spend,
                    message=span.message,
                )
            )

    def note(self, kind: EventKind, name: str, **fields: Any) -> None:
        """Record something that happened at one moment."""
        now = time.time()
        self.write(
            TraceEvent(
                run=self.run,
                id=uuid.uuid4().hex[:16],
                parent=fields.pop("parent", None) or _current.get(),
                kind=kind,
                name=name,
                started=now,
                ended=now,
                **fields,
            )
        )


def read_trace(path: Path) -> list[TraceEvent]:
    """All whole events of a trace, in the order written; a line torn by a kill is left out."""
    events = []
    for line in path.read_bytes().splitlines():
        try:
            events.append(TraceEvent.model_validate_json(line))
        except ValueError:
            continue
    return events
