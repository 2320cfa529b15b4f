"""`triptych brief`: what is understood of a brief, before anything is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from triptych.commands.exits import for_people
from triptych.commands.options import Row, Sku
from triptych.commands.say import say, say_json
from triptych.safe_text import visible

if TYPE_CHECKING:
    from triptych.briefs.read import Understood

brief_app = typer.Typer(name="brief", help="Briefs, before they are run.", no_args_is_help=True)


@brief_app.command()
@for_people
def check(
    source: Annotated[str, typer.Argument(help="A brief, a plan, a feed, a sentence, or -.")],
    sku: Sku = None,
    row: Row = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Show what was understood of a brief: its fields, and what was guessed or left out.

    Ends with 1 if it cannot be used, naming everything that is wrong. Makes and loads nothing.
    """
    from triptych.briefs.read import understand
    from triptych.domain import Brief
    from triptych.files.yaml import to_yaml

    understood = understand(source, sku, row)
    kind = "brief" if isinstance(understood.asked, Brief) else "plan"
    if as_json:
        fields = understood.asked.model_dump(mode="json", exclude_defaults=True)
        said = {"kind": kind, "form": understood.form, "fields": fields, "notes": understood.notes}
        say_json(said, indent=2)
        return
    say(f"A {kind}, read from {understood.form}:\n\n{to_yaml(understood.asked)}")
    tell_notes(understood)


def tell_notes(understood: Understood) -> None:
    """Say beside the output what was guessed, mapped or left out when a source was read."""
    for note in understood.notes:
        say(f"Note: {visible(note)}", fg="yellow", err=True)
