"""The stage that teaches the decoder to mend what the denoiser gets wrong."""

import pytest
import torch

from triptych.training.decoder import ALONE, feature_loss, pulled_by


def test_an_adversary_pulls_with_a_share_of_the_losses_own_force():
    pixels = torch.randn(2, 3, 4, 4, requires_grad=True)
    doubled = 2 * pixels
    toward, away = torch.randn(2, 3, 4, 4), torch.randn(2, 3, 4, 4)
    loss, adversary = (doubled * toward).sum(), 1000 * (doubled * away).sum()
    pulled = pulled_by(loss, adversary, doubled, 0.25)
    assert pulled.item() == pytest.approx(loss.item())
    pulled.backward()
    expected = toward + 0.25 * away * toward.norm() / away.norm()
    assert torch.allclose(pixels.grad, 2 * expected, atol=1e-5)


def test_equal_pictures_have_equal_features_wherever_they_are_shifted():
    seen = []

    def look(pixels):
        seen.append(pixels)
        return [pixels, pixels[:, :, ::2, ::2]]

    pictures = torch.rand(2, 3, 32, 32)
    assert feature_loss(look, pictures, pictures).item() == pytest.approx(0, abs=1e-6)
    assert torch.equal(*seen)
    assert feature_loss(look, pictures, pictures.flip(0)).item() > 0.01


def test_the_discriminator_joins_late_and_only_in_training(workshop):
    objective = workshop.objective("decoder")
    batch = objective.batch(torch.Generator().manual_seed(0), 4)
    assert "discriminator" not in objective(batch)
    objective.progress = ALONE
    losses = objective(batch)
    losses["loss"].backward()
    assert losses["discriminator"].item() > 0
    assert all(p.grad is not None for p in objective.discriminator.parameters())
    assert "discriminator" not in objective.eval()(batch)


def test_only_what_draws_is_trained_so_latents_stay_what_they_are(workshop):
    objective = workshop.objective("decoder")
    trained = {n for n, p in objective.model.named_parameters() if p.requires_grad}
    assert trained
    assert all(
        n.startswith(("kl.decoder", "kl.post_quant", "synthesis", "polish")) for n in trained
    )
    pixels = objective.batch(torch.Generator().manual_seed(0), 4).pixels
    first = workshop.exported("autoencoder", "autoencoder")
    untouched = workshop.autoencoder.__class__.from_pretrained(first)
    assert torch.equal(untouched.encode(pixels), objective.model.encode(pixels))


def test_it_begins_as_the_decoder_that_was_there(workshop):
    objective = workshop.objective("decoder").eval()
    first = workshop.exported("autoencoder", "autoencoder")
    untouched = workshop.autoencoder.__class__.from_pretrained(first)
    latents = workshop.encoded("train").images[:2].float()
    assert untouched.polish is None
    assert objective.model.polish is not None
    assert torch.allclose(untouched.decode(latents), objective.model.decode(latents), atol=1e-5)


def test_little_noise_leaves_latents_nearer_to_what_they_were(workshop):
    objective = workshop.objective("decoder").eval()
    batch = objective.batch(torch.Generator().manual_seed(0), 4)
    apart = []
    for time in (1, 900):
        batch.times.fill_(time)
        apart.append((objective._wrong(batch) - batch.clean).square().mean().item())
    assert apart[0] < 0.1 * apart[1]
