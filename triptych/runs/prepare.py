"""From what a user asks to a run that can begin: the one way, whoever asks.

Command line, Python, `langgraph dev`, batches and services all prepare their runs here, so that
the same wish becomes the same run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from triptych.agents.planner import PlannerAgent
from triptych.briefs import parse, understand
from triptych.domain import Brief, CampaignPlan, Feedback, Record, SearchChoice
from triptych.errors import BriefError
from triptych.generators.profiles import Profile
from triptych.grounding.languages import other_language
from triptych.methods.load import load_models
from triptych.methods.table import method_of
from triptych.protocols import Models
from triptych.runs.campaign import Campaign
from triptych.runs.carried import checked
from triptych.runs.estimate import Estimate, check_limits, estimate_run
from triptych.runs.fork import Until, fork_run, plan_for_fork
from triptych.runs.ready import load_all
from triptych.runs.settings import RunOptions, RunSettings
from triptych.runs.signature import key_trouble
from triptych.runs.trust import agreed_settings

ASSETS_GO_ALONG = "The brief's assets are kept with the run, and its models do not see them"

Kind = TypeVar("Kind", bound=Record)


@dataclass(frozen=True)
class Fork:
    """A wish to go on from another run.

    Attributes:
        origin: the other run's folder.
        until: the last step to take over.
    """

    origin: str | Path
    until: Until = "copy"


@dataclass(frozen=True)
class Prepared:
    """A run that can begin: checked, priced, and not yet on disk.

    Attributes:
        source: the brief or the plan, with all that was asked.
        settings: to be stored with the run.
        models: none of them loaded yet, unless they were before.
        estimate: of one attempt at everything.
        notes: what the user should know, such as words that the models do not.
        fork: the run that it goes on from.
    """

    source: Brief | CampaignPlan
    settings: RunSettings
    models: Models
    estimate: Estimate
    notes: tuple[str, ...] = ()
    fork: Fork | None = None

    def begin(self, folder: Path) -> Campaign:
        """Load the models, then take the folder.

        Raises:
            ModelError: if a model cannot be loaded; nothing is written then.
            StoreError: if the folder holds anything, or the forked run lacks what is to be kept.
        """
        load_all(self.models)
        if self.fork is None:
            return Campaign.start(self.source, folder, self.settings)
        assert isinstance(self.source, CampaignPlan), "a fork goes on with a plan"
        return fork_run(Path(self.fork.origin), self.fork.until, self.source, folder, self.settings)


def prepare(
    source: str | Brief | CampaignPlan | None,
    options: RunOptions | None = None,
    *,
    profile: str | None = None,
    overrides: Sequence[str] | None = None,
    models: Models | None = None,
    fork: Fork | None = None,
) -> Prepared:
    """Check and complete what is asked; spends nothing and loads no model.

    A plan's own choices count over the method's, and options over both.

    Args:
        source: a brief, a plan, a file with either, or a sentence; None for a fork's own plan.
        options: what is asked of the run. What a fork does not ask for is as in the forked run.
        profile: which models, or which method on them; the forked run's or `starter` by default.
        overrides: of the profile, as in `image.steps=20`.
        models: to use instead of the profile's; they give the profile its name.
        fork: the run to go on from.

    Raises:
        BriefError: if the source cannot be read or contradicts itself.
        ProfileError: if there is no such profile.
        BudgetError: if it would take or cost more than it may.
        StoreError: if the forked run has no plan, or is a stranger's that chooses code, addresses,
            models or files.
    """
    options = options or RunOptions()
    notes: tuple[str, ...] = ()
    if isinstance(source, str):
        understood = understand(source, options.sku, options.row)
        asked, notes = understood.asked, understood.notes
    else:
        asked = None if source is None else checked(source)
    if fork is not None:
        origin = Campaign.open(Path(fork.origin))
        asked = plan_for_fork(origin, asked)
        options = _as_before(options, origin.settings)
        if profile is None and models is None:
            agreed = agreed_settings(origin.folder, origin.settings, None, overrides)
            profile, overrides = agreed.profile, agreed.overrides
    assert asked is not None, "a source was given, or a plan found in the forked run"
    if models is None:
        models = load_models(profile or "starter", tuple(overrides or ()))
    _check_languages(asked, models)
    profile = models.profile if profile is None else profile
    method = method_of(profile)
    search = method.search if method else SearchChoice()
    if isinstance(asked, CampaignPlan):
        search = asked.search
    search = _search(search, options)
    most_attempts = method.attempts if method else None
    asked = _limited(asked, options, most_attempts)
    if isinstance(asked, CampaignPlan):
        asked = _plan(asked, search, options)
    settings = RunSettings(
        profile=profile,
        overrides=tuple(overrides or ()),
        seed=options.seed,
        steps=options.steps,
        approve=options.approve,
        search=search,
        false_rejection_rate=options.false_rejection_rate,
        max_seconds=options.max_seconds,
        max_cost=options.max_cost,
    )
    priced = estimate_run(asked, search, options.steps, models)
    budget = asked.brief.budget if isinstance(asked, CampaignPlan) else asked.budget
    check_limits(priced, budget, options.max_seconds, options.max_cost)
    trouble = key_trouble()
    unsigned = () if trouble is None else (trouble,)
    return Prepared(
        asked, settings, models, priced, (*notes, *_notes(asked, models), *unsigned), fork
    )


def draft_plan(prepared: Prepared, refused: Sequence[Feedback] = ()) -> CampaignPlan:
    """The plan of a prepared brief, drafted now; a prepared plan comes back as it is.

    Args:
        prepared: what was asked.
        refused: what was said against an earlier run, for the planner to do better.

    Raises `ModelError` if the planner cannot be loaded or writes nothing usable.
    """
    if isinstance(prepared.source, CampaignPlan):
        return prepared.source
    models, settings = prepared.models, prepared.settings
    load_all(models, ("planner",))
    agent = PlannerAgent(models.planner, models.unknown_words(prepared.source))
    return agent(prepared.source, refused, settings.search, settings.seed)[0]


def _check_languages(asked: Brief | CampaignPlan, models: Models) -> None:
    """Raise `BriefError` if copy is wanted in a language that the profile's models do not write."""
    settings = getattr(models, "settings", None)
    if not isinstance(settings, Profile):
        return
    if isinstance(asked, CampaignPlan):
        wanted = [one.language for one in asked.deliverables]
    else:
        wanted = [asked.language, *asked.copy_languages]
    for part in (settings.planner or settings.text, settings.text):
        known = part.languages()
        others = [one for one in wanted if known and one.partition("-")[0] not in known]
        if known and others:
            raise BriefError(
                f"The models of the profile {settings.name} write {', '.join(sorted(known))} alone,"
                f" and {' and '.join(dict.fromkeys(others))} is asked for.",
                "Take another --profile (`triptych profiles`), or other `languages`.",
            )


