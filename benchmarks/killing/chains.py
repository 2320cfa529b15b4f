"""What is killed: every command that changes a run, one after another, on one folder.

`{run}` is the folder, `{base}` a finished run, `{out}` a folder for pages, `{here}` the sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ANSWERED = ("resume", "{run}", "--json")
_RUN = ("--profile", "{here}/free.yaml", "--seed", "{seed}", "--out", "{run}", "--json")
_RUN += ("--candidates", "2", "--strategy", "best-of-n")


@dataclass(frozen=True)
class Command:
    """One command, and what a user does after it was killed.

    Attributes:
        args: of `triptych`.
        answers: it answers a question: after a kill the run is resumed without an answer first, and
            the answer given again only if the same is asked again.
        remakes: it makes things again on purpose.
        begins: it makes the folder: after a kill the same again, or `resume` once there is a run.
    """

    args: tuple[str, ...]
    answers: bool = False
    begins: bool = False
    remakes: bool = False


@dataclass(frozen=True)
class Chain:
    """Commands in order; with `base` the folder begins as a copy of a finished run."""

    commands: tuple[Command, ...]
    base: bool = False


def _answer(*args: str) -> Command:
    return Command((*ANSWERED, *args), answers=True)


_PAID = ("--profile", "{here}/paid.yaml")
_PLAN = ("run", "{here}/plan.yaml")
CHAINS: Mapping[str, Chain] = {
    "run": Chain((Command((*_PLAN, *_RUN), begins=True),)),
    "paid": Chain(
        (Command(("run", "{here}/brief.yaml", *_RUN, *_PAID), begins=True),),
    ),
    "approve": Chain(
        (
            Command(("run", "{here}/brief.yaml", *_RUN, "--approve"), begins=True),
            _answer("--redo", "plan", "--reason", "not a bit of it"),
            _answer("--edit", "{here}/plan.yaml"),
            _answer("--redo", "social-post/image", "--reason", "too dark"),
            _answer("--edit", "headline={here}/copy.txt"),
            _answer("--pick", "facebook-feed=1"),
        )
    ),
    "redo": Chain(
        tuple(
            Command(("redo", "{run}", asset, "--reason", reason, "--json"))
            for asset, reason in (
                ("social-post/image", "too dark"),
                ("headline/copy", "too short"),
                ("facebook-feed/clip", "too slow"),
                ("social-post/image", "too small"),
            )
        ),
        base=True,
    ),
    "fork": Chain(
        (Command(("run", "--from", "{base}", "--until", "image", *_RUN), begins=True),),
    ),
    "pages": Chain(
        (
            Command(("trace", "view", "{run}")),
            Command(("trace", "export", "{run}", "--format", "chrome", "-o", "{out}/events.json")),
            Command(("plan", "{here}/brief.yaml", "--profile", "{here}/free.yaml", "-o",
                     "{out}/plan.yaml"), remakes=True),
            Command(("trace", "replay", "{run}", "--regenerate"), remakes=True),
            Command(("resume", "{run}", "--json")),
        ),
        base=True,
    ),
}  # fmt: skip
