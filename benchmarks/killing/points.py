"""Chosen moments of a session: before and after each act that leaves something behind."""

from __future__ import annotations

import os
import signal
import threading

_lock = threading.Lock()
_reached = 0
_fatal: int | None = None


def reach(name: str) -> None:
    """One more moment is reached; the fatal one ends the process here and now."""
    global _reached
    with _lock:
        _reached += 1
        if _reached == _fatal:
            os.kill(os.getpid(), signal.SIGKILL)


def reached() -> int:
    """Moments so far."""
    return _reached


def watch(fatal: int | None) -> None:
    """Count from now on, and die at one moment.

    Args:
        fatal: its number, from 1; None to live.
    """
    global _reached, _fatal
    _reached, _fatal = 0, fatal
    from langgraph.checkpoint.sqlite import SqliteSaver

    from triptych.tracing.events import Tracer

    for owner, name in (
        (os, "fsync"),
        (os, "replace"),
        (os, "mkdir"),
        (os, "unlink"),
        (Tracer, "_append"),
        (SqliteSaver, "put"),
        (SqliteSaver, "put_writes"),
    ):
        setattr(owner, name, _around(getattr(owner, name), name))


def _around(act, name):
    def acting(*args, **options):
        reach(f"before {name}")
        try:
            return act(*args, **options)
        finally:
            reach(f"after {name}")

    return acting
