"""`triptych train …`: the starter's stages, and the tuning of pretrained backbones."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from triptych.commands.exits import for_people
from triptych.commands.say import say
from triptych.errors import TriptychError

if TYPE_CHECKING:
    from rich.progress import Progress

    from triptych.generators.profiles import Profile as Models
    from triptych.training.config import TrainingConfig
    from triptych.training.loop import Outcome

train_app = typer.Typer(help="Train the models on a case folder.", no_args_is_help=True)

STAGES = (
    "autoencoder",
    "clip",
    "evaluation_clip",
    "denoiser",
    "text",
    "latents",
    "image",
    "decoder",
    "video",
    "joint",
)

Data = Annotated[Path, typer.Option(help="Case folder.")]
Work = Annotated[Path, typer.Option(help="Where checkpoints and logs go.")]
Out = Annotated[Path, typer.Option(help="Where everything goes that is tuned.")]
Config = Annotated[Path | None, typer.Option(help="YAML; see docs/training.md for the fields.")]
Limit = Annotated[float | None, typer.Option(help="Stop after this many seconds, resumable.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Profile = Annotated[str | None, typer.Option(help="Tune the models of this profile.")]
Set = Annotated[
    list[str] | None, typer.Option("--set", help="Override the profile, as in image.height=256.")
]
Backbone = Annotated[
    str | None, typer.Option(help="Tune this model instead: a folder, or owner/name@commit.")
]
Llm = Annotated[str | None, typer.Option(help="The language model whose Z is heard: likewise.")]

DATA, WORK, OUT = Path("data/world"), Path("training-work"), Path("tuned")


def _add(stage: str) -> None:
    @for_people
    def command(
        data: Data = DATA,
        work: Work = WORK,
        config: Config = None,
        max_seconds: Limit = None,
        as_json: Json = False,
    ) -> None:
        _train_starter([stage], data, work, config, max_seconds, as_json)

    command.__doc__ = f"Train the starter's stage '{stage}', or go on with it."
    train_app.command(stage)(command)


for _stage in STAGES:
    if _stage not in ("text", "image"):
        _add(_stage)


@train_app.command()
@for_people
def text(
    data: Data = DATA,
    work: Work = WORK,
    config: Config = None,
    max_seconds: Limit = None,
    backbone: Backbone = None,
    profile: Profile = None,
    override: Set = None,
    out: Out = OUT,
    as_json: Json = False,
) -> None:
    """Train the starter's stage 'text'; with a backbone or profile, LoRA on its language model."""
    if backbone or profile:
        models = _models(profile, override, llm=backbone)
        _tune("text", models, data, out, config, max_seconds, bool(profile), as_json)
    else:
        _train_starter(["text"], data, work, config, max_seconds, as_json)


@train_app.command()
@for_people
def image(
    data: Data = DATA,
    work: Work = WORK,
    config: Config = None,
    max_seconds: Limit = None,
    backbone: Backbone = None,
    llm: Llm = None,
    profile: Profile = None,
    override: Set = None,
    out: Out = OUT,
    as_json: Json = False,
) -> None:
    """Train the starter's stage 'image'; with a backbone or profile, LoRA and a connector."""
    if backbone or profile:
        models = _models(profile, override, llm, backbone)
        _tune("image", models, data, out, config, max_seconds, bool(profile), as_json)
    else:
        _train_starter(["image"], data, work, config, max_seconds, as_json)


@train_app.command()
@for_people
def connector(
    data: Data = DATA,
    config: Config = None,
    max_seconds: Limit = None,
    pipeline: Backbone = None,
    llm: Llm = None,
    profile: Profile = None,
    override: Set = None,
    out: Out = OUT,
    as_json: Json = False,
) -> None:
    """Train a connector from a language model's Z to a frozen diffusers pipeline."""
    if not (profile or (pipeline and llm)):
        raise TriptychError(
            "A connector joins two models.", "Give --profile, or --pipeline and --llm."
        )
    models = _models(profile, override, llm, pipeline)
    _tune("connector", models, data, out, config, max_seconds, bool(profile), as_json)


@train_app.command()
@for_people
def starter(
    data: Data = DATA,
    work: Work = WORK,
    config: Config = None,
    scale: Annotated[
        Literal["cpu", "gpu", "toy"],
        typer.Option(help="gpu: 256×256, 44 M parameters; toy: a rehearsal of that."),
    ] = "cpu",
    minutes: Annotated[
        float | None, typer.Option(min=0, help="Stop after so many, resumable.")
    ] = None,
    max_seconds: Limit = None,
    as_json: Json = False,
) -> None:
    """Train all stages of the starter in order; what is finished is not trained again."""
    from triptych.training.scale import scale_of, workshop_at

    chosen = scale_of(scale)
    if config:
        chosen = replace(chosen, config=_read(config, "starter"))
    limit = max_seconds if minutes is None else 60 * minutes
    _run(chosen.stages, workshop_at(chosen, data, work).run, work, limit, as_json)


@train_app.command()
@for_people
def collect(
    out: Annotated[Path, typer.Argument(help="Weights folder.")],
    work: Work = WORK,
    shards: Annotated[
        Path | None, typer.Option(help="Write it in pieces of 15 MB here, too, to carry.")
    ] = None,
    eighths: Annotated[
        bool, typer.Option("--eighths", help="Store the picture's denoiser in eight bits.")
    ] = False,
) -> None:
    """Put the newest export of every module into one weights folder, in half precision."""
    from triptych.training.config import starter_config
    from triptych.training.shards import to_shards
    from triptych.training.starter import Workshop

    Workshop(Path(), work, starter_config()).collect(out, eighths)
    say(out)
    if shards is not None:
        say(f"{len(to_shards(out, shards))} pieces in {shards}.")


