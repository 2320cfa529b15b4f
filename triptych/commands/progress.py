"""Live progress of a run on a terminal: what is done, and what comes next."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from triptych.domain import Part
from triptych.safe_text import visible

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from triptych.runs.events import RunEvent

_DONE: dict[Part, str] = {"copy": "copy written", "image": "picture painted", "clip": "clip shot"}
_NEXT: dict[Part, str] = {"copy": "painting", "image": "shooting", "clip": "judging"}
_AGAIN: dict[Part, str] = {"copy": "writing", "image": "painting", "clip": "shooting"}


class Progress:
    """A bar and lines above it; nothing when piped or told to be quiet."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet or not sys.stderr.isatty()
        self._bars: Bars | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Progress:
        if self.quiet:
            return self
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        self._bars = Bars(
            TextColumn("{task.description:<10}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._bars.start()
        self._task = self._bars.add_task("planning", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars is not None:
            self._bars.stop()

    def say(self, text: str) -> None:
        """A line above the bar."""
        if self._bars is not None:
            self._bars.console.print(visible(text), markup=False, highlight=False)

    def show(self, event: RunEvent) -> None:
        """Say what happened, and what comes next."""
        if event.kind == "plan":
            self.say("planned")
            self._expect("writing")
        elif event.kind == "part":
            self.say(f"{event.deliverable}: {_DONE[event.part]}")
            self._expect(_NEXT[event.part])
        elif event.kind == "verdict":
            verdict = event.verdict
            reason = f": {verdict.reason}" if verdict.reason else ""
            self.say(f"{event.deliverable}: {verdict.status}{reason}")
            self._expect(_AGAIN[verdict.weakest] if verdict.weakest else "working")

    def on_step(self, done: int, steps: int) -> None:
        """A denoising step was done."""
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=done, total=steps)

    def _expect(self, what: str) -> None:
        if self._bars is not None and self._task is not None:
            self._bars.reset(self._task, description=what, total=None)
