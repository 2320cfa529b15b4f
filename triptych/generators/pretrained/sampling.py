"""A batch on its way through a diffusers pipeline, as a search steers it (`Sampling`)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triptych.domain import Spend
from triptych.generators.pretrained.denoising import Denoising
from triptych.generators.pretrained.memory import (
    OutOfMemory,
    Resident,
    free_cache,
    is_out_of_memory,
    peak_memory,
)
from triptych.generators.pretrained.stepwise import can_step
from triptych.protocols import Made, Pixels, Progress

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline


@dataclass
class Account:
    """What one sample has cost so far."""

    seconds: float = 0.0
    nfe: int = 0


@dataclass
class Group:
    """Samples that go through the pipeline in one call, and their accounts."""

    denoising: Denoising
    accounts: list[Account]
    places: list[int]
    """Positions of these samples in the batch."""

    def select(self, rows: Sequence[int], places: Sequence[int]) -> Group:
        """Some of the samples; a sample taken twice shares no account."""
        accounts = [Account(self.accounts[row].seconds, self.accounts[row].nfe) for row in rows]
        return Group(self.denoising.select(rows), accounts, list(places))


class PipelineSampling:
    """Implements `Sampling` over one or more calls of a pipeline.

    When the device runs out of memory, everything else is moved off it, then the batch is halved,
    then the pipeline is put on cheaper settings; only then is it an error.

    Args:
        resident: the pipeline.
        groups: makes the calls, given the pipeline; called once.
        steps: denoising steps.
        cheapen: sets a pipeline to spend less memory; False if nothing is left to try.
        notes: for the trace, on every sample.
    """

    def __init__(
        self,
        resident: Resident[DiffusionPipeline],
        groups: Callable[[DiffusionPipeline], list[Group]],
        steps: int,
        cheapen: Callable[[DiffusionPipeline], bool],
        notes: tuple[str, ...] = (),
        on_step: Progress | None = None,
    ) -> None:
        self._resident, self._cheapen, self._on_step = resident, cheapen, on_step
        self._steps, self._notes = steps, notes
        self._nfe = 0
        with resident.use() as pipeline:
            self._groups = groups(pipeline)
            self._steers = can_step(pipeline)
        if not self._steers:
            self._note("this pipeline runs to the end at once: no previews, no pruning")

    @property
    def step(self) -> int:
        """Steps done."""
        return min(group.denoising.done for group in self._groups)

    @property
    def steps(self) -> int:
        """Steps in all."""
        return self._steps

    @property
    def nfe(self) -> int:
        """Denoiser evaluations of the whole batch so far."""
        return self._nfe

    @property
    def size(self) -> int:
        """Samples still in the batch."""
        return sum(group.denoising.size for group in self._groups)

    def advance(self, to_step: int) -> None:
        """Denoise until `to_step` steps are done; some pipelines can only go to the end."""
        goal = min(to_step, self._steps)
        with self._at_work():
            while any(group.denoising.done < goal for group in self._groups):
                for place, group in enumerate(self._groups):
                    if group.denoising.done < goal and not self._try(place, group, goal):
                        break

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        """The pipeline on its device; it may have been dropped and loaded anew in between."""
        with self._resident.use() as pipeline:
            for group in self._groups:
                group.denoising.pipeline = pipeline
            yield

    def _try(self, place: int, group: Group, goal: int) -> bool:
        """Advance one group. False if the groups have changed: look at them again."""
        before, started = group.denoising.done, time.perf_counter()
        try:
            group.denoising.advance(goal, self._progress(group))
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            free_cache()
            self._save_memory(place, group, error)
            return False
        seconds = time.perf_counter() - started
        each = (group.denoising.done - before) * (2 if group.denoising.guided else 1)
        self._nfe += each * group.denoising.size
        for account in group.accounts:
            account.seconds += seconds / group.denoising.size
            account.nfe += each
        return True

    def _save_memory(self, place: int, group: Group, error: BaseException) -> None:
        if self._resident.shelf.clear(keep=self._resident):
            self._note("out of memory: the other models were moved off the device")
            return
        if group.denoising.size > 1:
            half = group.denoising.size // 2
            rows = list(range(group.denoising.size))
            self._groups[place : place + 1] = [
                group.select(part, [group.places[row] for row in part])
                for part in (rows[:half], rows[half:])
            ]
            self._note(
                f"out of memory: the batch was split into parts of at most {len(rows) - half}"
            )
            return
        if self._cheapen(group.denoising.pipeline):
            self._note("out of memory: went on with slicing and tiling")
            return
        raise OutOfMemory(
            f"{self._resident.name} ran out of memory on one sample.",
            "Set a smaller height and width, `offload: model` or `sequential`, or fewer frames.",
        ) from error

    def _progress(self, group: Group) -> Callable[[int], None] | None:
        if self._on_step is None or group is not self._groups[-1]:
            return None
        report = self._on_step
        return lambda done: report(done, self._steps)

    def preview(self) -> list[Pixels]:
        """The predicted x0 of each sample, decoded by the pipeline."""
        with self._at_work():
            looks = [
                pair
                for group in self._groups
                for pair in zip(group.places, group.denoising.look(), strict=True)
            ]
        return [pixels for _, pixels in sorted(looks, key=lambda pair: pair[0])]

    def keep(self, indices: Sequence[int]) -> None:
        """Go on with these samples alone, in this order."""
        kept = []
        for group in self._groups:
            wanted = [
                (group.places.index(old), new)
                for new, old in enumerate(indices)
                if old in group.places
            ]
            if wanted:
                kept.append(group.select([row for row, _ in wanted], [new for _, new in wanted]))
        self._groups = kept

    def finish(self) -> list[Made]:
        """Denoise to the end and decode."""
        self.advance(self._steps)
        peak = peak_memory(self._resident.shelf.device)
        made: dict[int, Made] = {}
        for group in self._groups:
            pixels = group.denoising.pixels or []
            for place, account, sample in zip(group.places, group.accounts, pixels, strict=True):
                spend = Spend(seconds=account.seconds, nfe=account.nfe, peak_memory=peak)
                made[place] = Made(sample, spend, self._notes)
        return [made[place] for place in sorted(made)]

    def _note(self, note: str) -> None:
        if note not in self._notes:
            self._notes = (*self._notes, note)
