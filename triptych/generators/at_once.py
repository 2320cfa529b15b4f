"""For generators that hand back finished pictures or clips: servers, renderers, stock libraries."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from triptych.errors import ModelError
from triptych.protocols import Made, Pixels, Progress, VisualRequest


class OneStep:
    """Base of such a generator: a sample takes one step, whatever is wished for, and costs one NFE.

    What is left to write: `identity`, and `start`, which returns an `AtOnce`.
    """

    step_nfe = 1

    def steps_for(self, wished: int | None) -> int:
        """One."""
        return 1


class AtOnce:
    """A `Sampling` of one step, in which each sample is made whole.

    Args:
        make: a sample of a request and its seed; seconds and NFE of its spend are filled in here.
        requests: one a sample.
        seeds: one a sample.
        on_step: told when all are made.
    """

    steps = 1

    def __init__(
        self,
        make: Callable[[VisualRequest, int], Made],
        requests: Sequence[VisualRequest],
        seeds: Sequence[int],
        on_step: Progress | None = None,
    ) -> None:
        self._make, self._on_step = make, on_step
        self._asked = list(zip(requests, seeds, strict=True))
        self._made: list[Made] = []
        self.nfe = 0

    @property
    def step(self) -> int:
        """Whether it is done."""
        return int(bool(self._made))

    @property
    def size(self) -> int:
        """Samples still in the batch."""
        return len(self._asked)

    def advance(self, to_step: int) -> None:
        """Make all samples, unless they are made already or `to_step` is 0."""
        if self._made or to_step < 1:
            return
        self._made = [self._timed(request, seed) for request, seed in self._asked]
        self.nfe += len(self._made)
        if self._on_step:
            self._on_step(1, 1)

    def preview(self) -> list[Pixels]:
        """The samples. Raises `ModelError` before they are made: there is nothing in between."""
        if not self._made:
            raise ModelError("A sample that is made in one step cannot be looked at before it.")
        return [one.pixels for one in self._made]

    def keep(self, indices: Sequence[int]) -> None:
        """Go on with these samples alone."""
        self._asked = [self._asked[index] for index in indices]
        self._made = [self._made[index] for index in indices] if self._made else []

    def finish(self) -> list[Made]:
        """All samples, made now if they are not yet."""
        self.advance(1)
        return self._made

    def _timed(self, request: VisualRequest, seed: int) -> Made:
        started = time.perf_counter()
        made = self._make(request, seed)
        seconds = time.perf_counter() - started
        return replace(made, spend=made.spend.model_copy(update={"seconds": seconds, "nfe": 1}))
