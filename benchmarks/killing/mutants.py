"""Ways to break the package that the harness must notice: proof that it sees what it looks for.

Each is a function that patches the package within a session, named by what it breaks.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from benchmarks.killing.points import reach

PAUSE = 0.05
"""Seconds by which a window is widened."""


@dataclass(frozen=True)
class Mutant:
    """A way to break the package, and the chains of commands that go where it is broken."""

    apply: Callable[[], None]
    chains: tuple[str, ...] = ("run",)


def widen_window() -> None:
    """A step's files lie on disk for a while before its note."""
    from triptych.step_store import StepNote, StepStore
    from triptych.store import Store

    def keep(self, key, made, spend):
        held, self._held = self._held, {}
        for ref, data in held.items():
            Store.put(self, data, ref.media_type)
        pause()
        note = StepNote(made=made.model_dump(mode="json"), spend=spend, files=tuple(held))
        self.remember(key, note.model_dump(mode="json"))

    StepStore.keep = keep


def judge_again() -> None:
    """No verdict of an earlier session is found; each is told a while before its checkpoint."""
    from triptych.graph.earlier import EarlierSessions
    from triptych.tracing.events import Tracer

    write = Tracer.write

    def lingering(self, event):
        write(self, event)
        if event.kind == "verdict":
            pause()

    EarlierSessions.verdict = lambda *_: None
    Tracer.write = lingering


def forget_calls() -> None:
    """A paid call is not written down before it is sent."""
    from triptych.generators import paid

    paid._Ledger._keep = lambda *_: None


def forget_redo() -> None:
    """What was asked to be made again is not written down."""
    from triptych.runs import stream

    stream._was_redone = lambda *_: False


def drop_events(kind: str) -> Callable[[], None]:
    """Every third event of a kind is not written."""

    def apply() -> None:
        from triptych.tracing.events import Tracer

        write, count = Tracer.write, [0]

        def dropping(self, event):
            count[0] += event.kind == kind
            if event.kind != kind or count[0] % 3:
                write(self, event)

        Tracer.write = dropping

    return apply


def drop_trace_sync() -> None:
    """The trace is never synced."""
    from triptych.tracing.events import Tracer

    Tracer.sync = lambda self: None


def drop_file_sync() -> None:
    """A written file is renamed without being synced."""
    from triptych import store

    store.os = SimpleNamespace(**{**vars(os), "fsync": lambda descriptor: None})


def drop_folder_sync() -> None:
    """A file's new name is not synced."""
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("triptych") and "sync_folder" in vars(module):
            module.sync_folder = lambda folder: None


def write_in_place() -> None:
    """Files are written where they stand, a half at a time."""

    def write(path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb", buffering=0) as file:
            file.write(data[: len(data) // 2])
            pause()
            file.write(data[len(data) // 2 :])
            os.fsync(file.fileno())

    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("triptych") and "write_whole" in vars(module):
            module.write_whole = write


def settings_first() -> None:
    """A new run can be resumed before all that it takes over is there."""
    from triptych.runs import campaign

    take = campaign.take_folder

    def reversed_order(folder, files):
        take(folder, dict(reversed(files.items())))

    campaign.take_folder = reversed_order


def pause() -> None:
    """A window, wide enough to be hit by the clock and by chosen points."""
    reach("a window")
    time.sleep(PAUSE)
    reach("a window")


MUTANTS: Mapping[str, Mutant] = {
    "a step's files lie there before its note": Mutant(widen_window),
    "verdicts are not found again": Mutant(judge_again),
    "paid calls are not written down": Mutant(forget_calls, ("paid",)),
    "a redo is not written down": Mutant(forget_redo, ("redo",)),
    "model events are dropped": Mutant(drop_events("model")),
    "step events are dropped": Mutant(drop_events("agent")),
    "regeneration events are dropped": Mutant(drop_events("regeneration")),
    "the trace is not synced": Mutant(drop_trace_sync),
    "files are not synced": Mutant(drop_file_sync),
    "names are not synced": Mutant(drop_folder_sync),
    "files are written in place": Mutant(write_in_place),
    "a fork's settings come first": Mutant(settings_first, ("fork",)),
}
