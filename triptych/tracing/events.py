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
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from pydantic import JsonValue, TypeAdapter

from triptych.errors import StoreError
from triptych.run_files import (
    make_folders,
    open_to_append,
    read_file,
    sync_folder,
    unreadable,
)
from triptych.tracing.event import VERSION, Event
from triptych.tracing.records import TraceEvent

_STOPPED = ("GraphDrained", "GraphInterrupt", "KeyboardInterrupt", "GeneratorExit")
"""Exceptions that end a span as interrupted: somebody stopped it, nothing failed."""
_ALWAYS = ("version", "run", "id", "kind", "name", "started", "ended")
"""What stands in every line, whatever else is left out."""
_LINE: TypeAdapter[TraceEvent] = TypeAdapter(TraceEvent)

_log = logging.getLogger(__name__)
_current: ContextVar[str | None] = ContextVar("triptych_span", default=None)

Spanned = TypeVar("Spanned", bound=Event)


class Tracer:
    """Appends events to `trace.jsonl` and tells listeners (progress, OpenTelemetry) of each.

    An event is one `write` to a file opened for appending, so a kill leaves at most one torn last
    line, which `read_trace` drops. A power cut takes what was written since `sync`. Safe to share
    between threads.
    """

    def __init__(self, path: Path, run: str) -> None:
        self.run = run
        self.path = path
        self._lock = threading.Lock()
        self._listeners: list[Callable[[TraceEvent], None]] = []
        try:
            make_folders(path.parent)
            self._file = open_to_append(path.parent, path.name)
            self._torn = _ends_torn(self._file)
            sync_folder(path.parent)
        except OSError as error:
            raise self._unwritable(error) from error

    def listen(self, listener: Callable[[TraceEvent], None]) -> None:
        """Call `listener` with every event written from now on.

        One that raises is logged and not called again: a trace's reader must not end a run.
        """
        self._listeners.append(listener)

    def sync(self) -> None:
        """Have the disk keep all events so far: to be done before the run builds on them.

        Raises `StoreError` if it cannot.
        """
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._unwritable(error) from error

    def close(self) -> None:
        """Keep and close the file; later events are an error."""
        try:
            self.sync()
        finally:
            self._file.close()

    def write(self, event: Event) -> None:
        """Append one finished event. Raises `StoreError` if the disk does not take it."""
        line = encode(event)
        with self._lock:
            try:
                self._append(b"\n" + line if self._torn else line)
            except OSError as error:
                raise self._unwritable(error) from error
        for listener in tuple(self._listeners):
            try:
                listener(cast("TraceEvent", event))
            except Exception:
                _log.exception("A listener of the trace failed and hears no more of it.")
                self._listeners.remove(listener)

    def _unwritable(self, error: OSError) -> StoreError:
        return StoreError(
            f"{self.path} cannot be written: {error.strerror}.",
            "Free some space, then `triptych resume` the run.",
        )

    def _append(self, line: bytes) -> None:
        self._torn = True  # until the whole line is out: a full disk may take a part of it
        left = memoryview(line)
        while left:
            left = left[self._file.write(left) or 0 :]
        self._torn = False

    @contextmanager
    def span(self, event: Spanned) -> Iterator[Spanned]:
        """Trace a piece of work; nested spans find their parent by themselves.

        The event is given as far as it is known and filled in while the block lasts. An exception
        ends it as an error (unless its status was set) and goes on. LangGraph runs nodes in other
        threads with a copied context, so the parent holds across them.
        """
        self._stamp(event)
        token, clock = _current.set(event.id), time.perf_counter()
        try:
            yield event
        except BaseException as error:
            if event.status == "ok":
                event.status = "interrupted" if type(error).__name__ in _STOPPED else "error"
            event.message = event.message or f"{type(error).__name__}: {error}"
            raise
        finally:
            try:
                _current.reset(token)
            except ValueError:  # a generator that was begun in one context and ended in another
                _current.set(event.parent)
            # of a steady clock, so that no span ends before it began
            event.ended = event.started + time.perf_counter() - clock
            self.write(event)

    def note(self, event: Event) -> None:
        """Record something that happened at one moment."""
        self._stamp(event)
        self.write(event)

    def _stamp(self, event: Event) -> None:
        event.run, event.id, event.parent = self.run, uuid.uuid4().hex[:16], _current.get()
        event.started = event.ended = time.time()


def json_of(event: Event, whole: bool = False) -> dict[str, JsonValue]:
    """An event as JSON; unless `whole`, without what has its default, but never `_ALWAYS`."""
    content = event.model_dump(mode="json", exclude_defaults=not whole)
    always = {name: getattr(event, name) for name in _ALWAYS}
    return {name: _finite(value) for name, value in {**always, **content}.items()}


def encode(event: Event) -> bytes:
    """One line of the trace: ASCII JSON."""
    return (json.dumps(json_of(event), allow_nan=False) + "\n").encode()


def read_trace(path: Path) -> list[TraceEvent]:
    """All whole events of a trace, in the order written.

    A line that is none (torn by a kill, or another writer's) is left out.

    Raises:
        StoreError: if there is no trace, it is no plain file, or another version of this package
            wrote it.
    """
    try:
        lines = read_file(path.parent, path.name).split(b"\n")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise StoreError(
            f"There is no trace at {path}.", "A run writes trace.jsonl into its folder."
        ) from error
    except OSError as error:
        raise unreadable(path, error) from error
    events: list[TraceEvent] = []
    for line in lines:
        try:
            event = _LINE.validate_json(line)
        except ValueError:
            _check_version(line, path)
            continue
        if event.model_fields_set.issuperset(_ALWAYS):
            events.append(event)
    return events


def _check_version(line: bytes, path: Path) -> None:
    """Raise `StoreError` if a line that is no event is one of another version."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return
    version = content.get("version") if isinstance(content, dict) else None
    if type(version) is int and version != VERSION and version > 0:
        if version > VERSION:
            raise StoreError(
                f"{path} was written by a newer version of Triptych.", "Update this one."
            )
        raise StoreError(
            f"{path} was written by an older version of Triptych.", "Look at it with that version."
        )


def _ends_torn(file: BinaryIO) -> bool:
    """Whether the last line lacks its end: the next event must not be glued to it."""
    if not file.seek(0, os.SEEK_END):
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


def _finite(value: JsonValue) -> JsonValue:
    """JSON knows no NaN and no infinity: their names stand for them, which pydantic reads back."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
