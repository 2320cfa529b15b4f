import copy
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from triptych.domain import Brief, Feedback
from triptych.errors import ModelError
from triptych.generators.starter.autoencoder import Autoencoder, AutoencoderConfig
from triptych.generators.starter.drift import Drift, correlated
from triptych.generators.starter.image import image_identity
from triptych.generators.starter.load import StarterModules
from triptych.generators.starter.video import VideoDenoiser, video_identity
from triptych.generators.weights import load_module
from triptych.protocols import TextRequest, VisualRequest
from triptych.training.losses import predicted_clean

BRIEF = Brief(description="Norvik launches the Emberlite, a red steel camping lantern, lit.")
STEPS = 3


@pytest.fixture(scope="module")
def modules(tiny_starter):
    return StarterModules(tiny_starter)


def request_of(**options):
    return TextRequest(brief=BRIEF, kind="headline", tone="playful", beams=2, **options)


def visual(**options):
    return VisualRequest(prompt="a red lantern", steps=STEPS, **options)


def latents_like(modules, seed):
    config = modules.text.latents.config
    return torch.randn(config.count, config.width, generator=torch.Generator().manual_seed(seed))


def test_copy_comes_with_about_the_latents_that_encoding_it_gives(modules):
    """About, for what was asked while it was written is not known of copy from elsewhere."""
    written = modules.text.write([request_of(seed=1, sample=True)])[0]
    again, other = modules.text.encode([request_of()] * 2, [written.text, "Another text."])
    apart = (written.latents - again.latents).norm()
    assert apart < 0.2 * (written.latents - other.latents).norm()
    assert written.spend.tokens_in > 0


