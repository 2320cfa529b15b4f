import numpy as np
import pytest
import torch

from triptych.alignment import AlignmentScorer
from triptych.alignment.search import search, visual_problem
from triptych.errors import ModelError
from triptych.generators.hub import load_profile
from triptych.protocols import VisualRequest

FRAMES = {"wan": 5, "wan-2.2": 5, "ltx": 9}
"""Of clips of the pipelines that see a key image."""
KEY = np.full((40, 40, 3), 90, dtype=np.uint8)


def image_of(profile_file, name, **changes):
    return load_profile(profile_file(image=name, **changes)).image


@pytest.mark.parametrize("name", ["sd", "sdxl", "z-image"])
def test_stopping_and_going_on_changes_nothing(profile_file, name):
    image = image_of(profile_file, name)
    request = VisualRequest("a red mug", steps=4)
    whole = image.start([request] * 2, [None] * 2, [1, 2]).finish()
    sampling = image.start([request] * 2, [None] * 2, [1, 2])
    sampling.advance(1)
    assert (sampling.step, sampling.nfe) == (1, 4)
    looks = sampling.preview()
    assert looks[0].shape == (32, 32, 3)
    assert looks[0].dtype == np.uint8
    assert sampling.nfe == 4
    sampling.advance(3)
    sampling.keep([1])
    [made] = sampling.finish()
    assert np.array_equal(made.pixels, whole[1].pixels)
    assert made.spend.nfe == whole[1].spend.nfe == 8
    assert sampling.nfe == 3 * 4 + 2
    assert not np.array_equal(whole[0].pixels, whole[1].pixels)


@pytest.mark.parametrize("sampler", ["ddim", "dpm++", "euler", "lcm", "unipc"])
def test_every_sampler_can_be_interrupted(profile_file, checkpoint, sampler):
    image = load_profile(profile_file(), [f"image.sampler={sampler}"]).image
    request = VisualRequest("a red mug", steps=4)
    whole = image.start([request] * 2, [None] * 2, [3, 4]).finish()
    sampling = image.start([request] * 2, [None] * 2, [3, 4])
    for step in range(1, 5):
        sampling.advance(step)
        assert len(sampling.preview()) == 2
    assert all(
        np.array_equal(a.pixels, b.pixels) for a, b in zip(whole, sampling.finish(), strict=True)
    )


def test_previews_come_to_be_the_picture(profile_file):
    image = image_of(profile_file, "sd")
    sampling = image.start([VisualRequest("a red mug", steps=4)], [None], [5])
    looks = []
    for step in (1, 3, 4):
        sampling.advance(step)
        looks.append(sampling.preview()[0].astype(float))
    final = sampling.finish()[0].pixels
    errors = [np.abs(look - final).mean() for look in looks]
    assert errors[2] == 0
    assert errors[1] < errors[0]


def test_a_copied_sample_goes_its_own_way_with_eta(profile_file):
    image = image_of(profile_file, "sd")
    sampling = image.start([VisualRequest("a mug", steps=4, eta=1.0)] * 2, [None] * 2, [1, 2])
    sampling.advance(2)
    sampling.keep([1, 1])
    assert sampling.size == 2
    first, second = sampling.finish()
    assert not np.array_equal(first.pixels, second.pixels)


def test_noise_depends_on_the_seed_alone(profile_file):
    image = image_of(profile_file, "sd")
    request = VisualRequest("a mug", steps=2, eta=0.7)
    alone = image.start([request], [None], [9]).finish()[0]
    among = image.start([request] * 3, [None] * 3, [8, 9, 10]).finish()[1]
    difference = np.abs(alone.pixels.astype(int) - among.pixels)
    assert difference.max() <= 1  # batched matrix products round differently
    again = image.start([request], [None], [9]).finish()[0]
    assert np.array_equal(alone.pixels, again.pixels)


def test_without_guidance_a_step_costs_one(profile_file):
    image = image_of(profile_file, "sd")
    [made] = image.start(
        [VisualRequest("a mug", steps=3, guidance_scale=1.0)], [None], [1]
    ).finish()
    assert made.spend.nfe == 3


