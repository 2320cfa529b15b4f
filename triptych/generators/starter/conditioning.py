"""What the starter's denoisers attend to: Z's tokens, the prompt's tokens, or both."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from triptych.domain import Conditioning
from triptych.generators.starter.latents import Connector


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
        model = self.clip
        device = model.token_embedding.weight.device  # type: ignore[union-attr]
        ids = self.tokenize(list(prompts)).to(device)  # type: ignore[operator]
        states = model.token_embedding(ids) + model.positional_embedding  # type: ignore[operator]
        states = model.transformer(states, attn_mask=model.attn_mask)  # type: ignore[operator]
        return model.ln_final(states)  # type: ignore[operator]


def condition(
    prompt: Tensor,
    latents: Sequence[Tensor | None],
    connector: Connector,
    use: Conditioning,
) -> Tensor:
    """The sequence a denoiser attends to: (B, K + L, C).

    A part that is not used is zero, as it is for guidance's unconditional half and where training
    dropped it; so one set of weights serves prompt alone, Z alone, and both.

    Args:
        prompt: states (B, L, C) of the prompts; zero rows are an unconditional prompt.
        latents: B times Z (K, D), or None where there is none: then the prompt speaks alone.
        connector: the head of Z for this denoiser.
        use: which of the two may speak.
    """
    heard = prompt.new_zeros(len(prompt), connector.count, connector.project.out_features)
    rows = [row for row, z in enumerate(latents) if z is not None and use != "prompt"]
    if rows:
        known = torch.stack([z.float() for z in latents if z is not None])
        heard[rows] = connector(known)
    if use == "latents":
        prompt = prompt.clone()
        prompt[rows] = 0
    return torch.cat([heard, prompt], dim=1)
