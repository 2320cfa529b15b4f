"""A run's events as OpenTelemetry spans over OTLP, as they happen or afterwards.

Spans are built from the events themselves (times and ids are the trace's own), so nothing is
measured twice and a resumed run goes on in the same OpenTelemetry trace. The standard environment
variables say where they go (OTEL_EXPORTER_OTLP_ENDPOINT and its kin).
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from triptych.errors import TriptychError
from triptych.safe_text import visible
from triptych.tracing import otel_names as names
from triptych.tracing.otel_attributes import (
    MOMENTS,
    attributes_of,
    evaluations_of,
    moment_of,
    name_of,
)
from triptych.tracing.records import LostSpan, TraceEvent
from triptych.tracing.tree import AnyEvent, grow

_BATCH = 500
"""Spans of one request."""

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanProcessor
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import SpanContext

    from triptych.tracing.events import Tracer
    from triptych.tracing.runs import Run


def follow(tracer: Tracer) -> Callable[[], None]:
    """Send every event that a tracer writes; returns what ends it, after all has been sent.

    Raises `TriptychError` if the extra that this needs is not installed.
    """
    if _switched_off():
        return lambda: None
    processor = _processor("unset OTEL_EXPORTER_OTLP_ENDPOINT")
    sender = _Sender(tracer.run, processor)
    sender.go_on(tracer.path)
    tracer.listen(sender.hear)

    def close() -> None:
        sender.close()
        processor.shutdown()

    return close


def send(run: Run) -> int:
    """Send a finished run's events; returns how many.

    Raises:
        TriptychError: if the extra that this needs is not installed, or a collector does not take
            all of them.
    """
    exporter = _exporter("take another --format")
    gathered = _Gathered()
    sender = _Sender(run.name, gathered)
    for event in run.events:
        sender.hear(event)
    sender.send_lost(run.events)
    sender.close()
    try:
        for first in range(0, len(gathered.spans), _BATCH):
            if exporter.export(gathered.spans[first : first + _BATCH]).name != "SUCCESS":
                raise TriptychError(
                    f"No collector took the events: {first} of {len(gathered.spans)} spans were "
                    f"sent to {_collector()}.",
                    "Start a collector there, or name another in OTEL_EXPORTER_OTLP_ENDPOINT.",
                )
    finally:
        exporter.shutdown()
    return len(run.events)


class _Gathered:
    """Keeps spans until they are sent together, so that it is known whether they arrived."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        """A span is complete."""
        self.spans.append(span)


class _Sender:
    """Turns events into spans. A span's own moments come before it, so they wait for it."""

    def __init__(self, run: str, processor: SpanProcessor | _Gathered) -> None:
        self._run, self._processor = run, processor
        self._trace_id: int | None = None
        self._waiting: dict[str | None, list[AnyEvent]] = defaultdict(list)
        self._workflow: str | None = None
        """The last session's span: the next one is linked to it."""
        self._resource = _resource()
        self._contents = os.environ.get(names.CAPTURE, "").strip().lower() in names.CAPTURING

    def go_on(self, path: Path) -> None:
        """Take up the trace of an earlier session; stand in for spans that a kill cut short."""
        from triptych.tracing.events import read_trace

        events = read_trace(path)
        if not events:
            return
        self._begin(events[0])
        ends = [e.id for e in events if e.kind == "workflow" and e.parent is None]
        self._workflow = ends[-1] if ends else None
        resumed = [i for i, e in enumerate(events) if e.kind == "resume" and e.parent is None]
        self.send_lost(events, since=resumed[-1] if resumed else 0)

    def send_lost(self, events: list[TraceEvent], since: int = 0) -> None:
        """Send stand-ins for the parents that events (from one on) name and a kill took."""
        fresh = {event.parent for event in events[since:]}
        for root in grow(events):
            if isinstance(root.event, LostSpan) and root.event.id in fresh:
                self.hear(root.event)

    def hear(self, event: AnyEvent) -> None:
        """One event was written."""
        self._begin(event)
        if event.kind in MOMENTS:
            self._waiting[event.parent].append(event)
            return
        moments = self._waiting.pop(event.id, [])
        links: list[str] = []
        if event.kind == "workflow" and event.parent is None:
            moments = [*self._waiting.pop(None, []), *moments]
            links = [self._workflow] if self._workflow else []
            self._workflow = event.id
        self._send(event, moments, links)

    def close(self) -> None:
        """Send moments whose span never came as spans of their own."""
        for moments in self._waiting.values():
            for event in moments:
                self._send(event, [], [])
        self._waiting.clear()

    def _begin(self, first: AnyEvent) -> None:
        """All sessions of a run are one trace, named after the very first event."""
        if self._trace_id is None:
            text = f"{self._run}/{first.id}".encode()
            self._trace_id = int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "big")

    def _send(self, event: AnyEvent, moments: list[AnyEvent], links: list[str]) -> None:
        from opentelemetry.sdk.trace import Event, ReadableSpan
        from opentelemetry.trace import Link, Status, StatusCode

        happened = [
            Event(
                f"triptych.{moment.kind}",
                moment_of(moment, self._contents),
                timestamp=_nanoseconds(moment.started),
            )
            for moment in moments
        ]
        happened += [
            Event(names.EVALUATION_EVENT, one, timestamp=_nanoseconds(event.ended))
            for one in evaluations_of(event, self._contents)
        ]
        failed = event.status == "error"
        said = event.message if failed and self._contents else None
        span: ReadableSpan = ReadableSpan(
            name=name_of(event),
            context=self._context(event.id),
            parent=self._context(event.parent) if event.parent else None,
            resource=self._resource,
            attributes=attributes_of(event, self._contents),
            events=happened,
            links=[Link(context) for one in links if (context := self._context(one))],
            status=Status(StatusCode.ERROR, said) if failed else Status(StatusCode.UNSET),
            start_time=_nanoseconds(event.started),
            end_time=max(_nanoseconds(event.ended), _nanoseconds(event.started)),
            instrumentation_scope=_scope(),
        )
        self._processor.on_end(span)

    def _context(self, identity: str) -> SpanContext:
        from opentelemetry.trace import SpanContext, TraceFlags

        assert self._trace_id is not None, "an event was heard before"
        flags = TraceFlags(TraceFlags.SAMPLED)
        return SpanContext(self._trace_id, _span_id(identity), is_remote=False, trace_flags=flags)


