"""Printing for people and for programs: what comes from a file can steer no terminal.

Commands print through here alone, so that no name, path or message is forgotten.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from triptych.errors import TriptychError
from triptych.safe_text import visible


def say(
    text: object = "",
    *,
    err: bool = False,
    fg: str | None = None,
    bold: bool = False,
    nl: bool = True,
) -> None:
    """Print text with all made visible that would not be seen as it is; lines stay lines."""
    with printing():
        typer.secho(visible(str(text), lines=True), err=err, fg=fg, bold=bold or None, nl=nl)


def say_json(content: object, *, err: bool = False, indent: int | None = 2) -> None:
    """Print a record, or JSON data, in ASCII: escapes stay escapes."""
    from pydantic import BaseModel

    data = content.model_dump(mode="json") if isinstance(content, BaseModel) else content
    with printing():
        typer.echo(json.dumps(data, indent=indent), err=err)


def say_content(text: str, *, end: str = "\n") -> None:
    """Print what another program may read: unchanged UTF-8 in a pipe, visible on a terminal."""
    if sys.stdout.isatty():
        say(text)
        return
    with printing():
        typer.echo((text + end).encode(), nl=False)


@contextmanager
def printing() -> Iterator[None]:
    """A block that prints: where that cannot be done, it is said.

    Raises:
        TriptychError: if there is no room for what is printed.
        BrokenPipeError: if who read it has left.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise TriptychError(
            f"The output cannot be written: {error.strerror}.", "Let it go elsewhere."
        ) from error
