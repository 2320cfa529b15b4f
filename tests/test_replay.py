import json
import shutil

import pytest
from typer.testing import CliRunner

from tests.tiny import calibrate_tiny_clip, save_tiny_clip
from tests.traced import finished, tiny  # noqa: F401 - fixtures
from triptych.alignment.calibration import (
    Calibration,
    PairCalibration,
    pack_vectors,
    preprocessing_of,
    save_calibration,
)
from triptych.cli import app
from triptych.store import Store
from triptych.tracing.runs import Run

runner = CliRunner()


def triptych(*arguments):
    return runner.invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def lenient_clip(tiny, tmp_path):  # noqa: F811
    """The tiny CLIP, calibrated so that about any picture passes at the usual rate."""
    from triptych.alignment.nulls import default_null_texts
    from triptych.generators.encoder import load_clip

    folder = shutil.copytree(tiny.weights / "clip", tmp_path / "clip")
    encoder = load_clip(folder)
    texts = tuple(default_null_texts())
    scores = tuple(z / 10 for z in range(-100, 0))
    pair = PairCalibration(matched={"mean": scores}, mismatched={"mean": scores})
    calibration = Calibration(
        encoder=encoder.identity,
        preprocessing=preprocessing_of(encoder),
        template="{}",
        null_texts=texts,
        null_images=pack_vectors(encoder.encode_text(list(texts))),
        null_width=16,
        pairs={name: pair for name in ("text-image", "text-video", "image-video")},
    )
    save_calibration(calibration, folder)
    return folder


def test_a_run_is_judged_anew_under_other_thresholds(finished, lenient_clip):  # noqa: F811
    before = sorted(path.name for path in finished.rglob("*"))
    said = triptych("trace", "replay", finished, "--clip", lenient_clip, "--json")
    lenient = json.loads(said.stdout)
    strict = json.loads(
        triptych(
            "trace", "replay", finished, "--clip", lenient_clip, "--threshold", 0.5, "--json"
        ).stdout
    )
    thresholds = [
        [score["threshold"] for one in told["verdicts"] for score in one["after"]["scores"]]
        for told in (lenient, strict)
    ]
    assert all(low < high for low, high in zip(*thresholds, strict=True))
    assert lenient["accepted"]["social-post"] == [3, 1]
    assert [one["attempt"] for one in lenient["verdicts"]] == [1, 2, 3, 1]
    assert sorted(path.name for path in finished.rglob("*")) == before
    shown = triptych("trace", "replay", finished, "--clip", lenient_clip).output
    assert "social-post: accepted attempt 3 → attempt 1" in shown


def test_a_run_is_judged_anew_by_another_clip(finished, tmp_path):  # noqa: F811
    save_tiny_clip(tmp_path / "clip", seed=5)
    calibrate_tiny_clip(tmp_path / "clip", least=-10.0)
    told = json.loads(
        triptych("trace", "replay", finished, "--clip", tmp_path / "clip", "--json").stdout
    )
    (own,) = {event.model.revision for event in Run.read(finished).verdicts}
    assert told["clip"]["revision"] != own
    scores = [score for one in told["verdicts"] for score in one["after"]["scores"]]
    assert scores
    assert all(score["cosine"] != 0.21 for score in scores), "measured anew"
    assert told["accepted"] == {"social-post": [3, 1], "headline": [1, 1]}


def test_without_a_calibration_a_replay_judges_nothing(finished):  # noqa: F811
    told = json.loads(triptych("trace", "replay", finished, "--json").stdout)
    assert {one["after"]["status"] for one in told["verdicts"]} == {"unjudged"}


def test_a_run_made_again_comes_out_byte_identical(finished):  # noqa: F811
    said = triptych("trace", "replay", finished, "--regenerate", "--json")
    steps = {one["step"]: one["same"] for one in json.loads(said.stdout)}
    assert steps == {
        "plan": True,
        "social-post/copy/1": True,
        "social-post/image/1": True,
        "social-post/clip/1": True,
        "social-post/image/2": True,
        "social-post/clip/2": True,
        "social-post/clip/3": True,
        "headline/copy/1": True,
    }
    assert said.exit_code == 0


def test_a_replay_says_which_asset_came_out_otherwise(finished, tmp_path):  # noqa: F811
    folder = shutil.copytree(finished, tmp_path / "run")
    path = folder / "trace.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        if line["name"] == "image" and line["kind"] == "agent" and line["inputs"]["attempt"] == 2:
            line["seed"] += 1
            line["model"]["revision"] = "0123456789abcdef"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    said = triptych("trace", "replay", folder, "--regenerate")
    assert said.exit_code == 1
    assert "social-post/image/2: differs" in said.output
    assert "the model was starter/image@0123456789ab" in said.output
    assert "7 of 8 came out byte-identical" in said.output


def test_a_fork_keeps_the_copy_and_makes_the_rest_otherwise(finished, tmp_path):  # noqa: F811
    out = tmp_path / "forked"
    said = triptych("run", "--from", finished, "--until", "copy", "--seed", 9, "--out", out)
    assert said.exit_code == 5, said.output  # without a calibration nothing passes
    old, new = Run.read(finished), Run.read(out)
    assert new.settings["profile"] == old.settings["profile"]
    for place in (("social-post", "copy"), ("headline", "copy")):
        assert new.best[place] == old.best[place]
    assert new.best["social-post", "image"] != old.best["social-post", "image"]
    made = [event.name for event in new.events if event.kind == "agent"]
    assert made == ["image", "clip"]
    copy = next(c for c in new.candidates if c.part == "copy")
    assert "kept from the run run, attempt 1" in copy.notes
    assert Store(out).get(copy.asset) == Store(finished).get(copy.asset)
    assert Store(out).get_latents(copy.latents).shape == (4, 16)
    again = json.loads(triptych("trace", "replay", out, "--regenerate", "--json").stdout)
    assert {one["step"]: one["same"] for one in again}["social-post/clip/1"]
    assert all(one["same"] for one in again), "a fork, too, comes out byte-identical"


def test_a_fork_with_the_same_input_until_the_image_makes_the_same_clip(finished, tmp_path):  # noqa: F811
    out = tmp_path / "forked"
    triptych("run", "--from", finished, "--until", "image", "--out", out)
    old, new = Run.read(finished), Run.read(out)
    assert new.best["social-post", "image"] == old.best["social-post", "image"]
    assert [event.name for event in new.events if event.kind == "agent"] == ["clip"]


def test_a_fork_can_be_resumed_and_takes_a_changed_brief(finished, tmp_path):  # noqa: F811
    from triptych.runs.campaign import Campaign

    out, brief = tmp_path / "forked", tmp_path / "brief.yaml"
    brief.write_text("description: Another lantern.\nbudget: {attempts: 1}\n")
    said = triptych("run", brief, "--from", finished, "--until", "copy", "--out", out)
    assert said.exit_code == 5, said.output
    again = Campaign.open(out)
    assert again.brief.description == "Another lantern."
    assert "copy" in again.kept["headline"].parts


def test_a_fork_of_nothing_is_said(finished, tmp_path):  # noqa: F811
    assert "is not a run folder" in triptych("run", "--from", tmp_path).output
    assert "There is no brief" in triptych("run").output
    shutil.copytree(finished, tmp_path / "run")
    assert "is not empty" in triptych("run", "--from", finished, "--out", tmp_path / "run").output
