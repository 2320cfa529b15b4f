"""A profile calibrates its own encoder, goes on where it was stopped, and then gives verdicts."""

import pytest
from typer.testing import CliRunner

from tests.tiny import save_tiny_starter, write_tiny_profile
from triptych.alignment.calibration import load_calibration
from triptych.alignment.trial_pairs import trial_prompts
from triptych.cli import app
from triptych.commands import calibrate as command
from triptych.generators.hub import load_profile


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    return str(write_tiny_profile(save_tiny_starter(folder / "weights"), folder))


def invoke(*arguments):
    return CliRunner().invoke(app, list(arguments))


def test_prompts_differ_and_are_the_same_again():
    prompts = trial_prompts(300)
    assert len({one.visual for one in prompts}) == 300
    assert prompts == trial_prompts(300) != trial_prompts(300, seed=1)
    first = prompts[0]
    assert all(first.visual.split()[1] in text for text in first.texts)


def test_a_profile_without_verdicts_gets_them(tiny, tmp_path, monkeypatch):
    small = ("--profile", tiny, "--set", "image.steps=1", "--set", "video.steps=1")
    run = ("run", "A red mug.", *small, "--steps", "1", "--candidates", "1")
    told = invoke(*run, "--out", str(tmp_path / "before"))
    assert told.exit_code == 5, told.output
    assert f"triptych calibrate --profile {tiny} --set image.steps=1" in told.stderr

    wishes = ("--pictures", "32", "--clips", "22", "--yes")
    film, filmed = command._film, []

    def stop(*arguments):
        if len(filmed) == 3:
            raise KeyboardInterrupt
        filmed.append(arguments)
        return film(*arguments)

    monkeypatch.setattr(command, "_film", stop)
    assert invoke("calibrate", *small, *wishes).exit_code == 130
    monkeypatch.undo()
    told = invoke("calibrate", *small, *wishes)
    assert told.exit_code == 0, told.output
    assert "18 of 32 pictures and 19 of 22 clips" in " ".join(told.output.split())

    models = load_profile(tiny)
    calibration = load_calibration(models.calibration_folder, models.encoder)
    assert set(calibration.pairs) == {"text-image", "text-video", "image-video"}
    assert not (models.calibration_folder / command.WORK).exists()
    judged = invoke(*run, "--out", str(tmp_path / "after"))
    assert judged.exit_code in (0, 3), judged.output