def _unread(brief: Brief, models: Models) -> str | None:
    """What to say of a brief in a language or script that the profile's models do not read."""
    settings = getattr(models, "settings", None)
    part = (settings.planner or settings.text) if isinstance(settings, Profile) else None
    known = (part.languages() if part else None) or frozenset()
    said_in = other_language(brief.description, known) if known else ""
    if not said_in:
        return None
    return (
        f"The brief seems to be in {said_in}; the models of this profile read "
        f"{', '.join(sorted(known))} alone, and will not understand it."
    )


def _as_before(options: RunOptions, before: RunSettings) -> RunOptions:
    """What was not asked for is as in the forked run."""
    kept = {"seed", "steps", "approve"} - options.given()
    return options.model_copy(update={name: getattr(before, name) for name in kept})


def _search(search: SearchChoice, options: RunOptions) -> SearchChoice:
    changes: dict[str, object] = {}
    if options.candidates is not None:
        changes["candidates"] = options.candidates
    if options.strategy is not None:
        changes["strategy"] = options.strategy
    return _changed(search, changes)


def _limited(
    asked: Brief | CampaignPlan, options: RunOptions, most_attempts: int | None
) -> Brief | CampaignPlan:
    """A brief or plan with another budget of denoiser evaluations, and no more attempts."""
    brief = asked.brief if isinstance(asked, CampaignPlan) else asked
    changes: dict[str, object] = {}
    if options.nfe is not None:
        changes["nfe"] = options.nfe
    if most_attempts is not None:
        changes["attempts"] = min(brief.budget.attempts, most_attempts)
    if not changes:
        return asked
    limited = _changed(brief, {"budget": _changed(brief.budget, changes)})
    return _changed(asked, {"brief": limited}) if isinstance(asked, CampaignPlan) else limited


def _plan(plan: CampaignPlan, search: SearchChoice, options: RunOptions) -> CampaignPlan:
    changes: dict[str, object] = {"search": search}
    if options.false_rejection_rate is not None:
        changes["false_rejection_rate"] = options.false_rejection_rate
    return _changed(plan, changes)


def _notes(asked: Brief | CampaignPlan, models: Models) -> tuple[str, ...]:
    if isinstance(asked, CampaignPlan):
        return asked.notes
    notes = [models.unknown_words(asked), _unread(asked, models)]
    if asked.assets:
        count = len(asked.assets)
        notes.append(f"{ASSETS_GO_ALONG} ({count} file{'s' * (count > 1)}).")
    return tuple(filter(None, notes))


def _changed(record: Kind, changes: dict[str, object]) -> Kind:
    """A record with some fields changed, validated anew."""
    if not changes:
        return record
    content = {name: getattr(record, name) for name in type(record).model_fields} | changes
    return parse(type(record), content, "the options")
