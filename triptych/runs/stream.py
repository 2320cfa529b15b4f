"""Running a campaign's graph: to the end, to a question, or one part of it once more."""

# LangGraph leaves types of its own open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, StateSnapshot

from triptych.domain import Again, CampaignPlan, DeliverableResult, Part
from triptych.errors import StoreError
from triptych.graph.begin import restart_state
from triptych.graph.build import build_deliverable, build_graph
from triptych.graph.person import Answer, check_answer, read_question
from triptych.runs.campaign import Campaign
from triptych.runs.checkpoints import open_checkpoints
from triptych.runs.edits import check_unedited
from triptych.runs.events import PersonAsked, RunEvent, RunFinished, RunStopped, events_of
from triptych.runs.manifest import Manifest
from triptych.runs.session import ending, open_session, workflow_of
from triptych.tracing.events import Tracer
from triptych.tracing.records import Adoption, ApprovalEvent, ApprovalOutputs
from triptych.tracing.work import SessionResumed, WorkflowEvent, WorkflowInputs

if TYPE_CHECKING:
    from triptych.protocols import Models, Progress

_THREAD: RunnableConfig = {"configurable": {"thread_id": "campaign"}}
_RESUMED = {True: "goes on after an answer", False: "goes on where it was stopped"}


def stream_campaign(
    campaign: Campaign,
    models: Models,
    on_step: Progress | None = None,
    answer: Answer | None = None,
) -> Generator[RunEvent]:
    """Run, or go on where the run was; yields what happens as it happens.

    Args:
        campaign: started or opened.
        models: of the run's profile.
        on_step: told of denoising steps.
        answer: to the question at which an approving run stopped.

    Closing the iterator, `Campaign.stop`, or a limit of the settings ends the session at its next
    denoising step or end of a node, and `Campaign.stopped` says why; the same call goes on.

    Raises:
        StoreError: if the run cannot be worked on, or the answer fits no question of it.
        BriefError: if the answer is no answer to the question.
    """
    campaign.stopped = ""
    with (
        open_session(campaign, models, on_step) as (context, limits),
        open_checkpoints(campaign.folder) as saver,
    ):
        graph, tracer = build_graph().compile(checkpointer=saver), context.tracer
        known = graph.get_state(_THREAD)
        question = read_question(known.interrupts[0].value) if known.interrupts else None
        begun = known.created_at is not None
        if answer is None or answer.plan is None:
            _check_unedited(campaign, known, lambda: graph.get_state_history(_THREAD))
        if answer is not None:
            if question is None:
                raise StoreError(
                    f"The run in {campaign.folder} waits for no answer.",
                    "Resume it without one; `triptych redo` makes a part of a finished run again.",
                )
            check_answer(question, answer)
        if begun:
            tracer.note(SessionResumed(message=_RESUMED[answer is not None]))
        with tracer.span(workflow_of(campaign.settings)) as span:
            if not begun:
                _adopt(campaign, tracer)
            given = None if begun else campaign.first_state()
            if answer is not None and question is not None:
                said = answer.model_dump(mode="json", exclude_defaults=True)
                outputs = ApprovalOutputs(answer=said)
                tracer.note(ApprovalEvent(name=question.what, outputs=outputs))
                given = Command(resume=said)
            parts = graph.stream(
                given,
                _THREAD,
                context=context,
                stream_mode="updates",
                subgraphs=True,
                durability="sync",
                control=limits.control,
            )
            try:
                with ending(campaign, span):
                    for event in _events(parts):
                        if isinstance(event, PersonAsked):
                            _note_question(event, tracer, span)
                        yield event
            finally:
                limits.stop("the stream was closed")  # else closing waits for the whole step
                parts.close()  # type: ignore[attr-defined]
            if campaign.stopped:
                yield RunStopped(reason=campaign.stopped)
                return
            state = graph.get_state(_THREAD)
            campaign.learn(state.values)
            if not state.next:
                campaign.finish(context, span)
        if not state.next:
            campaign.view()
            yield RunFinished(manifest=campaign.manifest())


