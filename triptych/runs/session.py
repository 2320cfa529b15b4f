"""One session of a run: its models, stores, trace and limits, for as long as it lasts."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from langgraph.errors import GraphDrained
from pydantic import TypeAdapter, ValidationError

from triptych.domain import DEFAULT_FALSE_REJECTION_RATE, ModelIdentity
from triptych.errors import StoreError
from triptych.generators.hub import identities
from triptych.graph.earlier import EarlierSessions
from triptych.graph.retry import Halted
from triptych.graph.state import Context
from triptych.memory import return_freed_memory
from triptych.protocols import Models, Progress
from triptych.run_files import read_file, unreadable
from triptych.run_folder import MODELS, TRACE
from triptych.runs.campaign import Campaign
from triptych.runs.limits import Limits, cost_so_far
from triptych.runs.lock import hold, sweep
from triptych.runs.ready import load_all
from triptych.runs.settings import RunSettings
from triptych.store import Store, write_whole
from triptych.tracing.events import read_trace
from triptych.tracing.sessions import session_tracer
from triptych.tracing.traced_models import traced
from triptych.tracing.work import WorkflowEvent, WorkflowInputs

_IDENTITIES: TypeAdapter[dict[str, ModelIdentity]] = TypeAdapter(dict[str, ModelIdentity])


@contextmanager
def open_session(
    campaign: Campaign, models: Models, on_step: Progress | None = None
) -> Generator[tuple[Context, Limits]]:
    """What the graph's nodes work with, and the run's limits, for as long as the block lasts.

    Args:
        campaign: which run.
        models: that make it: the very ones of its earlier sessions.
        on_step: told of denoising steps.

    Raises:
        StoreError: if another process works on the run, the disk is nearly full, or other models
            made what is there.
    """
    folder = campaign.folder
    store = Store(folder)
    store.check_space()
    load_all(models)
    path = folder / TRACE
    with _tidied(), hold(folder), session_tracer(path, folder.resolve().name) as tracer:
        sweep(folder)
        tracer.sync()  # what a killed session told is built on as well
        _keep_to(campaign, models)
        events = read_trace(path)
        campaign.limits = limits = Limits(*_most(campaign), cost_so_far(events))
        tracer.listen(limits.hear)
        watched = traced(models, tracer)
        yield (
            Context(
                models=watched,
                store=store,
                tracer=tracer,
                scorer=watched.critic(DEFAULT_FALSE_REJECTION_RATE),
                earlier=EarlierSessions.of(events),
                steps=campaign.settings.steps,
                on_step=limits.watching(on_step),
            ),
            limits,
        )


@contextmanager
def _tidied() -> Generator[None]:
    """A block after which what it freed is the system's again, however it ends."""
    try:
        yield
    finally:
        return_freed_memory()


def workflow_of(settings: RunSettings) -> WorkflowEvent:
    """The event of a session of a campaign."""
    return WorkflowEvent(inputs=WorkflowInputs(settings=settings.model_dump(mode="json")))


@contextmanager
def ending(campaign: Campaign, span: WorkflowEvent) -> Generator[None]:
    """A block that runs the graph: stopped, the campaign says why; halted, the cause is raised."""
    try:
        yield
    except Halted as halted:
        raise halted.error from halted
    except GraphDrained as drained:
        campaign.stopped = drained.reason
        span.status, span.message = "interrupted", f"stopped: {drained.reason}"


def _most(campaign: Campaign) -> tuple[float | None, float | None]:
    """Seconds that a session may take and dollars that the run may cost."""
    settings = campaign.settings
    budget = (campaign.plan.brief if campaign.plan else campaign.brief).budget
    return (
        budget.seconds if settings.max_seconds is None else settings.max_seconds,
        budget.cost if settings.max_cost is None else settings.max_cost,
    )


def _keep_to(campaign: Campaign, models: Models) -> None:
    """Write down which models make the run, or hold these against the ones that did."""
    path, now = campaign.folder / MODELS, identities(models)
    try:
        before = _IDENTITIES.validate_json(read_file(campaign.folder, MODELS))
    except FileNotFoundError:
        write_whole(path, _IDENTITIES.dump_json(now, indent=2))
        return
    except OSError as error:
        raise unreadable(path, error) from error
    except ValidationError as error:
        raise StoreError(
            f"{path} is damaged.",
            "Restore it; or delete it, to go on with the models of the run's profile.",
        ) from error
    for part, model in now.items():
        known = before.get(part)
        if known is not None and known != model:
            raise StoreError(
                f"The run in {campaign.folder} was made by {known.name} ({known.revision[:12]}) as "
                f"its {part} model, and this is {model.name} ({model.revision[:12]}).",
                "Go on with the models that it was begun with; or begin another run from its "
                f"plan, with `triptych run --from {campaign.folder} --until plan`.",
            )
