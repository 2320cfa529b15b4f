import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from triptych.training.config import LossWeights
from triptych.training.image import draw_times
from triptych.training.losses import (
    IGNORED,
    add_noise,
    adversarial_loss,
    align_loss,
    contrastive_loss,
    critic_loss,
    denoising_target,
    frame_loss,
    image_loss,
    predicted_clean,
    scheduled_weights,
    text_loss,
    total_loss,
)


def test_text_loss_is_the_entropy_of_uniform_logits_on_learned_tokens_alone():
    logits = torch.zeros(1, 4, 8)
    logits[0, 0] = torch.tensor([50.0] + [0.0] * 7)  # predicts token 0 where nothing is learned
    labels = torch.tensor([[1, IGNORED, 5, 2]])
    assert text_loss(logits, labels).item() == pytest.approx(math.log(8))


def test_text_loss_agrees_with_transformers():
    from transformers import LlamaConfig, LlamaForCausalLM

    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=32,
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            num_key_value_heads=2,
        )
    )
    tokens = torch.randint(0, 32, (2, 9))
    labels = tokens.clone()
    labels[:, :3] = IGNORED
    output = model(tokens, labels=labels)
    assert text_loss(output.logits, labels).item() == pytest.approx(output.loss.item(), rel=1e-6)


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_noise_and_target_agree_with_diffusers(prediction):
    from diffusers import DDIMScheduler

    scheduler = DDIMScheduler(prediction_type=prediction, clip_sample=False)
    clean, noise = torch.randn(3, 4, 5, 5), torch.randn(3, 4, 5, 5)
    times = torch.tensor([3, 400, 990])
    alpha = scheduler.alphas_cumprod[times]
    noisy = add_noise(clean, noise, alpha)
    torch.testing.assert_close(noisy, scheduler.add_noise(clean, noise, times))
    target = denoising_target(clean, noise, alpha, prediction)
    expected = noise
    if prediction == "v_prediction":
        expected = scheduler.get_velocity(clean, noise, times)
    torch.testing.assert_close(target, expected)
    torch.testing.assert_close(
        predicted_clean(noisy, target, alpha, prediction), clean, atol=1e-4, rtol=1e-3
    )


def test_velocity_error_is_noise_error_over_alpha_bar():
    clean, noise, alpha = torch.randn(1, 2), torch.randn(1, 2), torch.tensor([0.3])
    noisy = add_noise(clean, noise, alpha)
    guess = noise + 0.1
    implied = (noisy - (1 - alpha).sqrt() * guess) / alpha.sqrt()
    velocity = alpha.sqrt() * guess - (1 - alpha).sqrt() * implied
    target = denoising_target(clean, noise, alpha, "v_prediction")
    assert image_loss(velocity, target).item() == pytest.approx(0.1**2 / 0.3, rel=1e-4)


def test_frame_loss_leaves_out_the_given_frame():
    predicted, target = torch.zeros(1, 2, 4, 3, 3), torch.zeros(1, 2, 4, 3, 3)
    target[:, :, 0] = 100.0
    assert frame_loss(predicted, target).item() == 0.0
    target[:, :, 2] = 3.0
    assert frame_loss(predicted, target).item() == pytest.approx(9.0 / 3)


def test_hinge_losses_by_hand():
    real, fake = torch.tensor([2.0, 0.5]), torch.tensor([-3.0, 0.0])
    assert critic_loss(real, fake).item() == pytest.approx((0 + 0.5 + 0 + 1.0) / 2)
    assert adversarial_loss(fake).item() == pytest.approx(1.5)


def test_contrastive_loss_agrees_with_open_clip():
    from open_clip.loss import ClipLoss

    texts = functional.normalize(torch.randn(6, 8), dim=-1)
    images = functional.normalize(torch.randn(6, 8), dim=-1)
    scale = torch.tensor(14.0)
    expected = ClipLoss()(images, texts, scale)
    torch.testing.assert_close(contrastive_loss(texts, images, scale), expected)


def test_align_loss_by_hand():
    texts = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    images = torch.tensor([[0.0, 1.0], [0.0, 1.0]])
    assert align_loss(texts, images).item() == pytest.approx((1 + 0) / 2)


def test_total_loss_weighs_the_parts_as_the_method_does():
    parts = {name: torch.tensor(1.0) for name in ("text", "image", "video", "align")}
    assert total_loss(parts, LossWeights()).item() == pytest.approx(1.0 + 0.5 + 0.5 + 0.5)


@given(st.floats(0, 1), st.floats(0, 1))
def test_schedule_starts_with_text_and_grows_towards_pictures(one, other):
    early, late = sorted((one, other))
    first = scheduled_weights(LossWeights(), early)
    second = scheduled_weights(LossWeights(), late)
    assert first.alpha >= second.alpha >= 1.0
    assert 0.1 - 1e-9 <= first.beta <= second.beta <= 0.5 + 1e-9
    assert first.gamma <= second.gamma + 1e-12
    assert first.delta == second.delta == 0.5
    assert scheduled_weights(LossWeights(), 1.0) == LossWeights()


def test_times_are_everywhere_but_mostly_where_most_is_to_be_learned():
    times = draw_times(1000, 20_000, torch.Generator().manual_seed(1))
    assert times.min() >= 0
    assert times.max() <= 999
    shares = torch.histc(times.float(), bins=10, min=0, max=1000) / len(times)
    assert (shares > 0.05).all(), "half of them are uniform"
    assert shares[2:6].min() > max(shares[0], shares[9])
