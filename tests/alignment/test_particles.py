"""Particles on real samplers: the strategy asks for the noise that it needs."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.tiny import calibrate_tiny_clip, save_tiny_profile, save_tiny_starter
from triptych.alignment import AlignmentScorer, load_calibration
from triptych.alignment.search import FromKeyImage, search, visual_problem
from triptych.cli import app
from triptych.commands.exits import Exit
from triptych.generators.encoder import load_clip
from triptych.generators.starter.load import StarterModules
from triptych.protocols import VisualRequest

VISUAL = "a red camping lantern, lit, at a campsite at night"
REQUEST = VisualRequest(VISUAL, steps=4)


@pytest.fixture(scope="module")
def starter(tmp_path_factory):
    folder = save_tiny_starter(tmp_path_factory.mktemp("particles") / "weights")
    calibrate_tiny_clip(folder / "clip", 9.0)
    encoder = load_clip(folder / "clip")
    scorer = AlignmentScorer(encoder, load_calibration(folder / "clip", encoder))
    return StarterModules(folder), scorer


def test_a_picture_is_searched_for_by_particles(starter):
    modules, scorer = starter
    asked = visual_problem(
        modules.image, REQUEST, None, VISUAL, scorer, "particles", candidates=8, seed=3
    )
    found = search(asked, "particles")
    assert asked.eta == 1.0
    assert found.charged <= asked.budget == 8 * 4 * 2
    copies = [trial for trial in found.trials if trial.parent is not None]
    finished = [trial.made.pixels.tobytes() for trial in found.trials if trial.made]
    assert copies
    assert len(set(finished)) == len(finished), "copies go their own ways"
    assert found.winner.score == max(t.score for t in found.trials if t.made)
    again = search(asked, "particles")
    assert (again.winner.pixels == found.winner.pixels).all()


def test_a_clip_is_searched_for_by_particles(starter):
    modules, scorer = starter
    side = modules.autoencoder.config.image_size
    key = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    asked = visual_problem(
        FromKeyImage(modules.video, key), REQUEST, None, VISUAL, scorer, "particles", candidates=5
    )
    found = search(asked, "particles")
    finished = [trial.made.pixels for trial in found.trials if trial.made]
    assert len({clip.tobytes() for clip in finished}) == len(finished) > 1
    assert all(trial.history for trial in found.trials)


@pytest.mark.parametrize("strategy", ["pruning", "best-of-n", "retry", "sequential"])
def test_other_strategies_ask_for_no_noise_and_a_single_sample_has_no_copies(starter, strategy):
    modules, scorer = starter
    many = visual_problem(modules.image, REQUEST, None, VISUAL, scorer, strategy, candidates=8)
    one = visual_problem(modules.image, REQUEST, None, VISUAL, scorer, "particles")
    assert many.eta == one.eta == 0.0
    assert len(search(one, "particles").trials) == 1


def test_a_campaign_is_run_with_particles(tmp_path):
    profile = save_tiny_profile(tmp_path / "profile", least=-9.0)
    sentence = "Norvik launches the Emberlite, a red steel camping lantern."
    options = ["--profile", profile, "--out", tmp_path / "run", "--steps", 4]
    search_by = ["--strategy", "particles", "--candidates", 6]
    done = CliRunner().invoke(app, [str(one) for one in ["run", sentence, *options, *search_by]])
    assert done.exit_code == Exit.DONE, done.output
    lines = (tmp_path / "run" / "trace.jsonl").read_text().splitlines()
    searches = [e for e in map(json.loads, lines) if (e["kind"], e["name"]) == ("tool", "search")]
    pictures = searches[0]
    assert pictures["inputs"]["choice"]["strategy"] == "particles"
    assert len(pictures["outputs"]["candidates"]) > 1
    assert pictures["spend"]["nfe"] <= 6 * 4 * 2