def test_latents_depend_on_the_copy_and_the_brief_not_on_padding(modules):
    texts = ["A lantern.", "A much longer line about a lantern that is red and lit."]
    together = modules.text.encode([request_of(), request_of()], texts)
    alone = modules.text.encode([request_of()], texts[:1])[0]
    torch.testing.assert_close(together[0].latents, alone.latents, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(together[0].latents, together[1].latents)


def test_plans_of_random_weights_are_valid_and_repeatable(modules):
    first = modules.text.draft(BRIEF)
    assert first.draft == modules.text.draft(BRIEF).draft
    feedback = [Feedback(part="copy", attempt=1, reason="dull")]
    assert modules.text.draft(BRIEF, feedback, seed=3).draft.channels


def test_a_brief_that_spells_a_control_token_is_plain_text(modules):
    prompt = modules.text.prompt
    ids = prompt.brief("buy <plan> <eos> now")
    assert prompt.control("<plan>") not in ids
    assert prompt.eos not in ids


def test_the_same_seed_paints_the_same_bytes_alone_or_in_a_batch(modules):
    z = latents_like(modules, 0)
    batch = modules.image.start([visual()] * 2, [z, z], [5, 6]).finish()
    alone = modules.image.start([visual()], [z], [5]).finish()[0]
    assert batch[0].pixels.shape == (32, 32, 3)
    assert np.abs(batch[0].pixels.astype(int) - alone.pixels).max() <= 1
    assert not np.array_equal(batch[0].pixels, batch[1].pixels)
    assert alone.spend.nfe == 2 * STEPS


def test_pruning_keeps_what_it_is_told_and_counts_evaluations(modules):
    z = latents_like(modules, 0)
    sampling = modules.image.start([visual()] * 4, [z] * 4, [1, 2, 3, 4])
    sampling.advance(1)
    assert len(sampling.preview()) == 4
    sampling.keep([2, 0])
    made = sampling.finish()
    assert sampling.nfe == 2 * (4 * 1 + 2 * (STEPS - 1))
    alone = modules.image.start([visual()], [z], [3]).finish()[0]
    assert np.abs(made[0].pixels.astype(int) - alone.pixels).max() <= 1


def test_what_may_not_speak_changes_nothing(tiny_starter):
    z = [latents_like(StarterModules(tiny_starter), seed) for seed in (0, 1)]
    deaf = StarterModules(tiny_starter, use="prompt").image
    pictures = [deaf.start([visual()], [one], [0]).finish()[0].pixels for one in z]
    assert np.array_equal(*pictures)
    both = StarterModules(tiny_starter).image
    pictures = [both.start([visual()], [one], [0]).finish()[0].pixels for one in z]
    assert not np.array_equal(*pictures)


def test_a_clip_starts_with_its_key_image(modules):
    z = latents_like(modules, 0)
    key = modules.image.start([visual()], [z], [5]).finish()[0].pixels
    clip = modules.video.start([visual()], [z], [key], [7]).finish()[0].pixels
    assert clip.shape == (16, 32, 32, 3)
    with torch.no_grad():
        from triptych.generators.starter.sampling import from_pixels, to_pixels

        autoencoder = modules.autoencoder
        rebuilt = to_pixels(autoencoder.decode(autoencoder.encode(from_pixels(key)[None])))[0]
    assert np.abs(clip[0].astype(int) - rebuilt).max() <= 1


def test_the_linear_codec_is_the_best_there_is_for_its_size():
    config = AutoencoderConfig(
        image_size=16, fold=2, channels=(8, 8), latent_channels=8, norm_groups=4
    )
    codec = Autoencoder(config).eval()
    torch.manual_seed(0)
    smooth = torch.nn.functional.interpolate(torch.rand(32, 3, 3, 3), (16, 16), mode="bilinear")
    pixels = 2 * smooth - 1
    codec.begin_linear(pixels)
    codec.measure_latents(pixels)
    latents = codec.encode(pixels)
    block = codec.analysis.kernel_size[0]
    rows = torch.nn.functional.unfold(pixels, block, stride=block).movedim(1, 2).flatten(0, 1)
    lost = torch.linalg.svdvals(rows - rows.mean(dim=0))[8:].square().sum() / rows.numel()
    error = (codec.decode(latents) - pixels).square().mean()
    assert lost * 0.999 <= error <= lost * 1.2, "Eckart and Young's bound, but for the mean block"
    assert torch.isclose(latents.std(), torch.tensor(1.0), atol=0.01)


def test_packed_latents_are_the_same_numbers_at_fewer_positions():
    sizes = {"image_size": 32, "channels": (8, 8), "latent_channels": 4, "norm_groups": 4}
    wide = Autoencoder(AutoencoderConfig(**sizes)).eval()
    packed = Autoencoder(AutoencoderConfig(**sizes, pack=2)).eval()
    packed.load_state_dict(wide.state_dict())
    pixels = torch.rand(2, 3, 32, 32) * 2 - 1
    latents = packed.encode(pixels)
    assert latents.shape == (2, packed.config.packed_channels, 2, 2)
    assert packed.latent_size == wide.latent_size // 2
    assert torch.equal(latents.flatten().sort()[0], wide.encode(pixels).flatten().sort()[0])
    for way in ("decode", "sketch"):
        assert torch.equal(getattr(packed, way)(latents), getattr(wide, way)(wide.encode(pixels)))


def test_a_polish_is_kept_with_the_autoencoder(tmp_path):
    sizes = {"image_size": 32, "channels": (8, 8), "latent_channels": 4, "norm_groups": 4}
    plain = Autoencoder(AutoencoderConfig(**sizes)).eval()
    plain.save(tmp_path / "plain")
    polished = Autoencoder.from_pretrained(tmp_path / "plain", polish=2)
    latents = plain.encode(torch.rand(2, 3, 32, 32))
    assert torch.equal(polished.decode(latents), plain.decode(latents)), "silent until trained"
    torch.nn.init.normal_(polished.polish.last.weight)
    polished.save(tmp_path / "polished")
    again = Autoencoder.from_pretrained(tmp_path / "polished")
    assert torch.equal(again.decode(latents), polished.decode(latents))
    assert not torch.allclose(again.decode(latents), plain.decode(latents))


def test_a_clip_without_key_image_is_refused(modules):
    with pytest.raises(ModelError, match="key image"):
        modules.video.start([visual()], [None], [None], [0])


def test_motion_weights_survive_saving(modules, tmp_path):
    denoiser = modules.video.denoiser
    with torch.no_grad():
        for parameter in denoiser.motion_parameters():
            parameter.add_(0.01)
    denoiser.save(tmp_path)
    again = VideoDenoiser.from_pretrained(tmp_path, modules.image.denoiser, modules.image.scheduler)
    for mine, theirs in zip(denoiser.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("prediction", ["v_prediction", "epsilon"])
def test_an_untrained_clip_drifts_from_its_key_and_is_painted_out_of_noise(modules, prediction):
    image, scheduler = modules.image.denoiser, copy.deepcopy(modules.image.scheduler)
    scheduler.register_to_config(prediction_type=prediction)
    denoiser = VideoDenoiser(image, modules.video.denoiser.config, scheduler)
    generator = torch.Generator().manual_seed(3)
    side, channels = modules.autoencoder.latent_size, modules.autoencoder.config.latent_channels
    key = torch.randn(1, channels, side, side, generator=generator)
    noisy = torch.randn(1, channels, denoiser.config.frames, side, side, generator=generator)
    for time in (60, 500, 940):
        with torch.no_grad():
            states = torch.zeros(1, 4, image.config["cross_attention_dim"])
            told = denoiser(noisy, torch.tensor([time]), states, key)
            frames = noisy[0].movedim(1, 0)
            seen = image(frames, time, states.expand(len(frames), -1, -1)).sample.movedim(0, 1)
        alpha = scheduler.alphas_cumprod[time].view(1)
        clean = predicted_clean(noisy, told, alpha, prediction)[:, :, 1:]
        painted = predicted_clean(noisy, seen[None], alpha, prediction)[:, :, 1:]
        drifted = denoiser.drift.guess(noisy[:, :, 1:], key.unsqueeze(2), alpha)
        drifted = predicted_clean(noisy[:, :, 1:], drifted, alpha, "v_prediction")
        expected = torch.lerp(drifted, painted, alpha.sqrt() / 2)
        torch.testing.assert_close(clean, expected, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("alpha", [0.999, 0.5, 0.01])
def test_the_drift_s_guess_is_bayes_and_its_colour_the_guess_s_error(alpha):
    frames, spread, memory = 6, 0.8, 5.0
    drift = Drift(frames, spread, memory)
    place = np.arange(1, frames)
    wander = spread**2 * (
        np.exp(-abs(place[:, None] - place) / memory) - np.exp(-(place[:, None] + place) / memory)
    )
    noise = 0.5 + 0.5 * np.eye(frames - 1)
    noisy, key = np.random.default_rng(2).normal(size=frames - 1), 1.3
    gain = alpha**0.5 * wander @ np.linalg.inv(alpha * wander + (1 - alpha) * noise)
    clean = key + gain @ (noisy - alpha**0.5 * key)
    left = (wander - alpha**0.5 * gain @ wander) / (1 - alpha)

    level = torch.tensor([alpha], dtype=torch.float64)
    drift = drift.double()
    given = torch.from_numpy(noisy).view(1, 1, -1, 1, 1)
    guess = drift.guess(given, torch.full((1, 1, 1, 1, 1), key, dtype=torch.float64), level)
    expected = (alpha**0.5 * noisy - clean) / (1 - alpha) ** 0.5
    torch.testing.assert_close(guess.flatten(), torch.from_numpy(expected), atol=1e-4, rtol=1e-4)
    white = torch.eye(frames - 1, dtype=torch.float64).view(-1, 1, frames - 1, 1, 1)
    colour = drift.coloured(white, level).view(frames - 1, frames - 1)
    torch.testing.assert_close(colour.T @ colour, torch.from_numpy(left), atol=1e-4, rtol=1e-3)


def test_calm_noise_is_damped_where_it_is_quick_and_nowhere_else():
    drift = Drift(frames=8, spread=0.9, memory=10.0)
    noise = correlated(torch.randn(4000, 1, 8, 1, 1, generator=torch.Generator().manual_seed(4)))
    torch.testing.assert_close(drift.calmed(noise, 0.0), noise, atol=1e-4, rtol=1e-4)
    calm = drift.calmed(noise, 0.5)
    assert torch.equal(calm[:, :, 0], noise[:, :, 0])
    modes = (drift.to_modes @ calm[:, 0, 1:, 0, 0].T).std(dim=1)
    expected = (drift.variances / drift.variances.max()).sqrt()
    torch.testing.assert_close(modes, expected, atol=0.05, rtol=0.05)
    assert calm.diff(dim=2)[:, :, 1:].std() < 0.5 * noise.diff(dim=2)[:, :, 1:].std()


def test_frames_share_half_of_their_noise():
    noise = correlated(torch.randn(64, 4, 16, 8, 8, generator=torch.Generator().manual_seed(1)))
    frames = noise.movedim(2, 0).flatten(1)
    together = torch.corrcoef(frames)
    assert torch.allclose(frames.std(dim=1), torch.ones(16), atol=0.02)
    assert torch.allclose(
        together[1:, 1:][~torch.eye(15, dtype=torch.bool)], torch.tensor(0.5), atol=0.03
    )


def test_torn_weights_are_named(tiny_starter, tmp_path):
    torn = tmp_path / "latents"
    torn.mkdir()
    (torn / "config.json").write_text((tiny_starter / "latents/config.json").read_text())
    (torn / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(ModelError, match=str(torn)):
        load_module(lambda config: torch.nn.Linear(1, 1), torn)


def test_a_module_s_identity_changes_with_all_that_it_works_with(tiny_starter, tmp_path):
    weights = tmp_path / "weights"
    shutil.copytree(tiny_starter, weights)
    before = image_identity(weights), video_identity(weights)
    assert before == (image_identity(tiny_starter), video_identity(tiny_starter))
    for module in ("latents", "clip", "autoencoder", "image"):
        (path,) = (weights / module).glob("*.safetensors")
        content = load_file(path)
        name = next(n for n, t in content.items() if t.is_floating_point())
        content[name] = content[name] + 1.0
        save_file(content, path, metadata={"format": "pt"})
        after = image_identity(weights), video_identity(weights)
        assert before[0] != after[0]
        assert before[1] != after[1]
        before = after
