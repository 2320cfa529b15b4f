import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from triptych.cases.media import sampled_frames
from triptych.generators.starter.prompts import PromptFormat, load_tokenizer, train_tokenizer
from triptych.starter.scene import COLOURS
from triptych.training.preprocess import (
    Augmentation,
    augment,
    prepare,
    to_pixels,
)

STILL = Augmentation(least_side=1, flip=False, brightness=0, contrast=0, hue=0)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)


def test_preparing_keeps_every_value():
    pixels = noise(2, 8, 8)
    prepared = prepare(pixels)
    assert prepared.shape == (2, 3, 8, 8)
    assert prepared.min() >= -1
    assert prepared.max() <= 1
    assert np.array_equal(to_pixels(prepared), pixels)


def test_pictures_are_cut_to_a_square_and_resized():
    wide = np.zeros((1, 20, 40, 3), np.uint8)
    wide[:, :, 10:30] = 255
    assert to_pixels(prepare(wide, 10)).min() == 255
    assert prepare(noise(2, 4, 20, 30), 16).shape == (2, 4, 3, 16, 16)


def test_no_change_allowed_is_no_change():
    pixels = noise(2, 16, 16)
    assert np.array_equal(to_pixels(augment(pixels, seeded(), how=STILL)), pixels)


def test_the_same_seed_gives_the_same_batch():
    pixels = noise(4, 16, 16)
    assert torch.equal(augment(pixels, seeded(1)), augment(pixels, seeded(1)))
    assert not torch.equal(augment(pixels, seeded(1)), augment(pixels, seeded(2)))
    assert torch.equal(augment(pixels, seeded(1)), augment(torch.from_numpy(pixels), seeded(1)))


def test_all_frames_of_a_clip_are_changed_alike_and_cases_differently():
    picture = noise(1, 16, 16)
    clips = np.repeat(np.repeat(picture[:, None], 5, axis=1), 3, axis=0)
    changed = augment(clips, seeded())
    assert changed.shape == (3, 5, 3, 16, 16)
    assert torch.allclose(changed, changed[:, :1].expand_as(changed))
    assert not torch.allclose(changed[0], changed[1])


def test_a_flip_is_a_mirror():
    pixels = noise(40, 8, 8)
    only_flip = Augmentation(least_side=1, flip=True, brightness=0, contrast=0, hue=0)
    changed = to_pixels(augment(pixels, seeded(), how=only_flip))
    flipped = [np.array_equal(a, b[:, ::-1]) for a, b in zip(changed, pixels, strict=True)]
    kept = [np.array_equal(a, b) for a, b in zip(changed, pixels, strict=True)]
    assert 8 < sum(flipped) < 32
    assert sum(flipped) + sum(kept) == 40


def test_the_middle_of_a_picture_is_never_cut_away():
    pixels = np.zeros((200, 50, 50, 3), np.uint8)
    pixels[:, 6:44, 6:44] = 255
    changed = to_pixels(augment(pixels, seeded(), how=Augmentation(0.88, False, 0, 0, 0)))
    white = (changed > 127).all(-1).sum((1, 2)) / 38**2
    assert white.min() >= 0.99
    assert white.max() <= 1 / 0.88**2 + 0.03


@pytest.mark.parametrize("name", sorted(COLOURS))
def test_a_colour_stays_nearest_to_its_own_name(name):
    base = np.array([COLOURS[key] for key in COLOURS])
    pixels = np.broadcast_to(np.array(COLOURS[name]) * 255, (300, 4, 4, 3)).round().astype(np.uint8)
    changed = to_pixels(augment(pixels, seeded()))[:, 2, 2] / 255
    nearest = np.linalg.norm(changed[:, None] - base, axis=-1).argmin(1)
    assert {list(COLOURS)[i] for i in nearest} == {name}


@given(st.integers(1, 500), st.floats(0.1, 240))
def test_sampled_frames_rise_and_stay_within_five_seconds(count, rate):
    chosen = sampled_frames(np.arange(count) / rate)
    assert chosen.shape == (16,)
    assert chosen[0] == 0
    assert (np.diff(chosen) >= 0).all()
    assert chosen[-1] < count
    assert chosen[-1] / rate < 5


def test_the_starters_clips_are_used_frame_by_frame():
    assert sampled_frames(np.arange(16) / 8).tolist() == list(range(16))


def test_text_is_read_in_lower_case_only_if_asked(tmp_path):
    texts = ["Norvik launches the Haloline, a white lantern."]
    for lower, wanted in ((False, "Norvik Café"), (True, "norvik café")):
        train_tokenizer(texts, 300, lower=lower).save_pretrained(str(tmp_path / str(lower)))
        prompt = PromptFormat(load_tokenizer(tmp_path / str(lower)))
        assert prompt.tokenizer.decode(prompt.encode("Norvik Café")) == wanted
        assert len(prompt.plan()) == 1, "control tokens stay what they are"
