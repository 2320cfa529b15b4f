import json

import pytest
from PIL import Image
from typer.testing import CliRunner

from tests.training.conftest import SIZES, tiny_config
from triptych.cli import app
from triptych.errors import TriptychError
from triptych.training.curves import draw_curves, read_log, read_logs, running_mean
from triptych.training.starter import STAGES


def test_every_stage_logs_what_the_figures_need(workshop):
    logs = read_logs(workshop.work)
    assert tuple(logs) == STAGES
    assert set(logs["joint"].train) == {"loss", "text", "image", "video", "align"}
    for stage in ("denoiser", "image", "joint"):
        steps, values = logs[stage].validation["similarity"]
        assert steps == [2]
        assert -1 <= values[0] <= 1


def test_the_similarity_of_what_is_there_already_is_that_of_the_pictures(workshop):
    """At no noise, x̂₀ is the picture itself: the figure is that of the decoded latents."""
    encoded = workshop.encoded("validation")
    captions = [prompts[0] for prompts in encoded.prompts]
    told = workshop.embed_texts(captions)
    seen = workshop.embed_images(workshop.autoencoder.decode(encoded.images.float()).clamp(-1, 1))
    expected = float((told * seen).sum(dim=-1).mean().detach())
    found = workshop.alike(encoded.images.float(), captions)
    assert found == pytest.approx(expected, abs=1e-5)


def test_curves_are_drawn_also_from_a_torn_log(workshop, tmp_path):
    path = tmp_path / "image" / "log.jsonl"
    path.parent.mkdir()
    lines = [json.dumps({"kind": "train", "step": step, "loss": 1 / step}) for step in (1, 2, 3)]
    path.write_text("\n".join([*lines, '{"kind": "tra']))
    assert read_log(path).train["loss"] == ([1, 2, 3], [1, 0.5, pytest.approx(1 / 3)])
    result = CliRunner().invoke(app, ["train", "curves", "--work", str(tmp_path)])
    assert result.exit_code == 0, result.output
    Image.open(tmp_path / "training.png").verify()
    whole = draw_curves(workshop.work, tmp_path / "whole.png")
    assert Image.open(whole).width > Image.open(tmp_path / "training.png").width


def test_a_folder_without_logs_is_said(tmp_path):
    with pytest.raises(TriptychError, match=r"no log\.jsonl"):
        draw_curves(tmp_path, tmp_path / "training.png")
    result = CliRunner().invoke(app, ["train", "curves", "--work", str(tmp_path)])
    assert result.exit_code == 1
    assert "Traceback" not in result.output


def test_a_running_mean_by_hand():
    assert running_mean([4.0, 2.0, 0.0, 2.0], 2).tolist() == [4.0, 3.0, 1.0, 1.0]


def test_a_stage_trains_from_the_command_line(case_folder, tmp_path, monkeypatch):
    monkeypatch.setattr("triptych.training.starter.StarterSizes", lambda: SIZES)
    config = tmp_path / "config.yaml"
    config.write_text(tiny_config().model_dump_json())
    folders = ["--data", str(case_folder), "--work", str(tmp_path / "work")]
    command = ["train", "autoencoder", *folders, "--config", str(config), "--json"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["stages"][0]["stage"] == "autoencoder"
    assert told["stages"][0]["finished"]
    Image.open(told["figure"]).verify()
    missing = CliRunner().invoke(app, ["train", "video", *folders, "--config", str(config)])
    assert missing.exit_code == 1
    assert "not trained yet" in missing.stderr
