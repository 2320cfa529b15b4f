"""Finished pictures and clips, drawn larger by the last stage of the cascade."""

import shutil

import numpy as np
import pytest

from triptych.errors import ModelError
from triptych.generators.starter.load import StarterModules
from triptych.generators.starter.upscaler import Upscaler, UpscalerConfig
from triptych.protocols import VisualRequest

REQUEST = VisualRequest(prompt="a red lantern", steps=2)


@pytest.fixture(scope="module")
def cascade(tiny_starter, tmp_path_factory):
    """Tiny weights with an upscaler that doubles sides."""
    folder = shutil.copytree(tiny_starter, tmp_path_factory.mktemp("cascade") / "weights")
    Upscaler(UpscalerConfig(8, 1, 2)).save(folder / "upscaler")
    return folder


def painted(modules):
    sampling = modules.image.start([REQUEST], [None], [1])
    sampling.advance(1)
    return sampling.preview()[0], sampling.finish()[0].pixels


def test_pictures_grow_when_they_are_finished_and_previews_do_not(cascade):
    preview, picture = painted(StarterModules(cascade))
    assert preview.shape == (32, 32, 3)
    assert picture.shape == (64, 64, 3)


def test_it_is_the_same_picture_and_can_be_had_small(cascade):
    large = painted(StarterModules(cascade))[1]
    small = painted(StarterModules(cascade, upscale=(False, True)))[1]
    assert small.shape == (32, 32, 3)
    means = large.reshape(32, 2, 32, 2, 3).mean(axis=(1, 3))
    assert np.abs(means - small).mean() < 12


def test_a_clip_grows_likewise_from_a_key_image_of_either_size(cascade):
    modules = StarterModules(cascade)
    small = painted(StarterModules(cascade, upscale=(False, False)))[1]
    enlarged = np.repeat(np.repeat(small, 2, axis=0), 2, axis=1)
    clips = [
        modules.video.start([REQUEST], [None], [key], [1]).finish()[0].pixels
        for key in (small, enlarged)
    ]
    assert clips[0].shape == (16, 64, 64, 3)
    assert np.array_equal(*clips)


def test_who_made_a_picture_tells_whether_it_was_drawn_larger(cascade, tiny_starter):
    with_it, without = StarterModules(cascade), StarterModules(cascade, upscale=(False, False))
    plain = StarterModules(tiny_starter)
    assert with_it.image.identity.revision != plain.image.identity.revision
    assert without.image.identity.name == "starter/image/small"
    assert with_it.video.identity.name == plain.video.identity.name == "starter/video"


def test_a_torn_upscaler_is_named(cascade, tmp_path):
    folder = shutil.copytree(cascade, tmp_path / "torn")
    (folder / "upscaler/model.safetensors").write_bytes(b"torn")
    with pytest.raises(ModelError, match="upscaler"):
        _ = StarterModules(folder).image
