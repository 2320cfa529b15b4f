"""`triptych data`: render, check, look at and compare case folders."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from triptych.commands.exits import for_people
from triptych.commands.say import say, say_json
from triptych.errors import CaseError

data_app = typer.Typer(
    name="data", help="Cases to train on and to test with.", no_args_is_help=True
)

Folder = Annotated[Path, typer.Argument(help="A case folder: cases.jsonl and its media.")]
Json = Annotated[bool, typer.Option("--json", help="Print data, for programs.")]


@data_app.command()
@for_people
def render(
    out: Annotated[Path, typer.Option("--out", help="The case folder to make or go on with.")],
    cases: Annotated[int, typer.Option("--cases", min=1, help="How many.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same bytes.")] = 0,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes.")] = 1,
    split: Annotated[
        Literal["train", "validation", "test"] | None,
        typer.Option(help="Of so many cases, those of this split alone."),
    ] = None,
    stills: Annotated[
        bool, typer.Option("--stills", help="No clips, in a fifth of the time.")
    ] = False,
    size: Annotated[int, typer.Option("--size", min=32, help="Side of the pictures.")] = 128,
    as_json: Json = False,
) -> None:
    """Render cases of the starter's world; a render that was broken off is gone on with."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    try:
        from triptych.starter.dataset import render_cases
        from triptych.starter.renderer import Renderer  # noqa: F401 - is the extra there?
    except ImportError as error:
        raise CaseError(
            f"Rendering needs {error.name}, which is not installed.",
            "pip install 'triptych[render]'",
        ) from error
    console = Console(stderr=True)
    columns = (TextColumn("Rendering"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    started = time.monotonic()
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)

        def show(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of)

        cases = render_cases(out, cases, seed, workers, show, split, stills, size)
    seconds = time.monotonic() - started
    if as_json:
        say(json.dumps({"folder": str(out), "cases": cases, "seconds": round(seconds, 1)}))
    else:
        say(f"{cases} cases in {out}, {seconds:.0f} s.")


@data_app.command()
@for_people
def check(
    folder: Folder,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Fail only if no case is usable.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check every line, picture and clip of a case folder; name what is wrong and what to do.

    Ends with 1 if anything is wrong (with --skip-bad, if no case is usable). Changes nothing.
    """
    from rich.console import Console

    from triptych.cases.format import usable_cases

    console = Console(stderr=True)
    with console.status(f"Checking {folder} …"):
        cases, problems = usable_cases(folder)
    if as_json:
        records = [vars(problem) for problem in problems]
        say_json({"usable": len(cases), "problems": records}, indent=None)
    else:
        for problem in problems:
            say(f"{problem}. {problem.hint}".strip())
        splits = {split: 0 for split in ("train", "validation", "test")}
        for case in cases:
            splits[case.split] += 1
        counts = ", ".join(f"{count} {split}" for split, count in splits.items())
        clips = sum(case.clip is not None for case in cases)
        say(f"{len(cases)} usable cases ({counts}; {clips} with a clip), {len(problems)} problems.")
    if (problems and not skip_bad) or not cases:
        raise typer.Exit(1)


@data_app.command()
@for_people
def sample(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", "-o", help="The PNG to write; must be new.")],
    count: Annotated[int, typer.Option("--count", min=1, max=1000, help="How many cases.")] = 64,
    split: Annotated[str | None, typer.Option("--split", help="train, validation or test.")] = None,
    clips: Annotated[bool, typer.Option("--clips", help="Strips of clips, not pictures.")] = False,
) -> None:
    """Draw a contact sheet of cases, even over the folder, with their captions."""
    from triptych.cases.format import read_cases
    from triptych.files.media import MediaError
    from triptych.starter.sheet import contact_sheet, film_strip

    if out.exists():
        raise CaseError(f"{out} is there already.", "Choose another name, or remove it.")
    chosen = [
        case
        for case in read_cases(folder, skip_bad=True)
        if split in (None, case.split) and (case.clip or not clips)
    ]
    if not chosen:
        raise CaseError(f"{folder} has no such cases.", "Try another --split.")
    taken = min(count, len(chosen))
    chosen = [chosen[index * len(chosen) // taken] for index in range(taken)]
    try:
        sheet = film_strip(folder, chosen) if clips else contact_sheet(folder, chosen)
    except MediaError as error:
        raise CaseError(f"A clip {error}.", "Run `triptych data check` on the folder.") from error
    try:
        sheet.save(out, "PNG")
    except OSError as error:
        raise CaseError(f"{out} cannot be written: {error.strerror}.") from error
    say(f"{taken} cases drawn in {out}.")


@data_app.command()
@for_people
def carry(
    folder: Folder,
    out: Annotated[Path, typer.Argument(help="The smaller case folder to write; must be new.")],
    megabytes: Annotated[float, typer.Option(min=0.1, help="Of all of it, at most.")] = 60.0,
    held: Annotated[int, typer.Option(min=1, help="Validation and test cases each.")] = 100,
) -> None:
    """Write a case folder small enough to carry to another machine: WebP stills, coded clips."""
    from triptych.starter.carry import carry as write

    carried = write(folder, out, megabytes, held)
    say(f"{carried.cases} cases in {out}, {carried.size / 1e6:.1f} MB.")


@data_app.command()
@for_people
def overlap(folder: Folder, as_json: Json = False) -> None:
    """Tell how alike references of a case are, and how much of the test texts was trained on."""
    from rich.console import Console
    from rich.table import Table

    from triptych.starter.overlap import overlap_report

    report = overlap_report(folder)
    if as_json:
        say(json.dumps(report))
        return
    table = Table("texts", "between references", "test 4-grams in train", "verbatim", "unseen")
    for key, shares in report["splits"].items():
        between = report["references"].get(key)
        table.add_row(
            key.replace("_", " "),
            "" if between is None else f"{between:.3f}",
            f"{shares['ngrams']:.3f}",
            f"{shares['verbatim']:.3f}",
            f"{report['unseen'][key]['ngrams']:.3f}",
        )
    Console().print(table)
