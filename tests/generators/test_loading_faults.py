"""What kept real checkpoints from running: each loads and runs as its authors run it."""

import json

import numpy as np
import pytest
import torch

from tests.generators.pretend_cuda import pretended_cuda
from triptych.errors import ModelError
from triptych.generators.hub import load_profile
from triptych.protocols import VisualRequest

KEY = np.full((40, 40, 3), 90, dtype=np.uint8)
CLIPS = {"text-to-video": 4, "animatediff": 4, "wan-2.2": 5, "ltx": 9}


def pipeline_of(sampling):
    return sampling._groups[0].denoising.pipeline


@pytest.mark.parametrize("offload", ["none", "model", "sequential"])
@pytest.mark.parametrize("name", CLIPS)
def test_clips_run_on_a_card(profile_file, monkeypatch, name, offload):
    with pretended_cuda(monkeypatch):
        video = load_profile(profile_file(video=name), [f"video.offload={offload}"]).video
        request = VisualRequest("a mug turns", steps=2, frames=CLIPS[name])
        [made] = video.start([request], [None], [KEY], [1]).finish()
    assert made.pixels.shape == (CLIPS[name], 32, 32, 3)


@pytest.mark.parametrize("name", ["sd", "sdxl", "z-image"])
def test_pictures_run_on_a_card(profile_file, monkeypatch, name):
    with pretended_cuda(monkeypatch):
        image = load_profile(profile_file(image=name)).image
        sampling = image.start([VisualRequest("a mug", steps=2)], [None], [1])
        [made] = sampling.finish()
        pipeline = pipeline_of(sampling)
    assert made.pixels.shape == (32, 32, 3)
    if hasattr(pipeline, "unet"):
        assert pipeline.unet.conv_in.weight.is_contiguous(memory_format=torch.channels_last)


def test_nothing_said_is_zeros_for_sdxl(profile_file):
    image = load_profile(profile_file(image="sdxl")).image
    requests = [VisualRequest("a mug", steps=2), VisualRequest("a mug", steps=2)]
    sampling = image.start(requests, [None] * 2, [1, 2])
    made = [one.pixels for one in sampling.finish()]
    pipeline = pipeline_of(sampling)
    generators = [torch.Generator().manual_seed(seed) for seed in (1, 2)]
    bare = pipeline(
        prompt=["a mug"] * 2,
        num_inference_steps=2,
        guidance_scale=5.0,
        height=32,
        width=32,
        generator=generators,
        output_type="np",
    ).images
    assert np.array_equal(np.stack(made), (bare.clip(0, 1) * 255).round().astype(np.uint8))


def test_a_negative_prompt_of_one_sample_is_not_another_ones(profile_file):
    image = load_profile(profile_file(image="sdxl")).image
    plain, stern = (
        VisualRequest("a mug", steps=2),
        VisualRequest("a mug", steps=2, negative_prompt="blurry"),
    )
    [alone] = image.start([plain], [None], [1]).finish()
    among = image.start([stern, plain], [None] * 2, [1, 1]).finish()
    assert np.array_equal(among[1].pixels, alone.pixels)
    assert not np.array_equal(among[0].pixels, alone.pixels)


def test_the_autoencoder_of_wan_works_in_float32(profile_file):
    video = load_profile(profile_file(video="wan-2.2"), ["video.dtype=bfloat16"]).video
    request = VisualRequest("a mug turns", steps=2, frames=5)
    sampling = video.start([request], [None], [KEY], [1])
    sampling.finish()
    pipeline = pipeline_of(sampling)
    assert pipeline.vae.dtype == torch.float32
    assert pipeline.transformer.dtype == torch.bfloat16


@pytest.mark.parametrize("name", ["text-to-video", "sd"])
def test_a_key_image_is_never_dropped_in_silence(profile_file, checkpoint, name):
    path = profile_file(video="wan-2.2")
    models = load_profile(path, [f"video.model={checkpoint(name)}"])
    with pytest.raises(ModelError, match="no class that begins such a clip with a picture") as end:
        models.video.start([VisualRequest("a mug", steps=1, frames=5)], [None], [KEY], [1])
    assert "diffusers-text-to-video" in end.value.hint


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("WanPipeline", "WanImageToVideoPipeline"),
        ("LTXPipeline", "LTXImageToVideoPipeline"),
        ("LTXConditionPipeline", "LTXConditionPipeline"),
        ("LTX2Pipeline", "LTX2ImageToVideoPipeline"),
        ("CogVideoXPipeline", "CogVideoXImageToVideoPipeline"),
        ("HunyuanVideoPipeline", "HunyuanVideoImageToVideoPipeline"),
        ("WanImageToVideoPipeline", "WanImageToVideoPipeline"),
        ("StableVideoDiffusionPipeline", "StableVideoDiffusionPipeline"),
    ],
)
def test_a_checkpoint_for_both_is_run_by_the_class_that_sees_the_picture(name, sees):
    from triptych.generators.parts import ImageToVideo
    from triptych.generators.pretrained.classes import pipeline_class

    part = ImageToVideo(kind="diffusers-image-to-video", model="./here")
    assert pipeline_class(part, {"_class_name": name}).__name__ == sees


def test_a_torn_index_is_an_error_in_words(profile_file, tmp_path):
    (tmp_path / "model_index.json").write_text(json.dumps(["no", "index"]))
    models = load_profile(profile_file(), [f"image.model={tmp_path}"])
    with pytest.raises(ModelError, match="no model_index"):
        models.image.start([VisualRequest("a mug")], [None], [1])
