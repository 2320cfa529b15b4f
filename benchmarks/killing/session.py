"""One command in a process of its own, forked from one that has imported everything; killed."""

from __future__ import annotations

import importlib
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from typer.main import get_command

from benchmarks.killing import points, power

LONGEST = 120.0
"""Seconds after which a session that does not end is a fault."""


@dataclass(frozen=True)
class Kill:
    """When a session is killed: at a chosen point by its number, or after so many seconds.

    With `power`, what was not synced by then is lost besides.
    """

    point: int | None = None
    seconds: float | None = None
    power: bool = False


@dataclass(frozen=True)
class Ended:
    """How a session ended: its exit code, None if it was killed; what it said, and its errors."""

    code: int | None
    said: str
    errors: str
    points: int
    seconds: float


def run_command(
    args: Sequence[str],
    place: Path,
    kill: Kill | None = None,
    mutate: Callable[[], None] | None = None,
) -> Ended:
    """Run a command of the command line.

    Args:
        args: of `triptych`.
        place: where `shadow`, what a power cut leaves, and the session's output go.
        kill: when; None to let it end.
        mutate: breaks the package on purpose, within the session.

    Raises `RuntimeError` if the session hangs.
    """
    output, count = place / "output.txt", place / "points.txt"
    for old in (output, count):
        old.unlink(missing_ok=True)
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _be(args, place, output, count, kill, mutate)
    code = _wait(pid, began, kill.seconds if kill else None)
    seconds = time.monotonic() - began
    reached = int(count.read_text() or 0) if count.exists() else 0  # it may be killed meanwhile
    said = output.read_text(errors="replace") if output.exists() else ""
    errors = output.with_name("errors.txt")
    told = errors.read_text(errors="replace") if errors.exists() else ""
    return Ended(code, said, told, reached, seconds)


def import_all(modules: Sequence[str]) -> None:
    """Import modules once for all sessions to come; those that cannot be are left out."""
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception:  # a library's own optional part
            continue


def warm_up() -> None:
    """Make what each session would make for itself and none changes; no thread is begun by it."""
    from triptych.channels import catalogue
    from triptych.runs.report import _environment

    catalogue()
    _environment().get_template("report.html")
    _command_line()


@cache
def _command_line():
    from triptych.cli import app

    return get_command(app)


def modules_of(args: Sequence[str], place: Path) -> list[str]:
    """What a session imports: found out in a process that runs a command to its end."""
    listed = place / "modules.txt"
    pid = os.fork()
    if pid == 0:
        code = _command(args, place / "output.txt")
        listed.write_text("\n".join(sorted(sys.modules)))
        os._exit(code)
    os.waitpid(pid, 0)
    return listed.read_text().split("\n")


def _be(args, place, output, count, kill, mutate) -> None:
    """Be the session; never returns."""
    code = 70
    try:
        power.record(place / "shadow")
        points.watch(kill.point if kill else None)
        if mutate is not None:
            mutate()
        code = _command(args, output)
        count.write_text(str(points.reached()))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _command(args: Sequence[str], output: Path) -> int:
    """Run a command as the command line does; returns its exit code."""
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    errors = os.open(output.with_name("errors.txt"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(written, 1)
    os.dup2(errors, 2)
    os.environ["TRIPTYCH_DEBUG"] = "1"
    try:
        code = _command_line().main(list(args), standalone_mode=False)
    except SystemExit as error:
        code = error.code
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _wait(pid: int, began: float, moment: float | None) -> int | None:
    """Wait for a session, and kill it when its moment comes."""
    deadline = began + LONGEST
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        now = time.monotonic()
        if (moment is not None and now >= began + moment) or now >= deadline:
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            if now >= deadline:
                raise RuntimeError("A session did not end.")
            return None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        time.sleep(0.0005 if moment is not None else 0.003)


def draw_kill(draw: random.Random, whole: Ended) -> Kill:
    """A kill of a command that, left alone, ends as `whole` did: half of them at chosen points."""
    if draw.random() < 0.5:
        return Kill(point=draw.randint(1, max(whole.points, 1)), power=draw.random() < 0.5)
    return Kill(seconds=draw.uniform(0, whole.seconds), power=draw.random() < 0.5)
