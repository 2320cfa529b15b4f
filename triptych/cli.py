"""The command line: thin, quiet when piped, and heavy imports only inside commands.

Exit codes: 0 done; 1 an error that the message explains; 2 wrong usage; 3 finished, but a
deliverable did not pass; 4 waiting for approval; 130 stopped by Ctrl-C, to be resumed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from triptych.data_cli import data_app
from triptych.errors import TriptychError
from triptych.eval_cli import eval_app, rate_app
from triptych.people import for_people
from triptych.trace_cli import trace_app
from triptych.tracing.safe_text import visible
from triptych.train_cli import train_app

if TYPE_CHECKING:
    from triptych.domain import CampaignPlan
    from triptych.graph.campaign import Campaign, RunSettings

app = typer.Typer(
    name="triptych",
    help="Agents that make a campaign whose words, picture and film say the same thing.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
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


@app.command()
@for_people
def run(
    context: typer.Context,
    source: Annotated[str | None, typer.Argument(help="A brief, a plan, or one sentence.")] = None,
    out: Annotated[Path, typer.Option(help="Run folder, new or empty.")] = Path("campaign"),
    profile: Profile = "starter",
    seed: Annotated[int, typer.Option(min=0)] = 0,
    steps: Annotated[int | None, typer.Option(min=1, max=1000, help="Denoising steps.")] = None,
    candidates: Annotated[int | None, typer.Option(min=1, max=64)] = None,
    strategy: Annotated[str | None, typer.Option(help="How the critic searches.")] = None,
    budget: Annotated[int | None, typer.Option(min=1, help="Denoiser evaluations.")] = None,
    threshold: Annotated[
        float | None, typer.Option(min=0.001, max=0.5, help="Share of true pairs to refuse.")
    ] = None,
    max_seconds: Annotated[float | None, typer.Option(min=0)] = None,
    approve: Annotated[bool, typer.Option("--approve", help="Stop for approval.")] = False,
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
    from triptych.domain import CampaignPlan, SearchChoice
    from triptych.graph.campaign import Campaign, RunSettings

    if source is None and origin is None:
        raise TriptychError("There is no brief.", "Name a file, a sentence, or a run with --from.")
    asked = None if source is None else read_brief_or_plan(source)
    before = None
    if origin is not None:
        from triptych.graph.fork import plan_for_fork

        old = Campaign.open(origin)
        before, asked = old.settings, plan_for_fork(old, asked)
    search = asked.search if isinstance(asked, CampaignPlan) else SearchChoice()
    changed = {"candidates": candidates, "strategy": strategy}
    search = _changed(search, {k: v for k, v in changed.items() if v is not None})
    settings = RunSettings(
        profile=profile,
        overrides=tuple(overrides or ()),
        seed=seed,
        steps=steps,
        approve=approve,
        search=search,
    )
    if before is not None:  # what was not asked for is as in the forked run
        told = {"profile", "seed", "steps", "approve", "overrides"} - _given(context)
        settings = settings.model_copy(update={name: getattr(before, name) for name in told})
    models = _models(settings)
    plan = asked if isinstance(asked, CampaignPlan) else _draft(asked, settings, models)
    if budget is not None:
        limits = _changed(plan.brief.budget, {"nfe": budget})
        plan = _changed(plan, {"brief": _changed(plan.brief, {"budget": limits})})
    plan = _changed(plan, {"search": search})
    if threshold is not None:
        plan = _changed(plan, {"false_rejection_rate": threshold})
    _announce(plan, settings, models, max_seconds, as_json)
    if origin is not None:
        from triptych.graph.fork import fork

        _follow(fork(origin, until, plan, out, settings), models, as_json)
    else:
        _follow(Campaign.start(plan, out, settings), models, as_json)


@app.command()
@for_people
def plan(
    source: Annotated[str, typer.Argument(help="A brief or one sentence.")],
    output: Annotated[Path | None, typer.Option("-o", "--output")] = None,
    profile: Profile = "starter",
    seed: Annotated[int, typer.Option(min=0)] = 0,
    steps: Annotated[int | None, typer.Option(min=1, max=1000)] = None,
    overrides: Set = None,
    as_json: Json = False,
) -> None:
    """Write the plan of a brief, to edit and run; says what running it will cost."""
    from triptych.briefs import read_brief_or_plan, to_yaml
    from triptych.domain import CampaignPlan
    from triptych.graph.campaign import RunSettings
    from triptych.store import write_whole

    settings = RunSettings(
        profile=profile, overrides=tuple(overrides or ()), seed=seed, steps=steps
    )
    models = _models(settings)
    asked = read_brief_or_plan(source)
    made = asked if isinstance(asked, CampaignPlan) else _draft(asked, settings, models)
    if output:
        write_whole(output, to_yaml(made).encode())
    if as_json:
        typer.echo(made.model_dump_json(indent=2))
    elif not output:
        typer.echo(to_yaml(made))
    _announce(made, settings, models, None, as_json)


@app.command()
@for_people
def resume(
    folder: Run,
    accept: Annotated[bool, typer.Option("--accept", help="Accept what waits.")] = False,
    edit: Annotated[Path | None, typer.Option(help="Go on with this edited plan.")] = None,
    pick: Annotated[
        list[str] | None, typer.Option(help="Take another attempt, as in body=2.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Go on with a run that was stopped, killed, or waits for approval."""
    from triptych.briefs import parse, read_mapping
    from triptych.domain import CampaignPlan
    from triptych.graph.campaign import Campaign

    campaign = Campaign.open(folder)
    answer: dict[str, Any] | None = {"accept": True} if accept else None
    if edit:
        plan = parse(CampaignPlan, read_mapping(edit), str(edit))
        answer = {"plan": plan.model_dump(mode="json")}
    if pick:
        answer = {"pick": _picks(pick)}
    _follow(campaign, _models(campaign.settings), as_json, answer)


