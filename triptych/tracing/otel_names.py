"""Names of the OpenTelemetry GenAI conventions that we use, in one place: they are still moving.

After the semantic conventions for generative AI of OpenTelemetry (gen-ai spans, agent spans and
evaluation events, in development); what they have no name for is under `triptych.`.
"""

from __future__ import annotations

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
CONVERSATION = "gen_ai.conversation.id"
WORKFLOW_NAME = "gen_ai.workflow.name"
AGENT_NAME = "gen_ai.agent.name"
TOOL_NAME = "gen_ai.tool.name"
TOOL_TYPE = "gen_ai.tool.type"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
REQUEST_SEED = "gen_ai.request.seed"
OUTPUT_TYPE = "gen_ai.output.type"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
EVALUATION_EVENT = "gen_ai.evaluation.result"
EVALUATION_NAME = "gen_ai.evaluation.name"
EVALUATION_VALUE = "gen_ai.evaluation.score.value"
EVALUATION_LABEL = "gen_ai.evaluation.score.label"
EVALUATION_EXPLANATION = "gen_ai.evaluation.explanation"
ERROR_TYPE = "error.type"

INVOKE_WORKFLOW = "invoke_workflow"
INVOKE_AGENT = "invoke_agent"
PLAN = "plan"
CHAT = "chat"
GENERATE_CONTENT = "generate_content"
EMBEDDINGS = "embeddings"
EXECUTE_TOOL = "execute_tool"

MODEL_CALLS = {
    "plan": (CHAT, "json"),
    "copy": (CHAT, "text"),
    "latents": (CHAT, "text"),
    "image": (GENERATE_CONTENT, "image"),
    "clip": (GENERATE_CONTENT, "video"),
    "preview": (GENERATE_CONTENT, "image"),
    "embed": (EMBEDDINGS, None),
}
"""By name of a `model` event: its operation and what comes out."""

EVENT_ID = "triptych.event.id"
KIND = "triptych.event.kind"
STATUS = "triptych.status"
DELIVERABLE = "triptych.deliverable"
ATTEMPT = "triptych.attempt"
MODEL_REVISION = "triptych.model.revision"
NFE = "triptych.nfe"
COST = "triptych.cost"
PEAK_MEMORY = "triptych.peak_memory"
REASON = "triptych.reason"
ASSET = "triptych.asset"
INPUT = "triptych.input."
"""Followed by the part: the digest of what a step was given."""
THRESHOLD = "triptych.evaluation.threshold"

CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
CAPTURING = frozenset({"true", "1", "span_only", "span_and_event"})
"""Values of `CAPTURE` by which prompts, copy and reasons go into spans; otherwise they do not."""
