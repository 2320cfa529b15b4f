"""One way from what is asked to a run, whoever asks."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.tiny import save_tiny_profile
from triptych.briefs import to_yaml
from triptych.cli import app
from triptych.domain import Brief, Budget, CampaignPlan, Deliverable, SearchChoice
from triptych.errors import BriefError, BudgetError, StoreError
from triptych.generators.profiles import list_profiles
from triptych.methods.table import METHODS
from triptych.runs.api import Triptych
from triptych.runs.campaign import Campaign
from triptych.runs.dev import begin_wish
from triptych.runs.prepare import Fork, prepare
from triptych.runs.settings import RunOptions

BRIEF = "Norvik launches the Emberlite, a red steel camping lantern."
METHOD_NAMES = [name for name, method in METHODS.items() if not method.reference]
PROFILES = [profile.name for profile in list_profiles()]
ASKED = [
    {},
    {"seed": 7, "steps": 3, "approve": True},
    {"candidates": 2, "strategy": "best-of-n", "nfe": 9000, "false_rejection_rate": 0.1},
    {"max_seconds": 900.0, "max_cost": 1.5},
]
OPTION = {"nfe": "budget", "false_rejection_rate": "threshold"}


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    return str(save_tiny_profile(tmp_path_factory.mktemp("tiny"), least=-9.0))


@pytest.fixture
def nothing_runs(monkeypatch):
    """Preparing and beginning alone: no model is loaded, no graph is run."""
    monkeypatch.setattr("triptych.runs.prepare.load_all", lambda models: None)
    monkeypatch.setattr("triptych.commands.follow.follow", lambda *_: None)


def by_command(source, folder, profile, asked):
    options = ["--out", str(folder), "--profile", profile]
    for name, value in asked.items():
        option = "--" + OPTION.get(name, name).replace("_", "-")
        options += [option] if value is True else [option, str(value)]
    done = CliRunner().invoke(app, ["run", source, *options])
    assert done.exit_code == 0, done.output


def by_python(source, folder, profile, asked):
    Triptych(profile).prepare(source, RunOptions(**asked)).begin(folder)


def by_server(source, folder, profile, asked):
    begin_wish({"brief": source, "profile": profile, **asked}, folder)


DOORS = (by_command, by_python, by_server)


def stored(folder):
    """What a run that was begun is made of."""
    campaign = Campaign.open(folder)
    settings = campaign.settings.model_copy(update={"started": 0.0})
    return settings, campaign.brief, campaign.plan


@pytest.mark.parametrize("asked", ASKED, ids=str)
@pytest.mark.parametrize(
    "profile", [*PROFILES, *METHOD_NAMES, *(f"{name}@sd2" for name in METHOD_NAMES)]
)
def test_every_door_prepares_the_same_run(nothing_runs, tmp_path, profile, asked):
    found = []
    for door in DOORS:
        folder = tmp_path / door.__name__
        door(BRIEF, folder, profile, asked)
        found.append(stored(folder))
    assert found[0] == found[1] == found[2]
    method = METHODS.get(profile.partition("@")[0])
    search = found[0][0].search
    if method and "candidates" not in asked:
        assert search == method.search
        assert found[0][1].budget.attempts == min(3, method.attempts)
    if "candidates" in asked:
        assert (search.candidates, search.strategy) == (2, "best-of-n")
        assert found[0][1].budget.nfe == 9000


def plan(**changes):
    lead = Deliverable(id="body", channel="body", tone="playful")
    brief = Brief(description=BRIEF, budget=Budget(attempts=2))
    return CampaignPlan(
        brief=brief, key_message="Light.", visual="a red lantern", motion="none",
        deliverables=(lead,), search=SearchChoice(candidates=3), **changes,
    )  # fmt: skip


def test_a_plan_s_own_search_counts_over_the_method_s_and_options_over_both(nothing_runs, tmp_path):
    file = tmp_path / "plan.yaml"
    file.write_text(to_yaml(plan()))
    for door in DOORS:
        door(str(file), tmp_path / door.__name__, "end-to-end-critic", {"strategy": "retry"})
        settings, _, made = stored(tmp_path / door.__name__)
        assert settings.search == made.search == SearchChoice(strategy="retry", candidates=3)


def test_a_fork_is_as_the_run_before_where_nothing_else_is_asked(tiny, tmp_path):
    before = prepare(plan(), RunOptions(seed=5, steps=2), profile=tiny).begin(tmp_path / "old")
    forked = prepare(None, RunOptions(steps=3), fork=Fork(before.folder, "plan"))
    assert (forked.settings.profile, forked.settings.seed, forked.settings.steps) == (tiny, 5, 3)
    assert forked.source == plan()


def test_what_cannot_be_paid_is_said_before_anything_is_written(tmp_path):
    with pytest.raises(BudgetError, match="does not pay for one attempt"):
        prepare(BRIEF, RunOptions(nfe=10)).begin(tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_is_gone_on_with_by_the_models_that_began_it_alone(tiny, tmp_path):
    mine, folder = Triptych(tiny), tmp_path / "run"
    mine.run(BRIEF, folder, RunOptions(steps=1))
    lead = Campaign.open(folder).plan.deliverables[0].id
    other = save_tiny_profile(tmp_path / "other", least=-9.0)
    weights = other.parent / "weights" / "text" / "model.safetensors"
    _change(weights)
    with pytest.raises(StoreError, match="as its planner model") as refused:
        Triptych(str(other)).redo(folder, lead, "copy", "too long")
    assert "--until plan" in refused.value.hint
    assert mine.redo(folder, lead, "copy", "too long").status == "passed"


def _change(weights: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(weights)
    tensors["model.norm.weight"] += 0.5
    save_file(tensors, weights, metadata={"format": "pt"})


def test_a_language_that_the_starter_does_not_write_is_refused_before_work_begins():
    for brief in (
        Brief(description="Eine Laterne.", language="de"),
        Brief(description="A lantern.", languages=("en", "fr-CA")),
    ):
        with pytest.raises(BriefError, match=r"write en alone, and (de|fr-CA) is asked for"):
            prepare(brief)
    assert prepare(Brief(description="A lantern.", language="en-GB"))
