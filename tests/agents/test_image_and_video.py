"""The image and the video agent, alone: what they ask, what they keep, and what they spend."""

import numpy as np
import pytest
import torch

from triptych.agents.image import ImageAgent
from triptych.agents.video import VideoAgent
from triptych.domain import (
    Brief,
    CampaignPlan,
    Candidate,
    Deliverable,
    Feedback,
    ModelIdentity,
    SearchChoice,
    Spend,
)
from triptych.generators.at_once import AtOnce, OneStep
from triptych.protocols import Made
from triptych.store import Store

SHADES = 7


def plan_of(candidates=1):
    return CampaignPlan(
        brief=Brief(description="A red mug."),
        key_message="Warm hands.",
        visual="a red mug",
        motion="steam rises",
        deliverables=(Deliverable(id="body", channel="body", tone="playful"),),
        search=SearchChoice(strategy="best-of-n", candidates=candidates),
    )


def shade(seed):
    return 20 + 30 * (seed % SHADES)


class Painter(OneStep):
    """Pictures of one shade that follows from the seed; remembers what it was asked."""

    identity = ModelIdentity(name="painter")

    def __init__(self):
        self.asked = []

    def start(self, requests, latents, seeds, on_step=None):
        self.asked += zip(requests, latents, seeds, strict=True)
        return AtOnce(self.paint, requests, seeds, on_step)

    def paint(self, request, seed):
        return Made(np.full((16, 16, 3), shade(seed), np.uint8), Spend(cost=0.25), ("painted",))


class Shooter(OneStep):
    """Clips whose frames grow brighter than their key image."""

    identity, fps = ModelIdentity(name="shooter"), 8

    def __init__(self):
        self.asked = []

    def start(self, requests, latents, key_images, seeds, on_step=None):
        self.asked += zip(requests, key_images, seeds, strict=True)

        def shoot(request, seed):
            steps = np.arange(8, dtype=np.uint8)[:, None, None, None]
            return Made(key_images[0][None] + 4 * steps, Spend())

        return AtOnce(shoot, requests, seeds, on_step)


class Bright:
    """A critic that likes what is bright, and passes what is very bright."""

    rate, judges, identity = 0.05, True, ModelIdentity(name="bright")

    def rank(self, words, samples, preview=False):
        return [float(sample.mean()) for sample in samples]

    def passes(self, words, sample, key_image=None):
        return bool(sample.mean() > 180)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def copy(store):
    latents = store.put_latents(torch.ones(4, 16))
    asset = store.put_text("A mug.")
    return Candidate(
        deliverable="body", part="copy", attempt=1, asset=asset, copy_text="A mug.", latents=latents
    )


def test_a_picture_is_painted_of_the_plan_s_words_and_the_copy_s_latents(store, copy):
    painter = Painter()
    best, made = ImageAgent(painter, Bright(), store)(plan_of(), copy, attempt=2, seed=5)
    ((request, latents, seed),) = painter.asked
    assert (request.prompt, seed) == ("a red mug", 5)
    assert torch.equal(latents, torch.ones(4, 16))
    assert (best.part, best.attempt, best.seed, best.prompt) == ("image", 2, 5, "a red mug")
    assert best.parents == (copy.asset.digest,)
    assert best.model == painter.identity
    assert "painted" in best.notes
    assert store.get_image(best.asset).mean() == shade(5)
    assert made == [best]


def test_the_best_of_several_is_kept_and_all_are_stored_and_paid(store, copy):
    painter = Painter()
    best, made = ImageAgent(painter, Bright(), store)(plan_of(4), copy, seed=1)
    assert len(made) == len(painter.asked) == 4
    shades = [store.get_image(one.asset).mean() for one in made]
    assert store.get_image(best.asset).mean() == max(shades)
    assert best.score == max(shades)
    assert (best.spend.nfe, best.spend.cost) == (4, 1.0)


def test_a_budget_is_never_exceeded(store, copy):
    painter = Painter()
    best, _ = ImageAgent(painter, Bright(), store)(plan_of(8), copy, seed=1, budget=3)
    assert best.spend.nfe <= 3


def test_all_that_was_missing_leads_the_next_prompt_once(store, copy):
    painter, told = Painter(), []
    for attempt, missing in enumerate((("red",), ("steaming", "red")), 1):
        told.append(Feedback(part="image", attempt=attempt, reason="no", missing=missing))
    ImageAgent(painter, Bright(), store)(plan_of(), copy, told)
    assert painter.asked[0][0].prompt == "red, steaming, a red mug"


def test_a_clip_is_shot_from_the_picture_with_the_motion_in_its_prompt(store, copy):
    image, _ = ImageAgent(Painter(), Bright(), store)(plan_of(), copy, seed=3)
    shooter = Shooter()
    best, made = VideoAgent(shooter, Bright(), store)(plan_of(4), copy, image, seed=9)
    ((request, key, seed),) = shooter.asked
    assert (request.prompt, seed) == ("a red mug, steam rises", 9)
    assert np.array_equal(key, store.get_image(image.asset))
    assert (best.part, best.parents) == ("clip", (copy.asset.digest, image.asset.digest))
    frames = store.get_clip(best.asset)
    assert frames.shape == (8, 16, 16, 3)
    assert frames[-1].mean() > frames[0].mean() + 20
    assert made == [best], "a plan's candidates count for pictures alone"