@app.command()
@for_people
def redo(
    folder: Run,
    asset: Annotated[str, typer.Argument(help="DELIVERABLE/PART, as in body/image.")],
    reason: Annotated[str, typer.Option(help="What was wrong with it.")],
    as_json: Json = False,
) -> None:
    """Make one asset of a finished run again, for a reason; the rest stays untouched."""
    from triptych.domain import Part
    from triptych.graph.campaign import Campaign

    deliverable, _, part = asset.partition("/")
    parts: tuple[Part, ...] = ("copy", "image", "clip")
    if part not in parts:
        raise TriptychError(
            f"'{asset}' names no asset.", "Write DELIVERABLE/copy, /image or /clip."
        )
    campaign = Campaign.open(folder)
    result = campaign.redo(_models(campaign.settings), deliverable, part, reason)  # type: ignore[arg-type]
    typer.echo(result.model_dump_json(indent=2) if as_json else f"{asset}: {result.status}")


@app.command()
@for_people
def show(folder: Run, as_json: Json = False) -> None:
    """Tell what a run made and how it was judged."""
    from triptych.errors import StoreError

    path = folder / "campaign.json"
    if not path.is_file():
        raise StoreError(f"{folder} has no finished campaign.", "`triptych resume` finishes a run.")
    manifest = json.loads(path.read_text(encoding="utf-8"))
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


@app.command()
@for_people
def graph(
    form: Annotated[Literal["mermaid", "png"], typer.Option("--format")] = "mermaid",
    output: Annotated[Path | None, typer.Option("-o", "--output")] = None,
) -> None:
    """Print the state machine as Mermaid text, or draw it."""
    from triptych.graph.build import build_graph

    drawn = build_graph().compile().get_graph(xray=1)
    if form == "mermaid":
        text = drawn.draw_mermaid()
        if output:
            output.write_text(text)
        else:
            typer.echo(text)
        return
    try:
        picture: bytes = drawn.draw_png(None)  # type: ignore[call-overload]
    except ImportError as error:
        raise TriptychError(
            "Drawing a PNG needs pygraphviz.", "Install it, or take --format mermaid."
        ) from error
    (output or Path("graph.png")).write_bytes(picture)


@app.command()
@for_people
def profiles(as_json: Json = False) -> None:
    """List the profiles: which models, under what licence, at what cost."""
    from triptych.generators.profiles import list_profiles

    found = list_profiles()
    if as_json:
        typer.echo(json.dumps([profile.model_dump(mode="json") for profile in found], indent=2))
        return
    for profile in found:
        typer.secho(profile.name, bold=True)
        typer.echo(f"  {profile.title}\n  licence: {profile.licence}\n  disk: {profile.disk}")
        typer.echo(f"  memory: {profile.memory}\n  time: {profile.time}\n")


