"""Writing a run's trace: one append-only line of JSON an event, whole or not at all.

The format is described in docs/tracing.md; its version stands in every line.
"""

from __future__ import annotations

import json
import logging
import math
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from triptych.domain import EventKind, ModelIdentity, Spend, TraceEvent
from triptych.errors import StoreError

VERSION = 1
_STOPPED = ("GraphDrained", "GraphInterrupt", "KeyboardInterrupt", "GeneratorExit")
"""Exceptions that end a span as interrupted: somebody stopped it, nothing failed."""

_log = logging.getLogger(__name__)
_current: ContextVar[str | None] = ContextVar("triptych_span", default=None)


@dataclass
class Span:
    """An event that is still going on; fill in what came of it before it ends.

    `status` is found when it ends, from the exception that ended it, unless it was set.
    """

    id: str
    outputs: dict[str, Any] = field(default_factory=dict)
    spend: Spend = field(default_factory=Spend)
    model: ModelIdentity | None = None
    seed: int | None = None
    message: str = ""
    status: Literal["ok", "error", "interrupted"] | None = None


class Tracer:
    """Appends events to `trace.jsonl` and tells listeners (progress, OpenTelemetry) of each.

    An event is one `write` to a file opened for appending, so a kill leaves at most one torn last
    line, which `read_trace` drops. Safe to share between threads.
    """

    def __init__(self, path: Path, run: str) -> None:
        self.run = run
        self.path = path
        self._lock = threading.Lock()
        self._listeners: list[Callable[[TraceEvent], None]] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open(path, "ab", buffering=0)  # noqa: SIM115 - lives as long as the run
            self._torn = _ends_torn(path)
        except OSError as error:
            raise StoreError(f"{path} cannot be written: {error.strerror}.") from error

    def listen(self, listener: Callable[[TraceEvent], None]) -> None:
        """Call `listener` with every event written from now on.

        One that raises is logged and not called again: a trace's reader must not end a run.
        """
        self._listeners.append(listener)

    def close(self) -> None:
        """Close the file; later events are an error."""
        self._file.close()

    def write(self, event: TraceEvent) -> None:
        """Append one finished event. Raises `StoreError` if the disk does not take it."""
        line = encode(event)
        with self._lock:
            try:
                self._append(b"\n" + line if self._torn else line)
            except OSError as error:
                raise StoreError(
                    f"{self.path} cannot be written: {error.strerror}.",
                    "Free some space, then `triptych resume` the run.",
                ) from error
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:
                _log.exception("A listener of the trace failed and hears no more of it.")
                self._listeners.remove(listener)

    def _append(self, line: bytes) -> None:
        self._torn = True  # until the whole line is out: a full disk may take a part of it
        left = memoryview(line)
        while left:
            left = left[self._file.write(left) or 0 :]
        self._torn = False

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
        started, clock = time.time(), time.perf_counter()
        try:
            yield span
        except BaseException as error:
            stopped = type(error).__name__ in _STOPPED
            span.status = span.status or ("interrupted" if stopped else "error")
            span.message = span.message or f"{type(error).__name__}: {error}"
            raise
        finally:
            try:
                _current.reset(token)
            except ValueError:  # a generator that was begun in one context and ended in another
                _current.set(above)
            self.write(
                TraceEvent(
                    run=self.run,
                    id=span.id,
                    parent=above,
                    kind=kind,
                    name=name,
                    started=started,
                    # of a steady clock, so that no span ends before it began
                    ended=started + time.perf_counter() - clock,
                    status=span.status or "ok",
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


def encode(event: TraceEvent) -> bytes:
    """One line of the trace: ASCII JSON that leaves defaults out but never the version."""
    content = event.model_dump(mode="json", exclude_defaults=True, fallback=str)
    return (json.dumps({"version": VERSION, **_finite(content)}, allow_nan=False) + "\n").encode()


def read_trace(path: Path) -> list[TraceEvent]:
    """All whole events of a trace, in the order written; a line torn by a kill is left out.

    Raises:
        StoreError: if there is no trace, or a newer version of this package wrote it.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise StoreError(
            f"There is no trace at {path}.", "A run writes trace.jsonl into its folder."
        ) from error
    events = []
    for line in lines:
        try:
            events.append(TraceEvent.model_validate_json(line))
        except ValueError:
            if _version(line) > VERSION:
                raise StoreError(
                    f"{path} was written by a newer version of Triptych.", "Update this one."
                ) from None
    return events


def _version(line: bytes) -> int:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return 0
    found = content.get("version") if isinstance(content, dict) else None
    return found if isinstance(found, int) else 0


def _ends_torn(path: Path) -> bool:
    """Whether the last line lacks its end: the next event must not be glued to it."""
    with open(path, "rb") as file:
        if not file.seek(0, os.SEEK_END):
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def _finite(value: Any) -> Any:
    """JSON knows no NaN and no infinity: they become null."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
