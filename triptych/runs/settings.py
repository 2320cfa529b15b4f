"""How a run is made: what a caller may ask for, and what is stored with the run."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import ConfigDict, Field

from triptych.briefs.callers import CallerRecord
from triptych.domain import Record, SearchChoice, Strategy


class RunOptions(CallerRecord):
    """What a caller may ask of a run. None leaves it to the plan, the brief or the profile."""

    called: ClassVar[str] = "the options"

    model_config = ConfigDict(allow_inf_nan=False)

    seed: int = Field(default=0, ge=0, lt=2**63)
    """The same seed gives the same campaign."""
    steps: int | None = Field(default=None, ge=1, le=1000)
    """Denoising steps of one sample."""
    candidates: int | None = Field(default=None, ge=1, le=64)
    """Compute of one search, in full samples."""
    strategy: Strategy | None = None
    """How the critic searches among samples."""
    nfe: int | None = Field(default=None, ge=1)
    """Denoiser evaluations over the whole campaign."""
    false_rejection_rate: float | None = Field(default=None, gt=0, lt=1)
    """Share of true pairs that the critic may refuse."""
    max_seconds: float | None = Field(default=None, ge=0)
    """A session stops after so long."""
    max_cost: float | None = Field(default=None, ge=0)
    """The run stops when it has cost so many US dollars."""
    approve: bool = False
    """Ask a person after the plan and before finishing."""
    sku: str | None = Field(default=None, min_length=1, max_length=200)
    """Of a product feed, the product of this SKU."""
    row: int | None = Field(default=None, ge=1)
    """Of a product feed, the product of this row."""

    def given(self) -> set[str]:
        """The options that the caller gave, by name."""
        return set(self.model_fields_set)


class RunSettings(Record):
    """How a run was started: enough to resume and to repeat it."""

    model_config = ConfigDict(allow_inf_nan=False)

    version: Literal[2] = 2
    profile: str = "starter"
    overrides: tuple[str, ...] = ()
    seed: int = Field(default=0, ge=0, lt=2**63)
    steps: int | None = Field(default=None, ge=1, le=1000)
    """Denoising steps; the profile's own where it is None."""
    approve: bool = False
    search: SearchChoice = SearchChoice()
    false_rejection_rate: float | None = Field(default=None, gt=0, lt=1)
    """Of a drafted plan; the plan's default where it is None."""
    max_seconds: float | None = Field(default=None, ge=0)
    """A session stops after so long; the brief's budget where it is None."""
    max_cost: float | None = Field(default=None, ge=0)
    """The run stops when it has cost so many dollars; the brief's budget where it is None."""
    started: float = 0.0
    """UNIX seconds."""
