"""What the starter's denoisers attend to: Z's tokens, the prompt's tokens, or both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from triptych.generators.starter.latents import Connector

Conditioning = Literal["prompt", "latents", "both"]


class PromptEncoder:
    """Token states of the starter CLIP's text tower, as Stable Diffusion conditions on its CLIP.

    Args:
        clip: an open_clip model of the built-in text tower.
        tokenize: texts to (B, L) ids, cut at the context length.
    """

    def __init__(self, clip: nn.Module, tokenize: object) -> None:
        self.clip = clip.eval()
        self.tokenize = tokenize

    @property
    def length(self) -> int:
        """L, tokens a prompt is padded to."""
        return int(self.clip.context_length)  # type: ignore[arg-type]

    @torch.no_grad()
    def __call__(self, prompts: Sequence[str]) -> Tensor:
        """Prompts to states (B, L, C), after the tower's last norm."""
        ids = self.tokenize(list(prompts))  # type: ignore[operator]
        model = self.clip
        states = model.token_embedding(ids) + model.positional_embedding  # type: ignore[operator]
        states = model.transformer(states, attn_mask=model.attn_mask)  # type: ignore[operator]
        return model.ln_final(states)  # type: ignore[operator]


def condition(
    prompt: Tensor,
    latents: Tensor | None,
    connector: Connector,
    use: Conditioning,
) -> Tensor:
    """The sequence a denoiser attends to: (B, K + L, C).

    A part that is not used is zero, as it is for guidance's unconditional half and where training
    dropped it; so one set of weights serves prompt alone, Z alone, and both.

    Args:
        prompt: states (B, L, C) of the prompts; zero rows are an unconditional prompt.
        latents: Z (B, K, D), or None if there is none.
        connector: the head of Z for this denoiser.
        use: which of the two may speak.
    """
    count, width = connector_shape(connector, latents)
    if latents is None or use == "prompt":
        heard = prompt.new_zeros(len(prompt), count, width)
    else:
        heard = connector(latents)
    if use == "latents" and latents is not None:
        prompt = torch.zeros_like(prompt)
    return torch.cat([heard, prompt], dim=1)


def connector_shape(connector: Connector, latents: Tensor | None) -> tuple[int, int]:
    """K and C of a connector's output; without latents K is 1, a single silent token."""
    return (1 if latents is None else latents.shape[1], connector.project.out_features)