def test_recipes_that_differ_are_batched_apart(profile_file):
    image = image_of(profile_file, "sd")
    requests = [VisualRequest("a mug", steps=2), VisualRequest("a mug", steps=2, height=48)]
    made = image.start(requests, [None, None], [1, 2]).finish()
    assert [one.pixels.shape for one in made] == [(32, 32, 3), (48, 32, 3)]
    with pytest.raises(ModelError, match="shares its steps"):
        image.start([requests[0], VisualRequest("a mug", steps=3)], [None, None], [1, 2])


def test_the_trace_says_that_there_is_no_connector(profile_file):
    [made] = (
        image_of(profile_file, "sd")
        .start([VisualRequest("a mug", steps=1)], [torch.zeros(4, 8)], [1])
        .finish()
    )
    assert any("no connector" in note for note in made.notes)


@pytest.mark.parametrize("name", ["wan", "wan-2.2", "ltx", "text-to-video", "animatediff"])
def test_clips_can_be_steered_too(profile_file, name):
    video = load_profile(profile_file(video=name)).video
    request = VisualRequest("a mug turns", steps=3, frames=FRAMES.get(name, 4))
    keys = [KEY, KEY]
    whole = video.start([request] * 2, [None] * 2, keys, [1, 2]).finish()
    assert whole[0].pixels.shape == (request.frames, 32, 32, 3)
    sampling = video.start([request] * 2, [None] * 2, keys, [1, 2])
    sampling.advance(2)
    assert sampling.preview()[1].shape == whole[1].pixels.shape
    sampling.keep([1])
    [made] = sampling.finish()
    assert np.array_equal(made.pixels, whole[1].pixels)
    assert made.spend.nfe == 6
    sees = name in FRAMES
    assert any("no key image" in note for note in made.notes) != sees
    if sees:
        other = video.start([request], [None], [255 - KEY], [2]).finish()[0]
        assert not np.array_equal(other.pixels, made.pixels)
        with pytest.raises(ModelError, match="needs a key image"):
            video.start([request], [None], [None], [1])


def test_out_of_memory_halves_the_batch_and_says_so(profile_file, monkeypatch):
    image = image_of(profile_file, "sd")
    request = VisualRequest("a mug", steps=3)
    whole = image.start([request] * 4, [None] * 4, [1, 2, 3, 4])
    pipeline = whole._groups[0].denoising.pipeline
    forward = pipeline.unet.forward

    def small_card(sample, *args, **options):
        if len(sample) > 4:
            raise torch.OutOfMemoryError("no room")
        return forward(sample, *args, **options)

    monkeypatch.setattr(pipeline.unet, "forward", small_card)
    sampling = image.start([request] * 4, [None] * 4, [1, 2, 3, 4])
    made = sampling.finish()
    assert any("split" in note for note in made[0].notes)
    monkeypatch.undo()
    for one, other in zip(made, whole.finish(), strict=True):
        assert np.abs(one.pixels.astype(int) - other.pixels).max() <= 1


def test_no_memory_for_one_sample_is_an_error_in_words(profile_file, monkeypatch):
    image = image_of(profile_file, "sd")
    sampling = image.start([VisualRequest("a mug", steps=2)], [None], [1])

    def no_card(*args, **options):
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(sampling._groups[0].denoising.pipeline.unet, "forward", no_card)
    with pytest.raises(ModelError, match="out of memory on one sample"):
        sampling.finish()


@pytest.mark.parametrize(("sampler", "noisy"), [("ddim", True), ("lcm", True), ("dpm++", False)])
def test_only_a_sampler_that_draws_noise_on_its_way_is_searched_by_particles(
    profile_file, sampler, noisy
):
    models = load_profile(profile_file(), [f"image.sampler={sampler}"])
    scorer, request = AlignmentScorer(models.encoder), VisualRequest("a red mug", steps=4)
    asked = visual_problem(
        models.image, request, None, "a red mug", scorer, "particles", candidates=6
    )
    if noisy:
        made = [t.made.pixels.tobytes() for t in search(asked, "particles").trials if t.made]
        assert len(set(made)) == len(made) > 1
        return
    with pytest.raises(ModelError, match="draws no noise on its way") as end:
        search(asked, "particles")
    assert "pruning" in end.value.hint


@pytest.mark.parametrize("name", ["sdxl", "z-image"])
def test_noise_on_the_way_is_refused_before_anything_is_denoised(profile_file, name):
    image = image_of(profile_file, name)
    with pytest.raises(ModelError, match="cannot be searched by `particles`"):
        image.start([VisualRequest("a mug", steps=2, eta=1.0)], [None], [1])
