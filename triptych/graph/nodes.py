"""The nodes: thin adapters between the graph's state and the agents.

Each is idempotent: what it makes is remembered under a key of its inputs, so a run that was
killed between the making and the checkpoint finds its finished work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from langgraph.errors import NodeError
from langgraph.runtime import Runtime
from langgraph.types import Command

from triptych.agents.critic import CriticAgent
from triptych.agents.image import ImageAgent
from triptych.agents.planner import PlannerAgent
from triptych.agents.text import TextAgent
from triptych.agents.video import VideoAgent
from triptych.domain import (
    CampaignPlan,
    Candidate,
    Deliverable,
    EventKind,
    Feedback,
    ModelIdentity,
    Part,
    Record,
    Spend,
    Verdict,
)
from triptych.errors import BudgetError
from triptych.graph.state import (
    Attempt,
    CampaignState,
    Context,
    DeliverableResult,
    DeliverableState,
)
from triptych.store import content_key

Made = TypeVar("Made", bound=Record)


def plan(state: CampaignState, runtime: Runtime[Context]) -> CampaignState:
    """Draft the plan, unless the user brought one."""
    if "plan" in state:
        return {}
    context = runtime.context
    agent = PlannerAgent(context.models.planner, context.models.unknown_words(state["brief"]))
    model = context.models.planner.identity
    key = content_key(
        "plan",
        state["brief"].model_dump(mode="json"),
        state["seed"],
        model.name,
        model.revision,
        state["search"].model_dump(mode="json"),
    )

    def make() -> tuple[CampaignPlan, Spend]:
        return agent(state["brief"], search=state["search"], seed=state["seed"])

    made = _once(context, "agent", "planner", key, CampaignPlan, make, model=model)
    return {"plan": made}


def write(state: DeliverableState, runtime: Runtime[Context]) -> DeliverableState:
    """Write the deliverable's copy."""
    context, number, seed, feedback = _begin(state, runtime, "copy")
    agent = TextAgent(context.models.text, context.store)
    model = context.models.text.identity

    def make() -> tuple[Candidate, Spend]:
        found = agent(state["plan"], state["deliverable"], feedback, number, seed)
        return found, found.spend

    key = _key(state, "copy", number, seed, feedback, [], model)
    made = _once(context, "agent", "text", key, Candidate, make, seed=seed, model=model)
    return {"copy_made": made, "attempt": {**state["attempt"], "copy": number}}


def paint(state: DeliverableState, runtime: Runtime[Context]) -> DeliverableState:
    """Paint the deliverable's picture."""
    context, number, seed, feedback = _begin(state, runtime, "image")
    agent = ImageAgent(context.models.image, context.scorer, context.store, context.steps)
    model, copy = context.models.image.identity, state["copy_made"]

    def make() -> tuple[Candidate, Spend]:
        best, _ = agent(
            state["plan"], copy, feedback, number, seed, state["nfe_left"], context.on_step
        )
        return best, best.spend

    key = _key(state, "image", number, seed, feedback, [copy.asset.digest], model)
    made = _once(context, "agent", "image", key, Candidate, make, seed=seed, model=model)
    return {
        "image": made,
        "attempt": {**state["attempt"], "image": number},
        "nfe_left": _less(state["nfe_left"], made.spend.nfe),
    }


def shoot(state: DeliverableState, runtime: Runtime[Context]) -> DeliverableState:
    """Shoot the deliverable's clip from its picture."""
    context, number, seed, feedback = _begin(state, runtime, "clip")
    agent = VideoAgent(context.models.video, context.scorer, context.store, context.steps)
    model, copy, image = context.models.video.identity, state["copy_made"], state["image"]
    assert image is not None, "the graph shoots after it has painted"

    def make() -> tuple[Candidate, Spend]:
        best, _ = agent(
            state["plan"], copy, image, feedback, number, seed, state["nfe_left"], context.on_step
        )
        return best, best.spend

    parents = [copy.asset.digest, image.asset.digest]
    key = _key(state, "clip", number, seed, feedback, parents, model)
    made = _once(context, "agent", "video", key, Candidate, make, seed=seed, model=model)
    return {
        "clip": made,
        "attempt": {**state["attempt"], "clip": number},
        "nfe_left": _less(state["nfe_left"], made.spend.nfe),
    }


