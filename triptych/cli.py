"""The command line: joins the commands, and imports nothing heavy."""

from __future__ import annotations

from typing import Annotated

import typer

from triptych import __version__
from triptych.commands import about, calibrate, campaigns, creatives
from triptych.commands.brief import brief_app
from triptych.commands.data import data_app
from triptych.commands.evaluate import eval_app, rate_app
from triptych.commands.exits import EXIT_CODES
from triptych.commands.trace import trace_app
from triptych.commands.train import train_app

app = typer.Typer(
    name="triptych",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"triptych {__version__}")
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


campaigns.add_commands(app)
creatives.add_commands(app)
app.add_typer(brief_app, name="brief")
app.add_typer(data_app, name="data")
app.add_typer(train_app, name="train")
app.add_typer(eval_app, name="eval")
app.add_typer(rate_app, name="rate")
app.add_typer(trace_app, name="trace")
about.add_commands(app)
calibrate.add_commands(app)
