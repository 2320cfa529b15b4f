"""For other programs: campaigns from one set of models, in one call or followed as they go."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from triptych.domain import Brief, CampaignPlan, DeliverableResult, Part
from triptych.graph.person import Answer
from triptych.methods.load import load_models
from triptych.protocols import Models, Progress
from triptych.runs.campaign import Campaign
from triptych.runs.events import RunEvent
from triptych.runs.manifest import Manifest
from triptych.runs.prepare import Fork, Prepared, draft_plan, prepare
from triptych.runs.settings import RunOptions
from triptych.runs.stream import redo_part, run_campaign, stream_campaign

Source = str | Brief | CampaignPlan
"""A brief, a plan, a file with either, or a sentence."""


class Triptych:
    """Makes campaigns with one set of models, which are loaded once and stay.

    Safe to share between threads and asyncio tasks: campaigns that are made at the same time come
    out as they do one after another.

    Args:
        profile: which models, or which method on them; see `triptych profiles`.
        overrides: of the profile, as in `image.steps=20`.
        models: one's own, instead of the profile's. A run remembers whose it is, and is gone on
            with by the same alone.

    Raises:
        ProfileError: if there is no such profile.
    """

    def __init__(
        self,
        profile: str = "starter",
        overrides: Sequence[str] = (),
        *,
        models: Models | None = None,
    ) -> None:
        self.models = load_models(profile, overrides) if models is None else models
        self.profile = profile if models is None else models.profile
        self.overrides = tuple(overrides)

    def prepare(
        self, source: Source | None, options: RunOptions | None = None, fork: Fork | None = None
    ) -> Prepared:
        """Check and price a run without beginning it.

        Args:
            source: what to make; None for a fork's own plan.
            options: what is asked of the run.
            fork: a run to go on from.

        Raises:
            TriptychError: saying what of it cannot be.
        """
        return prepare(
            source,
            options,
            profile=self.profile,
            overrides=self.overrides,
            models=self.models,
            fork=fork,
        )

    def plan(self, source: Source, options: RunOptions | None = None) -> CampaignPlan:
        """The plan of a brief, to look at, change and run. A plan comes back as it is asked for."""
        return draft_plan(self.prepare(source, options))

    def run(
        self,
        source: Source | None,
        out: str | Path,
        options: RunOptions | None = None,
        *,
        fork: Fork | None = None,
        on_step: Progress | None = None,
    ) -> Manifest:
        """Make a campaign; returns its manifest (`campaign.json`).

        Args:
            source: what to make; None for a fork's own plan.
            out: the run folder, new or empty.
            options: what is asked of the run.
            fork: a run to go on from.
            on_step: called with (steps done, steps in all) as samples are denoised.

        Raises:
            TriptychError: saying what cannot be; what was made by then is kept in the folder.
        """
        campaign = self.prepare(source, options, fork).begin(Path(out))
        return run_campaign(campaign, self.models, on_step)

    def stream(
        self,
        source: Source | None,
        out: str | Path,
        options: RunOptions | None = None,
        *,
        fork: Fork | None = None,
        on_step: Progress | None = None,
    ) -> Generator[RunEvent]:
        """Make a campaign and yield what happens as it happens; arguments as for `run`.

        Closing the iterator stops the run at its next denoising step; it can be resumed.
        """
        campaign = self.prepare(source, options, fork).begin(Path(out))
        yield from stream_campaign(campaign, self.models, on_step)

    async def astream(
        self,
        source: Source | None,
        out: str | Path,
        options: RunOptions | None = None,
        *,
        fork: Fork | None = None,
    ) -> AsyncIterator[RunEvent]:
        """`stream` for asyncio: the run works in a thread of its own, the event loop stays free.

        Cancelling the task, or leaving the loop and closing the iterator, stops the run at its
        next denoising step; it can be resumed.
        """
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, thread_name_prefix="triptych") as worker:

            def begin() -> Campaign:
                return self.prepare(source, options, fork).begin(Path(out))

            campaign = await loop.run_in_executor(worker, begin)
            events = stream_campaign(campaign, self.models)
            try:
                while (event := await loop.run_in_executor(worker, next, events, None)) is not None:
                    yield event
            finally:
                # The worker may be in the middle of a step: it is told to stop, and waited for.
                campaign.stop()
                await asyncio.shield(loop.run_in_executor(worker, events.close))

    def resume(
        self, folder: str | Path, answer: Answer | None = None, *, on_step: Progress | None = None
    ) -> Manifest:
        """Go on with a run that was stopped, killed, or waits for a person.

        Args:
            folder: the run folder.
            answer: to what it waits for.
            on_step: as of `run`.

        Raises:
            StoreError: if the folder holds no run, or one that other models made.
        """
        return run_campaign(Campaign.open(Path(folder)), self.models, on_step, answer)

    def redo(
        self,
        folder: str | Path,
        deliverable: str,
        part: Part,
        reason: str,
        *,
        on_step: Progress | None = None,
    ) -> DeliverableResult:
        """Make one part of a finished run again, for a reason; the rest stays untouched.

        Args:
            folder: the run folder.
            deliverable: its id, as in the plan.
            part: copy, image or clip.
            reason: what was wrong, in words that the next attempt is given.
            on_step: as of `run`.

        Raises:
            StoreError: if the run is not finished, has no such part, or other models made it.
        """
        campaign = Campaign.open(Path(folder))
        return redo_part(campaign, self.models, deliverable, part, reason, on_step)


_shared: dict[tuple[str, tuple[str, ...]], Triptych] = {}
_sharing = threading.Lock()


def shared_triptych(profile: str = "starter", overrides: Sequence[str] = ()) -> Triptych:
    """The process's one `Triptych` of a profile: its models are loaded once."""
    key = (profile, tuple(overrides))
    with _sharing:
        if key not in _shared:
            _shared[key] = Triptych(profile, overrides)
        return _shared[key]


def run(
    source: Source, out: str | Path, options: RunOptions | None = None, *, profile: str = "starter"
) -> Manifest:
    """Make a campaign with a profile's models; see `Triptych.run`."""
    return shared_triptych(profile).run(source, out, options)


def stream(
    source: Source, out: str | Path, options: RunOptions | None = None, *, profile: str = "starter"
) -> Generator[RunEvent]:
    """Make a campaign and follow it; see `Triptych.stream`."""
    return shared_triptych(profile).stream(source, out, options)


def astream(
    source: Source, out: str | Path, options: RunOptions | None = None, *, profile: str = "starter"
) -> AsyncIterator[RunEvent]:
    """Make a campaign and follow it in an event loop; see `Triptych.astream`."""
    return shared_triptych(profile).astream(source, out, options)
