"""What every command of ours does with its own errors."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import typer

from triptych.errors import TriptychError
from triptych.tracing.safe_text import visible


def for_people(command: Callable[..., Any]) -> Callable[..., Any]:
    """Show our own errors as a sentence and a hint, and exit with 1."""

    @wraps(command)
    def wrapped(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except TriptychError as error:
            typer.secho(f"Error: {visible(error.message, lines=True)}", fg="red", err=True)
            if error.hint:
                typer.echo(visible(error.hint, lines=True), err=True)
            raise typer.Exit(1) from error

    return wrapped
