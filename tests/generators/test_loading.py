"""Loading by profile: safetensors alone, the pinned commit, no foreign code, and what it costs."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import UniPCMultistepScheduler
from safetensors.torch import load_file

from triptych.domain import Brief
from triptych.errors import ModelError, ProfileError
from triptych.generators.hub import load_profile
from triptych.generators.parts import DiffusersImage
from triptych.generators.pretrained.load import make_scheduler
from triptych.generators.pretrained.locate import is_whole
from triptych.generators.profiles import read_profile
from triptych.protocols import TextRequest, VisualRequest

VISUAL = VisualRequest("a red mug", steps=2)
REQUEST = TextRequest(Brief(description="A red mug."), "headline", "playful")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FOREIGN = "from pathlib import Path\nPath(__file__).with_name('ran').touch()\n"


def paint(models):
    return models.image.start([VISUAL], [None], [1]).finish()[0]


def pipeline_of(models):
    with models.image._resident.use() as pipeline:
        return pipeline


def pickled(file: Path) -> None:
    """The same weights in the form that can run code when it is read."""
    torch.save(load_file(file), file.with_suffix(".bin"))
    file.unlink()


@pytest.fixture
def copied(checkpoint, tmp_path):
    return lambda name: Path(shutil.copytree(checkpoint(name), tmp_path / name))


def test_pickled_weights_are_refused(profile_file, copied):
    path, llama, sd, motion = profile_file(), copied("llama"), copied("sd"), copied("motion")
    for file in (
        llama / "model",
        sd / "unet/diffusion_pytorch_model",
        motion / "diffusion_pytorch_model",
    ):
        pickled(file.with_suffix(".safetensors"))
    (llama / "model.bin").rename(llama / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"language model .* cannot be loaded") as refusal:
        load_profile(path, [f"text.model={llama}"]).text.encode([REQUEST], ["A mug."])
    assert "safetensors" in refusal.value.hint
    with pytest.raises(ModelError, match=r"pipeline .* cannot be loaded"):
        paint(load_profile(path, [f"image.model={sd}"]))
    with pytest.raises(ModelError, match=r"pipeline .* cannot be loaded"):
        load_profile(path, [f"video.adapter={motion}"]).video.start([VISUAL], [None], [None], [1])


def test_code_that_comes_with_weights_is_not_run(profile_file, copied):
    llama, sd = copied("llama"), copied("sd")
    config = json.loads((llama / "config.json").read_text())
    config |= {"model_type": "foreign", "auto_map": {"AutoModelForCausalLM": "foreign.Model"}}
    config["auto_map"]["AutoConfig"] = "foreign.Config"
    (llama / "config.json").write_text(json.dumps(config))
    index = json.loads((sd / "model_index.json").read_text())
    (sd / "model_index.json").write_text(json.dumps(index | {"unet": ["foreign", "Model"]}))
    for folder in (llama, sd / "unet"):
        (folder / "foreign.py").write_text(FOREIGN)
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_profile(profile_file(), [f"text.model={llama}"]).text.encode([REQUEST], ["A mug."])
    with pytest.raises(ModelError, match="cannot be loaded"):
        paint(load_profile(profile_file(), [f"image.model={sd}"]))
    assert not list(llama.parent.rglob("ran"))
    with pytest.raises(ProfileError, match="trust_remote_code"):
        read_profile("sd2", ["image.trust_remote_code=true"])


def test_torn_weights_are_an_error_in_words(profile_file, copied):
    llama, sd = copied("llama"), copied("sd")
    for file in (llama / "model.safetensors", sd / "vae/diffusion_pytorch_model.safetensors"):
        file.write_bytes(file.read_bytes()[:500])
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_profile(profile_file(), [f"text.model={llama}"]).text.encode([REQUEST], ["A mug."])
    with pytest.raises(ModelError, match="cannot be loaded"):
        paint(load_profile(profile_file(), [f"image.model={sd}"]))


def test_a_hub_name_means_the_pinned_commit(profile_file, checkpoint, tmp_path, monkeypatch):
    cache = tmp_path / "hub"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    for name in ("llama", "sd"):
        snapshots = cache / f"models--owner--{name}/snapshots"
        shutil.copytree(checkpoint(name), snapshots / COMMIT)
    named = ["text.model=owner/llama", f"text.revision={COMMIT}"]
    models = load_profile(profile_file(), named)
    [theirs] = models.text.encode([REQUEST], ["A mug."])
    [same] = load_profile(profile_file()).text.encode([REQUEST], ["A mug."])
    assert torch.equal(theirs.latents, same.latents)
    assert models.text.identity.model_dump() == {"name": "owner/llama", "revision": COMMIT}
    with pytest.raises(ModelError, match="owner/llama is not on this machine"):
        load_profile(profile_file(), [*named, f"text.revision={COMMIT[::-1]}"]).text.encode([], [])
    with pytest.raises(ProfileError, match=r"Set `text\.revision` to a commit"):
        read_profile(profile_file(), ["text.model=owner/llama"])
    with pytest.raises(ProfileError, match=r"Set `video\.adapter_revision` to a commit"):
        read_profile(profile_file(), ["video.adapter=owner/motion"])


def test_a_download_that_was_broken_off_is_not_whole(copied):
    llama, sd = copied("llama"), copied("sd")
    assert is_whole(llama)
    assert is_whole(sd)
    shutil.rmtree(sd / "vae")
    assert not is_whole(sd)
    (llama / "model.safetensors").rename(llama / "model-00001-of-00002.safetensors")
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    index = llama / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": shards}))
    assert not is_whole(llama)
    index.write_text("torn")
    assert not is_whole(llama)


def test_memory_is_saved_as_the_profile_says(profile_file):
    base = profile_file()
    plain = paint(load_profile(base)).pixels
    wishes = ["vae_slicing=true", "vae_tiling=true", "attention=sliced"]
    models = load_profile(base, [f"image.{wish}" for wish in wishes])
    pipeline = pipeline_of(models)
    assert pipeline.vae.use_slicing
    assert pipeline.vae.use_tiling
    kinds = {type(one).__name__ for one in pipeline.unet.attn_processors.values()}
    assert kinds == {"SlicedAttnProcessor"}
    assert np.abs(paint(models).pixels.astype(int) - plain).max() <= 2


def test_attention_cache_and_compilation_by_profile(profile_file):
    path = profile_file(image="z-image")
    models = load_profile(path, ["image.attention=native", "image.compile=true"])
    with torch.compiler.set_stance("force_eager"):  # a compiler's minutes say nothing here
        assert np.array_equal(paint(models).pixels, paint(load_profile(path)).pixels)
    blocks = [
        module
        for module in pipeline_of(models).transformer.modules()
        if type(module).__name__ == "ZImageTransformerBlock"
    ]
    assert all(block._compiled_call_impl is not None for block in blocks)
    with pytest.raises(ProfileError, match="attention backend 'sorcery'"):
        paint(load_profile(path, ["image.attention=sorcery"]))
    with pytest.raises(ProfileError, match="no feature cache"):
        paint(load_profile(profile_file(), ["image.cache=first-block"]))
    cached = load_profile(profile_file(video="ltx"), ["video.cache=first-block"]).video
    with cached._resident.use() as pipeline:
        assert pipeline.transformer.is_cache_enabled


@pytest.mark.parametrize("offload", ["model", "sequential"])
def test_offloading_is_the_librarys_own(profile_file, monkeypatch, offload):
    from triptych.generators.pretrained.load import load_pipeline

    called = []
    for name in ("model", "sequential"):
        monkeypatch.setattr(
            f"diffusers.DiffusionPipeline.enable_{name}_cpu_offload",
            lambda self, device, name=name: called.append((name, device.type)),
        )
    part = load_profile(profile_file(), [f"image.offload={offload}"]).settings.image
    load_pipeline(part, Path(part.model), torch.device("cuda"), fetch=False)
    assert called == [(offload, "cuda")]
    with pytest.raises(ProfileError, match="exclude each other"):
        read_profile(profile_file(), [f"image.offload={offload}", "image.device_map=balanced"])


def test_models_are_spread_as_the_device_map_says(profile_file):
    path = profile_file()
    spread = load_profile(path, ["text.device_map=auto", "image.device_map=cpu"])
    [theirs] = spread.text.encode([REQUEST], ["A mug."])
    [same] = load_profile(path).text.encode([REQUEST], ["A mug."])
    assert torch.allclose(theirs.latents, same.latents, atol=1e-6)
    assert np.array_equal(paint(spread).pixels, paint(load_profile(path)).pixels)
    assert spread.text._resident.size == spread.image._resident.size == 0  # not ours to move
    with pytest.raises(ModelError, match="cannot be loaded"):
        paint(load_profile(path, ["image.device_map=everywhere"]))


def test_models_take_turns_in_main_memory(profile_file):
    models = load_profile(profile_file(), ["text.device=cpu", "image.device=cpu"])
    paint(models)
    size = models.image._resident.size
    limit = f"memory_limit={1.5 * size / 2**30}"
    tight = load_profile(profile_file(), [limit, "text.device=cpu", "image.device=cpu"])
    first = paint(tight).pixels
    tight.text.encode([REQUEST], ["A mug."])
    sampling = tight.image.start([VISUAL], [None], [1])
    sampling.advance(1)
    tight.image._resident.leave()
    assert np.array_equal(sampling.finish()[0].pixels, first)
    with pytest.raises(ModelError, match="memory limit is"):
        paint(load_profile(profile_file(), [f"memory_limit={0.5 * size / 2**30}"]))


def test_what_a_pipeline_cannot_make_is_an_error_in_words(profile_file):
    image = load_profile(profile_file(), ["image.height=36"]).image
    with pytest.raises(ModelError, match=r"StableDiffusionPipeline cannot make this: .*height"):
        image.start([VISUAL], [None], [1]).finish()


def test_noise_samplers_are_not_for_flows():
    own = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True)
    part = DiffusersImage(kind="diffusers-image", model="x", sampler="unipc")
    assert make_scheduler(part, own) is own
    with pytest.raises(ProfileError, match="sampler ddim is not for it"):
        make_scheduler(part.model_copy(update={"sampler": "ddim"}), own)
