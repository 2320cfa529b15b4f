"""Printing for people and for programs: what comes from a file can steer no terminal.

Commands print through here alone, so that no name, path or message is forgotten.
"""

from __future__ import annotations

import json
import sys

import typer

from triptych.safe_text import visible


def say(text: object = "", *, err: bool = False, fg: str | None = None, bold: bool = False) -> None:
    """Print text with all made visible that would not be seen as it is; lines stay lines."""
    typer.secho(visible(str(text), lines=True), err=err, fg=fg, bold=bold or None)


def say_json(content: object, *, err: bool = False, indent: int | None = 2) -> None:
    """Print a record, or JSON data, in ASCII: escapes stay escapes."""
    from pydantic import BaseModel

    data = content.model_dump(mode="json") if isinstance(content, BaseModel) else content
    typer.echo(json.dumps(data, indent=indent), err=err)


def say_content(text: str, *, end: str = "\n") -> None:
    """Print what another program may read: unchanged into a pipe, visible on a terminal."""
    shown = visible(text, lines=True) if sys.stdout.isatty() else text
    typer.echo(shown + end, nl=False)