def _span_id(identity: str) -> int:
    """An event's id is a span's already; anything else (another writer's) is hashed to one."""
    try:
        number = int(identity, 16) if len(identity) == 16 else 0
    except ValueError:
        number = 0
    digest = hashlib.blake2b(identity.encode(errors="replace"), digest_size=8).digest()
    return number or int.from_bytes(digest, "big")


def _nanoseconds(seconds: float) -> int:
    return max(int(seconds * 1e9), 0)


def _switched_off() -> bool:
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return disabled or os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none"


def _processor(otherwise: str) -> SpanProcessor:
    """Sends in the background; `otherwise` is what to do if nothing shall be sent."""
    exporter = _exporter(otherwise)
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return BatchSpanProcessor(exporter)


def _collector() -> str:
    """Where spans go, for people: without a user or password."""
    named = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or os.environ.get(
        "OTEL_EXPORTER_OTLP_ENDPOINT", "localhost, where OpenTelemetry expects one"
    )
    return visible(named.rpartition("@")[2])


def _exporter(otherwise: str) -> SpanExporter:
    """Sends over HTTP or, if OTEL_EXPORTER_OTLP_PROTOCOL says so, gRPC."""
    protocol = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or os.environ.get(
        "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"
    )
    package = "grpc" if protocol == "grpc" else "http"
    try:
        if package == "grpc":
            from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # type: ignore
                OTLPSpanExporter,
            )
        else:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        hint = "Install it with `pip install 'triptych[otel]'`"
        if package == "grpc":
            hint = "Install opentelemetry-exporter-otlp-proto-grpc, ask for http/protobuf"
        raise TriptychError(
            f"OpenTelemetry is asked for, but {error.name or 'its exporter'} is not installed.",
            f"{hint}, or {otherwise}.",
        ) from error
    return OTLPSpanExporter()


def _resource() -> Resource:
    from opentelemetry.sdk.resources import Resource

    named = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    return Resource.create({} if named else {"service.name": "triptych"})


def _scope() -> InstrumentationScope:
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    from triptych import __version__

    return InstrumentationScope("triptych", __version__)
