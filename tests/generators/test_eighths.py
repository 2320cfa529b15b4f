"""Weights in eight bits: how wrong they are, how small, and that a denoiser reads them."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.tiny import TINY
from triptych.generators.eighths import LEAST, from_eighths, to_eighths
from triptych.generators.starter.image import UNET_WEIGHTS, read_unet
from triptych.training.sizes import denoiser_of, store


def test_a_weight_is_wrong_by_half_a_step_of_its_own_row_at_most():
    torch.manual_seed(0)
    kernel = torch.randn(64, 16, 3, 3) * torch.logspace(-3, 1, 64).view(-1, 1, 1, 1)
    stored = to_eighths({"kernel": kernel})
    assert stored["kernel"].dtype == torch.int8
    again = from_eighths(stored)["kernel"]
    rows = kernel.flatten(1)
    error = (again - kernel).flatten(1).abs().amax(dim=1)
    assert (error <= rows.abs().amax(dim=1) / 254 * 1.001).all()


def test_small_tensors_and_whole_numbers_are_left_alone():
    tensors = {"bias": torch.randn(LEAST), "few": torch.randn(4, 4), "count": torch.arange(9)}
    stored = to_eighths(tensors)
    assert {name: t.dtype for name, t in stored.items()} == {
        "bias": torch.float16, "few": torch.float16, "count": torch.int64
    }  # fmt: skip
    assert from_eighths(stored)["few"].dtype == torch.float32
    assert torch.equal(from_eighths(stored)["count"], tensors["count"])


def test_a_row_of_zeros_stays_zero():
    matrix = torch.randn(128, 64)
    matrix[3] = 0
    assert not from_eighths(to_eighths({"m": matrix}))["m"][3].any()


@pytest.mark.parametrize("eighths", [False, True])
def test_a_denoiser_paints_nearly_the_same_from_what_is_stored(tmp_path, eighths):
    torch.manual_seed(0)
    denoiser = denoiser_of(TINY, 4).eval()
    denoiser.save_pretrained(str(tmp_path))
    path = tmp_path / UNET_WEIGHTS
    before = path.stat().st_size
    store(path, eighths)
    assert path.stat().st_size < 0.6 * before
    seen = torch.randn(2, 4, 4, 4), torch.tensor([3, 500]), torch.randn(2, 6, 32)
    with torch.no_grad():
        wanted, found = denoiser(*seen).sample, read_unet(tmp_path)(*seen).sample
    assert (found - wanted).norm() < 0.03 * wanted.norm()


def test_storing_twice_is_storing_once(tmp_path):
    path = tmp_path / "weights.safetensors"
    save_file({"m": torch.randn(128, 64)}, path)
    store(path, eighths=True)
    once = load_file(path)
    store(path, eighths=True)
    twice = load_file(path)
    assert once.keys() == twice.keys()
    assert torch.equal(once["m"], twice["m"])
