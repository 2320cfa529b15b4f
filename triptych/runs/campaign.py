"""Running a campaign: from a brief or plan to a finished run folder, and back into one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, Field

from triptych.briefs.check import parse
from triptych.briefs.read import read_mapping
from triptych.briefs.yaml import to_yaml
from triptych.domain import (
    Brief,
    CampaignPlan,
    Part,
    Record,
    SearchChoice,
    Spend,
)
from triptych.errors import BriefError, StoreError
from triptych.runs.folder import SETTINGS, begin
from triptych.store import Store, write_whole

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

    from triptych.domain import DeliverableResult, Kept
    from triptych.graph.state import Context
    from triptych.protocols import Models, Progress
    from triptych.runs.limits import Limits
    from triptych.tracing.events import Span, Tracer

_THREAD: Any = {"configurable": {"thread_id": "campaign"}}
MANIFEST, KEPT = "campaign.json", "kept.json"
_RESUMED = {True: "goes on after an answer", False: "goes on where it was stopped"}


class RunSettings(Record):
    """How a run was started: enough to resume and to repeat it."""

    model_config = ConfigDict(allow_inf_nan=False)

    version: int = 1
    profile: str = "starter"
    overrides: tuple[str, ...] = ()
    seed: int = Field(default=0, ge=0, lt=2**63)
    steps: int | None = Field(default=None, ge=1, le=1000)
    """Denoising steps; the profile's own where it is None."""
    approve: bool = False
    search: SearchChoice = SearchChoice()
    false_rejection_rate: float | None = Field(default=None, gt=0, lt=1)
    """Of a drafted plan; the plan's default where it is None."""
    max_seconds: float | None = Field(default=None, ge=0)
    """A session stops after so long; the brief's budget where it is None."""
    max_cost: float | None = Field(default=None, ge=0)
    """The run stops when it has cost so many dollars; the brief's budget where it is None."""
    started: float = 0.0


