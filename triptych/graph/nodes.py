"""The nodes: thin adapters between the graph's state and the agents.

Each is idempotent: what it makes is remembered under a key of its inputs, so a run that was
killed between the making and the checkpoint finds its finished work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

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
    ModelIdentity,
    Part,
    Spend,
    Verdict,
)
from triptych.errors import BudgetError
from triptych.graph.retry import StageFailed
from triptych.graph.state import (
    CampaignState,
    CampaignUpdate,
    Context,
    DeliverableState,
    DeliverableUpdate,
)
from triptych.graph.steps import feedback_on, inputs_of, make_once, note_retries, part_seed
from triptych.grounding import in_words, wanted
from triptych.memory import process_peak
from triptych.protocols import Critic
from triptych.tracing.records import (
    ErrorEvent,
    ErrorInputs,
    RegenerationEvent,
    RegenerationInputs,
    RegenerationOutputs,
    Sample,
    Search,
    SearchInputs,
    SearchOutputs,
    VerdictEvent,
    VerdictInputs,
)
from triptych.tracing.work import PartStep, PlanInputs, PlanStep

Searched = tuple[Candidate, list[Candidate]]
"""The winner of a search, and all that it finished."""


def draft_plan(state: CampaignState, runtime: Runtime[Context]) -> CampaignUpdate:
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

    inputs = PlanInputs(brief=brief.digest, search=state["search"], feedback=tuple(feedback))
    step = PlanStep(inputs=inputs, seed=seed, model=context.models.planner.identity)
    return {"plan": make_once(runtime, step, CampaignPlan, make)}


def write_copy(state: DeliverableState, runtime: Runtime[Context]) -> DeliverableUpdate:
    """Write the deliverable's copy, and note why if it does not hold to the brief."""
    context, number, seed, feedback = _begin_attempt(state, runtime, "copy")
    agent = TextAgent(context.models.text, context.store)
    plan, deliverable, words = state["plan"], state["deliverable"], state["words"]

    def make() -> tuple[Candidate, Spend]:
        if words:
            made = agent.adopt(plan, deliverable, words, number)
        else:
            made = agent(plan, deliverable, feedback, number, seed)
        return made, made.spend

    inputs, identity = inputs_of(state, context.store, "copy"), context.models.text.identity
    step = PartStep(name="copy", inputs=inputs, seed=seed, model=identity)
    made = make_once(runtime, step, Candidate, make)
    changed = _with_part(state, made)
    if made.findings:
        changed["feedback"] = [*state["feedback"], _feedback_of_brief(made)]
    return changed


def paint_image(state: DeliverableState, runtime: Runtime[Context]) -> DeliverableUpdate:
    """Paint the deliverable's picture."""
    context, copy = runtime.context, state["parts"]["copy"]
    agent = ImageAgent(context.models.image, _critic(state, context), context.store, context.steps)
    search = partial(agent, state["plan"], copy)
    return _search_once(state, runtime, "image", search, agent.generator.identity)


def shoot_clip(state: DeliverableState, runtime: Runtime[Context]) -> DeliverableUpdate:
    """Shoot the deliverable's clip from its picture."""
    context, copy, image = runtime.context, state["parts"]["copy"], state["parts"]["image"]
    agent = VideoAgent(context.models.video, _critic(state, context), context.store, context.steps)
    search = partial(agent, state["plan"], copy, image)
    return _search_once(state, runtime, "clip", search, agent.generator.identity)


def judge(state: DeliverableState, runtime: Runtime[Context]) -> DeliverableUpdate:
    """Judge the attempt, keep it, and note why it fell short if it did."""
    context, plan, parts = runtime.context, state["plan"], state["parts"]
    critic = CriticAgent(_critic(state, context), context.store, context.models.text.to_clip)
    image, clip = parts.get("image"), parts.get("clip")
    picture = image.asset if image else state["lead"]
    number = len(state["attempts"]) + 1
    inputs = VerdictInputs(
        deliverable=state["deliverable"].id,
        attempt=number,
        parts={part: made.asset.digest for part, made in parts.items()},
        lead=picture.digest if image is None and picture is not None else None,
    )
    began, critic_model = time.perf_counter(), context.scorer.identity
    with (
        note_retries(runtime, "verdict"),
        context.tracer.span(VerdictEvent(inputs=inputs, model=critic_model)) as span,
    ):
        verdict = critic(
            plan,
            parts["copy"],
            picture,
            clip.asset if clip else None,
            own_image=image is not None,
        )
        span.outputs = verdict
        span.spend = Spend(seconds=time.perf_counter() - began, peak_memory=process_peak())
    attempts = [*state["attempts"], Attempt(number=number, parts=dict(parts), verdict=verdict)]
    feedback = [*state["feedback"], *_feedback_of(verdict, state["tries"])]
    best = _best_of(attempts, state)
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


