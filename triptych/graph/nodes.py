"""The nodes: thin adapters between the graph's state and the agents.

Each is idempotent: what it makes is remembered under a key of its inputs, so a run that was
killed between the making and the checkpoint finds its finished work.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any

from langgraph.errors import NodeError
from langgraph.runtime import Runtime
from langgraph.types import Command

from triptych.agents.critic import CriticAgent
from triptych.agents.image import ImageAgent
from triptych.agents.planner import PlannerAgent
from triptych.agents.text import TextAgent
from triptych.agents.video import VideoAgent
from triptych.domain import (
    Attempt,
    CampaignPlan,
    Candidate,
    DeliverableResult,
    Feedback,
    Part,
    Spend,
    Verdict,
)
from triptych.errors import BudgetError
from triptych.graph.retry import Fallen
from triptych.graph.state import CampaignState, Context, DeliverableState
from triptych.graph.steps import inputs_of, once, told, tried
from triptych.memory import process_peak


def plan(state: CampaignState, runtime: Runtime[Context]) -> CampaignState:
    """Draft the plan, unless the user brought one."""
    if "plan" in state and not state.get("replan"):
        return {}
    context = runtime.context
    agent = PlannerAgent(context.models.planner, context.models.unknown_words(state["brief"]))
    brief = context.store.put(state["brief"].model_dump_json().encode(), "application/json")

    feedback = state.get("plan_feedback", [])
    seed = state["seed"] + len(feedback)

    def make() -> tuple[CampaignPlan, Spend]:
        return agent(state["brief"], feedback, state["search"], seed)

    asked: dict[str, Any] = {"brief": brief.digest}
    asked["search"] = state["search"].model_dump(mode="json")
    asked["feedback"] = [one.model_dump(mode="json") for one in feedback]
    made = once(
        runtime,
        "planner",
        asked,
        CampaignPlan,
        make,
        seed=seed,
        model=context.models.planner.identity,
    )
    return {"plan": made}


def write(state: DeliverableState, runtime: Runtime[Context]) -> DeliverableState:
    """Write the deliverable's copy."""
    context, number, seed, feedback = _begin(state, runtime, "copy")
    agent = TextAgent(context.models.text, context.store)
    words = state.get("words", "")

    def make() -> tuple[Candidate, Spend]:
        if words:
            found = agent.adopt(state["plan"], state["deliverable"], words, number)
        else:
            found = agent(state["plan"], state["deliverable"], feedback, number, seed)
        return found, found.spend

    inputs = inputs_of(state, context.store, "copy", None) | ({"words": words} if words else {})
    model = context.models.text.identity
    made = once(runtime, "text", inputs, Candidate, make, seed=seed, model=model)
    return {"copy_made": made, "attempt": {**state["attempt"], "copy": number}}


def paint(state: DeliverableState, runtime: Runtime[Context]) -> DeliverableState:
    """Paint the deliverable's picture."""
    context, number, seed, feedback = _begin(state, runtime, "image")
    agent = ImageAgent(context.models.image, context.scorer, context.store, context.steps)
    copy = state["copy_made"]

    def make() -> tuple[Candidate, Spend]:
        asked = (state["plan"], copy, feedback, number, seed, state["nfe_left"])
        return _best_of(state, context, lambda: agent(*asked, context.on_step))

    inputs = inputs_of(state, context.store, "image", context.steps, copy=copy.asset.digest)
    model = context.models.image.identity
    made = once(runtime, "image", inputs, Candidate, make, seed=seed, model=model)
    return {
        "image": made,
        "attempt": {**state["attempt"], "image": number},
        "nfe_left": _less(state["nfe_left"], made.spend.nfe),
    }


def shoot(state: DeliverableState, runtime: Runtime[Context]) -> DeliverableState:
    """Shoot the deliverable's clip from its picture."""
    context, number, seed, feedback = _begin(state, runtime, "clip")
    agent = VideoAgent(context.models.video, context.scorer, context.store, context.steps)
    copy, image = state["copy_made"], state["image"]
    assert image is not None, "the graph shoots after it has painted"

    def make() -> tuple[Candidate, Spend]:
        asked = (state["plan"], copy, image, feedback, number, seed, state["nfe_left"])
        return _best_of(state, context, lambda: agent(*asked, context.on_step))

    parents = {"copy": copy.asset.digest, "image": image.asset.digest}
    inputs = inputs_of(state, context.store, "clip", context.steps, **parents)
    model = context.models.video.identity
    made = once(runtime, "video", inputs, Candidate, make, seed=seed, model=model)
    return {
        "clip": made,
        "attempt": {**state["attempt"], "clip": number},
        "nfe_left": _less(state["nfe_left"], made.spend.nfe),
    }


