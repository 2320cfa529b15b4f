"""Asking a person at the terminal, and reading the answers that options give."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from triptych.commands.placements import copy_lines
from triptych.commands.say import say, say_json
from triptych.domain import PARTS, Again, Part
from triptych.errors import TriptychError
from triptych.safe_text import visible

if TYPE_CHECKING:
    from triptych.domain import CampaignPlan, DeliverableResult
    from triptych.graph.person import Answer, PlanQuestion, ResultsQuestion


def say_what_waits(question: PlanQuestion | ResultsQuestion, folder: Path, as_json: bool) -> None:
    """Show what a run waits for, and the commands that answer it."""
    if as_json:
        say_json(question)
    else:
        _show(question, folder)
    how = f"triptych resume {folder}"
    if question.what == "plan":
        ways = [f"{how} --accept", f"{how} --edit PLAN.yaml", f'{how} --redo plan --reason "…"']
    else:
        ways = [
            f"{how} --accept",
            f"{how} --pick DELIVERABLE=ATTEMPT",
            f'{how} --redo DELIVERABLE/PART --reason "…"',
            f"{how} --edit DELIVERABLE=COPY.txt",
        ]
    say(f"Waiting for approval of the {question.what}. Go on with one of:", err=True)
    for way in ways:
        say(f"  {way}", err=True)


def ask_person(question: PlanQuestion | ResultsQuestion, folder: Path) -> Answer | None:
    """Ask at the terminal until the answer fits; None to leave it for later."""
    from triptych.graph.person import check_answer

    _show(question, folder)
    ways = "accept, edit, redo, quit"
    ways = ways if question.what == "plan" else f"accept, pick, {ways.removeprefix('accept, ')}"
    while True:
        choice = typer.prompt(f"The {question.what} ({ways})", default="accept").strip().lower()
        if choice in ("q", "quit"):
            return None
        try:
            answer = _answer(choice[:1], question)
            check_answer(question, answer)
        except TriptychError as error:
            say(error, fg="red", err=True)
            continue
        return answer


def answer_from(
    accept: bool, edit: str | None, pick: list[str] | None, redo: str | None, reason: str | None
) -> Answer | None:
    """The answer that `resume`'s options give to what a run waits for; None without any.

    Raises:
        TriptychError: if they contradict each other or cannot be read.
    """
    from triptych.graph.person import Answer

    given = [bool(accept), bool(edit), bool(pick), bool(redo)]
    if sum(given) > 1:
        raise TriptychError(
            "--accept, --edit, --pick and --redo are different answers.", "Give one."
        )
    if bool(redo) != bool(reason):
        raise TriptychError("--redo and --reason go together.", "The next attempt is told why.")
    if accept:
        return Answer(accept=True)
    if pick:
        return Answer(pick=picks_from(pick))
    if redo and reason:
        return Answer(redo=reason) if redo == "plan" else _again(redo, reason)
    return _edit_from(edit) if edit else None


def asset_of(asset: str) -> tuple[str, Part]:
    """DELIVERABLE/PART in two. Raises `TriptychError` if it is none."""
    deliverable, _, name = asset.partition("/")
    for part in PARTS:
        if name == part:
            return deliverable, part
    raise TriptychError(f"'{asset}' names no asset.", "Write DELIVERABLE/copy, /image or /clip.")


def picks_from(pairs: list[str]) -> dict[str, int]:
    """DELIVERABLE=ATTEMPT pairs. Raises `TriptychError` for anything else."""
    picks = {}
    for pair in pairs:
        name, _, number = pair.partition("=")
        if not number.isdecimal():
            raise TriptychError(f"'{pair}' picks nothing.", "Write DELIVERABLE=ATTEMPT.")
        picks[name] = int(number)
    return picks


def _show(question: PlanQuestion | ResultsQuestion, folder: Path) -> None:
    """The plan, or every attempt with its files and verdict."""
    if question.what == "plan":
        from triptych.briefs import to_yaml

        say(to_yaml(question.plan))
        return
    for name, result in question.results.items():
        _show_result(name, result, folder)


def _show_result(name: str, result: DeliverableResult, folder: Path) -> None:
    say(f"{visible(name)}: {result.status}", bold=True)
    if result.message:
        say(f"  {visible(result.message)}")
    for attempt in result.attempts:
        mark = "*" if result.best and result.best.number == attempt.number else " "
        say(f" {mark}attempt {attempt.number}: {attempt.verdict.status}")
        for part, made in attempt.parts.items():
            lines = copy_lines(made) if part == "copy" else [visible(str(folder / made.asset.path))]
            for line in lines:
                say(f"    {line}")
        if attempt.verdict.reason:
            say(f"    {visible(attempt.verdict.reason)}")


def _answer(choice: str, question: PlanQuestion | ResultsQuestion) -> Answer:
    from triptych.graph.person import Answer

    if choice == "a":
        return Answer(accept=True)
    if question.what == "plan":
        if choice == "r":
            return Answer(redo=typer.prompt("What is wrong with it"))
        if choice == "e":
            return Answer(plan=_edited(question.plan))
    elif choice == "p":
        return Answer(pick=picks_from([typer.prompt("Which, as in body=2")]))
    elif choice == "r":
        which = typer.prompt("Which, as in body/image")
        return _again(which, typer.prompt("What is wrong with it"))
    elif choice == "e":
        name = typer.prompt("Whose copy, as in body")
        return _own_words(name, typer.prompt("The copy"))
    raise TriptychError(f"'{choice}' is none of them.")


def _edited(plan: CampaignPlan) -> CampaignPlan:
    """A plan after a person has been at it with their editor."""
    import click

    from triptych.briefs import parse, to_yaml
    from triptych.domain import CampaignPlan
    from triptych.files.yaml import parse_yaml
    from triptych.runs.carried import KEPT_ALONE

    text = click.edit(to_yaml(plan), extension=".yaml")
    if text is None:
        return plan
    document = parse_yaml(text, "The edited plan")
    if not isinstance(document.value, dict):
        raise TriptychError("That is not a plan.", "Leave its fields as they are named.")
    return parse(CampaignPlan, document.value, "the edited plan", document.lines, KEPT_ALONE)


def _edit_from(edit: str) -> Answer:
    from triptych.briefs import parse, read_mapping, read_text
    from triptych.domain import CampaignPlan
    from triptych.graph.person import Answer
    from triptych.runs.carried import KEPT_ALONE

    name, equals, file = edit.partition("=")
    if equals:
        return _own_words(name, read_text(Path(file)).strip())
    return Answer(plan=parse(CampaignPlan, read_mapping(Path(edit)), edit, context=KEPT_ALONE))


def _again(asset: str, reason: str) -> Answer:
    from triptych.graph.person import Answer

    deliverable, part = asset_of(asset)
    return Answer(again=(Again(deliverable=deliverable, part=part, reason=reason),))


def _own_words(deliverable: str, words: str) -> Answer:
    from triptych.graph.person import Answer

    return Answer(again=(Again(deliverable=deliverable, part="copy", words=words),))
