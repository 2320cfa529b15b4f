"""`triptych run`, `plan`, `resume`, `redo` and `show`: making campaigns and looking at them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from triptych.commands.exits import EXIT_CODES, Exit, for_people
from triptych.commands.options import (
    STRATEGIES,
    Json,
    MaxCost,
    MaxSeconds,
    Overrides,
    OwnProfile,
    ProfileName,
    Row,
    RunFolder,
    Seed,
    Sku,
    Steps,
    Threshold,
    Verbose,
    given_options,
)
from triptych.commands.say import say, say_content, say_json
from triptych.errors import TriptychError
from triptych.run_folder import CHECKPOINTS, REPORT
from triptych.safe_text import visible

if TYPE_CHECKING:
    from triptych.protocols import Models
    from triptych.runs.campaign import Campaign
    from triptych.runs.manifest import Manifest
    from triptych.runs.prepare import Prepared
    from triptych.runs.settings import RunOptions, RunSettings


@for_people
def run(
    context: typer.Context,
    source: Annotated[str | None, typer.Argument(help="A brief, a plan, or one sentence.")] = None,
    out: Annotated[Path, typer.Option(help="Run folder, new or empty.")] = Path("campaign"),
    profile: ProfileName = "starter",
    seed: Seed = 0,
    steps: Steps = None,
    candidates: Annotated[
        int | None,
        typer.Option(
            min=1, max=64, help="How many pictures to try for each; the critic takes the best."
        ),
    ] = None,
    strategy: Annotated[
        str | None, typer.Option(metavar=STRATEGIES, help="How to search among the candidates.")
    ] = None,
    budget: Annotated[
        int | None, typer.Option(min=1, help="Most denoiser evaluations of the whole campaign.")
    ] = None,
    threshold: Threshold = None,
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
    sku: Sku = None,
    row: Row = None,
    overrides: Overrides = None,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Make a campaign from a brief, or fork one: --from RUN keeps its first steps."""
    from triptych.commands.follow import follow
    from triptych.runs.prepare import Fork, prepare

    given = given_options(context)
    if origin is None and "until" in given:
        raise TriptychError("--until says what a fork keeps.", "Name the run to fork with --from.")
    if source is None and origin is None:
        raise TriptychError("There is no brief.", "Name a file, a sentence, or a run with --from.")
    asked = {
        "seed": seed if "seed" in given else None,
        "approve": approve if "approve" in given else None,
        "steps": steps,
        "candidates": candidates,
        "strategy": strategy,
        "nfe": budget,
        "false_rejection_rate": threshold,
        "max_seconds": max_seconds,
        "max_cost": max_cost,
        "sku": sku,
        "row": row,
    }
    prepared = prepare(
        source,
        _options(asked),
        profile=profile if "profile" in given else None,
        overrides=overrides,
        fork=None if origin is None else Fork(origin, until),
    )
    _announce(prepared, verbose, as_json)
    _hush_libraries(prepared.settings)
    follow(prepared.begin(out), prepared.models, as_json)