def critique(state: DeliverableState, runtime: Runtime[Context]) -> DeliverableState:
    """Judge the attempt, keep it, and note why it fell short if it did."""
    context = runtime.context
    critic = CriticAgent(context.scorer, context.store)
    copy, image, clip = state["copy_made"], state.get("image"), state.get("clip")
    picture = image.asset if image else state["lead"]
    inputs = {
        part: made.asset.digest
        for part, made in (("copy", copy), ("image", image), ("clip", clip))
        if made is not None
    }
    with context.tracer.span("verdict", "critic", inputs=inputs) as span:
        verdict = critic(
            state["plan"], copy, picture, clip.asset if clip else None, own_image=image is not None
        )
        span.outputs = verdict.model_dump(mode="json", exclude_defaults=True)
        span.model = context.models.clip.identity
    attempts = [
        *state["attempts"],
        Attempt(
            number=len(state["attempts"]) + 1,
            copy_made=copy,
            image=image,
            clip=clip,
            verdict=verdict,
        ),
    ]
    best = max(attempts, key=lambda attempt: critic.rank(attempt.verdict))
    result = DeliverableResult(
        deliverable=state["deliverable"].id,
        status=best.verdict.status,
        best=best,
        attempts=tuple(attempts),
    )
    return {
        "attempts": attempts,
        "feedback": [*state["feedback"], *_feedback(verdict, state["attempt"])],
        "results": {result.deliverable: result},
    }


def give_up(state: DeliverableState, error: NodeError) -> Command:
    """A deliverable whose step failed for good: its siblings go on, and the run gathers them."""
    identity = state["deliverable"].id
    attempts = tuple(state.get("attempts", ()))
    best = next((a for a in attempts if a.verdict.status == "passed"), None)
    if best is None and attempts:
        best = attempts[-1]
    result = DeliverableResult(
        deliverable=identity, status="error", best=best, attempts=attempts, message=str(error.error)
    )
    return Command(goto="gather", update={"results": {identity: result}})


def begun(
    campaign: CampaignPlan, deliverable: Deliverable, seed: int, share: int | None, **given: Any
) -> DeliverableState:
    """The state that a deliverable starts with.

    Args:
        campaign: the plan.
        deliverable: which of its deliverables.
        seed: of the run.
        share: denoiser evaluations it may spend.
        given: `lead` for copy alone.
    """
    return {
        "plan": campaign,
        "deliverable": deliverable,
        "lead": given.get("lead"),
        "seed": seed,
        "nfe_left": share,
        "attempt": {},
        "image": None,
        "clip": None,
        "feedback": list(given.get("feedback", [])),
        "attempts": [],
        "results": {},
    }


def _begin(
    state: DeliverableState, runtime: Runtime[Context], part: Part
) -> tuple[Context, int, int, list[Feedback]]:
    """Context, the attempt's number, its seed, and all feedback on the part so far."""
    runtime.context.store.check_space()
    number = state["attempt"].get(part, 0) + 1
    feedback = [item for item in state["feedback"] if item.part == part]
    if number > 1:
        runtime.context.tracer.note(
            "regeneration",
            part,
            inputs={"deliverable": state["deliverable"].id, "attempt": number},
            message=feedback[-1].reason if feedback else "what it was made from has changed",
        )
    text = f"{state['seed']}/{state['deliverable'].id}/{part}/{number}"
    seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big") >> 1
    return runtime.context, number, seed, feedback


def _key(
    state: DeliverableState,
    part: Part,
    number: int,
    seed: int,
    feedback: list[Feedback],
    parents: list[str],
    model: ModelIdentity,
) -> str:
    told = [item.model_dump(mode="json") for item in feedback]
    asked = state["plan"].model_dump(mode="json")
    return content_key(
        part,
        state["deliverable"].id,
        number,
        seed,
        told,
        parents,
        model.name,
        model.revision,
        asked,
        state.get("nfe_left"),
    )


def _once(
    context: Context,
    kind: EventKind,
    name: str,
    key: str,
    model_type: type[Made],
    make: Callable[[], tuple[Made, Spend]],
    *,
    seed: int | None = None,
    model: ModelIdentity | None = None,
) -> Made:
    """Make something under a traced span, or find it where a killed run left it."""
    found = context.store.recall(key)
    if found is not None:
        context.tracer.note("resume", name, message="found finished work of an earlier run")
        return model_type.model_validate(found)
    with context.tracer.span(kind, name, inputs={"key": key}, seed=seed, model=model) as span:
        made, span.spend = make()
        content = made.model_dump(mode="json")
        span.outputs = content
        context.store.remember(key, content)
    return made


def _feedback(verdict: Verdict, attempt: dict[Part, int]) -> list[Feedback]:
    if verdict.status != "failed" or verdict.weakest is None:
        return []
    number = attempt.get(verdict.weakest, 1)
    return [
        Feedback(
            part=verdict.weakest, attempt=number, reason=verdict.reason, missing=verdict.missing
        )
    ]


def _less(left: int | None, spent: int) -> int | None:
    if left is None:
        return None
    if spent > left:
        raise BudgetError(f"A step spent {spent} NFE with {left} left.", "This is a fault of ours.")
    return left - spent
