"""What every command of ours does with its own errors, and how it ends."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from typing import ParamSpec, TypeVar

import typer

from triptych.commands.say import say
from triptych.errors import TriptychError

P = ParamSpec("P")
T = TypeVar("T")


class Exit(IntEnum):
    """How a command ends."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    NOT_PASSED = 3
    WAITING = 4
    UNJUDGED = 5
    FAULT = 70
    STOPPED = 130


MEANING: dict[Exit, str] = {
    Exit.DONE: "done",
    Exit.ERROR: "an error, or a limit reached, that the message explains",
    Exit.USAGE: "wrong usage of the command line",
    Exit.NOT_PASSED: "finished, but a deliverable did not pass",
    Exit.WAITING: "waiting for approval",
    Exit.UNJUDGED: "finished, and a deliverable could not be judged",
    Exit.FAULT: "a fault of Triptych itself",
    Exit.STOPPED: "stopped by Ctrl-C, to be resumed",
}
EXIT_CODES = f"Exit codes: {'; '.join(f'{code:d} {MEANING[code]}' for code in Exit)}."
DEBUG = "TRIPTYCH_DEBUG"
"""Environment variable: a fault then shows where it came from."""


def for_people(command: Callable[P, T]) -> Callable[P, T]:
    """Show our own errors as a sentence and a hint, and exit with 1; faults exit with 70, and
    Ctrl-C with 130."""

    @wraps(command)
    def wrapped(*args: P.args, **options: P.kwargs) -> T:
        try:
            return command(*args, **options)
        except TriptychError as error:
            say(f"Error: {error.message}", fg="red", err=True)
            if error.hint:
                say(error.hint, err=True)
            raise typer.Exit(Exit.ERROR) from error
        except BrokenPipeError:
            raise  # who read the output has left: the command line ends without a word
        except KeyboardInterrupt as error:
            say("\nStopped. What is finished is kept: the same command goes on.", err=True)
            raise typer.Exit(Exit.STOPPED) from error
        except Exception as error:
            if isinstance(error, OSError) and error.filename and error.errno in _OF_THE_MACHINE:
                say(f"Error: {error.filename}: {error.strerror}.", fg="red", err=True)
                say("See that the name is right and that you may use it.", err=True)
                raise typer.Exit(Exit.ERROR) from error
            if os.environ.get(DEBUG) or type(error).__module__.startswith(_COMMAND_LINE):
                raise
            say(f"Error: {type(error).__name__}: {error}", fg="red", err=True)
            say(
                "This is a fault of Triptych itself. What a run finished is kept, and `triptych "
                f"resume` goes on. With {DEBUG}=1 the command shows where it happened: please "
                "report that.",
                err=True,
            )
            raise typer.Exit(Exit.FAULT) from error

    return wrapped


_OF_THE_MACHINE = {
    errno.EACCES,
    errno.EDQUOT,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOSPC,
    errno.EPERM,
    errno.EROFS,
}
"""Why a machine refuses a file, through no fault of the program's."""
_COMMAND_LINE = ("typer", "click")
"""Modules whose exceptions end a command on purpose: wrong usage, an exit, an aborted question."""
