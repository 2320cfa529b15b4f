"""`triptych trace …`: what happened in a run, why, from what, and what differs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer
from typer.core import TyperGroup

from triptych.commands.exits import for_people
from triptych.commands.options import Overrides, OwnProfile, Threshold
from triptych.commands.say import printing, say, say_content, say_json
from triptych.errors import StoreError, TriptychError
from triptych.safe_text import visible

if TYPE_CHECKING:
    from rich.console import RenderableType

    from triptych.tracing.runs import Run
    from triptych.tracing.tree import Filter


_WIDEST = 100_000
"""Columns of a pipe: wide enough for any line."""


class _ShowByDefault(TyperGroup):
    """`trace RUN` is `trace show RUN`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `show` in front unless a command or help is asked for."""
        first = next((arg for arg in args if not arg.startswith("-")), None)
        if first is not None and first not in self.commands and "--help" not in args[:1]:
            args = ["show", *args]
        return super().parse_args(ctx, args)


trace_app = typer.Typer(
    cls=_ShowByDefault,
    name="trace",
    help="What happened in a run, why, from what, and what differs. `trace RUN` shows its tree.",
    no_args_is_help=True,
)

Folder = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Kind = Annotated[list[str] | None, typer.Option("--kind", help="Only these, as model or verdict.")]
Name = Annotated[list[str] | None, typer.Option("--name", help="Only these, as image or critic.")]
About = Annotated[str | None, typer.Option("--deliverable", help="Only what is about this one.")]
Status = Annotated[
    Literal["ok", "error", "interrupted"] | None, typer.Option("--status", help="Only these.")
]
Grep = Annotated[str | None, typer.Option("--grep", help="Only events that hold these words.")]


@trace_app.command()
@for_people
def show(
    folder: Folder,
    form: Annotated[bool, typer.Option("--tree/--timeline", help="How to draw it.")] = True,
    kind: Kind = None,
    name: Name = None,
    deliverable: About = None,
    status: Status = None,
    grep: Grep = None,
    as_json: Json = False,
) -> None:
    """Show a run's events as a tree of spans, or along its time."""
    from triptych.tracing import terminal
    from triptych.tracing.events import json_of
    from triptych.tracing.runs import Run
    from triptych.tracing.tree import grow, pruned

    run = Run.read(folder)
    wanted = _filter(kind, name, deliverable, status, grep)
    if as_json:
        say_json([json_of(e, whole=True) for e in run.events if wanted.keeps(e)])
        return
    roots = pruned(grow(run.events), wanted)
    _print((terminal.tree if form else terminal.timeline)(run, roots))


