"""The command line: thin, quiet when piped, and heavy imports only inside commands."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from triptych.commands.about import doctor, graph, profiles
from triptych.commands.brief import brief_app
from triptych.commands.data import data_app
from triptych.commands.evaluate import eval_app, rate_app
from triptych.commands.exits import EXIT_CODES, Exit, for_people
from triptych.commands.trace import trace_app
from triptych.commands.train import train_app
from triptych.errors import TriptychError
from triptych.safe_text import visible

if TYPE_CHECKING:
    from triptych.domain import Brief, CampaignPlan
    from triptych.runs.campaign import RunSettings
    from triptych.runs.estimate import Estimate

app = typer.Typer(
    name="triptych",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(brief_app, name="brief")
app.add_typer(data_app, name="data")
app.add_typer(train_app, name="train")
app.add_typer(eval_app, name="eval")
app.add_typer(rate_app, name="rate")
app.add_typer(trace_app, name="trace")

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Run = Annotated[Path, typer.Argument(help="A run folder.")]
Profile = Annotated[str, typer.Option(help="Which models; see `triptych profiles`.")]
Set = Annotated[
    list[str] | None, typer.Option("--set", help="Override a profile, as in image.steps=20.")
]
Seed = Annotated[
    int, typer.Option(min=0, max=2**63 - 1, help="The same seed gives the same campaign.")
]
Steps = Annotated[int | None, typer.Option(min=1, max=1000, help="Denoising steps.")]
MaxSeconds = Annotated[
    float | None, typer.Option(min=0, help="Stop this session after so long; resumable.")
]
MaxCost = Annotated[
    float | None, typer.Option(min=0, help="Stop when the run cost so many dollars; resumable.")
]


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"triptych {version('triptych')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", help="Say which version this is.", callback=_tell_version,
                     is_eager=True),
    ] = False,
) -> None:  # fmt: skip
    """Agents that make a campaign whose words, picture and film say the same thing."""


@app.command(epilog=EXIT_CODES)
@for_people
def run(
    context: typer.Context,
    source: Annotated[str | None, typer.Argument(help="A brief, a plan, or one sentence.")] = None,
    out: Annotated[Path, typer.Option(help="Run folder, new or empty.")] = Path("campaign"),
    profile: Profile = "starter",
    seed: Seed = 0,
    steps: Steps = None,
    candidates: Annotated[int | None, typer.Option(min=1, max=64)] = None,
    strategy: Annotated[str | None, typer.Option(help="How the critic searches.")] = None,
    budget: Annotated[int | None, typer.Option(min=1, help="Denoiser evaluations.")] = None,
    threshold: Annotated[
        float | None, typer.Option(min=0.001, max=0.5, help="Share of true pairs to refuse.")
    ] = None,
    max_seconds: MaxSeconds = None,
    max_cost: MaxCost = None,
    approve: Annotated[
        bool, typer.Option("--approve", help="Ask a person after the plan and before finishing.")
    ] = False,
    origin: Annotated[
        Path | None, typer.Option("--from", help="Fork this run: go on from its plan or parts.")
    ] = None,
    until: Annotated[
        Literal["plan", "copy", "image"], typer.Option(help="What a fork keeps of --from.")
    ] = "copy",
    overrides: Set = None,
    as_json: Json = False,
) -> None:
    """Make a campaign from a brief, or fork one: --from RUN keeps its first steps."""
    from triptych.briefs import read_brief_or_plan
    from triptych.commands.progress import follow
    from triptych.domain import CampaignPlan, SearchChoice
    from triptych.methods.table import method_of
    from triptych.runs.campaign import Campaign, RunSettings
    from triptych.runs.ready import ready

    if origin is None and "until" in _given(context):
        raise TriptychError("--until says what a fork keeps.", "Name the run to fork with --from.")
    if source is None and origin is None:
        raise TriptychError("There is no brief.", "Name a file, a sentence, or a run with --from.")
    asked = None if source is None else read_brief_or_plan(source)
    before = None
    if origin is not None:
        from triptych.runs.fork import plan_for_fork

        old = Campaign.open(origin)
        before, asked = old.settings, plan_for_fork(old, asked)
    assert asked is not None, "a brief or plan was given, or one found in the forked run"
    method = method_of(profile)
    search = SearchChoice() if method is None else method.search
    search = asked.search if isinstance(asked, CampaignPlan) else search
    changed = {"candidates": candidates, "strategy": strategy}
    search = _changed(search, {k: v for k, v in changed.items() if v is not None})
    settings = _changed(
        RunSettings(),
        {
            "profile": profile,
            "overrides": tuple(overrides or ()),
            "seed": seed,
            "steps": steps,
            "approve": approve,
            "search": search,
            "false_rejection_rate": threshold,
            "max_seconds": max_seconds,
            "max_cost": max_cost,
        },
    )
    if before is not None:  # what was not asked for is as in the forked run
        told = {"profile", "seed", "steps", "approve", "overrides"} - _given(context)
        settings = settings.model_copy(update={name: getattr(before, name) for name in told})
    models = _models(settings)
    asked = _with_budget(asked, budget, method.attempts if method else None)
    if isinstance(asked, CampaignPlan):
        asked = _changed(asked, {"search": search})
        if threshold is not None:
            asked = _changed(asked, {"false_rejection_rate": threshold})
    _announce(asked, settings, models, as_json)
    ready(models)
    if origin is not None:
        from triptych.runs.fork import fork

        assert isinstance(asked, CampaignPlan), "a fork goes on with a plan"
        follow(fork(origin, until, asked, out, settings), models, as_json)
    else:
        follow(Campaign.start(asked, out, settings), models, as_json)


@app.command()
@for_people
def plan(
    source: Annotated[str | None, typer.Argument(help="A brief or one sentence.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output")] = None,
    origin: Annotated[
        Path | None, typer.Option("--from", help="Plan anew, told what this run's critic refused.")
    ] = None,
    profile: Profile = "starter",
    seed: Seed = 0,
    steps: Steps = None,
    overrides: Set = None,
    as_json: Json = False,
) -> None:
    """Write the plan of a brief, to edit and run; says what running it will cost."""
    from triptych.briefs import read_brief_or_plan, to_yaml
    from triptych.domain import CampaignPlan
    from triptych.runs.campaign import Campaign, RunSettings
    from triptych.runs.fork import criticism
    from triptych.store import write_whole

    settings = RunSettings(
        profile=profile, overrides=tuple(overrides or ()), seed=seed, steps=steps
    )
    old = None if origin is None else Campaign.open(origin)
    refused = [] if old is None else criticism(old.folder)
    if source is not None:
        asked = read_brief_or_plan(source)
    elif old is not None:
        asked = old.brief
    else:
        raise TriptychError("There is no brief.", "Name a file, a sentence, or a run with --from.")
    models = _models(settings)
    _estimated(asked, settings, models)  # a budget that pays for nothing pays for no plan either
    made = asked if isinstance(asked, CampaignPlan) else _draft(asked, settings, models, refused)
    if output:
        write_whole(output, to_yaml(made).encode())
    if as_json:
        typer.echo(made.model_dump_json(indent=2))
    elif not output:
        typer.echo(to_yaml(made))
    _announce(made, settings.model_copy(update={"search": made.search}), models, as_json)


@app.command(epilog=EXIT_CODES)
@for_people
def resume(
    folder: Run,
    accept: Annotated[bool, typer.Option("--accept", help="Accept what waits.")] = False,
    pick: Annotated[
        list[str] | None, typer.Option(help="Take another attempt, as in body=2.")
    ] = None,
    edit: Annotated[
        str | None, typer.Option(help="An edited plan, or one's own copy, as in body=copy.txt.")
    ] = None,
    redo: Annotated[
        str | None, typer.Option(help="Make it again: `plan`, or one asset, as in body/image.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="What was wrong with it.")] = None,
    max_seconds: MaxSeconds = None,
    max_cost: MaxCost = None,
    as_json: Json = False,
) -> None:
    """Go on with a run that was stopped, killed, or waits for approval."""
    from triptych.commands.progress import answer_from, follow
    from triptych.runs.campaign import Campaign

    answer = answer_from(accept, edit, pick, redo, reason)
    campaign = _limited(Campaign.open(folder), max_seconds, max_cost)
    follow(campaign, _models(campaign.settings), as_json, answer)


@app.command(epilog=EXIT_CODES)
@for_people
def redo(
    folder: Run,
    asset: Annotated[str, typer.Argument(help="DELIVERABLE/PART, as in body/image.")],
    reason: Annotated[str, typer.Option(help="What was wrong with it.")],
    max_seconds: MaxSeconds = None,
    max_cost: MaxCost = None,
    as_json: Json = False,
) -> None:
    """Make one asset of a finished run again, for a reason; the rest stays untouched."""
    from triptych.commands.progress import Progress, asset_of, end_if_stopped, stopped_by_ctrl_c
    from triptych.runs.campaign import Campaign

    deliverable, part = asset_of(asset)
    campaign = _limited(Campaign.open(folder), max_seconds, max_cost)
    models, goes_on = _models(campaign.settings), "The run is as it was."
    with Progress(as_json) as progress, stopped_by_ctrl_c(campaign, progress, goes_on) as pressed:
        result = campaign.redo(models, deliverable, part, reason, progress.on_step)
    end_if_stopped(campaign, pressed, goes_on)
    typer.echo(result.model_dump_json(indent=2) if as_json else f"{asset}: {result.status}")
    if not as_json:
        typer.echo(folder / "report.html")
    if result.status != "passed":
        raise typer.Exit(Exit.NOT_PASSED)


@app.command()
@for_people
def show(folder: Run, as_json: Json = False) -> None:
    """Tell what a run made and how it was judged."""
    from triptych.errors import StoreError
    from triptych.runs.report import damaged_assets, read_manifest

    manifest = read_manifest(folder)
    _tell(folder, manifest, as_json)
    damaged = damaged_assets(folder, manifest)
    if damaged:
        raise StoreError(
            f"Missing or damaged in {folder}: {', '.join(damaged)}.",
            f"Restore it; or delete {folder / 'checkpoint.sqlite'} and `triptych resume {folder}`: "
            "it is made again.",
        )


def _tell(folder: Path, manifest: dict[str, Any], as_json: bool) -> None:
    """Print a finished run."""
    if as_json:
        typer.echo(json.dumps(manifest, indent=2))
        return
    typer.echo(visible(manifest["plan"]["key_message"]))
    for name, result in manifest["results"].items():
        typer.echo(f"\n{name}: {result['status']}, {len(result['attempts'])} attempt(s)")
        best = result["best"]
        if not best:
            typer.echo(f"  {visible(result['message'])}")
            continue
        typer.echo(f"  {visible(best['copy_made']['copy_text'])}")
        for part in ("image", "clip"):
            if best[part]:
                typer.echo(f"  {part}: {folder / best[part]['asset']['path']}")
        for score in best["verdict"]["scores"]:
            typer.echo(
                f"  {score['pair']}: cosine {score['cosine']:.3f}, needs {score['threshold']:.3f}"
            )
        if best["verdict"]["reason"]:
            typer.echo(f"  {visible(best['verdict']['reason'])}")


for _command in (graph, profiles, doctor):
    app.command()(_command)


def _models(settings: RunSettings) -> Any:
    from triptych.methods.load import load_models

    models = load_models(settings.profile, settings.overrides)
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
    if not models.settings.fetch:  # a download's progress is of interest, a load's is noise
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    return models


def _limited(campaign: Any, max_seconds: float | None, max_cost: float | None) -> Any:
    """A run with other limits for this session, where some were given."""
    limits = {"max_seconds": max_seconds, "max_cost": max_cost}
    told = {name: value for name, value in limits.items() if value is not None}
    campaign.settings = _changed(campaign.settings, told)
    return campaign


def _given(context: typer.Context) -> set[str]:
    """The options that the user wrote, by parameter."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name for name, source in sources.items() if source and source.name != "DEFAULT"}