@for_people
def plan(
    source: Annotated[str | None, typer.Argument(help="A brief or one sentence.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output")] = None,
    origin: Annotated[
        Path | None, typer.Option("--from", help="Plan anew, told what this run's critic refused.")
    ] = None,
    profile: ProfileName = "starter",
    seed: Seed = 0,
    steps: Steps = None,
    sku: Sku = None,
    row: Row = None,
    overrides: Overrides = None,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Write the plan of a brief, to edit and run; says what running it will cost."""
    from triptych.briefs import to_yaml
    from triptych.domain import CampaignPlan
    from triptych.runs.campaign import Campaign
    from triptych.runs.carried import from_run
    from triptych.runs.fork import criticism
    from triptych.runs.prepare import draft_plan, prepare
    from triptych.store import write_whole

    old = None if origin is None else Campaign.open(origin)
    if source is None and old is None:
        raise TriptychError("There is no brief.", "Name a file, a sentence, or a run with --from.")
    options = _options({"seed": seed, "steps": steps, "sku": sku, "row": row})
    asked = source if source is not None or old is None else from_run(old.folder, old.brief)
    prepared = prepare(asked, options, profile=profile, overrides=overrides)
    _hush_libraries(prepared.settings)
    refused = [] if old is None else criticism(old.folder)
    made = prepared.source
    if not isinstance(made, CampaignPlan):
        made = draft_plan(prepared, refused)
        prepared = prepare(made, options, profile=profile, models=prepared.models)
    if output:
        write_whole(output, to_yaml(made).encode())
    if as_json:
        say_json(made)
    elif not output:
        say_content(to_yaml(made))
    _announce(prepared, verbose, as_json)


@for_people
def resume(
    folder: RunFolder,
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
    profile: OwnProfile = None,
    overrides: Overrides = None,
    as_json: Json = False,
) -> None:
    """Go on with a run that was stopped, killed, or waits for approval."""
    from triptych.commands.approval import answer_from
    from triptych.commands.follow import follow

    answer = answer_from(accept, edit, pick, redo, reason)
    limits = {"max_seconds": max_seconds, "max_cost": max_cost}
    campaign, models = _opened(folder, profile, overrides, limits)
    follow(campaign, models, as_json, answer)


@for_people
def redo(
    folder: RunFolder,
    asset: Annotated[str, typer.Argument(help="DELIVERABLE/PART, as in body/image.")],
    reason: Annotated[str, typer.Option(help="What was wrong with it.")],
    max_seconds: MaxSeconds = None,
    max_cost: MaxCost = None,
    profile: OwnProfile = None,
    overrides: Overrides = None,
    as_json: Json = False,
) -> None:
    """Make one asset of a finished run again, for a reason; the rest stays untouched."""
    from triptych.commands.approval import asset_of
    from triptych.commands.follow import end_if_stopped, stopped_by_ctrl_c
    from triptych.commands.progress import Progress
    from triptych.runs.stream import redo_part

    deliverable, part = asset_of(asset)
    limits = {"max_seconds": max_seconds, "max_cost": max_cost}
    campaign, models = _opened(folder, profile, overrides, limits)
    goes_on = "The run is as it was."
    with Progress(as_json) as progress, stopped_by_ctrl_c(campaign, progress, goes_on) as pressed:
        result = redo_part(campaign, models, deliverable, part, reason, progress.on_step)
    end_if_stopped(campaign, pressed, goes_on)
    if as_json:
        say_json(result)
    else:
        say(f"{asset}: {result.status}")
        say(folder / REPORT)
    if result.status != "passed":
        raise typer.Exit(Exit.UNJUDGED if result.status == "unjudged" else Exit.NOT_PASSED)


@for_people
def show(folder: RunFolder, verbose: Verbose = False, as_json: Json = False) -> None:
    """Tell what a run made and how it was judged, or what it waits for."""
    from triptych.commands.approval import say_what_waits
    from triptych.errors import StoreError
    from triptych.runs.manifest import damaged_assets, is_unfinished, read_manifest
    from triptych.runs.stream import what_waits

    if is_unfinished(folder) and (question := what_waits(folder)) is not None:
        say_what_waits(question, folder, as_json)
        raise typer.Exit(Exit.WAITING)
    manifest = read_manifest(folder)
    if as_json:
        say_json(manifest)
    else:
        _print_run(folder, manifest, verbose)
    damaged = damaged_assets(folder, manifest)
    if damaged:
        raise StoreError(
            f"Missing or damaged in {folder}: {', '.join(damaged)}.",
            f"Restore it; or delete {folder / CHECKPOINTS} and `triptych resume {folder}`: "
            "it is made again.",
        )


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands to the command line."""
    for command in (run, resume, redo, show):
        app.command(epilog=EXIT_CODES)(command)
    app.command()(plan)


def _options(asked: dict[str, object]) -> RunOptions:
    """The options that were given; the others stay unset."""
    from triptych.briefs import parse
    from triptych.runs.settings import RunOptions

    given = {name: value for name, value in asked.items() if value is not None}
    return parse(RunOptions, given, "the options")


def _opened(
    folder: Path,
    profile: str | None,
    overrides: list[str] | None,
    limits: dict[str, float | None],
) -> tuple[Campaign, Models]:
    """A run and its models, with what was given for this session in place of the run's own."""
    from triptych.methods.load import load_models
    from triptych.runs.campaign import Campaign
    from triptych.runs.trust import agreed_settings

    campaign = Campaign.open(folder)
    campaign.settings = agreed_settings(folder, campaign.settings, profile, overrides)
    given = {name: value for name, value in limits.items() if value is not None}
    campaign.settings = campaign.settings.model_copy(update=given)
    _hush_libraries(campaign.settings)
    return campaign, load_models(campaign.settings.profile, campaign.settings.overrides)


def _hush_libraries(settings: RunSettings) -> None:
    """Keep loading quiet; a download's progress is of interest, a load's is noise."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
    if "fetch=true" not in settings.overrides:
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")


def _announce(prepared: Prepared, verbose: bool, as_json: bool) -> None:
    """Say what it will cost and what the models do not know."""
    if as_json:
        say_json(prepared.estimate, err=True, indent=None)
        return
    for note in prepared.notes:
        say(f"Note: {visible(note)}", fg="yellow", err=True)
    say(prepared.estimate.in_words(verbose), err=True)


def _print_run(folder: Path, manifest: Manifest, verbose: bool) -> None:
    """Print a finished run."""
    from triptych.commands.placements import copy_lines
    from triptych.domain import PAIR_WORDS

    if manifest.plan is not None:
        say(visible(manifest.plan.key_message))
    for name, result in manifest.results.items():
        say(f"\n{visible(name)}: {result.status}, {len(result.attempts)} attempt(s)")
        best = result.best
        if best is None:
            say(f"  {visible(result.message)}")
            continue
        for line in copy_lines(best.parts["copy"]):
            say(f"  {line}")
        for part in ("image", "clip"):
            if part in best.parts:
                say(f"  {part}: {visible(str(folder / best.parts[part].asset.path))}")
        for score in best.verdict.scores:
            agreed = "agree" if score.passed else "do not agree"
            figures = f": cosine {score.cosine:.3f}, needs {score.threshold:.3f}"
            say(f"  {PAIR_WORDS[score.pair]} {agreed}{figures if verbose else ''}")
        for said in (best.verdict.reason, *best.parts["copy"].notes):
            if said:
                say(f"  {visible(said)}")