@dataclass
class Campaign:
    """A run and its folder.

    Args:
        folder: the run folder.
        settings: how it was started.
        brief: what it is about.
        plan: the plan it follows, if it was brought along or is known already.
    """

    folder: Path
    settings: RunSettings
    brief: Brief
    plan: CampaignPlan | None = None
    results: dict[str, DeliverableResult] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)
    """Of a forked run: what was taken over, by deliverable."""
    stopped: str = ""
    """Why the last session ended before the run did; empty if it ended by itself."""
    _limits: Limits | None = None

    @classmethod
    def start(
        cls, source: Brief | CampaignPlan, folder: Path, settings: RunSettings | None = None
    ) -> Campaign:
        """Begin a run in a new or empty folder. Raises `StoreError` if it holds anything."""
        settings = settings or RunSettings()
        brief = source.brief if isinstance(source, CampaignPlan) else source
        plan = source if isinstance(source, CampaignPlan) else None
        settings = settings.model_copy(update={"started": time.time()})
        files = {"brief.yaml": to_yaml(brief).encode()}
        if plan:
            files["plan.yaml"] = to_yaml(plan).encode()
        files[SETTINGS] = settings.model_dump_json(indent=2).encode()  # last: now it can be resumed
        begin(folder, files)
        return cls(folder, settings, brief, plan)

    @classmethod
    def open(cls, folder: Path) -> Campaign:
        """A run that was begun. Raises `StoreError` if the folder holds none."""
        if not (folder / SETTINGS).is_file():
            raise StoreError(f"{folder} is not a run folder.", "`triptych run` makes one.")
        try:
            settings = parse(RunSettings, read_mapping(folder / SETTINGS), SETTINGS)
            brief = parse(Brief, read_mapping(folder / "brief.yaml"), "brief.yaml")
            plan = None
            if (folder / "plan.yaml").exists():
                plan = parse(CampaignPlan, read_mapping(folder / "plan.yaml"), "plan.yaml")
            run = cls(folder, settings, brief, plan)
            if (folder / KEPT).exists():
                from triptych.domain import Kept

                found = read_mapping(folder / KEPT)
                run.kept = {name: parse(Kept, one, KEPT) for name, one in found.items()}
        except BriefError as error:
            raise StoreError(
                f"The run in {folder} is damaged: {error.message}",
                "Restore that file, or begin the campaign again in another folder.",
            ) from error
        return run

    def keep(self, kept: dict[str, Kept]) -> None:
        """Take over parts that lie in the run's store already; before the run is streamed."""
        self.kept = kept
        content = {name: found.model_dump(mode="json") for name, found in kept.items()}
        write_whole(self.folder / KEPT, json.dumps(content).encode())

    def stream(
        self, models: Models, on_step: Progress | None = None, answer: Any = None
    ) -> Iterator[dict[str, Any]]:
        """Run, or go on where the run was; yields each node's update as it comes.

        Args:
            models: of the run's profile.
            on_step: told of denoising steps.
            answer: to the question at which an approving run stopped.

        Yields:
            {"node": name, "deliverable": id or None, "update": state} as each node ends, and
            {"interrupt": question} if the run waits for a person.

        Closing the iterator, `stop`, or a limit of the settings ends the session at its next
        denoising step or end of a node, and `stopped` says why; the same call goes on.
        """
        from langgraph.errors import GraphDrained
        from langgraph.types import Command

        from triptych.graph.build import build_graph
        from triptych.graph.person import check_answer
        from triptych.graph.retry import Halted

        self.stopped = ""
        with self._open(models, on_step) as (context, saver, limits):
            graph = build_graph().compile(checkpointer=saver)
            known = graph.get_state(_THREAD)
            given: Any = self.first_state()
            if answer is not None:
                if not known.interrupts:
                    raise StoreError(
                        f"The run in {self.folder} waits for no answer.",
                        "Resume it without one; `triptych redo` makes a part of a finished run "
                        "again.",
                    )
                check_answer(known.interrupts[0].value, answer)
            if known.created_at is not None:
                context.tracer.note("resume", "campaign", message=_RESUMED[answer is not None])
                given = Command(resume=answer) if answer is not None else None
                plan = known.values.get("plan", self.plan)
                context.scorer.rate = plan.false_rejection_rate if plan else context.scorer.rate
            asked = self.settings.model_dump(mode="json")
            with context.tracer.span("workflow", "campaign", inputs=asked) as span:
                if known.created_at is None:
                    self._adopt(context.tracer)
                if answer is not None:
                    what = known.interrupts[0].value["what"]
                    context.tracer.note("approval", what, outputs={"answer": answer})
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
                    yield from self._told(parts, context.tracer, span)
                except Halted as halted:
                    raise halted.error from halted
                except GraphDrained as drained:
                    self.stopped = drained.reason
                    span.status, span.message = "interrupted", f"stopped: {drained.reason}"
                    return
                finally:
                    limits.stop("the stream was closed")  # else closing waits for the whole step
                    parts.close()  # type: ignore[attr-defined]
                state = graph.get_state(_THREAD)
                self.learn(state.values)
                if not state.next:
                    self.finish(context, span)
            if not state.next:
                self.view()

    @contextmanager
    def session(
        self, models: Models, on_step: Progress | None = None
    ) -> Iterator[tuple[Context, Limits]]:
        """What the graph's nodes work with, and the run's limits, for as long as the block lasts.

        Raises `StoreError` if another process works on the run, or the disk is nearly full.
        """
        from triptych.alignment.calibration import load_calibration
        from triptych.alignment.scoring import AlignmentScorer
        from triptych.graph.state import Context
        from triptych.runs.limits import Limits, cost_so_far
        from triptych.runs.lock import held
        from triptych.runs.ready import ready
        from triptych.tracing.sessions import session_tracer
        from triptych.tracing.traced_models import watched

        store = Store(self.folder)
        store.check_space()
        ready(models)
        calibration = load_calibration(models.clip_folder, models.clip)
        rate = self.plan.false_rejection_rate if self.plan else 0.05
        path = self.folder / "trace.jsonl"
        with (
            held(self.folder, SETTINGS),
            session_tracer(path, self.folder.resolve().name) as tracer,
        ):
            self._limits = limits = Limits(*self._most(), cost_so_far(path))
            tracer.listen(limits.hear)
            traced, steps = watched(models, tracer), self.settings.steps
            scorer = AlignmentScorer(traced.clip, calibration, rate)
            yield Context(traced, store, tracer, scorer, steps, limits.watching(on_step)), limits

    @contextmanager
    def _open(
        self, models: Models, on_step: Progress | None
    ) -> Iterator[tuple[Context, BaseCheckpointSaver, Limits]]:
        """A session with the run folder's own checkpoints."""
        from triptych.runs.checkpoints import checkpointer

        with (
            self.session(models, on_step) as (context, limits),
            checkpointer(self.folder) as saver,
        ):
            yield context, saver, limits

    def _most(self) -> tuple[float | None, float | None]:
        """Seconds that a session may take and dollars that the run may cost."""
        settings, budget = self.settings, (self.plan.brief if self.plan else self.brief).budget
        return (
            budget.seconds if settings.max_seconds is None else settings.max_seconds,
            budget.cost if settings.max_cost is None else settings.max_cost,
        )

    def stop(self, reason: str = "on request") -> None:
        """End the session that is being streamed, from any thread, at its next denoising step."""
        if self._limits is not None:
            self._limits.stop(reason)

    def run(self, models: Models, on_step: Progress | None = None) -> dict[str, Any]:
        """Run to the end (or to a question) and return the manifest so far."""
        for _ in self.stream(models, on_step):
            pass
        return self.manifest()

    def redo(
        self,
        models: Models,
        deliverable: str,
        part: Part,
        reason: str,
        on_step: Progress | None = None,
    ) -> DeliverableResult:
        """Make one part of a finished deliverable again, and what is made from it; no other.

        Args:
            models: of the run's profile.
            deliverable: its id.
            part: copy, image or clip.
            reason: what was wrong, in words that the next attempt is given.
            on_step: told of denoising steps.

        Stopped like `stream`, it leaves the run as it was; `stopped` says why.

        Raises:
            StoreError: if the run is not finished or has no such deliverable or part.
            TriptychError: if a step fails for good; the run is as it was.
        """
        from langgraph.errors import GraphDrained

        from triptych.domain import Again
        from triptych.graph.build import build_deliverable, build_graph
        from triptych.graph.person import begun_again
        from triptych.graph.retry import Halted

        self.stopped = ""
        with self._open(models, on_step) as (context, saver, limits):
            graph = build_graph().compile(checkpointer=saver)
            known = graph.get_state(_THREAD)
            self.plan, self.results = known.values.get("plan"), known.values.get("results", {})
            if self.plan is None or known.next:
                raise StoreError(
                    f"The run in {self.folder} is not finished.",
                    f"`triptych resume {self.folder}` goes on; while it waits for approval, "
                    f'`triptych resume {self.folder} --redo {deliverable}/{part} --reason "…"`.',
                )
            asked = Again(deliverable=deliverable, part=part, reason=reason)
            begin = begun_again(self.plan, self.results, self.settings.seed, asked)
            context.scorer.rate = self.plan.false_rejection_rate
            told = asked.model_dump(mode="json", exclude_defaults=True)
            with context.tracer.span("workflow", "redo", inputs=told) as span:
                try:
                    made = build_deliverable().compile()
                    done = made.invoke(begin, context=context, control=limits.control)
                except Halted as halted:
                    raise halted.error from halted
                except GraphDrained as drained:
                    self.stopped = drained.reason
                    span.status, span.message = "interrupted", f"stopped: {drained.reason}"
                    return self.results[deliverable]
                chosen = done["results"][deliverable]
                update = {"results": {deliverable: chosen}}
                graph.update_state(_THREAD, update, as_node="approve_results")
                self.results = {**self.results, deliverable: chosen}
                self.finish(context, span)
            self.view()
        return chosen

    def manifest(self) -> dict[str, Any]:
        """What `campaign.json` holds: plan, results, spend, files."""
        from triptych.runs.limits import spent_on_plans

        planned = spent_on_plans(self.folder / "trace.jsonl")
        spend = sum((spend_of(result) for result in self.results.values()), planned)
        return {
            "version": 1,
            "run": self.folder.name,
            "settings": self.settings.model_dump(mode="json"),
            "brief": self.brief.model_dump(mode="json"),
            "plan": self.plan.model_dump(mode="json") if self.plan else None,
            "results": {k: r.model_dump(mode="json") for k, r in sorted(self.results.items())},
            "spend": spend.model_dump(mode="json"),
        }

    def first_state(self) -> dict[str, Any]:
        """What the graph begins with."""
        state: dict[str, Any] = {
            "brief": self.brief,
            "search": self.settings.search,
            "seed": self.settings.seed,
            "false_rejection_rate": self.settings.false_rejection_rate,
            "approve": self.settings.approve,
            "results": {},
        }
        state |= {"kept": self.kept} if self.kept else {}
        return state | ({"plan": self.plan} if self.plan else {})

    def _adopt(self, tracer: Tracer) -> None:
        """Tell the trace of what a forked run starts with, so that its lineages are whole."""
        for found in self.kept.values():
            for made in (found.copy_made, found.image):
                if made is not None:
                    content = made.model_dump(mode="json")
                    tracer.note("tool", "adopt", outputs=content, message=made.notes[-1])

    def _told(self, parts: Any, tracer: Tracer, span: Span) -> Iterator[dict[str, Any]]:
        """What the graph streams, in the words of `stream`."""
        for _, update in parts:
            for node, values in update.items():
                if node == "__interrupt__":
                    what = values[0].value["what"]
                    span.status, span.message = "interrupted", f"waits: approve {what}"
                    said = {"status": "interrupted", "message": "waits for a person"}
                    tracer.note("approval", what, **said)
                    yield {"interrupt": values[0].value}
                    continue
                yield {"node": node, "deliverable": _whose(values or {}), "update": values or {}}

    def learn(self, values: Mapping[str, Any]) -> None:
        """Take plan and results from the graph's state, and write the plan down."""
        self.plan = values.get("plan", self.plan)
        self.results = values.get("results", {})
        if self.plan:
            write_whole(self.folder / "plan.yaml", to_yaml(self.plan).encode())

    def finish(self, context: Context, span: Span) -> None:
        """Write the manifest, the vectors and the report of plan and results."""
        from triptych.runs.report import render_report
        from triptych.runs.vectors import keep_vectors

        manifest = self.manifest()
        text = json.dumps(manifest, indent=2, ensure_ascii=False)
        write_whole(self.folder / MANIFEST, text.encode())
        keep_vectors(self.folder, context, self.results.values())
        with context.tracer.span("tool", "report"):
            write_whole(self.folder / "report.html", render_report(self.folder).encode())
        span.outputs = {"results": {name: r.status for name, r in self.results.items()}}
        span.spend = Spend.model_validate(manifest["spend"])

    def view(self) -> None:
        """Write the trace's page, when the trace tells of the run's end."""
        from triptych.tracing.viewer import write_viewer

        write_viewer(self.folder)


def spend_of(result: DeliverableResult) -> Spend:
    """What all attempts of a deliverable cost; a part kept over attempts counts once."""
    parts = {}
    for attempt in result.attempts:
        for made in (attempt.copy_made, attempt.image, attempt.clip):
            if made is not None:
                parts[made.part, made.attempt] = made.spend
    return sum(parts.values(), Spend())


def _whose(update: dict[str, Any]) -> str | None:
    """The id of the deliverable that a step worked on; None for steps of the whole campaign."""
    made = (update.get(key) for key in ("copy_made", "image", "clip"))
    ids = [one.deliverable for one in made if one is not None]
    return next(iter([*ids, *update.get("results", {})]), None)
