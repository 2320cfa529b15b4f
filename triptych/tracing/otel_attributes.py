"""What an OpenTelemetry span says of an event, in the words of the GenAI conventions.

Prompts, copy, reasons and error texts are told only where `contents` are asked for.
"""

from __future__ import annotations

import json
from typing import Any

from triptych.domain import TraceEvent
from triptych.tracing import otel_names as names
from triptych.tracing.tree import deliverable_of

MOMENTS = frozenset({"regeneration", "approval", "retry", "error", "resume"})
"""Kinds that have no duration: events of the span they happened in."""


def name_of(event: TraceEvent) -> str:
    """A span's name: what is done, and by which model or step."""
    subject = event.model.name if event.kind == "model" and event.model else event.name
    return f"{_operation(event)[0]} {subject}"


def attributes_of(event: TraceEvent, contents: bool) -> dict[str, Any]:
    """A span's attributes."""
    operation, output = _operation(event)
    found: dict[str, Any] = {
        names.OPERATION: operation,
        names.CONVERSATION: event.run,
        names.EVENT_ID: event.id,
        names.KIND: event.kind,
        names.DELIVERABLE: deliverable_of(event),
        names.ATTEMPT: event.inputs.get("attempt"),
        names.OUTPUT_TYPE: output,
        names.REQUEST_SEED: event.seed,
        names.NFE: event.spend.nfe or None,
        names.COST: event.spend.cost or None,
        names.PEAK_MEMORY: event.spend.peak_memory or None,
        names.INPUT_TOKENS: event.spend.tokens_in or None,
        names.OUTPUT_TOKENS: event.spend.tokens_out or None,
    }
    if event.status != "ok":
        found[names.STATUS] = event.status
    if event.status == "error":
        found[names.ERROR_TYPE] = event.message.partition(":")[0] or "error"
    if event.kind == "workflow":
        found[names.WORKFLOW_NAME] = event.name
    elif event.kind in ("agent", "verdict"):
        found[names.AGENT_NAME] = event.name
    elif event.kind == "tool":
        found |= {names.TOOL_NAME: event.name, names.TOOL_TYPE: "function"}
    if event.model:
        provider, colon, _ = event.model.name.partition(":")
        found |= {
            names.PROVIDER: provider if colon else "triptych",
            names.REQUEST_MODEL: event.model.name,
            names.RESPONSE_MODEL: event.model.name,
            names.MODEL_REVISION: event.model.revision or None,
        }
    for part in ("copy", "image", "clip", "lead", "plan", "brief"):
        digest = event.inputs.get(part)
        if isinstance(digest, str) and len(digest) == 64:
            found[names.INPUT + part] = digest
    asset = event.outputs.get("asset")
    if isinstance(asset, dict):
        found[names.ASSET] = asset.get("digest")
    if contents:
        found |= _messages(event)
    return {key: value for key, value in found.items() if value is not None}


def moment_of(event: TraceEvent, contents: bool) -> dict[str, Any]:
    """The attributes of an event within a span."""
    found = {
        names.EVENT_ID: event.id,
        "name": event.name,
        names.DELIVERABLE: deliverable_of(event),
        names.ATTEMPT: event.inputs.get("attempt"),
        names.STATUS: event.status,
        names.REASON: event.message if contents else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def evaluations_of(event: TraceEvent, contents: bool) -> list[dict[str, Any]]:
    """The critic's scores, one result each, and its verdict over all."""
    if event.kind != "verdict" or "status" not in event.outputs:
        return []
    found = [
        {
            names.EVALUATION_NAME: str(score.get("pair")),
            names.EVALUATION_VALUE: float(score["cosine"]),
            names.EVALUATION_LABEL: "passed" if score.get("passed") else "failed",
            names.THRESHOLD: float(score["threshold"]),
        }
        for score in event.outputs.get("scores", ())
    ]
    verdict = {
        names.EVALUATION_NAME: "verdict",
        names.EVALUATION_LABEL: str(event.outputs["status"]),
    }
    if contents and event.outputs.get("reason"):
        verdict[names.EVALUATION_EXPLANATION] = str(event.outputs["reason"])
    return [*found, verdict]


def _operation(event: TraceEvent) -> tuple[str, str | None]:
    if event.kind == "model":
        return names.MODEL_CALLS.get(event.name, (names.GENERATE_CONTENT, None))
    if event.kind == "workflow":
        return names.INVOKE_WORKFLOW, None
    if event.kind == "tool" or event.kind in MOMENTS:
        return names.EXECUTE_TOOL, None
    return (names.PLAN if event.name == "plan" else names.INVOKE_AGENT), None


def _messages(event: TraceEvent) -> dict[str, str]:
    """What went in and came out in words, as the conventions' message JSON."""
    given, came = event.inputs, event.outputs
    asked = [given.get("brief")] if event.name == "plan" else given.get("prompts", ())
    asked = [json.dumps(one) for one in given.get("requests", ())] or list(asked)
    said = [json.dumps(came["draft"])] if "draft" in came else list(came.get("texts", ()))
    said = said or [text for text in (came.get("copy_text"),) if text]
    found = {}
    for key, role, texts in (
        (names.INPUT_MESSAGES, "user", asked),
        (names.OUTPUT_MESSAGES, "assistant", said),
    ):
        messages = [
            {"role": role, "parts": [{"type": "text", "content": text}]}
            for text in texts
            if isinstance(text, str)
        ]
        if messages:
            found[key] = json.dumps(messages)
    return found