def run_campaign(
    campaign: Campaign,
    models: Models,
    on_step: Progress | None = None,
    answer: Answer | None = None,
) -> Manifest:
    """Run to the end (or to a question, or a limit) and return the manifest so far."""
    for _ in stream_campaign(campaign, models, on_step, answer):
        pass
    return campaign.manifest()


def redo_part(
    campaign: Campaign,
    models: Models,
    deliverable: str,
    part: Part,
    reason: str,
    on_step: Progress | None = None,
) -> DeliverableResult:
    """Make one part of a finished deliverable again, and what is made from it; no other.

    Args:
        campaign: a finished run.
        models: of the run's profile.
        deliverable: its id.
        part: copy, image or clip.
        reason: what was wrong, in words that the next attempt is given.
        on_step: told of denoising steps.

    Stopped like `stream_campaign`, it leaves the run as it was; `Campaign.stopped` says why.

    Raises:
        StoreError: if the run is not finished or has no such deliverable or part.
        TriptychError: if a step fails for good; the run is as it was.
    """
    campaign.stopped = ""
    with (
        open_session(campaign, models, on_step) as (context, limits),
        open_checkpoints(campaign.folder) as saver,
    ):
        graph = build_graph().compile(checkpointer=saver)
        known = graph.get_state(_THREAD)
        plan: CampaignPlan | None = known.values.get("plan")
        results: dict[str, DeliverableResult] = known.values.get("results", {})
        _check_unedited(campaign, known, lambda: graph.get_state_history(_THREAD))
        if plan is None or known.next:
            raise StoreError(
                f"The run in {campaign.folder} is not finished.",
                f"`triptych resume {campaign.folder}` goes on; while it waits for approval, "
                f"`triptych resume {campaign.folder} --redo {deliverable}/{part} "
                '--reason "…"`.',
            )
        campaign.plan, campaign.results = plan, results
        again = Again(deliverable=deliverable, part=part, reason=reason)
        state = restart_state(plan, results, campaign.settings.seed, again)
        asked = WorkflowInputs(again=again)
        with context.tracer.span(WorkflowEvent(name="redo", inputs=asked)) as span:
            with ending(campaign, span):
                made = build_deliverable().compile()
                done = made.invoke(state, context=context, control=limits.control)
                chosen: DeliverableResult = done["results"][deliverable]
                update = {"results": {deliverable: chosen}}
                graph.update_state(_THREAD, update, as_node="approve_results")
                campaign.results = {**results, deliverable: chosen}
                campaign.finish(context, span)
            if campaign.stopped:
                return results[deliverable]
        campaign.view()
    return campaign.results[deliverable]


def _check_unedited(
    campaign: Campaign, known: StateSnapshot, history: Callable[[], Iterable[StateSnapshot]]
) -> None:
    """Raise `StoreError` if a person has edited files of the run that it does not go by."""
    check_unedited(
        campaign,
        known.values.get("brief"),
        known.values.get("plan"),
        lambda: (one.values.get("plan") for one in history()),
    )


def _adopt(campaign: Campaign, tracer: Tracer) -> None:
    """Tell the trace of what a forked run starts with, so that its lineages are whole."""
    for kept in campaign.kept.values():
        for made in kept.parts.values():
            tracer.note(Adoption(outputs=made, message=made.notes[-1]))


def _events(parts: Iterator[Any]) -> Iterator[RunEvent]:
    """What the graph streams, as events; parts are (namespace, {node: update})."""
    for _, updates in parts:
        for node, update in updates.items():
            yield from events_of(node, update)


def _note_question(event: PersonAsked, tracer: Tracer, span: WorkflowEvent) -> None:
    what = event.question.what
    span.status, span.message = "interrupted", f"waits: approve {what}"
    waits = ApprovalEvent(name=what, status="interrupted", message="waits for a person")
    tracer.note(waits)