@train_app.command()
@for_people
def join(
    pieces: Annotated[Path, typer.Argument(help="What `collect --shards` wrote.")],
    out: Annotated[Path, typer.Argument(help="Weights folder.")],
) -> None:
    """Put a weights folder together again from its pieces."""
    from triptych.training.shards import from_shards

    from_shards(pieces, out)
    say(out)


@train_app.command()
@for_people
def adopt(
    weights: Annotated[Path, typer.Argument(help="Weights folder, such as the shipped one.")],
    work: Work = WORK,
) -> None:
    """Begin from the modules of a weights folder, to tune them on cases of your own."""
    from triptych.training.config import starter_config
    from triptych.training.starter import Workshop

    Workshop(Path(), work, starter_config()).adopt(weights)
    say(work)


@train_app.command()
@for_people
def curves(
    work: Work = WORK,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="training.png in the folder otherwise.")
    ] = None,
) -> None:
    """Draw the losses of every stage and the trend of CLIP similarity from the logs."""
    from triptych.training.curves import draw_curves

    say(draw_curves(work, output or work / "training.png"))


def _models(
    profile: str | None,
    override: list[str] | None,
    llm: str | None = None,
    pipeline: str | None = None,
) -> Models:
    from triptych.training.backbones import backbones

    return backbones(profile, override or (), llm, pipeline)


def _read(config: Path | None, otherwise: Literal["starter", "pretrained"]) -> TrainingConfig:
    from triptych.training.config import pretrained_config, read_config, starter_config

    if config:
        return read_config(config)
    return starter_config() if otherwise == "starter" else pretrained_config()


def _train_starter(
    stages: Sequence[str],
    data: Path,
    work: Path,
    config: Path | None,
    limit: float | None,
    as_json: bool,
) -> None:
    from triptych.training.starter import Workshop

    workshop = Workshop(data, work, _read(config, "starter"))
    _run(stages, workshop.run, work, limit, as_json)


def _tune(
    what: Literal["text", "connector", "image"],
    models: Models,
    data: Path,
    out: Path,
    config: Path | None,
    limit: float | None,
    named: bool,
    as_json: bool,
) -> None:
    from triptych.training.backbones import Tuner

    tuner = Tuner(what, models, data, out, _read(config, "pretrained"))
    parts = tuner.parts
    if what == "connector" and parts == ("words",):
        say(
            "This pipeline's latents are packed in a way of its own, or a clip's: the connector is"
            " trained on captions alone, without the diffusion loss.",
            err=True,
        )
    _run(parts, tuner.run, out, limit, as_json, tuner.write_profile if named else None)


def _run(
    stages: Sequence[str],
    run: Callable[..., Outcome],
    folder: Path,
    limit: float | None,
    as_json: bool,
    write_profile: Callable[[], Path] | None = None,
) -> None:
    """Train stages in order until one is not finished; draw the curves; say what came of it."""
    from triptych.generators.weights import hush_libraries

    hush_libraries()
    trained: list[tuple[str, Outcome]] = []
    with _Progress(as_json or not _is_first()) as progress:
        for stage in stages:
            spent = sum(one.seconds for _, one in trained)
            left = None if limit is None else max(limit - spent, 0.0)
            outcome = run(stage, max_seconds=left, on_step=progress.teller(stage))
            trained.append((stage, outcome))
            if not outcome.finished:
                break
    if not _is_first():
        return
    figure = _draw(folder)
    profile = None if write_profile is None else write_profile()
    if as_json:
        stages_told = [
            {
                "stage": stage,
                **vars(one),
                "best": one.best if math.isfinite(one.best) else None,
            }
            for stage, one in trained
        ]
        report = {"stages": stages_told, "folder": folder, "figure": figure, "profile": profile}
        say(json.dumps(report, indent=2, default=str))
        return
    for stage, one in trained:
        state = "finished" if one.finished else "stopped; the same command goes on"
        say(f"{stage}: step {one.step}, {one.seconds:.0f} s, {state}")
    if profile is not None:
        say(f"triptych run … --profile {profile}")


def _is_first() -> bool:
    from triptych.training.loop import processes

    return processes().is_main_process


def _draw(folder: Path) -> Path | None:
    """`training.png`; training does not fail for want of a figure."""
    from triptych.training.curves import draw_curves

    try:
        return draw_curves(folder, folder / "training.png")
    except TriptychError as error:
        say(f"No figure was drawn: {error.message} {error.hint}", err=True)
        return None


class _Progress:
    """A bar a stage with losses and time left on a terminal; nothing when piped."""

    def __init__(self, quiet: bool) -> None:
        self.bar: Progress | None = None
        if quiet or not sys.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[losses]}"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=Console(stderr=True),
            speed_estimate_period=120,
        )

    def __enter__(self) -> _Progress:
        if self.bar:
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()

    def teller(self, stage: str) -> Callable[[int, int, dict[str, float]], None] | None:
        """What to call after every step of a stage."""
        if not (bar := self.bar):
            return None
        task = bar.add_task(stage, total=None, losses="")

        begun = False

        def tell(step: int, steps: int, figures: dict[str, float]) -> None:
            nonlocal begun
            losses = " ".join(f"{name} {value:.3f}" for name, value in figures.items())
            if not begun:  # steps of an earlier sitting say nothing about this one's speed
                bar.reset(task, total=steps, completed=step)
                begun = True
            bar.update(task, completed=step, losses=losses)

        return tell