@trace_app.command("ls")
@for_people
def list_runs(
    folder: Annotated[Path, typer.Argument(help="Where runs are.")] = Path(),
    state: Annotated[
        Literal["finished", "waiting", "stopped", "failed", "unfinished"] | None,
        typer.Option(help="Only runs in this state."),
    ] = None,
    verdict: Annotated[
        Literal["passed", "failed", "unjudged", "error"] | None,
        typer.Option(help="Only runs with a deliverable that came to this."),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the runs under a folder, newest first."""
    from triptych.tracing import terminal
    from triptych.tracing.runs import find_runs

    runs = [
        run
        for run in find_runs(folder)
        if state in (None, run.state) and (verdict is None or verdict in run.results.values())
    ]
    if as_json:
        say_json([run.summary().model_dump(mode="json") for run in runs])
    elif runs:
        _print(terminal.runs_table(runs, whole=not sys.stdout.isatty()))
    else:
        say("No runs here. `triptych trace ls FOLDER` looks elsewhere.")


@trace_app.command()
@for_people
def lineage(
    asset: Annotated[
        str, typer.Argument(help="DELIVERABLE/PART, the start of a digest, or an asset's file.")
    ],
    folder: Annotated[
        Path | None, typer.Option("--run", help="The run folder; an asset's file names its own.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell where an asset comes from: its attempts, reasons, verdicts, origins."""
    from triptych.tracing import terminal
    from triptych.tracing.lineage import find_asset, lineage_of
    from triptych.tracing.runs import Run

    place = _as_path(asset)
    if folder is None and place is not None:
        folder = place.parent.parent
    run = Run.read(folder or Path("campaign"))
    history = lineage_of(run, find_asset(run, place.name if place else asset))
    if as_json:
        say_json(history.model_dump(mode="json"))
    else:
        _print(terminal.lineage(history))


@trace_app.command()
@for_people
def diff(
    left: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    right: Annotated[Path, typer.Argument(metavar="RUN", help="Another.")],
    as_json: Json = False,
) -> None:
    """Say what differs between two runs; exit code 1 if their assets or verdicts do."""
    from triptych.commands import compared
    from triptych.tracing.diff import difference
    from triptych.tracing.runs import Run

    comparison = difference(Run.read(left), Run.read(right))
    if as_json:
        say_json(comparison.model_dump(mode="json"))
    else:
        _print(compared.differences(comparison))
    if not comparison.none:
        raise typer.Exit(1)


@trace_app.command()
@for_people
def export(
    folder: Folder,
    form: Annotated[
        Literal["json", "csv", "mermaid", "chrome", "otlp"],
        typer.Option(
            "--format",
            help="chrome is for Perfetto; mermaid draws the assets; otlp sends the whole run to "
            "OTEL_EXPORTER_OTLP_ENDPOINT.",
        ),
    ] = "json",
    output: Annotated[Path | None, typer.Option("-o", "--output")] = None,
    kind: Kind = None,
    name: Name = None,
    deliverable: About = None,
    status: Status = None,
    grep: Grep = None,
) -> None:
    """Write a run's events in another program's form."""
    from triptych.store import write_whole
    from triptych.tracing.export import export as exported
    from triptych.tracing.runs import Run

    run = Run.read(folder)
    wanted = _filter(kind, name, deliverable, status, grep)
    if form == "otlp":
        from triptych.tracing.otel import send

        say(f"Sent {send(run)} events.")
        return
    text = exported(run, form, [event for event in run.events if wanted.keeps(event)])
    if output:
        write_whole(output, text.encode())
    else:
        say_content(text, end="")


@trace_app.command()
@for_people
def view(
    folder: Folder,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The page; RUN/trace.html otherwise.")
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Write a run's trace as one offline HTML page."""
    from triptych.tracing.viewer import write_viewer

    page = write_viewer(folder, output or folder / "trace.html")
    say(visible(str(page)))
    if open_it:
        typer.launch(str(page.resolve()))


@trace_app.command()
@for_people
def replay(
    folder: Folder,
    threshold: Threshold = None,
    clip: Annotated[
        str | None, typer.Option(help="Judge with this CLIP: its folder, or a profile.")
    ] = None,
    regenerate: Annotated[
        bool, typer.Option("--regenerate", help="Make everything again and compare the bytes.")
    ] = False,
    profile: OwnProfile = None,
    overrides: Overrides = None,
    as_json: Json = False,
) -> None:
    """Judge a run anew without generating anything, or make it again from its trace.

    With --regenerate the exit code is 1 if any asset came out otherwise.
    """
    from triptych.commands import compared
    from triptych.tracing.runs import Run

    run = Run.read(folder)
    if regenerate:
        if threshold is not None or clip is not None:
            raise TriptychError(
                "A run is made again as it was.", "Leave out --threshold and --clip."
            )
        _regenerate(run, profile, overrides, as_json)
        return
    from triptych.runs.replay import accepted, rejudge, scorer_for

    scorer = scorer_for(run, clip, threshold, profile, overrides)
    judged = rejudge(run, scorer)
    if as_json:
        say_json(
            {
                "rate": scorer.rate,
                "clip": scorer.identity.model_dump(),
                "accepted": accepted(judged),
                "verdicts": [one.model_dump(mode="json") for one in judged],
            }
        )
    else:
        _print(compared.rejudged(judged, accepted(judged), scorer.rate, scorer.identity))


def _regenerate(run: Run, profile: str | None, overrides: list[str] | None, as_json: bool) -> None:
    from triptych.commands import compared
    from triptych.runs.replay import models_of, regenerate

    models = models_of(run, profile, overrides)
    done = []
    for remade in regenerate(run, models):
        done.append(remade)
        if not as_json:
            _print(compared.remade(remade))
    if as_json:
        say_json([one.model_dump(mode="json") for one in done])
    else:
        same = sum(one.same for one in done)
        say(f"{same} of {len(done)} came out byte-identical.")
    if not all(one.same for one in done):
        raise typer.Exit(1)


def _filter(
    kinds: list[str] | None,
    names: list[str] | None,
    deliverable: str | None,
    status: str | None,
    text: str | None,
) -> Filter:
    from typing import get_args

    from triptych.tracing.event import EventKind
    from triptych.tracing.tree import Filter

    unknown = [kind for kind in kinds or () if kind not in get_args(EventKind)]
    if unknown:
        raise StoreError(
            f"'{unknown[0]}' is no kind of event.", f"Kinds are {', '.join(get_args(EventKind))}."
        )
    event_kinds = cast("tuple[EventKind, ...]", tuple(kinds or ()))
    return Filter(event_kinds, tuple(names or ()), deliverable, status, text)


def _as_path(asset: str) -> Path | None:
    """The file that an argument names, if it names one in some run's `assets`."""
    try:
        path = Path(asset)
        return path if path.parent.name == "assets" and path.is_file() else None
    except (OSError, ValueError):
        return None


def _print(shown: RenderableType) -> None:
    """To the terminal, as wide as it is; in a pipe nothing is cut or wrapped."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else _WIDEST
    console = Console(width=width, highlight=False, emoji=False)
    with printing():
        if width is None:
            console.print(shown)
            return
        for line in console.render_lines(shown, pad=False):
            say("".join(segment.text for segment in line).rstrip())