def give_up(
    state: DeliverableState, runtime: Runtime[Context], error: NodeError
) -> Command[Literal["gather"]]:
    """A deliverable of which a stage failed for good: its siblings go on, the run gathers them.

    What it had made by then is kept, as an attempt that nobody judged.
    """
    identity, cause = state["deliverable"].id, error.error
    if isinstance(cause, StageFailed):
        state, cause = cause.state, cause.error
    inputs, message = ErrorInputs(deliverable=identity), f"{type(cause).__name__}: {cause}"
    runtime.context.tracer.note(ErrorEvent(inputs=inputs, status="error", message=message))
    attempts = list(state["attempts"])
    if "copy" in state["parts"] and not attempts:
        unjudged = Verdict(deliverable=identity, status="unjudged", reason="It was not finished.")
        attempts.append(Attempt(number=1, parts=dict(state["parts"]), verdict=unjudged))
    result = DeliverableResult(
        deliverable=identity,
        status="error",
        best=_best_of(attempts, state) if attempts else None,
        attempts=tuple(attempts),
        feedback=tuple(state["feedback"]),
        message=str(cause),
    )
    return Command(goto="gather", update={"results": {identity: result}})


def _begin_attempt(
    state: DeliverableState, runtime: Runtime[Context], part: Part
) -> tuple[Context, int, int, list[Feedback]]:
    """Context, the attempt's number, its seed, and all feedback on the part so far."""
    runtime.context.store.check_space()
    number, feedback = state["tries"].get(part, 0) + 1, feedback_on(state, part)
    if number > 1:
        newest = feedback[-1] if feedback and feedback[-1].attempt == number - 1 else None
        runtime.context.tracer.note(
            RegenerationEvent(
                name=part,
                inputs=RegenerationInputs(deliverable=state["deliverable"].id, attempt=number),
                outputs=RegenerationOutputs(missing=newest.missing if newest else ()),
                message=newest.reason if newest else "what it was made from has changed",
            )
        )
    return runtime.context, number, part_seed(state, part, number), feedback


def _critic(state: DeliverableState, context: Context) -> Critic:
    """The critic, as strict as the plan wishes it."""
    return context.scorer.at_rate(state["plan"].false_rejection_rate)


def _search_once(
    state: DeliverableState,
    runtime: Runtime[Context],
    part: Literal["image", "clip"],
    search: Callable[..., Searched],
    identity: ModelIdentity,
) -> DeliverableUpdate:
    """A new attempt at a picture or clip, under a span that tells of all that was finished.

    Args:
        search: an agent with its plan and all that the part is made from in hand.
        identity: the generator's.
    """
    context, number, seed, feedback = _begin_attempt(state, runtime, part)

    def make() -> tuple[Candidate, Spend]:
        inputs = SearchInputs(choice=state["plan"].search, nfe_left=state["nfe_left"])
        with context.tracer.span(Search(inputs=inputs)) as span:
            best, finished = search(feedback, number, seed, state["nfe_left"], context.on_step)
            span.spend = best.spend
            span.outputs = SearchOutputs(
                best=best.asset.digest,
                decision=best.notes,
                candidates=tuple(
                    Sample(asset=c.asset.digest, seed=c.seed, score=c.score) for c in finished
                ),
            )
        return best, best.spend

    inputs = inputs_of(state, context.store, part, context.steps)
    step = PartStep(name=part, inputs=inputs, seed=seed, model=identity)
    return _with_part(state, make_once(runtime, step, Candidate, make))


def _with_part(state: DeliverableState, made: Candidate) -> DeliverableUpdate:
    """The state with a part made anew, and what it spent taken off the budget."""
    left, spent = state["nfe_left"], made.spend.nfe
    if left is not None and spent > left:
        raise BudgetError(f"A step spent {spent} NFE with {left} left.", "This is a fault of ours.")
    return {
        "parts": {**state["parts"], made.part: made},
        "tries": {**state["tries"], made.part: made.attempt},
        "nfe_left": None if left is None else left - spent,
    }


def _best_of(attempts: Sequence[Attempt], state: DeliverableState) -> Attempt:
    """The best attempt: of those that a person did not refuse, if there are any."""
    among = attempts[state["refused"] :] or attempts
    return max(among, key=lambda attempt: CriticAgent.rank(attempt.verdict))


def _feedback_of_brief(made: Candidate) -> Feedback:
    reason, missing = in_words(made.findings), wanted(made.findings)
    return Feedback(part="copy", attempt=made.attempt, reason=reason, missing=missing)


def _feedback_of(verdict: Verdict, tries: dict[Part, int]) -> list[Feedback]:
    if verdict.status != "failed" or verdict.weakest is None or verdict.findings:
        return []  # findings were told when the copy was written
    number = tries.get(verdict.weakest, 1)
    return [
        Feedback(
            part=verdict.weakest, attempt=number, reason=verdict.reason, missing=verdict.missing
        )
    ]
