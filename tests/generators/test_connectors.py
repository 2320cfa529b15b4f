import json
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from triptych.domain import Brief
from triptych.errors import ModelError
from triptych.generators.hub import load_profile
from triptych.generators.pretrained.connector import Connector
from triptych.generators.pretrained.latents import LatentHead, LatentHeadConfig
from triptych.generators.pretrained.locate import identity_name
from triptych.protocols import TextRequest, VisualRequest
from triptych.training.config import StageOptions
from triptych.training.connector import Said, WarmUpObjective, new_connector
from triptych.training.diffusion import ThroughPipelineObjective, encode_pictures
from triptych.training.loop import train

CAPTIONS = ["a red mug on a desk", "a small red mug", "a bright mug glows", "the mug on a desk"]
BRIEF = Brief(description="A bright red mug for the desk.")


def trained(profile_file, name, folder: Path, steps=6):
    """A connector for a tiny pair: both stages, saved. Returns its losses."""
    models = load_profile(profile_file(image=name))
    requests = [TextRequest(BRIEF, "headline", "playful") for _ in CAPTIONS]
    latents = torch.stack([one.latents for one in models.text.encode(requests, CAPTIONS)])
    said = Said(latents[:, None], CAPTIONS)
    image = models.image
    pictures = [np.full((32, 32, 3), 40 * i, dtype=np.uint8) for i in range(4)]
    with image._resident.use() as pipeline:
        torch.manual_seed(0)
        connector = new_connector(
            pipeline,
            language_model=models.latents_identity(),
            pipeline_name=identity_name(image.identity),
            count=4,
            width=8,
            inner=16,
            layers=1,
            heads=2,
        )
        write = lambda made, folder: made.save(folder)  # noqa: E731
        words = WarmUpObjective(connector, pipeline, said, said, write)
        train(words, options_of(60, 4, 3e-3), folder / "words")
        before = [p.detach().clone() for p in connector.parameters()]
        clean = encode_pictures(pipeline, pictures)
        through = ThroughPipelineObjective(connector, pipeline, said, said, (clean, clean), write)
        train(through, options_of(steps, 2, 1e-3), folder / "noise")
        moved = [not torch.equal(a, b) for a, b in zip(before, connector.parameters(), strict=True)]
    connector.save(folder)
    return losses_of(folder / "words"), losses_of(folder / "noise"), sum(moved) / len(moved)


def options_of(steps, batch, rate):
    return StageOptions(steps=steps, batch=batch, rate=rate, warm_up=1, decay=0.0, ema=0.0)


def losses_of(folder: Path):
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if line["kind"] == "train"]


@pytest.mark.parametrize("name", ["sd", "sdxl", "z-image"])
def test_a_connector_is_trained_saved_loaded_and_heard(profile_file, tmp_path, name):
    words, noise, moved = trained(profile_file, name, tmp_path / "connector")
    assert words[-1] < 0.5 * words[0]
    assert np.isfinite(noise).all()
    assert moved > 0.9
    path = profile_file(image=name)
    data = yaml.safe_load(Path(path).read_text())
    data["image"]["connector"] = str(tmp_path / "connector")
    Path(path).write_text(yaml.safe_dump(data))
    one, other = torch.randn(4, 8), torch.randn(4, 8)
    request = VisualRequest("a red mug", steps=2)
    pictures = {}
    for use in ("prompt", "latents", "both"):
        image = load_profile(path, [f"conditioning={use}"]).image
        made = image.start([request] * 2, [one, other], [1, 1]).finish()
        assert not any("no connector" in note for note in made[0].notes)
        same = np.array_equal(made[0].pixels, made[1].pixels)
        assert same == (use == "prompt")
        pictures[use] = made[0].pixels
        assert image.identity.name.endswith("/" + use) == (use != "both")
    assert not np.array_equal(pictures["prompt"], pictures["latents"])
    assert not np.array_equal(pictures["prompt"], pictures["both"])


def test_a_connector_for_another_pair_is_refused(profile_file, tmp_path):
    trained(profile_file, "sd", tmp_path / "connector", steps=1)
    where = f"image.connector={tmp_path / 'connector'}"
    with pytest.raises(ModelError, match="trained for the pipeline sd@"):
        load_profile(profile_file(image="sdxl"), [where]).image.start([], [], [])
    config = Connector.from_pretrained(tmp_path / "connector").config
    assert config.language_model.startswith("llama@")
    connector = Connector.from_pretrained(tmp_path / "connector")
    with pytest.raises(ModelError, match="trained for the language model"):
        connector.check("another@1", config.pipeline)


def test_packed_latents_are_refused_in_words(profile_file):
    class Packed:
        class vae:
            config = None

        def _pack_latents(self):
            return None

    with pytest.raises(ModelError, match="Packed packs"):
        encode_pictures(Packed(), [])


def test_a_latent_head_belongs_to_its_model(tmp_path):
    head = LatentHead(LatentHeadConfig("llama@1", hidden=8, count=2, width=4))
    head.save(tmp_path)
    loaded = LatentHead.from_pretrained(tmp_path)
    states = torch.randn(1, 2, 8)
    assert torch.equal(loaded(states), head.eval()(states))
    loaded.check("llama@1")
    with pytest.raises(ModelError, match="trained for llama@1"):
        loaded.check("llama@2")
    with pytest.raises(ModelError, match="cannot be loaded"):
        LatentHead.from_pretrained(tmp_path / "nowhere")
