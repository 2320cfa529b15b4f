"""The stage that draws finished pictures larger."""

import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from triptych.errors import CaseError
from triptych.generators.starter.upscaler import Upscaler, UpscalerConfig
from triptych.training.decoder import ALONE
from triptych.training.starter import Workshop


def test_before_training_it_is_bicubic_interpolation():
    pixels = torch.rand(2, 3, 16, 24) * 2 - 1
    wanted = functional.interpolate(pixels, scale_factor=4, mode="bicubic", align_corners=False)
    assert torch.allclose(Upscaler(UpscalerConfig(8, 1))(pixels), wanted, atol=1e-6)


def test_a_picture_is_enlarged_alike_whatever_stands_beside_it():
    torch.manual_seed(0)
    upscaler = Upscaler(UpscalerConfig(8, 1))
    torch.nn.init.normal_(upscaler.last.weight)
    frames = torch.rand(3, 3, 16, 16)
    assert torch.equal(upscaler.enlarge(frames)[1], upscaler.enlarge(frames[1:2])[0])


def test_what_is_saved_draws_the_same(tmp_path):
    torch.manual_seed(0)
    upscaler = Upscaler(UpscalerConfig(8, 2, 2))
    torch.nn.init.normal_(upscaler.last.weight)
    upscaler.save(tmp_path)
    pixels = torch.rand(1, 3, 16, 16)
    with torch.no_grad():
        wanted = upscaler(pixels)
    assert torch.equal(Upscaler.from_pretrained(tmp_path).enlarge(pixels)[0], wanted[0])


def test_pieces_are_of_the_same_place(workshop):
    objective = workshop.objective("upscaler")
    batch = objective.batch(torch.Generator().manual_seed(0), 8)
    assert batch.large.shape[-1] == 2 * batch.small.shape[-1]
    small, large = objective._small[0], objective._pictures[0].images
    objective._small = (torch.from_numpy(np.array(large))[:, None, ::2, ::2].repeat(1, 2, 1, 1, 1),)
    exact = objective.batch(torch.Generator().manual_seed(0), 8)
    columns = exact.large[..., ::2, ::2]
    mirrored = exact.large[..., ::2, 1::2]  # mirrored, the even columns are the odd ones
    same = [
        torch.equal(one, two) or torch.equal(one, three)
        for one, two, three in zip(exact.small, columns, mirrored, strict=True)
    ]
    assert all(same)
    assert small.shape[:2] == (len(large), 2)


def test_faults_are_made_once_and_anew_for_another_denoiser(workshop, monkeypatch):
    workshop.objective("upscaler")
    monkeypatch.setattr(Workshop, "faults", lambda self: pytest.fail("made again"))
    workshop.objective("upscaler")
    monkeypatch.setattr("triptych.training.starter.fingerprint", lambda folder: "another")
    with pytest.raises(pytest.fail.Exception, match="made again"):
        workshop.objective("upscaler")


def test_the_discriminator_joins_late_and_only_in_training(workshop):
    objective = workshop.objective("upscaler")
    batch = objective.batch(torch.Generator().manual_seed(0), 4)
    assert "discriminator" not in objective(batch)
    objective.progress = ALONE
    losses = objective(batch)
    losses["loss"].backward()
    assert losses["discriminator"].item() > 0
    assert "discriminator" not in objective.eval()(batch)


def test_pictures_that_are_too_small_are_refused_by_name(workshop, tmp_path):
    shutil.copytree(workshop.data, tmp_path / "data")
    small = sorted((tmp_path / "data/images").iterdir())[1]
    Image.new("RGB", (32, 32)).save(small)
    other = Workshop(tmp_path / "data", workshop.work, workshop.config, workshop.sizes)
    with pytest.raises(CaseError, match=rf"{small.name} has 32×32 pixels, and 64×64 are needed"):
        other.objective("upscaler")
