"""`triptych train …`: the stages of the starter, one by one or all in order."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from triptych.errors import TriptychError

train_app = typer.Typer(help="Train the models on a case folder.", no_args_is_help=True)

STAGES = (
    "autoencoder",
    "clip",
    "evaluation_clip",
    "denoiser",
    "text",
    "latents",
    "image",
    "video",
    "joint",
)

Data = Annotated[Path, typer.Option(help="Case folder.")]
Work = Annotated[Path, typer.Option(help="Where checkpoints and logs go.")]
Config = Annotated[Path | None, typer.Option(help="YAML; the starter's defaults otherwise.")]
Limit = Annotated[float | None, typer.Option(help="Stop after this many seconds, resumable.")]


def _workshop(data: Path, work: Path, config: Path | None) -> Any:
    from triptych.training.config import read_config, starter_config
    from triptych.training.starter import Workshop

    return Workshop(data, work, read_config(config) if config else starter_config())


def _run(stage: str, data: Path, work: Path, config: Path | None, limit: float | None) -> None:
    try:
        outcome = _workshop(data, work, config).run(
            stage, max_seconds=limit, on_step=_teller(stage)
        )
    except TriptychError as error:
        typer.secho(f"Error: {error.message}", fg="red", err=True)
        typer.echo(error.hint, err=True)
        raise typer.Exit(1) from error
    state = "finished" if outcome.finished else "stopped; the same command goes on"
    typer.echo(f"{stage}: step {outcome.step}, {outcome.seconds:.0f} s, {state}")


def _teller(stage: str) -> Callable[[int, int, dict[str, float]], None]:
    """A line every few seconds on a terminal, with the time left."""
    started, last = time.monotonic(), [0.0]
    first: list[int] = []

    def tell(step: int, steps: int, figures: dict[str, float]) -> None:
        first.append(step) if not first else None
        now = time.monotonic()
        if now - last[0] < 5 or not sys.stderr.isatty():
            return
        last[0] = now
        left = (now - started) / max(step - first[0], 1) * (steps - step)
        losses = " ".join(f"{name} {value:.3f}" for name, value in figures.items())
        typer.echo(f"{stage} {step}/{steps} {losses} {left / 60:.0f} min left", err=True)

    return tell


def _add(stage: str) -> None:
    def command(
        data: Data = Path("data/world"),
        work: Work = Path("training-work"),
        config: Config = None,
        max_seconds: Limit = None,
    ) -> None:
        _run(stage, data, work, config, max_seconds)

    command.__doc__ = f"Train the stage '{stage}', or go on with it."
    train_app.command(stage)(command)


for _stage in STAGES:
    _add(_stage)


@train_app.command()
def starter(
    data: Data = Path("data/world"), work: Work = Path("training-work"), config: Config = None
) -> None:
    """Train all stages in order; what is finished is not trained again."""
    for stage in STAGES:
        _run(stage, data, work, config, None)


@train_app.command()
def collect(
    out: Annotated[Path, typer.Argument(help="Weights folder.")],
    work: Work = Path("training-work"),
) -> None:
    """Put the newest export of every module into one weights folder, in half precision."""
    _workshop(Path(), work, None).collect(out)
    typer.echo(out)
