"""A trace in other programs' forms: JSON, CSV, a Mermaid diagram, Chrome's trace viewer."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Literal

from pydantic import JsonValue

from triptych.safe_text import for_mermaid, visible
from triptych.tracing.events import json_of
from triptych.tracing.records import RegenerationEvent, TraceEvent
from triptych.tracing.runs import Run
from triptych.tracing.tree import grow

Form = Literal["json", "csv", "mermaid", "chrome"]
_COLUMNS = (
    "id", "parent", "kind", "name", "status", "started", "ended", "seed", "model", "revision",
    "seconds", "nfe", "tokens_in", "tokens_out", "cost", "peak_memory", "message", "inputs",
    "outputs",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(run: Run, form: Form, events: Sequence[TraceEvent] | None = None) -> str:
    """A run's trace as text.

    Args:
        run: whose.
        form: `json` (one array), `csv` (an event a row), `mermaid` (the assets' lineage) or
            `chrome` (for Perfetto and chrome://tracing).
        events: those to export; all of the run's otherwise. A diagram always shows all assets.
    """
    forms: dict[str, Callable[[Sequence[TraceEvent]], str]] = {
        "json": _as_json,
        "csv": _as_csv,
        "chrome": _as_chrome,
        "mermaid": lambda _: as_mermaid(run),
    }
    return forms[form](run.events if events is None else events)


def as_mermaid(run: Run) -> str:
    """Assets and verdicts as a flow chart; words from outside are quoted and cannot leave it."""
    lines = ["flowchart LR"]
    names: dict[tuple[str, str, int], str] = {}
    for number, made in enumerate(run.candidates):
        key = (made.deliverable, made.part, made.attempt)
        names[key] = f"a{number}"
        words = for_mermaid(made.copy_text or made.prompt)
        title = f"{for_mermaid(made.deliverable)} {made.part} {made.attempt}"
        stands = ":::stands" if run.best.get(key[:2]) == made.asset.digest else ""
        lines.append(f'  a{number}["{title}<br/>{words}<br/>seed {made.seed}"]{stands}')
        for digest in made.parents:
            origin = next(
                (c for c in reversed(run.candidates[:number]) if c.asset.digest == digest), None
            )
            if origin is not None:
                source = names[origin.deliverable, origin.part, origin.attempt]
                lines.append(f"  {source} --> a{number}")
    for event in run.events:
        if not isinstance(event, RegenerationEvent):
            continue
        deliverable, attempt = event.inputs.deliverable, event.inputs.attempt
        before = names.get((deliverable, event.name, attempt - 1))
        after = names.get((deliverable, event.name, attempt))
        if before and after:
            lines.append(f'  {before} -. "{for_mermaid(event.message)}" .-> {after}')
    lines.append("  classDef stands stroke-width:3px")
    return "\n".join(lines) + "\n"


def _as_json(events: Sequence[TraceEvent]) -> str:
    return json.dumps([json_of(event, whole=True) for event in events], indent=1) + "\n"


def _as_csv(events: Sequence[TraceEvent]) -> str:
    out = io.StringIO()
    rows = csv.DictWriter(out, _COLUMNS, lineterminator="\n")
    rows.writeheader()
    for event in events:
        fields, model = json_of(event, whole=True), event.model
        row = fields | event.spend.model_dump(mode="json")
        row |= {"model": model.name if model else "", "revision": model.revision if model else ""}
        row |= {key: json.dumps(fields.get(key) or {}) for key in ("inputs", "outputs")}
        rows.writerow({key: _cell(row[key]) for key in _COLUMNS})
    return out.getvalue()


def _cell(value: JsonValue) -> JsonValue:
    """A cell that hides nothing and that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        return value
    shown = visible(value, lines=True)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def _as_chrome(events: Sequence[TraceEvent]) -> str:
    """Complete events in microseconds; what ran side by side goes on lanes of its own."""
    lanes, placed = 0, list[dict[str, JsonValue]]()
    waiting = [(node, 0) for node in reversed(grow(events))]
    while waiting:
        node, lane = waiting.pop()
        event = node.event
        placed.append(
            {
                "name": event.name,
                "cat": event.kind,
                "ph": "X",
                "ts": event.started * 1e6,
                "dur": max(event.ended - event.started, 0) * 1e6,
                "pid": 1,
                "tid": lane,
                "args": {"status": event.status, "message": event.message, "seed": event.seed},
            }
        )
        free = event.started
        for child in node.children:
            if child.event.started >= free:
                waiting.append((child, lane))
                free = child.event.ended
            else:
                lanes += 1
                waiting.append((child, lanes))
    return json.dumps({"traceEvents": placed}, indent=1) + "\n"