def _changed(record: Any, changes: dict[str, Any]) -> Any:
    """A record with some fields changed, validated anew."""
    from triptych.briefs import parse

    return parse(type(record), {**record.model_dump(mode="json"), **changes}, "the options")


def _draft(brief: Any, settings: RunSettings, models: Any, refused: Any = ()) -> CampaignPlan:
    from triptych.agents.planner import PlannerAgent
    from triptych.runs.ready import ready

    ready(models, ("planner",))
    agent = PlannerAgent(models.planner, models.unknown_words(brief))
    return agent(brief, refused, settings.search, settings.seed)[0]


def _with_budget(asked: Any, nfe: int | None, most_attempts: int | None = None) -> Any:
    """A brief or plan with another budget of denoiser evaluations, and no more attempts."""
    if hasattr(asked, "brief"):
        return _changed(asked, {"brief": _with_budget(asked.brief, nfe, most_attempts)})
    changes = {} if nfe is None else {"nfe": nfe}
    if most_attempts is not None:
        changes["attempts"] = min(asked.budget.attempts, most_attempts)
    return _changed(asked, {"budget": _changed(asked.budget, changes)}) if changes else asked


def _announce(
    asked: Brief | CampaignPlan, settings: RunSettings, models: Any, as_json: bool
) -> None:
    """Say what it will cost and what the models do not know; raises if it is more than allowed."""
    from triptych.domain import CampaignPlan

    found = _estimated(asked, settings, models)
    if as_json:
        typer.echo(found.model_dump_json(), err=True)
        return
    notes = asked.notes if isinstance(asked, CampaignPlan) else (models.unknown_words(asked),)
    for note in filter(None, notes):
        typer.secho(f"Note: {visible(note)}", fg="yellow", err=True)
    typer.echo(found.told(), err=True)


def _estimated(asked: Brief | CampaignPlan, settings: RunSettings, models: Any) -> Estimate:
    """What it will cost. Raises `BudgetError` if that is more than the user or brief allows."""
    from triptych.domain import CampaignPlan
    from triptych.runs.estimate import check_limits, estimate

    steps = settings.steps
    each = (steps or models.steps("image"), steps or models.steps("clip"))
    found = estimate(asked, settings.search, each, models.settings)
    budget = asked.brief.budget if isinstance(asked, CampaignPlan) else asked.budget
    check_limits(found, budget, settings.max_seconds, settings.max_cost)
    return found