def critique(state: DeliverableState, runtime: Runtime[Context]) -> DeliverableState:
    """Judge the attempt, keep it, and note why it fell short if it did."""
    context = runtime.context
    critic = CriticAgent(context.scorer, context.store, context.models.text.to_clip)
    copy, image, clip = state["copy_made"], state.get("image"), state.get("clip")
    picture = image.asset if image else state["lead"]
    number = len(state["attempts"]) + 1
    inputs = {
        part: made.asset.digest
        for part, made in (("copy", copy), ("image", image), ("clip", clip))
        if made is not None
    }
    if image is None and picture is not None:
        inputs["lead"] = picture.digest
    asked = inputs | {"deliverable": state["deliverable"].id, "attempt": number}
    began, judge = time.perf_counter(), context.scorer.identity
    with (
        tried(runtime, "critic"),
        context.tracer.span("verdict", "critic", inputs=asked, model=judge) as span,
    ):
        verdict = critic(
            state["plan"], copy, picture, clip.asset if clip else None, own_image=image is not None
        )
        span.outputs = verdict.model_dump(mode="json", exclude_defaults=True)
        span.spend = Spend(seconds=time.perf_counter() - began, peak_memory=process_peak())
    attempts = [
        *state["attempts"],
        Attempt(
            number=number,
            copy_made=copy,
            image=image,
            clip=clip,
            verdict=verdict,
        ),
    ]
    best = _best(attempts, state)
    feedback = [*state["feedback"], *_feedback(verdict, state["attempt"])]
    result = DeliverableResult(
        deliverable=state["deliverable"].id,
        status=best.verdict.status,
        best=best,
        attempts=tuple(attempts),
        feedback=tuple(feedback),
    )
    return {
        "attempts": attempts,
        "feedback": feedback,
        "results": {result.deliverable: result},
    }


def give_up(state: DeliverableState, runtime: Runtime[Context], error: NodeError) -> Command:
    """A deliverable whose step failed for good: its siblings go on, and the run gathers them.

    What it had made by then is kept, as an attempt that nobody judged.
    """
    identity, why = state["deliverable"].id, error.error
    if isinstance(why, Fallen):
        state, why = why.state, why.error
    runtime.context.tracer.note(
        "error",
        "give_up",
        inputs={"deliverable": identity},
        status="error",
        message=f"{type(why).__name__}: {why}",
    )
    attempts, copy = list(state["attempts"]), state.get("copy_made")
    if copy is not None and not attempts:
        unjudged = Verdict(deliverable=identity, status="unjudged", reason="It was not finished.")
        made: dict[str, Any] = {"copy_made": copy, "image": state["image"], "clip": state["clip"]}
        attempts.append(Attempt(number=1, **made, verdict=unjudged))
    result = DeliverableResult(
        deliverable=identity,
        status="error",
        best=_best(attempts, state) if attempts else None,
        attempts=tuple(attempts),
        feedback=tuple(state["feedback"]),
        message=str(why),
    )
    return Command(goto="gather", update={"results": {identity: result}})


def _begin(
    state: DeliverableState, runtime: Runtime[Context], part: Part
) -> tuple[Context, int, int, list[Feedback]]:
    """Context, the attempt's number, its seed, and all feedback on the part so far."""
    runtime.context.store.check_space()
    number, feedback = state["attempt"].get(part, 0) + 1, told(state, part)
    if number > 1:
        newest = feedback[-1] if feedback else None
        fresh = newest is not None and newest.attempt == number - 1
        runtime.context.tracer.note(
            "regeneration",
            part,
            inputs={"deliverable": state["deliverable"].id, "attempt": number},
            outputs={"missing": list(newest.missing)} if newest and fresh else {},
            message=newest.reason if newest and fresh else "what it was made from has changed",
        )
    text = f"{state['seed']}/{state['deliverable'].id}/{part}/{number}"
    seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big") >> 1
    return runtime.context, number, seed, feedback


def _best_of(
    state: DeliverableState,
    context: Context,
    search: Callable[[], tuple[Candidate, list[Candidate]]],
) -> tuple[Candidate, Spend]:
    """Run a search under a span that tells of all that it finished."""
    asked = {**state["plan"].search.model_dump(mode="json"), "nfe_left": state["nfe_left"]}
    with context.tracer.span("tool", "search", inputs=asked) as span:
        best, finished = search()
        span.spend = best.spend
        span.outputs = {
            "best": best.asset.digest,
            "decision": list(best.notes),
            "candidates": [
                {"asset": c.asset.digest, "seed": c.seed, "score": c.score} for c in finished
            ],
        }
    return best, best.spend


def _best(attempts: list[Attempt], state: DeliverableState) -> Attempt:
    """The best attempt: of those that a person did not refuse, if there are any."""
    among = attempts[state.get("refused", 0) :] or attempts
    return max(among, key=lambda attempt: CriticAgent.rank(attempt.verdict))


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
