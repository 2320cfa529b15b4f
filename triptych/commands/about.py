"""`triptych graph`, `profiles`, `channels` and `doctor`: what there is, and what can run here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from triptych.commands.exits import for_people
from triptych.commands.options import Json, Overrides, resolved_profile
from triptych.commands.say import say, say_json
from triptych.errors import TriptychError


def _warn(error: TriptychError) -> None:
    say(f"{error}\n", fg="yellow", err=True)


@for_people
def graph(
    form: Annotated[Literal["mermaid", "png"], typer.Option("--format")] = "mermaid",
    output: Annotated[Path | None, typer.Option("-o", "--output")] = None,
) -> None:
    """Print the state machine as Mermaid text, or draw it."""
    from triptych.graph.build import build_graph
    from triptych.store import write_whole

    drawn = build_graph().compile().get_graph(xray=1)
    if form == "mermaid":
        text = drawn.draw_mermaid()
        if output:
            write_whole(output, text.encode())
        else:
            say(text)
        return
    from triptych.graph.draw import draw_png

    to = output or Path("graph.png")
    write_whole(to, draw_png(drawn))
    say(to)


@for_people
def profiles(as_json: Json = False) -> None:
    """List the profiles: which models, under what licence, at what cost."""
    from triptych.commands.columns import labelled, window, wrapped
    from triptych.generators.profiles import list_profiles
    from triptych.methods.table import METHODS

    catalogue = list_profiles(_warn)
    if as_json:
        say_json([one.model_dump(mode="json") | {"name": n} for n, one in catalogue.items()])
        return
    width = window()
    for name, profile in catalogue.items():
        say(name, bold=True)
        say(wrapped(profile.title, width, "  "))
        for fact in ("licence", "disk", "memory", "time"):
            say(labelled(fact, getattr(profile, fact), width))
        say()
    made = [key for key, method in METHODS.items() if not method.reference]
    note = (
        "A method that `triptych eval` compares is a profile too, on any of these models, as in"
        f" stepwise@sd2 (on the starter's without @): {', '.join(made)}."
    )
    say(wrapped(note, width, after=""))


@for_people
def channels(
    name: Annotated[str | None, typer.Argument(help="One placement, by name or alias.")] = None,
    as_json: Json = False,
) -> None:
    """List the placements: their texts, limits, sizes, and where each figure was read."""
    from triptych.channels import catalogue, find_placement
    from triptych.commands.columns import labelled, window, wrapped
    from triptych.commands.placements import details, summary

    placements = catalogue(tell=_warn)
    if name is not None:
        placement = find_placement(name, placements)
        if as_json:
            say(placement.model_dump_json(indent=2))
            return
        say(f"{placement.name}: {placement.title}", bold=True)
        for label, text in details(placement):
            say(labelled(label, text, window()))
        return
    if as_json:
        listed = [placement.model_dump(mode="json") for placement in placements.values()]
        say_json(listed)
        return
    for placement in placements.values():
        say(placement.name, bold=True, nl=False)
        say(f"  {placement.title}")
        say(wrapped(summary(placement), window(), "  "))


@for_people
def doctor(
    profile: Annotated[
        str | None,
        typer.Option(
            callback=resolved_profile, help="One profile only; `auto`: the best that can run here."
        ),
    ] = None,
    overrides: Overrides = None,
    fetch: Annotated[bool, typer.Option("--fetch", help="Download what --profile lacks.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before downloading.")] = False,
) -> None:
    """Say what is installed, what can run here, and what is missing; fetch it with --fetch."""
    from triptych.commands.columns import window
    from triptych.commands.doctor import diagnose, fetch_models, report

    if fetch and profile is None:
        raise TriptychError("--fetch needs to know for which profile.", "Add --profile NAME.")
    if overrides and profile is None:
        raise TriptychError("--set needs to know of which profile.", "Add --profile NAME.")
    machine, checkups = diagnose(profile, _warn, overrides or ())
    say(report(machine, checkups, window()))
    if not fetch:
        return
    checkup = checkups[0]
    if not checkup.fetch:
        say("\nThere is nothing to fetch.")
        return
    if not yes:
        typer.confirm("\nFetch these models now?", abort=True)
    for folder in fetch_models(checkup.profile):
        say(folder)


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands to the command line."""
    for command in (graph, profiles, channels, doctor):
        app.command()(command)
