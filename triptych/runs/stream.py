"""Running a campaign's graph: to the end, to a question, or one part of it once more."""

# LangGraph leaves types of its own open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langgraph.types import Command, StateSnapshot
from pydantic import JsonValue

from triptych.domain import Again, CampaignPlan, CreativeSet, DeliverableResult, Part
from triptych.errors import StoreError
from triptych.graph.begin import restart_state
from triptych.graph.build import build_deliverable, build_graph
from triptych.graph.design import make_creatives
from triptych.graph.person import (
    Answer,
    PlanQuestion,
    ResultsQuestion,
    check_answer,
    read_question,
)
from triptych.run_files import is_there
from triptych.run_folder import CHECKPOINTS, MANIFEST, REPORT, TRACE_PAGE
from triptych.runs.campaign import Campaign
from triptych.runs.checkpoints import THREAD, open_checkpoints
from triptych.runs.edits import check_unedited
from triptych.runs.events import PersonAsked, RunEvent, RunFinished, RunStopped, events_of
from triptych.runs.manifest import Manifest, damaged_assets, read_manifest
from triptych.runs.session import ending, open_session, workflow_of
from triptych.store import Store
from triptych.tracing.events import Tracer
from triptych.tracing.records import Adoption, ApprovalEvent, ApprovalOutputs
from triptych.tracing.work import SessionResumed, WorkflowEvent, WorkflowInputs

if TYPE_CHECKING:
    from triptych.protocols import Models, Progress

_REDO = "redo"
"""In the store: what was asked to be made again, and from which checkpoint on."""
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
    if answer is None and is_finished(campaign):
        yield RunFinished(manifest=campaign.manifest(), before=True)
        return
    with (
        open_session(campaign, models, on_step) as (context, limits),
        open_checkpoints(campaign.folder) as saver,
    ):
        graph, tracer = build_graph().compile(checkpointer=saver), context.tracer
        known = graph.get_state(THREAD)
        question = read_question(known.interrupts[0].value) if known.interrupts else None
        begun = known.created_at is not None
        if answer is None or answer.plan is None:
            _check_unedited(campaign, known, lambda: graph.get_state_history(THREAD))
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
                tracer.sync()
            given = None if begun else campaign.first_state()
            if answer is not None and question is not None:
                said = answer.model_dump(mode="json", exclude_defaults=True)
                outputs = ApprovalOutputs(answer=said)
                tracer.note(ApprovalEvent(name=question.what, outputs=outputs))
                tracer.sync()
                given = Command(resume=said)
            parts = graph.stream(
                given,
                THREAD,
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
            state = graph.get_state(THREAD)
            campaign.learn(state.values)
            if not state.next:
                campaign.finish(context, span)
        if not state.next:
            campaign.view()
            tracer.sync()
            _forget_redo(context.store, state)
            yield RunFinished(manifest=campaign.manifest())


def is_finished(campaign: Campaign) -> bool:
    """Whether nothing of a run is left to do: its plan and results are learnt then.

    A run whose manifest, report or assets are missing or damaged is not finished. Raises
    `StoreError` if a person has edited its brief or plan since.
    """
    folder = campaign.folder
    if not all(is_there(folder, name) for name in (MANIFEST, REPORT, TRACE_PAGE, CHECKPOINTS)):
        return False
    with open_checkpoints(folder) as saver:
        graph = build_graph().compile(checkpointer=saver)
        known = graph.get_state(THREAD)
        if known.created_at is not None and not known.next:
            _check_unedited(campaign, known, lambda: graph.get_state_history(THREAD))
    try:
        manifest = read_manifest(folder)
    except StoreError:
        return False
    if known.created_at is None or known.next or known.values.get("results") != manifest.results:
        return False
    if damaged_assets(folder, manifest):
        return False
    campaign.plan, campaign.results = manifest.plan, manifest.results
    campaign.creatives = manifest.creatives
    return True


def what_waits(folder: Path) -> PlanQuestion | ResultsQuestion | None:
    """What a run asks a person; None if it asks nothing. Raises `StoreError` if it is damaged."""
    if not is_there(folder, CHECKPOINTS):
        return None
    with open_checkpoints(folder) as saver:
        known = build_graph().compile(checkpointer=saver).get_state(THREAD)
    return read_question(known.interrupts[0].value) if known.interrupts else None


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

    Stopped like `stream_campaign`, it leaves the run as it was; `Campaign.stopped` says why. After
    a kill the same call goes on, and makes nothing twice.

    Raises:
        StoreError: if the run is not finished or has no such deliverable or part.
        TriptychError: if a step fails for good; the run is as it was.
    """
    campaign.stopped = ""
    with (
        open_session(campaign, models, on_step) as (context, limits),
        open_checkpoints(campaign.folder) as saver,
    ):
        graph, tracer = build_graph().compile(checkpointer=saver), context.tracer
        known = graph.get_state(THREAD)
        plan: CampaignPlan | None = known.values.get("plan")
        results: dict[str, DeliverableResult] = known.values.get("results", {})
        _check_unedited(campaign, known, lambda: graph.get_state_history(THREAD))
        if plan is None or known.next:
            raise StoreError(
                f"The run in {campaign.folder} is not finished.",
                f"`triptych resume {campaign.folder}` goes on; while it waits for approval, "
                f"`triptych resume {campaign.folder} --redo {deliverable}/{part} "
                '--reason "…"`.',
            )
        campaign.plan, campaign.results = plan, results
        campaign.creatives = known.values.get("creatives", CreativeSet())
        again = Again(deliverable=deliverable, part=part, reason=reason)
        state = restart_state(plan, results, campaign.settings.seed, again)
        asked = WorkflowInputs(again=again)
        with tracer.span(WorkflowEvent(name="redo", inputs=asked)) as span:
            with ending(campaign, span):
                if not _was_redone(context.store, again, known):
                    made = build_deliverable().compile()
                    done = made.invoke(state, context=context, control=limits.control)
                    chosen: DeliverableResult = done["results"][deliverable]
                    campaign.results = {**results, deliverable: chosen}
                    campaign.creatives = make_creatives(plan, campaign.results, context)
                    update = {"results": {deliverable: chosen}, "creatives": campaign.creatives}
                    graph.update_state(THREAD, update, as_node="design")
                campaign.finish(context, span)
            if campaign.stopped:
                return results[deliverable]
        campaign.view()
        tracer.sync()
        _forget_redo(context.store, graph.get_state(THREAD))
    return campaign.results[deliverable]


def _was_redone(store: Store, again: Again, known: StateSnapshot) -> bool:
    """Whether an earlier session did this and did not live to say so; notes that it is asked."""
    wish: dict[str, JsonValue] = {
        "again": again.model_dump(mode="json"),
        "checkpoint": _checkpoint_of(known),
    }
    before = store.recall(_REDO)
    if isinstance(before, dict) and before.get("again") == wish["again"]:
        return before.get("checkpoint") != wish["checkpoint"]
    store.remember(_REDO, wish)
    return False


def _forget_redo(store: Store, known: StateSnapshot) -> None:
    """Let go of a redo that was done, now that the run's files tell of it."""
    before = store.recall(_REDO)
    if isinstance(before, dict) and before.get("checkpoint") != _checkpoint_of(known):
        store.forget(_REDO)


def _checkpoint_of(known: StateSnapshot) -> str:
    """The id of the run's newest checkpoint."""
    return str(known.config.get("configurable", {}).get("checkpoint_id", ""))


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
