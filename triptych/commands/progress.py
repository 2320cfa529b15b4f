"""Following a run at the terminal: progress, stopping it, and asking a person."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from triptych.commands.exits import Exit
from triptych.errors import TriptychError
from triptych.safe_text import visible

if TYPE_CHECKING:
    from triptych.runs.campaign import Campaign

_NEXT = {
    "plan": "writing",
    "approve_plan": "writing",
    "write": "painting",
    "paint": "shooting",
    "shoot": "judging",
}
_DONE = {"write": "copy written", "paint": "picture painted", "shoot": "clip shot"}
_AGAIN = {"copy": "writing", "image": "painting", "clip": "shooting"}


def follow(campaign: Campaign, models: Any, as_json: bool, answer: Any = None) -> None:
    """Run to the end with live progress, asking a person on a terminal; ends the command.

    Raises:
        typer.Exit: 1 stopped at a limit, 3 something did not pass, 4 waits for a person, 130 after
            Ctrl-C.
    """
    ask = not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    while True:
        question = _session(campaign, models, as_json, answer)
        if question is None:
            break
        answer = _asked(question, campaign.folder) if ask else None
        if answer is None:
            _say_what_waits(question, campaign.folder, as_json)
            raise typer.Exit(Exit.WAITING)
    if as_json:
        typer.echo(json.dumps(campaign.manifest(), indent=2))
    else:
        for name, result in campaign.results.items():
            typer.echo(
                f"{name}: {result.status}" + (f". {result.message}" if result.message else "")
            )
        typer.echo(campaign.folder / "report.html")
    if any(result.status != "passed" for result in campaign.results.values()):
        raise typer.Exit(Exit.NOT_PASSED)


def _session(campaign: Campaign, models: Any, as_json: bool, answer: Any) -> Any:
    """Stream until the run ends or asks; returns the question, if there is one."""
    question, goes_on = None, f"`triptych resume {campaign.folder}` goes on."
    with Progress(as_json) as progress, stopped_by_ctrl_c(campaign, progress, goes_on) as pressed:
        for event in campaign.stream(models, progress.on_step, answer):
            question = event.get("interrupt", question)
            progress.told(event)
    end_if_stopped(campaign, pressed, goes_on)
    return question


def end_if_stopped(campaign: Campaign, pressed: list[int], goes_on: str) -> None:
    """End the command if the session was stopped by Ctrl-C or at a limit."""
    if campaign.stopped:
        typer.echo(f"Stopped: {campaign.stopped}.", err=True)
        typer.echo(goes_on, err=True)
        raise typer.Exit(Exit.STOPPED if pressed else Exit.ERROR)


@contextmanager
def stopped_by_ctrl_c(campaign: Campaign, progress: Progress, goes_on: str) -> Iterator[list[int]]:
    """Ctrl-C ends the run at its next denoising step; pressed again, at once.

    Both are safe: finished work is on disk, and every step is checkpointed.
    """
    pressed: list[int] = []

    def press(number: int, _: Any) -> None:
        pressed.append(number)
        if len(pressed) == 1:
            campaign.stop("Ctrl-C")
            progress.say("Stopping after this step; Ctrl-C once more stops at once.")
            return
        progress.__exit__()
        os.write(2, f"\nStopped. {goes_on}\n".encode())
        os._exit(Exit.STOPPED)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


class Progress:
    """Live progress on a terminal, nothing when piped."""

    def __init__(self, as_json: bool) -> None:
        self.bar: Any = None
        self.task: Any = None
        self.quiet = as_json or not sys.stderr.isatty()

    def __enter__(self) -> Progress:
        if self.quiet:
            return self
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        self.bar = Bars(
            TextColumn("{task.description:<10}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self.bar.start()
        self.task = self.bar.add_task("planning", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()

    def say(self, text: str) -> None:
        """A line above the bar."""
        if self.bar:
            self.bar.console.print(visible(text), markup=False, highlight=False)

    def told(self, event: dict[str, Any]) -> None:
        """A node ended: say so, and what comes next."""
        node, update = event.get("node"), event.get("update", {})
        whose = f"{event['deliverable']}: " if event.get("deliverable") else ""
        coming = _NEXT.get(str(node))
        if node in _DONE:
            self.say(f"{whose}{_DONE[node]}")
        elif node == "plan":
            self.say("planned")
        elif node == "critique":
            verdict = update["attempts"][-1].verdict
            self.say(f"{whose}{verdict.status}" + (f": {verdict.reason}" if verdict.reason else ""))
            coming = _AGAIN.get(verdict.weakest or "", "working")
        if self.bar and coming:
            self.bar.reset(self.task, description=coming, total=None)

    def on_step(self, done: int, steps: int) -> None:
        """A denoising step was done."""
        if self.bar:
            self.bar.update(self.task, completed=done, total=steps)


def _say_what_waits(question: dict[str, Any], folder: Path, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(question, indent=2))
    else:
        _show(question, folder)
    how = f"triptych resume {folder}"
    if question["what"] == "plan":
        ways = [f"{how} --accept", f"{how} --edit PLAN.yaml", f'{how} --redo plan --reason "…"']
    else:
        ways = [
            f"{how} --accept",
            f"{how} --pick DELIVERABLE=ATTEMPT",
            f'{how} --redo DELIVERABLE/PART --reason "…"',
            f"{how} --edit DELIVERABLE=COPY.txt",
        ]
    typer.echo(f"Waiting for approval of the {question['what']}. Go on with one of:", err=True)
    for way in ways:
        typer.echo(f"  {way}", err=True)


def _show(question: dict[str, Any], folder: Path) -> None:
    """The plan, or every attempt with its files and verdict."""
    if question["what"] == "plan":
        from triptych.briefs.yaml import to_yaml
        from triptych.domain import CampaignPlan

        typer.echo(visible(to_yaml(CampaignPlan.model_validate(question["plan"])), lines=True))
        return
    for name, result in question["results"].items():
        typer.secho(f"{name}: {result['status']}", bold=True)
        if result["message"]:
            typer.echo(f"  {visible(result['message'])}")
        for attempt in result["attempts"]:
            accepted = result["best"] and result["best"]["number"] == attempt["number"]
            verdict = attempt["verdict"]
            mark = "*" if accepted else " "
            typer.echo(f" {mark}attempt {attempt['number']}: {verdict['status']}")
            typer.echo(f"    {visible(attempt['copy_made']['copy_text'])}")
            for part in ("image", "clip"):
                if attempt[part]:
                    typer.echo(f"    {folder / attempt[part]['asset']['path']}")
            if verdict["reason"]:
                typer.echo(f"    {visible(verdict['reason'])}")


def _asked(question: dict[str, Any], folder: Path) -> dict[str, Any] | None:
    """Ask at the terminal until the answer fits; None to leave it for later."""
    from triptych.graph.person import check_answer

    _show(question, folder)
    plan = question["what"] == "plan"
    ways = "accept, edit, redo, quit" if plan else "accept, pick, edit, redo, quit"
    while True:
        choice = typer.prompt(f"The {question['what']} ({ways})", default="accept").strip().lower()
        if choice in ("q", "quit"):
            return None
        try:
            answer = _answer(choice[:1], plan, question)
            check_answer(question, answer)
        except TriptychError as error:
            typer.secho(visible(str(error)), fg="red", err=True)
            continue
        return answer


def _answer(choice: str, plan: bool, question: dict[str, Any]) -> dict[str, Any]:
    if choice == "a":
        return {"accept": True}
    if choice == "r" and plan:
        return {"redo": typer.prompt("What is wrong with it")}
    if choice == "e" and plan:
        return {"plan": _edited(question["plan"])}
    if choice == "p" and not plan:
        return {"pick": picks([typer.prompt("Which, as in body=2")])}
    if choice == "r":
        return again(typer.prompt("Which, as in body/image"), typer.prompt("What is wrong with it"))
    if choice == "e":
        name = typer.prompt("Whose copy, as in body")
        return {"again": [{"deliverable": name, "part": "copy", "words": typer.prompt("The copy")}]}
    raise TriptychError(f"'{choice}' is none of them.")


def _edited(plan: dict[str, Any]) -> dict[str, Any]:
    """A plan after a person has been at it with their editor."""
    import click

    from triptych.briefs.check import parse
    from triptych.briefs.yaml import parse_yaml, to_yaml
    from triptych.domain import CampaignPlan

    text = click.edit(to_yaml(CampaignPlan.model_validate(plan)), extension=".yaml")
    if text is None:
        return plan
    document = parse_yaml(text, "The edited plan")
    if not isinstance(document.value, dict):
        raise TriptychError("That is not a plan.", "Keep its fields as they were shown.")
    plan_made = parse(CampaignPlan, document.value, "the edited plan", document.lines)
    return plan_made.model_dump(mode="json")


def answer_from(
    accept: bool, edit: str | None, pick: list[str] | None, redo: str | None, reason: str | None
) -> dict[str, Any] | None:
    """The answer that `resume`'s options give to what a run waits for; None without any.

    Raises:
        TriptychError: if they contradict each other or cannot be read.
    """
    given = [bool(accept), bool(edit), bool(pick), bool(redo)]
    if sum(given) > 1:
        raise TriptychError(
            "--accept, --edit, --pick and --redo are different answers.", "Give one."
        )
    if bool(redo) != bool(reason):
        raise TriptychError("--redo and --reason go together.", "The next attempt is told why.")
    if accept:
        return {"accept": True}
    if pick:
        return {"pick": picks(pick)}
    if redo:
        return {"redo": reason} if redo == "plan" else again(redo, str(reason))
    if edit:
        return _edit_from(edit)
    return None


def _edit_from(edit: str) -> dict[str, Any]:
    from triptych.briefs.check import parse
    from triptych.briefs.read import read_mapping
    from triptych.briefs.text import read_text
    from triptych.domain import CampaignPlan

    name, equals, file = edit.partition("=")
    if equals:
        words = read_text(Path(file)).strip()
        return {"again": [{"deliverable": name, "part": "copy", "words": words}]}
    plan = parse(CampaignPlan, read_mapping(Path(edit)), edit)
    return {"plan": plan.model_dump(mode="json")}


def again(asset: str, reason: str) -> dict[str, Any]:
    """The wish to have DELIVERABLE/PART made again."""
    deliverable, part = asset_of(asset)
    return {"again": [{"deliverable": deliverable, "part": part, "reason": reason}]}


def asset_of(asset: str) -> tuple[str, Any]:
    """DELIVERABLE/PART in two. Raises `TriptychError` if it is none."""
    deliverable, _, part = asset.partition("/")
    if part not in ("copy", "image", "clip"):
        raise TriptychError(
            f"'{asset}' names no asset.", "Write DELIVERABLE/copy, /image or /clip."
        )
    return deliverable, part


def picks(pairs: list[str]) -> dict[str, int]:
    """DELIVERABLE=ATTEMPT pairs. Raises `TriptychError` for anything else."""
    found = {}
    for pair in pairs:
        name, _, number = pair.partition("=")
        if not number.isdecimal():
            raise TriptychError(f"'{pair}' picks nothing.", "Write DELIVERABLE=ATTEMPT.")
        found[name] = int(number)
    return found
