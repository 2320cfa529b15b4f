# pyright: strict
"""What every event of a trace tells.

A record is made when the thing begins, filled in while it goes on, and stamped with its times when
it is written; from then on nobody changes it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, FiniteFloat

from triptych.domain import (
    Candidate,
    ModelIdentity,
    Record,
    Spend,
)

VERSION = 2
FOUND = "found finished work of an earlier session"
Outcome = Literal["passed", "failed", "unjudged", "error"]
EventKind = Literal[
    "workflow",
    "agent",
    "model",
    "tool",
    "verdict",
    "regeneration",
    "approval",
    "retry",
    "error",
    "resume",
]


Moment = Annotated[FiniteFloat, Field(ge=0, lt=253_402_300_800)]
"""UNIX seconds, up to the year 9999: what every calendar can tell."""


class Event(Record):
    """What every event tells. Times are UNIX seconds; files are named by digest."""

    model_config = ConfigDict(frozen=False)

    version: Literal[2] = VERSION
    run: str = ""
    id: str = ""
    parent: str | None = None
    started: Moment = 0.0
    ended: Moment = 0.0
    status: Literal["ok", "error", "interrupted"] = "ok"
    seed: int | None = None
    model: ModelIdentity | None = None
    spend: Spend = Spend()
    message: str = ""
    """Why, or what went wrong, in words."""

    @property
    def deliverable(self) -> str | None:
        """The deliverable that it is about, if it is about one."""
        return None

    @property
    def attempt(self) -> int | None:
        """Which attempt at a part or deliverable it is about, if it is about one."""
        return None

    @property
    def made(self) -> Candidate | None:
        """Copy, a picture or a clip that was made, found again or taken over."""
        return None
