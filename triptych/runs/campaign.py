"""A campaign and its run folder: begun whole, opened again, and finished with a report."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pydantic import TypeAdapter

from triptych.brands.kit import FILE
from triptych.briefs import mapping_in, parse, to_yaml
from triptych.domain import Brief, CampaignPlan, CreativeSet, DeliverableResult, Kept, Spend
from triptych.errors import BriefError, StoreError
from triptych.run_files import is_there
from triptych.run_folder import BRIEF, KEPT, MANIFEST, PLAN, REPORT, SETTINGS, SIGNATURE, TRACE
from triptych.runs.carried import KEPT_ALONE, file_keeper
from triptych.runs.folder import check_name, take_folder
from triptych.runs.manifest import Manifest
from triptych.runs.settings import RunSettings
from triptych.runs.signature import sign
from triptych.store import write_whole

if TYPE_CHECKING:
    from triptych.graph.state import CampaignState, CampaignUpdate, Context
    from triptych.runs.limits import Limits
    from triptych.tracing.work import WorkflowEvent

_KEPT: TypeAdapter[dict[str, Kept]] = TypeAdapter(dict[str, Kept])


@dataclass
class Campaign:
    """A run and its folder. `runs.stream` runs it, with the models of its profile.

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
    results: dict[str, DeliverableResult] = field(default_factory=dict[str, DeliverableResult])
    kept: dict[str, Kept] = field(default_factory=dict[str, Kept])
    """Of a forked run: what was taken over, by deliverable."""
    creatives: CreativeSet = field(default_factory=CreativeSet)
    stopped: str = ""
    """Why the last session ended before the run did; empty if it ended by itself."""
    limits: Limits | None = None
    """Of the session that goes on."""

    @classmethod
    def start(
        cls,
        source: Brief | CampaignPlan,
        folder: Path,
        settings: RunSettings | None = None,
        kept: Mapping[str, Kept] | None = None,
        assets: Mapping[str, bytes] | None = None,
    ) -> Campaign:
        """Begin a run in a new or empty folder.

        Args:
            source: what it is about.
            folder: of the run.
            settings: how it is started.
            kept: parts that it takes over, by deliverable.
            assets: the files of these, by their path in the folder.

        Raises:
            BriefError: if a channel is no placement, or a file that is named is not there or not
                what its name says.
            StoreError: if the folder holds anything.
        """
        settings = settings or RunSettings()
        files: dict[str, bytes] = {}
        # Placements by their names, and every file that it names by its content.
        keeper = {FILE: file_keeper(files)}
        source = parse(type(source), source.model_dump(), "the source", context=keeper)
        brief = source.brief if isinstance(source, CampaignPlan) else source
        plan = source if isinstance(source, CampaignPlan) else None
        settings = settings.model_copy(update={"started": time.time()})
        files = {**files, **(assets or {}), BRIEF: to_yaml(brief).encode()}
        if plan:
            files[PLAN] = to_yaml(plan).encode()
        if kept:
            files[KEPT] = _KEPT.dump_json(dict(kept))
        signature = sign(settings)
        if signature:
            files[SIGNATURE] = signature
        files[SETTINGS] = settings.model_dump_json(indent=2).encode()  # last: now it can be resumed
        take_folder(folder, files)
        return cls(folder, settings, brief, plan, kept=dict(kept or {}))

    @classmethod
    def open(cls, folder: Path) -> Campaign:
        """A run that was begun. Raises `StoreError` if the folder holds none, or a damaged one."""
        check_name(folder)
        if not is_there(folder, SETTINGS):
            raise StoreError(f"{folder} is not a run folder.", "`triptych run` makes one.")
        try:
            settings = parse(RunSettings, mapping_in(folder, SETTINGS), SETTINGS)
            brief = parse(Brief, mapping_in(folder, BRIEF), BRIEF, context=KEPT_ALONE)
            plan = None
            if is_there(folder, PLAN):
                mapping = mapping_in(folder, PLAN)
                plan = parse(CampaignPlan, mapping, PLAN, context=KEPT_ALONE)
            kept = {}
            if is_there(folder, KEPT):
                entries = mapping_in(folder, KEPT)
                kept = {name: parse(Kept, one, KEPT) for name, one in entries.items()}
        except BriefError as error:
            raise StoreError(
                f"The run in {folder} is damaged: {error.message}",
                "Restore that file, or begin the campaign again in another folder.",
            ) from error
        return cls(folder, settings, brief, plan, kept=kept)

    def first_state(self) -> CampaignState:
        """What the graph begins with."""
        state: CampaignUpdate = {
            "brief": self.brief,
            "search": self.settings.search,
            "seed": self.settings.seed,
            "false_rejection_rate": self.settings.false_rejection_rate,
            "approve": self.settings.approve,
            "results": {},
        }
        if self.kept:
            state["kept"] = self.kept
        if self.plan:
            state["plan"] = self.plan
        return cast("CampaignState", state)  # the planner adds the plan

    def stop(self, reason: str = "on request") -> None:
        """End the session that goes on, from any thread, at its next denoising step."""
        if self.limits is not None:
            self.limits.stop(reason)

    def manifest(self) -> Manifest:
        """What `campaign.json` holds: plan, results, spend, files."""
        from triptych.runs.limits import spent_on_plans
        from triptych.tracing.events import read_trace

        events = read_trace(self.folder / TRACE) if is_there(self.folder, TRACE) else []
        return Manifest(
            run=self.folder.resolve().name,
            settings=self.settings,
            brief=self.brief,
            plan=self.plan,
            results=dict(sorted(self.results.items())),
            creatives=self.creatives,
            spend=sum(
                (spend_of(result) for result in self.results.values()), spent_on_plans(events)
            ),
        )

    def learn(self, values: Mapping[str, object]) -> None:
        """Take plan and results from the graph's state, and write the plan down."""
        state = cast("CampaignUpdate", values)
        self.plan = state.get("plan", self.plan)
        self.results = state.get("results", {})
        self.creatives = state.get("creatives", CreativeSet())
        if self.plan:
            write_whole(self.folder / PLAN, to_yaml(self.plan).encode())

    def finish(self, context: Context, span: WorkflowEvent) -> None:
        """Write the export, the vectors, the report and the manifest of plan and results."""
        from triptych.runs.export import export_run
        from triptych.runs.report import render_report
        from triptych.runs.vectors import keep_vectors
        from triptych.tracing.records import Writing
        from triptych.tracing.work import WorkflowOutputs

        manifest = self.manifest()
        if manifest.creatives.creatives:
            export_run(self.folder, manifest)
        keep_vectors(self.folder, context, self.results.values())
        with context.tracer.span(Writing(name="report")):
            write_whole(self.folder / REPORT, render_report(self.folder, manifest).encode())
        # last: where it tells of a result, all else does
        write_whole(self.folder / MANIFEST, manifest.model_dump_json(indent=2).encode())
        span.outputs = WorkflowOutputs(
            results={name: result.status for name, result in self.results.items()}
        )
        span.spend = manifest.spend

    def view(self) -> None:
        """Write the trace's page, when the trace tells of the run's end."""
        from triptych.tracing.viewer import write_viewer

        write_viewer(self.folder)


def spend_of(result: DeliverableResult) -> Spend:
    """What all attempts of a deliverable cost; a part kept over attempts counts once."""
    parts = (part for attempt in result.attempts for part in attempt.parts.values())
    spends = {(part.part, part.attempt): part.spend for part in parts}
    return sum(spends.values(), Spend())
