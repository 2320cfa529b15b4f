import json

import numpy as np
import pytest
import torch

from triptych.errors import ModelError
from triptych.evaluation.features import JudgeFeatures, ScriptedI3D, ScriptedInception
from triptych.evaluation.judge import FEATURES, HEADS, SHIPPED_JUDGE, Judge, JudgeNet, fitted
from triptych.evaluation.train_judge import Pictures, accuracy, answers_of, confusions, train_judge

COLOURS = {"red": (200, 20, 20), "green": (20, 140, 40), "blue": (20, 60, 200)}


def toy(count, seed):
    """Plain pictures of which only the colour can be told."""
    rng = np.random.default_rng(seed)
    names = [list(COLOURS)[i % 3] for i in range(count)]
    images = np.stack([np.full((128, 128, 3), COLOURS[name], np.float64) for name in names])
    images = (images + rng.normal(0, 15, images.shape)).clip(0, 255).astype(np.uint8)
    labels = {head: [values[0]] * count for head, values in HEADS.items()} | {"colour": names}
    return images, labels


@pytest.fixture(scope="module")
def judge():
    torch.manual_seed(0)
    return Judge(JudgeNet(HEADS, width=8))


def test_it_reads_probabilities_of_every_attribute(judge):
    images = list(toy(3, 0)[0])
    read = judge.read(images)
    assert len(read) == 3
    for one in read:
        assert {name: tuple(values) for name, values in one.items()} == HEADS
        assert all(sum(values.values()) == pytest.approx(1, abs=1e-5) for values in one.values())
    named = judge.name(images)[0]
    assert read[0]["colour"][named["colour"]] == max(read[0]["colour"].values())
    assert judge.features(images).shape == (3, FEATURES)
    assert judge.read([]) == []


def test_a_batch_reads_as_its_pictures_do_one_by_one(judge):
    images = list(toy(5, 1)[0])
    whole = judge.features(images)
    singly = np.concatenate([judge.features([image]) for image in images])
    np.testing.assert_allclose(whole, singly, atol=1e-5)


def test_any_size_is_fitted():
    assert fitted(np.zeros((200, 300, 3), np.uint8)).shape == (128, 128, 3)
    assert fitted(np.zeros((32, 16, 3), np.uint8)).shape == (128, 128, 3)


def test_training_learns_resumes_and_survives_saving(tmp_path):
    images, labels = toy(60, 2)
    log = []
    train_judge(images, labels, tmp_path / "t", steps=12, batch=12, seed=1, max_seconds=0)
    judge = train_judge(
        images, labels, tmp_path / "t", steps=12, batch=12, seed=1,
        on_step=lambda step, steps, losses: log.append((step, losses["loss"])),
    )  # fmt: skip
    assert log[0][0] == 2
    held_out = Pictures(toy(30, 3)[0], answers_of(toy(30, 3)[1]), [])
    assert accuracy(judge, held_out)["colour"] > 0.9
    judge.save(tmp_path / "judge", accuracy=accuracy(judge, held_out))
    again = Judge.from_pretrained(tmp_path / "judge")
    same = [a == b for a, b in zip(again.name(list(images)), judge.name(list(images)), strict=True)]
    assert np.mean(same) > 0.95
    assert again.identity.revision
    assert json.loads((tmp_path / "judge/config.json").read_text())["notes"]["accuracy"]


def test_confusions_name_truth_reading_and_number(judge):
    images, labels = toy(9, 4)
    pictures = Pictures(images, answers_of(labels), [])
    read = [one["product"] for one in judge.name(list(images))]
    wrong = sum(one != HEADS["product"][0] for one in read)
    assert sum(count for *_, count in confusions(judge, pictures, "product")) == wrong


def test_torn_weights_are_an_error_for_people(tmp_path):
    with pytest.raises(ModelError, match="cannot be loaded"):
        Judge.from_pretrained(tmp_path)


def test_the_shipped_judge_is_small_and_reads_what_it_was_trained_for():
    judge = Judge.from_pretrained()
    size = (SHIPPED_JUDGE / "model.safetensors").stat().st_size
    assert size < 2_000_000
    notes = json.loads((SHIPPED_JUDGE / "config.json").read_text())["notes"]
    assert all(notes["accuracy"][head] >= 0.97 for head in ("product", "colour", "setting"))
    read = judge.read([np.full((128, 128, 3), 90, np.uint8)])[0]
    assert set(read) == set(HEADS)


def test_features_of_a_clip_tell_a_film_from_a_still(judge):
    still = np.stack([toy(1, 5)[0][0]] * 4)
    moving = toy(4, 6)[0]
    features = JudgeFeatures(judge).clips([still, moving])
    assert features.shape == (2, 2 * FEATURES)
    assert np.allclose(features[0, FEATURES:], 0, atol=1e-5)
    assert features[1, FEATURES:].max() > 0


class _Inception(torch.nn.Module):
    def forward(self, pixels: torch.Tensor, return_features: bool = False) -> torch.Tensor:
        return pixels.float().mean(dim=[2, 3])


class _I3D(torch.nn.Module):
    def forward(
        self,
        clips: torch.Tensor,
        rescale: bool = False,
        resize: bool = False,
        return_features: bool = False,
    ) -> torch.Tensor:
        return clips.mean(dim=[3, 4]).flatten(1)


def test_networks_of_the_user_are_read_from_torchscript(tmp_path):
    torch.jit.script(_Inception()).save(str(tmp_path / "inception.pt"))
    torch.jit.script(_I3D()).save(str(tmp_path / "i3d.pt"))
    image = np.full((8, 8, 3), (10, 20, 30), np.uint8)
    found = ScriptedInception(tmp_path / "inception.pt").images([image, image])
    np.testing.assert_allclose(found, [[10, 20, 30]] * 2)
    assert ScriptedI3D(tmp_path / "i3d.pt").clips([np.stack([image] * 4)]).shape == (1, 12)
    (tmp_path / "torn.pt").write_bytes(b"no network")
    with pytest.raises(ModelError, match="TorchScript"):
        ScriptedInception(tmp_path / "torn.pt")
