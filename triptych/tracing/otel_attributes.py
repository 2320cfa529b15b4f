"""What an OpenTelemetry span says of an event, in the words of the GenAI conventions.

Prompts, copy, reasons and error texts are told only where `contents` are asked for.
"""

from __future__ import annotations

import json

from triptych.tracing import otel_names as names
from triptych.tracing.calls import CopyCall, Denoising, LatentsCall, PlanCall
from triptych.tracing.records import VerdictEvent
from triptych.tracing.tree import AnyEvent
from triptych.tracing.work import PartStep, PlanStep

Attributes = dict[str, str | int | float]

MOMENTS = frozenset({"regeneration", "approval", "retry", "error", "resume"})
"""Kinds that have no duration: events of the span they happened in."""


def name_of(event: AnyEvent) -> str:
    """A span's name: what is done, and by which model or step."""
    subject = event.model.name if event.kind == "model" and event.model else event.name
    return f"{_operation(event)[0]} {subject}"


def attributes_of(event: AnyEvent, contents: bool) -> Attributes:
    """A span's attributes."""
    operation, output = _operation(event)
    attributes: dict[str, str | int | float | None] = {
        names.OPERATION: operation,
        names.CONVERSATION: event.run,
        names.EVENT_ID: event.id,
        names.KIND: event.kind,
        names.DELIVERABLE: event.deliverable,
        names.ATTEMPT: event.attempt,
        names.OUTPUT_TYPE: output,
        names.REQUEST_SEED: event.seed,
        names.NFE: event.spend.nfe or None,
        names.COST: event.spend.cost or None,
        names.PEAK_MEMORY: event.spend.peak_memory or None,
        names.INPUT_TOKENS: event.spend.tokens_in or None,
        names.OUTPUT_TOKENS: event.spend.tokens_out or None,
    }
    if event.status != "ok":
        attributes[names.STATUS] = event.status
    if event.status == "error":
        attributes[names.ERROR_TYPE] = event.message.partition(":")[0] or "error"
    if event.kind == "workflow":
        attributes[names.WORKFLOW_NAME] = event.name
    elif event.kind in ("agent", "verdict"):
        attributes[names.AGENT_NAME] = event.name
    elif event.kind == "tool":
        attributes |= {names.TOOL_NAME: event.name, names.TOOL_TYPE: "function"}
    if event.model:
        provider, colon, _ = event.model.name.partition(":")
        attributes |= {
            names.PROVIDER: provider if colon else "triptych",
            names.REQUEST_MODEL: event.model.name,
            names.RESPONSE_MODEL: event.model.name,
            names.MODEL_REVISION: event.model.revision or None,
        }
    attributes |= {names.INPUT + what: digest for what, digest in _given(event).items()}
    if event.made is not None:
        attributes[names.ASSET] = event.made.asset.digest
    if contents:
        attributes |= _messages(event)
    return {key: value for key, value in attributes.items() if value is not None}


def moment_of(event: AnyEvent, contents: bool) -> Attributes:
    """The attributes of an event within a span."""
    attributes: dict[str, str | int | float | None] = {
        names.EVENT_ID: event.id,
        "name": event.name,
        names.DELIVERABLE: event.deliverable,
        names.ATTEMPT: event.attempt,
        names.STATUS: event.status,
        names.REASON: event.message if contents else None,
    }
    return {key: value for key, value in attributes.items() if value is not None}


def evaluations_of(event: AnyEvent, contents: bool) -> list[Attributes]:
    """The critic's scores, one result each, and its verdict over all."""
    verdict = event.outputs if isinstance(event, VerdictEvent) else None
    if verdict is None:
        return []
    results: list[Attributes] = [
        {
            names.EVALUATION_NAME: score.pair,
            names.EVALUATION_VALUE: score.cosine,
            names.EVALUATION_LABEL: "passed" if score.passed else "failed",
            names.THRESHOLD: score.threshold,
        }
        for score in verdict.scores
    ]
    over_all: Attributes = {
        names.EVALUATION_NAME: "verdict",
        names.EVALUATION_LABEL: verdict.status,
    }
    if contents and verdict.reason:
        over_all[names.EVALUATION_EXPLANATION] = verdict.reason
    return [*results, over_all]


def _operation(event: AnyEvent) -> tuple[str, str | None]:
    if event.kind == "model":
        return names.MODEL_CALLS.get(event.name, (names.GENERATE_CONTENT, None))
    if event.kind == "workflow":
        return names.INVOKE_WORKFLOW, None
    if event.kind == "tool" or event.kind in MOMENTS:
        return names.EXECUTE_TOOL, None
    return (names.PLAN if event.name == "plan" else names.INVOKE_AGENT), None


def _given(event: AnyEvent) -> dict[str, str]:
    """Digests of what a step was given, by what it is."""
    if isinstance(event, PlanStep):
        return {"brief": event.inputs.brief}
    if isinstance(event, PartStep):
        return {"plan": event.inputs.plan, **event.inputs.parents}
    if isinstance(event, VerdictEvent):
        lead = event.inputs.lead
        return {**event.inputs.parts, **({"lead": lead} if lead else {})}
    return {}


def _messages(event: AnyEvent) -> dict[str, str]:
    """What went in and came out in words, as the conventions' message JSON."""
    attributes: dict[str, str] = {}
    for key, role, texts in (
        (names.INPUT_MESSAGES, "user", _asked(event)),
        (names.OUTPUT_MESSAGES, "assistant", _said(event)),
    ):
        messages = [{"role": role, "parts": [{"type": "text", "content": text}]} for text in texts]
        if messages:
            attributes[key] = json.dumps(messages)
    return attributes


def _asked(event: AnyEvent) -> list[str]:
    if isinstance(event, PlanCall):
        return [event.inputs.brief]
    if isinstance(event, CopyCall | LatentsCall):
        return [request.model_dump_json() for request in event.inputs.requests]
    return [*event.inputs.prompts] if isinstance(event, Denoising) else []


def _said(event: AnyEvent) -> list[str]:
    if isinstance(event, PlanCall):
        return [event.outputs.model_dump_json()] if event.outputs else []
    if isinstance(event, CopyCall):
        return [*event.outputs.texts] if event.outputs else []
    return [event.made.copy_text] if event.made and event.made.copy_text else []
