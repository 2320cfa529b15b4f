"""Replaying a run from its trace: judging it anew without generating, or making it all again."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from triptych.briefs.check import parse
from triptych.briefs.read import mapping_in
from triptych.domain import (
    AssetRef,
    Brief,
    CampaignPlan,
    Candidate,
    ModelIdentity,
    Part,
    Record,
    Verdict,
)
from triptych.errors import StoreError
from triptych.run_files import is_there
from triptych.run_folder import ASSETS, PLAN, SETTINGS
from triptych.runs.settings import RunSettings
from triptych.runs.trust import agreed_settings
from triptych.store import Store
from triptych.tracing.runs import Run
from triptych.tracing.work import PartStep, PlanStep

if TYPE_CHECKING:
    from triptych.protocols import Critic, Models


class Rejudged(Record):
    """What the critic says now of an attempt, and what it said then."""

    deliverable: str
    attempt: int
    before: Verdict
    after: Verdict

    @property
    def changed(self) -> bool:
        """Whether it passes where it did not, or the other way, or another part is blamed."""
        return (self.before.status, self.before.weakest) != (self.after.status, self.after.weakest)


class Remade(Record):
    """How a step of a run came out when it was done again."""

    step: str
    """`plan`, or DELIVERABLE/PART/ATTEMPT."""
    same: bool
    """Byte-identical (of a plan: equal)."""
    before: str
    after: str
    """Digests."""
    seed: int | None
    seconds: float
    note: str = ""
    """What else is not as it was: the model, the prompt, the latents."""


def scorer_for(
    run: Run,
    clip: str | None = None,
    rate: float | None = None,
    profile: str | None = None,
    overrides: Sequence[str] | None = None,
) -> Critic:
    """The critic of a run, or one with another CLIP or another threshold.

    Args:
        run: whose profile names the critic.
        clip: a folder with a CLIP, or a profile whose critic to take.
        rate: share of true pairs to refuse; the run's own otherwise.
        profile: named by the user in place of the run's.
        overrides: of the profile, in place of the run's.

    Raises:
        StoreError: if the run is a stranger's that chooses code, addresses, models or files.
    """
    from triptych.alignment.calibration import load_calibration
    from triptych.alignment.scoring import AlignmentScorer
    from triptych.generators.encoder import load_clip
    from triptych.methods.load import load_models

    rate = rate if rate is not None else _newest_plan(run).false_rejection_rate
    if clip is not None and Path(clip).is_dir():
        encoder = load_clip(Path(clip))
        return AlignmentScorer(encoder, load_calibration(Path(clip), encoder), rate)
    if clip is not None:
        return load_models(clip).critic(rate)
    return models_of(run, profile, overrides).critic(rate)


def models_of(
    run: Run, profile: str | None = None, overrides: Sequence[str] | None = None
) -> Models:
    """The models of a run, or of a profile that the user names in place of the run's.

    Raises:
        StoreError: if the run is a stranger's that chooses code, addresses, models or files, or
            does not say how it was started.
    """
    from triptych.methods.load import load_models

    settings = agreed_settings(run.folder, settings_of(run), profile, overrides)
    return load_models(settings.profile, settings.overrides)


def rejudge(run: Run, scorer: Critic) -> list[Rejudged]:
    """Hold every judged attempt of a run against a scorer; nothing is generated or written."""
    from triptych.agents.critic import CriticAgent

    critic, plan = CriticAgent(scorer, Store(run.folder)), _newest_plan(run)
    made = {(c.deliverable, c.part, c.asset.digest): c for c in run.candidates}
    assets = {c.asset.digest: c.asset for c in run.candidates}
    attempts: list[Rejudged] = []
    for event in run.verdicts:
        before, given = event.outputs, event.inputs.parts
        if before is None:
            continue
        name = before.deliverable
        copy = made.get((name, "copy", given.get("copy", "")))
        if copy is None:
            continue  # its making is not in the trace, so neither are its words
        image = assets.get(given.get("image") or event.inputs.lead or "")
        clip = assets.get(given.get("clip", ""))
        after = critic(plan, copy, image, clip, own_image="image" in given)
        if event.model == scorer.identity:  # no threshold changes how near Z is to them
            after = after.model_copy(update={"latents": before.latents})
        number = sum(one.deliverable == name for one in attempts) + 1
        attempts.append(Rejudged(deliverable=name, attempt=number, before=before, after=after))
    return attempts


def accepted(judged: list[Rejudged]) -> dict[str, tuple[int | None, int | None]]:
    """By deliverable: the first attempt that passed then, and the first that passes now."""
    attempts: dict[str, tuple[int | None, int | None]] = {}
    for one in judged:
        before, after = attempts.get(one.deliverable, (None, None))
        if before is None and one.before.status == "passed":
            before = one.attempt
        if after is None and one.after.status == "passed":
            after = one.attempt
        attempts[one.deliverable] = (before, after)
    return attempts


def regenerate(run: Run, models: Models) -> Iterator[Remade]:
    """Do every step of a run again, each from the very inputs that it had, and compare bytes.

    A step that comes out otherwise does not spoil the ones after it: they start from what the run
    stored. The run folder is left as it is.

    Raises:
        StoreError: if the trace lacks what a step needs, or an asset is damaged.
    """
    with tempfile.TemporaryDirectory(prefix="triptych-replay-") as place:
        folder = Path(place)
        mine, theirs = Store(folder), Store(run.folder)
        for ref in _assets(run):
            if theirs.holds(ref):
                mine.put(theirs.get(ref), ref.media_type)
        for event in run.events:
            if isinstance(event, PlanStep) and event.outputs:
                yield _plan_again(event, event.outputs, models, theirs)
            elif isinstance(event, PartStep) and event.outputs:
                plan = CampaignPlan.model_validate_json(_json_asset(theirs, event.inputs.plan))
                scorer = models.critic(plan.false_rejection_rate)
                yield _part_again(run, event, event.outputs, plan, models, scorer, mine)


def _plan_again(event: PlanStep, before: CampaignPlan, models: Models, store: Store) -> Remade:
    from triptych.agents.planner import PlannerAgent

    began = time.perf_counter()
    asked = event.inputs
    brief = Brief.model_validate_json(_json_asset(store, asked.brief))
    agent = PlannerAgent(models.planner, models.unknown_words(brief))
    plan, _ = agent(brief, list(asked.feedback), asked.search, event.seed or 0)
    return Remade(
        step="plan",
        same=plan == before,
        before=_short(before),
        after=_short(plan),
        seed=event.seed,
        seconds=time.perf_counter() - began,
        note=_other_model(event, models.planner.identity),
    )


def _part_again(
    run: Run,
    event: PartStep,
    before: Candidate,
    plan: CampaignPlan,
    models: Models,
    scorer: Critic,
    store: Store,
) -> Remade:
    from triptych.agents.image import ImageAgent
    from triptych.agents.text import TextAgent
    from triptych.agents.video import VideoAgent

    began = time.perf_counter()
    asked = event.inputs
    feedback, number, seed = list(asked.feedback), before.attempt, event.seed or 0
    if event.name == "copy":
        agent = TextAgent(models.text, store)
        wanted = next(d for d in plan.deliverables if d.id == before.deliverable)
        if asked.words:
            after = agent.adopt(plan, wanted, asked.words, number)
        else:
            after = agent(plan, wanted, feedback, number, seed)
        identity = models.text.identity
    elif event.name == "image":
        copy = _parent(run, event, before, "copy")
        painter = ImageAgent(models.image, scorer, store, asked.steps)
        after, _ = painter(plan, copy, feedback, number, seed, asked.nfe_left)
        identity = models.image.identity
    else:
        copy, image = (_parent(run, event, before, part) for part in ("copy", "image"))
        shooter = VideoAgent(models.video, scorer, store, asked.steps)
        after, _ = shooter(plan, copy, image, feedback, number, seed, asked.nfe_left)
        identity = models.video.identity
    notes = [_other_model(event, identity)]
    notes += ["another prompt"] if after.prompt != before.prompt else []
    notes += ["other latents"] if _digest(after.latents) != _digest(before.latents) else []
    return Remade(
        step=f"{before.deliverable}/{before.part}/{number}",
        same=after.asset.digest == before.asset.digest
        and _digest(after.latents) == _digest(before.latents),
        before=before.asset.digest,
        after=after.asset.digest,
        seed=seed,
        seconds=time.perf_counter() - began,
        note="; ".join(note for note in notes if note),
    )


def _parent(run: Run, event: PartStep, child: Candidate, part: Part) -> Candidate:
    digest = event.inputs.parents.get(part, "")
    candidates = [c for c in run.candidates if c.part == part and c.asset.digest == digest]
    own = [c for c in candidates if c.deliverable == child.deliverable]
    if not candidates:
        raise StoreError(f"The trace does not tell how the {part} {digest[:12]} was made.")
    return (own or candidates)[-1]


def _json_asset(store: Store, digest: str) -> bytes:
    path = f"{ASSETS}/{digest}.json"
    ref = AssetRef.model_validate(
        {"digest": digest, "media_type": "application/json", "path": path, "size": 0}
    )
    return store.get(ref)


def _assets(run: Run) -> list[AssetRef]:
    """All that its steps may begin with."""
    refs = (ref for made in run.candidates for ref in (made.asset, made.latents))
    return list(dict.fromkeys(ref for ref in refs if ref is not None))


def _newest_plan(run: Run) -> CampaignPlan:
    if is_there(run.folder, PLAN):
        return parse(CampaignPlan, mapping_in(run.folder, PLAN), str(run.folder / PLAN))
    if run.drafted is None:
        raise StoreError(f"{run.folder} has no plan yet.", "`triptych resume` finishes a run.")
    return run.drafted


def settings_of(run: Run) -> RunSettings:
    """How a run was started.

    Raises `StoreError` if it does not say, and `BriefError` if its file says what cannot be.
    """
    if not run.settings:
        raise StoreError(
            f"{run.folder / SETTINGS}, which says how the run was started, is missing or damaged.",
            "Restore it.",
        )
    return parse(RunSettings, run.settings, str(run.folder / SETTINGS))


def _other_model(event: PlanStep | PartStep, now: ModelIdentity) -> str:
    if event.model is None or event.model == now:
        return ""
    then = event.model
    return f"the model was {then.name}@{then.revision[:12]}, is {now.name}@{now.revision[:12]}"


def _digest(ref: AssetRef | None) -> str | None:
    return None if ref is None else ref.digest


def _short(plan: CampaignPlan) -> str:
    from triptych.store import content_key

    return content_key(plan.model_dump(mode="json"))
