"""The GPU's run, rehearsed on a CPU: one command, resumed, collected, carried in pieces."""

import json

import pytest
from typer.testing import CliRunner

from triptych.cli import app
from triptych.errors import ModelError
from triptych.generators.starter.load import StarterModules
from triptych.protocols import VisualRequest
from triptych.training.scale import ADOPTED, PICTURES, scale_of
from triptych.training.shards import LIST, from_shards, to_shards


def invoke(*arguments):
    result = CliRunner().invoke(app, ["train", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result


def test_the_gpu_scale_is_larger_and_is_configured_for_every_stage_it_trains():
    gpu, cpu = scale_of("gpu"), scale_of("cpu")
    assert gpu.sizes.autoencoder.image_size == 256
    assert max(gpu.sizes.denoiser) > max(cpu.sizes.denoiser)
    assert gpu.stages == PICTURES
    for name in ("cpu", "gpu", "toy"):
        scale = scale_of(name)
        assert all(scale.config.stage(stage).steps for stage in scale.stages)
        assert len(scale.sizes.attending) == len(scale.sizes.denoiser)


def test_the_whole_run_at_toy_size_resumed_collected_and_carried(case_folder, tmp_path):
    run = ["starter", "--scale", "toy", "--data", case_folder, "--work", tmp_path / "work"]
    begun = json.loads(invoke(*run, "--minutes", "0", "--json").stdout)["stages"]
    assert not begun[-1]["finished"], "a call that runs out of time leaves the rest to the next"
    told = json.loads(invoke(*run, "--minutes", "9", "--json").stdout)["stages"]
    assert [one["stage"] for one in told] == list(PICTURES)
    assert all(one["finished"] for one in told)
    invoke("collect", tmp_path / "weights", "--work", tmp_path / "work", "--shards", tmp_path / "p")
    invoke("join", tmp_path / "p", tmp_path / "joined")
    modules = {path.name for path in (tmp_path / "joined").iterdir()}
    assert modules == {*ADOPTED, "image", "video", "autoencoder"}
    modules = StarterModules(tmp_path / "joined")
    request = VisualRequest(prompt="a red mug on a beach", steps=1)
    picture = modules.image.start([request], [None], [0]).finish()[0].pixels
    assert picture.shape == (64, 64, 3)
    assert len(modules.video.start([request], [None], [picture], [0]).finish()[0].pixels) == 16


def test_pieces_are_small_and_a_torn_one_is_found(tmp_path):
    (tmp_path / "weights/image").mkdir(parents=True)
    (tmp_path / "weights/image/a.bin").write_bytes(bytes(range(256)) * 40)
    pieces = to_shards(tmp_path / "weights", tmp_path / "pieces", most=4000)
    assert len(pieces) > 2
    assert all(piece.stat().st_size <= 4000 for piece in pieces)
    from_shards(tmp_path / "pieces", tmp_path / "again")
    assert (tmp_path / "again/image/a.bin").read_bytes() == bytes(range(256)) * 40
    pieces[1].write_bytes(b"torn")
    with pytest.raises(ModelError, match="not what was written"):
        from_shards(tmp_path / "pieces", tmp_path / "more")
    (tmp_path / "pieces" / LIST).unlink()
    with pytest.raises(ModelError, match="cannot be put together"):
        from_shards(tmp_path / "pieces", tmp_path / "more")
