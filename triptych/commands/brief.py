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

    found = understand(source, sku, row)
    kind = "brief" if isinstance(found.asked, Brief) else "plan"
    if as_json:
        fields = found.asked.model_dump(mode="json", exclude_defaults=True)
        said = {"kind": kind, "form": found.form, "fields": fields, "notes": found.notes}
        say_json(said, indent=2)
        return
    say(f"A {kind}, read from {found.form}:\n\n{to_yaml(found.asked)}")
    tell_notes(found)


def tell_notes(found: Understood) -> None:
    """Say beside the output what was guessed, mapped or left out when a source was read."""
    for note in found.notes:
        say(f"Note: {visible(note)}", fg="yellow", err=True)
