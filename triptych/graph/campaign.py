"""Running a campaign: from a brief or plan to a finished run folder, and back into one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from triptych.briefs import parse, read_mapping, to_yaml
from triptych.domain import (
    Brief,
    CampaignPlan,
    Candidate,
    Feedback,
    Part,
    Record,
    SearchChoice,
    Spend,
)
from triptych.errors import StoreError
from triptych.store import Store, write_whole

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

    from triptych.generators.protocols import Models, Progress
    from triptych.graph.state import Attempt, Context, DeliverableResult, Kept
    from triptych.tracing.events import Span, Tracer

_THREAD: Any = {"configurable": {"thread_id": "campaign"}}
MANIFEST, SETTINGS, KEPT = "campaign.json", "run.json", "kept.json"
_RESUMED = {True: "goes on after an answer", False: "goes on where it was stopped"}


class RunSettings(Record):
    """How a run was started: enough to resume and to repeat it."""

    version: int = 1
    profile: str = "starter"
    overrides: tuple[str, ...] = ()
    seed: int = 0
    steps: int | None = None
    """Denoising steps; the profile's own where it is None."""
    approve: bool = False
    search: SearchChoice = SearchChoice()
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

    @classmethod
    def start(
        cls, source: Brief | CampaignPlan, folder: Path, settings: RunSettings | None = None
    ) -> Campaign:
        """Begin a run in a new or empty folder. Raises `StoreError` if it holds anything."""
        settings = settings or RunSettings()
        try:
            taken = folder.exists() and any(folder.iterdir())
        except OSError as error:
            raise StoreError(f"{folder} cannot be used: {error.strerror}.") from error
        if taken:
            hint = "`triptych resume` it, or" if (folder / SETTINGS).exists() else "Please"
            raise StoreError(f"{folder} is not empty.", f"{hint} choose another --out.")
        Store(folder).check_space()
        brief = source.brief if isinstance(source, CampaignPlan) else source
        plan = source if isinstance(source, CampaignPlan) else None
        settings = settings.model_copy(update={"started": time.time()})
        run = cls(folder, settings, brief, plan)
        write_whole(folder / "brief.yaml", to_yaml(brief).encode())
        if plan:
            write_whole(folder / "plan.yaml", to_yaml(plan).encode())
        write_whole(folder / SETTINGS, settings.model_dump_json(indent=2).encode())
        return run

    @classmethod
    def open(cls, folder: Path) -> Campaign:
        """A run that was begun. Raises `StoreError` if the folder holds none."""
        if not (folder / SETTINGS).is_file():
            raise StoreError(f"{folder} is not a run folder.", "`triptych run` makes one.")
        settings = parse(RunSettings, read_mapping(folder / SETTINGS), str(folder / SETTINGS))
        brief = parse(Brief, read_mapping(folder / "brief.yaml"), str(folder / "brief.yaml"))
        plan = None
        if (folder / "plan.yaml").exists():
            plan = parse(CampaignPlan, read_mapping(folder / "plan.yaml"), "plan.yaml")
        run = cls(folder, settings, brief, plan)
        if (folder / KEPT).exists():
            from triptych.graph.state import Kept

            found = read_mapping(folder / KEPT)
            run.kept = {name: parse(Kept, one, KEPT) for name, one in found.items()}
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
        """
        from langgraph.types import Command

        from triptych.graph.build import build_graph

        with self._open(models, on_step) as (context, saver):
            graph = build_graph().compile(checkpointer=saver)
            known = graph.get_state(_THREAD)
            given: Any = self._first_state()
            if known.created_at is not None:
                answered = known.interrupts and answer is not None
                context.tracer.note("resume", "campaign", message=_RESUMED[bool(answered)])
                given = Command(resume=answer) if answer is not None else None
            asked = self.settings.model_dump(mode="json")
            with context.tracer.span("workflow", "campaign", inputs=asked) as span:
                if known.created_at is None:
                    self._adopt(context.tracer)
                if known.interrupts and answer is not None:
                    what = known.interrupts[0].value["what"]
                    context.tracer.note("approval", what, outputs={"answer": answer})
                parts = graph.stream(
                    given,
                    _THREAD,
                    context=context,
                    stream_mode="updates",
                    subgraphs=True,
                    durability="sync",
                )
                for _, update in parts:
                    for told in self._told(update):  # type: ignore[arg-type]
                        if "interrupt" in told:
                            what = told["interrupt"]["what"]
                            span.status, span.message = "interrupted", f"waits: approve {what}"
                            context.tracer.note(
                                "approval", what, status="interrupted", message="waits for a person"
                            )
                        yield told
                state = graph.get_state(_THREAD)
                self.plan = state.values.get("plan", self.plan)
                self.results = state.values.get("results", {})
                if self.plan:
                    write_whole(self.folder / "plan.yaml", to_yaml(self.plan).encode())
                if not state.next:
                    self._finish(context.tracer, span)

    @contextmanager
    def _open(
        self, models: Models, on_step: Progress | None
    ) -> Iterator[tuple[Context, BaseCheckpointSaver]]:
        """Store, trace, critic and checkpoints of the run, for as long as the block lasts."""
        from triptych.alignment.calibration import load_calibration
        from triptych.alignment.scoring import AlignmentScorer
        from triptych.graph.persistence import checkpointer
        from triptych.graph.state import Context
        from triptych.graph.watched import watched
        from triptych.tracing.events import Tracer

        store = Store(self.folder)
        store.check_space()
        calibration = load_calibration(models.clip_folder, models.clip)
        rate = self.plan.false_rejection_rate if self.plan else 0.05
        tracer = Tracer(self.folder / "trace.jsonl", self.folder.resolve().name)
        traced = watched(models, tracer)
        scorer = AlignmentScorer(traced.clip, calibration, rate)
        context = Context(traced, store, tracer, scorer, self.settings.steps, on_step)
        try:
            with checkpointer(self.folder) as saver:
                yield context, saver
        finally:
            tracer.close()

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

        Raises:
            StoreError: if the run is not finished or has no such deliverable or part.
        """
        from triptych.graph.build import build_deliverable, build_graph
        from triptych.graph.nodes import begun

        with self._open(models, on_step) as (context, saver):
            graph = build_graph().compile(checkpointer=saver)
            state = graph.get_state(_THREAD).values
            self.plan, self.results = state.get("plan"), state.get("results", {})
            result = self.results.get(deliverable)
            if self.plan is None or result is None or result.best is None:
                known = ", ".join(sorted(self.results)) or "none yet"
                raise StoreError(
                    f"The run has no finished deliverable '{deliverable}'.", f"It has: {known}."
                )
            best = result.best
            made = {"copy": best.copy_made, "image": best.image, "clip": best.clip}
            if made[part] is None:
                raise StoreError(f"The deliverable '{deliverable}' has no {part}.")
            wanted = next(d for d in self.plan.deliverables if d.id == deliverable)
            first = self.results[self.plan.deliverables[0].id].best
            attempts = {
                name: max(one.attempt for a in result.attempts if (one := _part(a, name)))
                for name, found in made.items()
                if found is not None
            }
            told = Feedback(part=part, attempt=attempts[part], reason=reason)
            begin = begun(
                self.plan,
                wanted,
                self.settings.seed,
                None,
                lead=first.image.asset if first and first.image else None,
                feedback=[told],
            )
            begin |= {"begin": part, "attempt": attempts, "attempts": list(result.attempts)}
            begin |= {"copy_made": best.copy_made, "image": best.image, "clip": best.clip}
            asked = {"deliverable": deliverable, "part": part, "reason": reason}
            with context.tracer.span("workflow", "redo", inputs=asked) as span:
                done = build_deliverable().compile().invoke(begin, context=context)
                newest = done["results"][deliverable]
                chosen = newest.model_copy(
                    update={
                        "best": newest.attempts[-1],
                        "status": newest.attempts[-1].verdict.status,
                    }
                )
                update = {"results": {deliverable: chosen}}
                graph.update_state(_THREAD, update, as_node="approve_results")
                self.results = {**self.results, deliverable: chosen}
                self._finish(context.tracer, span)
        return chosen

    def manifest(self) -> dict[str, Any]:
        """What `campaign.json` holds: plan, results, spend, files."""
        spend = sum((spend_of(result) for result in self.results.values()), Spend())
        return {
            "version": 1,
            "run": self.folder.name,
            "settings": self.settings.model_dump(mode="json"),
            "brief": self.brief.model_dump(mode="json"),
            "plan": self.plan.model_dump(mode="json") if self.plan else None,
            "results": {k: r.model_dump(mode="json") for k, r in sorted(self.results.items())},
            "spend": spend.model_dump(mode="json"),
        }

    def _first_state(self) -> dict[str, Any]:
        state: dict[str, Any] = {
            "brief": self.brief,
            "search": self.settings.search,
            "seed": self.settings.seed,
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

    def _told(self, update: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for node, values in update.items():
            if node == "__interrupt__":
                yield {"interrupt": values[0].value}
                continue
            deliverable = None
            for key in ("copy_made", "image", "clip"):
                made = (values or {}).get(key)
                deliverable = made.deliverable if made is not None else deliverable
            yield {"node": node, "deliverable": deliverable, "update": values or {}}

    def _finish(self, tracer: Tracer, span: Span) -> None:
        from triptych.report import render_report

        manifest = self.manifest()
        text = json.dumps(manifest, indent=2, ensure_ascii=False)
        write_whole(self.folder / MANIFEST, text.encode())
        with tracer.span("tool", "report"):
            write_whole(self.folder / "report.html", render_report(self.folder).encode())
        span.outputs = {"results": {name: r.status for name, r in self.results.items()}}
        span.spend = Spend.model_validate(manifest["spend"])


def spend_of(result: DeliverableResult) -> Spend:
    """What all attempts of a deliverable cost; a part kept over attempts counts once."""
    parts = {}
    for attempt in result.attempts:
        for made in (attempt.copy_made, attempt.image, attempt.clip):
            if made is not None:
                parts[made.part, made.attempt] = made.spend
    return sum(parts.values(), Spend())


def _part(attempt: Attempt, part: str) -> Candidate | None:
    return {"copy": attempt.copy_made, "image": attempt.image, "clip": attempt.clip}[part]