@app.command()
@for_people
def doctor(
    profile: Annotated[str | None, typer.Option(help="One profile only.")] = None,
) -> None:
    """Say what is installed, what can run here, and what is missing."""
    from triptych.doctor import diagnose, report

    typer.echo(report(*diagnose(profile)))


def _models(settings: RunSettings) -> Any:
    from triptych.generators.hub import load_models

    return load_models(settings.profile, settings.overrides)


def _given(context: typer.Context) -> set[str]:
    """The options that the user wrote, by parameter."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name for name, source in sources.items() if source and source.name != "DEFAULT"}


def _changed(record: Any, changes: dict[str, Any]) -> Any:
    """A record with some fields changed, validated anew."""
    from triptych.briefs import parse

    return parse(type(record), {**record.model_dump(mode="json"), **changes}, "the options")


def _draft(brief: Any, settings: RunSettings, models: Any) -> CampaignPlan:
    from triptych.agents.planner import PlannerAgent

    agent = PlannerAgent(models.planner, models.unknown_words(brief))
    return agent(brief, search=settings.search, seed=settings.seed)[0]


def _announce(
    plan: CampaignPlan,
    settings: RunSettings,
    models: Any,
    max_seconds: float | None,
    as_json: bool,
) -> None:
    from triptych.estimate import check_limits, estimate

    steps = settings.steps
    each = (steps or models.steps("image"), steps or models.steps("clip"))
    found = estimate(plan, each, settings.profile, models.settings.time)
    check_limits(found, max_seconds)
    if as_json:
        return
    for note in plan.notes:
        typer.secho(f"Note: {visible(note)}", fg="yellow", err=True)
    seconds = "unknown" if found.seconds is None else f"about {found.seconds:.0f} s"
    typer.echo(
        f"{found.pieces} pieces of copy, {found.images} picture(s), {found.clips} clip(s): "
        f"{found.nfe} NFE, {seconds}; {found.note}.",
        err=True,
    )


def _follow(campaign: Campaign, models: Any, as_json: bool, answer: Any = None) -> None:
    """Run to the end or to a question, with live progress on a terminal."""
    # Finished work is on disk and every step is checkpointed, so stopping at once loses nothing.
    signal.signal(signal.SIGINT, lambda *_: _stop(campaign.folder))
    question = None
    with _progress(as_json) as (told, on_step):
        for event in campaign.stream(models, on_step, answer):
            if "interrupt" in event:
                question = event["interrupt"]
            else:
                told(event)
    if question:
        text = (
            json.dumps(question, indent=2) if as_json else f"Waiting: approve {question['what']}."
        )
        typer.echo(text)
        typer.echo(f"`triptych resume {campaign.folder} --accept` goes on.", err=True)
        raise typer.Exit(4)
    if as_json:
        typer.echo(json.dumps(campaign.manifest(), indent=2))
    else:
        for name, result in campaign.results.items():
            typer.echo(f"{name}: {result.status}")
        typer.echo(campaign.folder / "report.html")
    if any(result.status != "passed" for result in campaign.results.values()):
        raise typer.Exit(3)


def _stop(folder: Path) -> None:
    sys.stderr.write(f"\nStopped. `triptych resume {folder}` goes on.\n")
    sys.stderr.flush()
    os._exit(130)


class _progress:
    """Live progress on a terminal, nothing when piped."""

    def __init__(self, as_json: bool) -> None:
        self.quiet = as_json or not sys.stderr.isatty()
        self.bar: Any = None
        self.task: Any = None

    def __enter__(self) -> tuple[Callable[[dict[str, Any]], None], Any]:
        if self.quiet:
            return (lambda event: None), None
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self.bar.start()
        self.task = self.bar.add_task("working", total=None)
        return self._told, self._on_step

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()

    def _told(self, event: dict[str, Any]) -> None:
        self.bar.console.print(f"{event['node']} done")
        self.bar.update(self.task, description="working", total=None)

    def _on_step(self, done: int, steps: int) -> None:
        self.bar.update(self.task, description="denoising", completed=done, total=steps)


def _picks(pairs: list[str]) -> dict[str, int]:
    picks = {}
    for pair in pairs:
        name, _, number = pair.partition("=")
        if not number.isdigit():
            raise TriptychError(f"'{pair}' picks nothing.", "Write DELIVERABLE=ATTEMPT.")
        picks[name] = int(number)
    return picks
