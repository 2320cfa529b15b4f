"""Runs of tiny models whose critic says what a test wants said."""

import shutil
from types import SimpleNamespace

import pytest

from tests.tiny import write_tiny_profile
from triptych.domain import Brief, PairScore, SearchChoice, Verdict
from triptych.generators.hub import load_profile
from triptych.runs.campaign import Campaign
from triptych.runs.settings import RunSettings
from triptych.runs.stream import run_campaign

SETTINGS = RunSettings(seed=3, steps=2, search=SearchChoice(strategy="best-of-n"))
BRIEF = Brief(
    description="Norvik launches the Emberlite, a red steel camping lantern, lit at night.",
    channels=("social_post", "headline"),
)
REASONS = {"image": "“red lantern” does not show; it looks more like “blue”", "clip": "it flickers"}


class Critic:
    """Refuses the parts it is told to, in order, then passes."""

    refusals = ()

    def __init__(self, *_):
        pass

    def __call__(self, plan, copy, image, clip=None, own_image=True, **_):
        scores = [PairScore(pair="text-image", cosine=0.21, loss=0.79, threshold=0.25, passed=True)]
        if own_image and type(self).refusals:
            part, type(self).refusals = type(self).refusals[0], type(self).refusals[1:]
            failed = scores[0].model_copy(update={"passed": False})
            return Verdict(
                deliverable=copy.deliverable,
                status="failed",
                scores=(failed,),
                weakest=part,
                missing=("red lantern",) if part == "image" else (),
                reason=REASONS[part],
            )
        return Verdict(deliverable=copy.deliverable, status="passed", scores=tuple(scores))

    @staticmethod
    def rank(verdict):
        return ({"passed": 2, "failed": 1}[verdict.status], 0.0)


@pytest.fixture(scope="session")
def tiny(tiny_starter, tmp_path_factory):
    """The tiny models and the profile that names them."""
    profile = str(write_tiny_profile(tiny_starter, tmp_path_factory.mktemp("traced")))
    return SimpleNamespace(profile=profile, models=load_profile(profile), weights=tiny_starter)


@pytest.fixture
def critic(monkeypatch):
    """Says what to refuse: `critic("image", "clip")`."""

    def refuse(*parts):
        monkeypatch.setattr(Critic, "refusals", parts)
        monkeypatch.setattr("triptych.graph.nodes.CriticAgent", Critic)

    return refuse


@pytest.fixture(scope="session")
def finished(tiny, tmp_path_factory):
    """A run with two regenerations: the image for a reason, then the clip for another."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Critic, "refusals", ("image", "clip"))
        patch.setattr("triptych.graph.nodes.CriticAgent", Critic)
        settings = SETTINGS.model_copy(update={"profile": tiny.profile})
        run_campaign(Campaign.start(BRIEF, folder, settings), tiny.models)
    return folder


@pytest.fixture
def run_folder(finished, tmp_path):
    """A copy of the finished run, to be spoilt."""
    return shutil.copytree(finished, tmp_path / "campaign")
