"""Following a run at the terminal to its end, to a question, or until it is stopped."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from triptych.commands.approval import ask_person, say_what_waits
from triptych.commands.exits import Exit
from triptych.commands.progress import Progress
from triptych.commands.say import say, say_json
from triptych.run_folder import REPORT
from triptych.safe_text import visible

if TYPE_CHECKING:
    from triptych.graph.person import Answer, PlanQuestion, ResultsQuestion
    from triptych.protocols import Models
    from triptych.runs.campaign import Campaign


def follow(campaign: Campaign, models: Models, as_json: bool, answer: Answer | None = None) -> None:
    """Run to the end with live progress, asking a person on a terminal; ends the command.

    Raises:
        typer.Exit: 1 stopped at a limit, 3 something did not pass, 4 waits for a person, 5
            something could not be judged, 130 after Ctrl-C.
    """
    ask = not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    while True:
        question = _session(campaign, models, as_json, answer)
        if question is None:
            break
        answer = ask_person(question, campaign.folder) if ask else None
        if answer is None:
            say_what_waits(question, campaign.folder, as_json)
            raise typer.Exit(Exit.WAITING)
    if as_json:
        say_json(campaign.manifest())
    else:
        for name, result in campaign.results.items():
            message = f". {visible(result.message)}" if result.message else ""
            say(f"{visible(name)}: {result.status}{message}")
        say(campaign.folder / REPORT)
    if not campaign.manifest().passed:
        raise typer.Exit(_not_passed(campaign, models))


def _not_passed(campaign: Campaign, models: Models) -> Exit:
    """How a campaign ends that did not pass: unjudged where nothing else stands in its way.

    A profile that was never calibrated is told the one command that does it.
    """
    from triptych.alignment.calibration import FILE

    statuses = {result.status for result in campaign.results.values()}
    if "unjudged" not in statuses or statuses - {"passed", "unjudged"}:
        return Exit.NOT_PASSED
    folder = models.calibration_folder
    if folder is not None and not (folder / FILE).is_file():
        settings = campaign.settings
        wishes = [word for one in settings.overrides for word in ("--set", one)]
        command = shlex.join(["triptych", "calibrate", "--profile", settings.profile, *wishes])
        say(f"There is no verdict yet. Once: {visible(command)}", err=True)
    return Exit.UNJUDGED


def _session(
    campaign: Campaign, models: Models, as_json: bool, answer: Answer | None
) -> PlanQuestion | ResultsQuestion | None:
    """Stream until the run ends or asks; returns the question, if there is one."""
    from triptych.runs.stream import stream_campaign

    question, before, goes_on = None, False, f"`triptych resume {campaign.folder}` goes on."
    with Progress(as_json) as progress, stopped_by_ctrl_c(campaign, progress, goes_on) as pressed:
        for event in stream_campaign(campaign, models, progress.on_step, answer):
            question = event.question if event.kind == "question" else question
            before = event.kind == "finished" and event.before
            progress.show(event)
    end_if_stopped(campaign, pressed, goes_on)
    if before:
        say("There was nothing to do: the run is finished.", err=True)
    return question


def end_if_stopped(campaign: Campaign, pressed: list[int], goes_on: str) -> None:
    """End the command if the session was stopped by Ctrl-C or at a limit."""
    if campaign.stopped:
        say(f"Stopped: {campaign.stopped}.", err=True)
        say(goes_on, err=True)
        raise typer.Exit(Exit.STOPPED if pressed else Exit.ERROR)


@contextmanager
def stopped_by_ctrl_c(campaign: Campaign, progress: Progress, goes_on: str) -> Iterator[list[int]]:
    """Ctrl-C ends the run at its next denoising step; pressed again, at once.

    Both are safe: finished work is on disk, and every step is checkpointed.
    """
    pressed: list[int] = []

    def press(number: int, _: object) -> None:
        pressed.append(number)
        if len(pressed) == 1:
            campaign.stop("Ctrl-C")
            progress.say("Stopping after this step; Ctrl-C once more stops at once.")
            return
        progress.__exit__()
        os.write(2, f"\nStopped. {visible(goes_on)}\n".encode())
        os._exit(Exit.STOPPED)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)
