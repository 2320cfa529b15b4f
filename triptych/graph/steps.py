"""What every step shares: its inputs by reference, its trace, and finding finished work again."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from langgraph.runtime import Runtime
from pydantic import ValidationError

from triptych.domain import PARTS, CampaignPlan, Candidate, Feedback, Part, Spend
from triptych.errors import ModelError
from triptych.graph.retry import RETRY, may_pass
from triptych.graph.state import Context, DeliverableState
from triptych.memory import process_peak
from triptych.seeds import derive_seed
from triptych.store import Store, content_key
from triptych.tracing.records import RetryEvent, RetryInputs
from triptych.tracing.work import Inputs, Made, PartInputs, Work


def make_once(
    runtime: Runtime[Context],
    step: Work[Inputs, Made],
    model_type: type[Made],
    make: Callable[[], tuple[Made, Spend]],
) -> Made:
    """Make something under a traced span, or find it where a killed run left it.

    Args:
        runtime: of the node.
        step: an agent's, with all that the outcome depends on by reference: what the trace tells
            of its inputs, and what a replay makes it again from.
        model_type: what is made.
        make: makes it, and says what that cost.
    """
    context, model = runtime.context, step.model
    about = (model.name, model.revision) if model else ()
    key = content_key(step.stage, step.inputs.model_dump(mode="json"), step.seed, *about)
    made = _recalled(context.store, key, model_type)
    if made is not None:
        context.tracer.note(step.as_found(made))
        return made
    with note_retries(runtime, step.stage), context.tracer.span(step):
        try:
            made, spend = make()
        except ModelError as error:
            step.spend = Spend(cost=error.cost)
            raise
        peak = spend.peak_memory or process_peak()
        step.spend = spend.model_copy(update={"peak_memory": peak})
        step.outputs = made
        context.store.remember(key, made.model_dump(mode="json"))
    return made


def _recalled(store: Store, key: str, model_type: type[Made]) -> Made | None:
    """What was made under a key, if it and its files are whole."""
    try:
        made = model_type.model_validate(store.recall(key))
    except ValidationError:  # nothing was remembered, or the note of it is damaged
        return None
    refs = (made.asset, made.latents) if isinstance(made, Candidate) else ()
    return made if all(store.holds(ref) for ref in refs if ref is not None) else None


@contextmanager
def note_retries(runtime: Runtime[Context], name: str) -> Generator[None]:
    """Note in the trace that the graph will try a step again, and after which error."""
    try:
        yield
    except Exception as error:
        number = runtime.execution_info.node_attempt if runtime.execution_info else 1
        if may_pass(error) and number < RETRY.max_attempts:
            inputs = RetryInputs(number=number + 1, of=RETRY.max_attempts)
            message = f"{type(error).__name__}: {error}"
            runtime.context.tracer.note(RetryEvent(name=name, inputs=inputs, message=message))
        raise


def inputs_of(
    state: DeliverableState, store: Store, part: Part, steps: int | None = None
) -> PartInputs:
    """What a step of a deliverable is asked to do, by reference.

    Args:
        state: the deliverable's.
        store: where the plan is kept.
        part: what the step makes.
        steps: denoising steps of one sample, if they were chosen.
    """
    before = PARTS[: PARTS.index(part)]
    return PartInputs(
        deliverable=state["deliverable"].id,
        attempt=state["tries"].get(part, 0) + 1,
        plan=put_plan(store, state["plan"]),
        parents={name: state["parts"][name].asset.digest for name in before},
        feedback=tuple(feedback_on(state, part)),
        nfe_left=state["nfe_left"],
        steps=steps,
        words=state["words"] if part == "copy" else "",
    )


def feedback_on(state: DeliverableState, part: Part) -> list[Feedback]:
    """All feedback on a part so far."""
    return [item for item in state["feedback"] if item.part == part]


def part_seed(state: DeliverableState, part: Part, attempt: int) -> int:
    """The seed of an attempt at a part: of the run's seed and the attempt's place alone."""
    return derive_seed(state["seed"], state["deliverable"].id, part, attempt)


def put_plan(store: Store, plan: CampaignPlan) -> str:
    """Keep a plan among the assets, for it may be edited later; returns its digest."""
    return store.put(plan.model_dump_json().encode(), "application/json").digest
