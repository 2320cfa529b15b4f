"""The tracer of one session of a run, heard by OpenTelemetry where the environment asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from triptych.tracing.events import Tracer

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


@contextmanager
def session_tracer(path: Path, run: str) -> Iterator[Tracer]:
    """A tracer for as long as the block lasts.

    With an OTLP endpoint in the environment its events are also sent there as spans.

    Args:
        path: the trace's file.
        run: the run's name.

    Raises:
        StoreError: if the file cannot be written.
        TriptychError: if an endpoint is named and `triptych[otel]` is not installed.
    """
    tracer = Tracer(path, run)
    close = None
    try:
        if any(os.environ.get(name) for name in ENDPOINTS):
            from triptych.tracing.otel import follow

            close = follow(tracer)
        yield tracer
    finally:
        tracer.close()
        if close is not None:
            close()
