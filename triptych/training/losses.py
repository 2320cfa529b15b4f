"""The method's losses, each a function of tensors."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from triptych.training.config import LossWeights

IGNORED = -100
"""Label of tokens that are read but not learned to be written."""


def text_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Token cross-entropy L_text (method, eq. 3).

    Args:
        logits: (B, S, V); position s predicts the token at s + 1.
        labels: (B, S) token ids, `IGNORED` where nothing is learned.
    """
    return functional.cross_entropy(
        logits[:, :-1].flatten(0, 1).float(), labels[:, 1:].flatten(), ignore_index=IGNORED
    )


def denoising_target(
    clean: Tensor, noise: Tensor, alpha_bar: Tensor, prediction: Literal["epsilon", "v_prediction"]
) -> Tensor:
    """What the denoiser should say: ε, or v = √ᾱ ε − √(1−ᾱ) x₀ (Salimans & Ho 2022).

    Args:
        clean: (B, …) latents x₀.
        noise: ε of the same shape.
        alpha_bar: ᾱ of each sample, (B,).
        prediction: which of the two.
    """
    if prediction == "epsilon":
        return noise
    alpha = _beside(alpha_bar, clean)
    return alpha.sqrt() * noise - (1 - alpha).sqrt() * clean


def add_noise(clean: Tensor, noise: Tensor, alpha_bar: Tensor) -> Tensor:
    """x_t = √ᾱ x₀ + √(1−ᾱ) ε (Ho et al. 2020, eq. 4)."""
    alpha = _beside(alpha_bar, clean)
    return alpha.sqrt() * clean + (1 - alpha).sqrt() * noise


def predicted_clean(
    noisy: Tensor,
    predicted: Tensor,
    alpha_bar: Tensor,
    prediction: Literal["epsilon", "v_prediction"],
) -> Tensor:
    """x̂₀ from the denoiser's answer: what L_align looks at through the decoder."""
    alpha = _beside(alpha_bar, noisy)
    if prediction == "epsilon":
        return (noisy - (1 - alpha).sqrt() * predicted) / alpha.sqrt()
    return alpha.sqrt() * noisy - (1 - alpha).sqrt() * predicted


def image_loss(predicted: Tensor, target: Tensor) -> Tensor:
    """Noise-prediction mean squared error L_img (method, eq. 4)."""
    return functional.mse_loss(predicted.float(), target.float())


def frame_loss(predicted: Tensor, target: Tensor) -> Tensor:
    """Mean over frames of each frame's squared error, the given frame 0 left out (eq. 5).

    Args:
        predicted: (B, C, F, h, w).
        target: of the same shape.
    """
    return functional.mse_loss(predicted[:, :, 1:].float(), target[:, :, 1:].float())


def critic_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Hinge loss of a discriminator (eq. 6, in the form of Lim & Ye 2017)."""
    return (functional.relu(1 - real) + functional.relu(1 + fake)).mean()


def adversarial_loss(fake: Tensor) -> Tensor:
    """What the generator minimises against the hinge discriminator."""
    return -fake.mean()


def contrastive_loss(texts: Tensor, images: Tensor, scale: Tensor) -> Tensor:
    """Symmetric InfoNCE of unit vectors (B, E) (Radford et al. 2021)."""
    logits = scale * texts.float() @ images.float().T
    labels = torch.arange(len(logits), device=logits.device)
    return (
        functional.cross_entropy(logits, labels) + functional.cross_entropy(logits.T, labels)
    ) / 2


def align_loss(texts: Tensor, images: Tensor) -> Tensor:
    """L_align = 1 − cos(φT(T), φI(I)), averaged over a batch of (B, E) (method, eq. 8)."""
    return (1 - functional.cosine_similarity(texts.float(), images.float(), dim=-1)).mean()


def total_loss(parts: dict[str, Tensor], weights: LossWeights) -> Tensor:
    """L_total (method, eq. 9) of the parts `text`, `image`, `video`, `align` that are there."""
    by_name = {
        "text": weights.alpha,
        "image": weights.beta,
        "video": weights.gamma,
        "align": weights.delta,
    }
    return torch.stack([by_name[name] * loss for name, loss in parts.items()]).sum()


def scheduled_weights(weights: LossWeights, progress: float) -> LossWeights:
    """α high first, β and γ growing: the weights at `progress` in 0..1 of the joint stage.

    α falls linearly from twice its value to its value, β and γ rise from a fifth to all of
    theirs, over the first half; from there on they are as configured.
    """
    ramp = min(max(progress, 0.0) * 2, 1.0)
    return weights.model_copy(
        update={
            "alpha": weights.alpha * (2 - ramp),
            "beta": weights.beta * (0.2 + 0.8 * ramp),
            "gamma": weights.gamma * (0.2 + 0.8 * ramp),
        }
    )


def _beside(value: Tensor, like: Tensor) -> Tensor:
    return value.to(like.device, like.dtype).view(-1, *([1] * (like.dim() - 1)))
