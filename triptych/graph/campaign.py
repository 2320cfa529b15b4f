"""Running a campaign: from a brief or plan to a finished run folder, and back into one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from triptych.briefs import parse, read_mapping, to_yaml
from triptych.domain import Brief, CampaignPlan, Record, SearchChoice, Spend
from triptych.errors import StoreError
from triptych.graph.persistence import checkpointer
from triptych.store import Store, write_whole

if TYPE_CHECKING:
    from triptych.generators.protocols import Models, Progress
    from triptych.graph.state import DeliverableResult

MANIFEST, SETTINGS = "campaign.json", "run.json"


class RunSettings(Record):
    """How a run was started: enough to resume and to repeat it."""

    version: int = 1
    profile: str = "starter"
    overrides: tuple[str, ...] = ()
    seed: int = 0
    steps: int = 50
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
        return cls(folder, settings, brief, plan)

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

        from triptych.alignment.calibration import load_calibration
        from triptych.alignment.scoring import AlignmentScorer
        from triptych.graph.build import build_graph
        from triptych.graph.state import Context
        from triptych.tracing.events import Tracer

        store = Store(self.folder)
        store.check_space()
        tracer = Tracer(self.folder / "trace.jsonl", self.folder.name)
        calibration = load_calibration(models.clip_folder, models.clip)
        rate = self.plan.false_rejection_rate if self.plan else 0.05
        scorer = AlignmentScorer(models.clip, calibration, rate)
        context = Context(models, store, tracer, scorer, self.settings.steps, on_step)
        config: Any = {"configurable": {"thread_id": "campaign"}}
        try:
            with checkpointer(self.folder) as saver, tracer.span("workflow", "campaign") as span:
                graph = build_graph().compile(checkpointer=saver)
                known = graph.get_state(config)
                given: Any = self._first_state()
                if known.created_at is not None:
                    tracer.note("resume", "campaign")
                    given = Command(resume=answer) if answer is not None else None
                parts = graph.stream(
                    given,
                    config,
                    context=context,
                    stream_mode="updates",
                    subgraphs=True,
                    durability="sync",
                )
                for path, update in parts:
                    yield from self._told(path, update)
                state = graph.get_state(config)
                self.plan = state.values.get("plan", self.plan)
                self.results = state.values.get("results", {})
                if self.plan:
                    write_whole(self.folder / "plan.yaml", to_yaml(self.plan).encode())
                if not state.next:
                    self._finish(span)
        finally:
            tracer.close()

    def run(self, models: Models, on_step: Progress | None = None) -> dict[str, Any]:
        """Run to the end (or to a question) and return the manifest so far."""
        for _ in self.stream(models, on_step):
            pass
        return self.manifest()

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
        return state | ({"plan": self.plan} if self.plan else {})

    def _told(self, path: Any, update: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for node, values in update.items():
            if node == "__interrupt__":
                yield {"interrupt": values[0].value}
                continue
            deliverable = None
            for key in ("copy_made", "image", "clip"):
                made = (values or {}).get(key)
                deliverable = made.deliverable if made is not None else deliverable
            yield {"node": node, "deliverable": deliverable, "update": values or {}}

    def _finish(self, span: Any) -> None:
        from triptych.report import render_report

        manifest = self.manifest()
        text = json.dumps(manifest, indent=2, ensure_ascii=False)
        write_whole(self.folder / MANIFEST, text.encode())
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
