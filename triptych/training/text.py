"""Stages `text` and `latents`: the LLM learns to plan and to write, then to say it in Z as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import LlamaForCausalLM

from triptych.generators.starter.conditioning import PromptEncoder
from triptych.generators.starter.latents import SharedLatents
from triptych.generators.starter.prompts import PromptFormat
from triptych.generators.starter.text import pad_right, states_with_queries
from triptych.starter.world import known_world
from triptych.training.data import to_device
from triptych.training.losses import IGNORED, align_loss, text_loss


@dataclass(frozen=True)
class TextExample:
    """A brief with what is to be written for it: (prompt tokens, answer tokens) pairs.

    `caption` is what Z should come to say; `picture` is told with the brief, as it is to a
    copywriter once there is a plan.
    """

    brief: str
    answers: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
    caption: str = ""
    picture: str = ""


class TextSource(Protocol):
    """Where examples come from: cases on disk, or a grammar without end."""

    def draw(self, rng: Random, answers: int) -> TextExample:
        """One example with that many answers, the last of them copy."""
        ...


@dataclass
class TextBatch:
    """Right-padded tokens (B, S), their mask, their labels, and the captions."""

    tokens: Tensor
    mask: Tensor
    labels: Tensor
    captions: list[str] = field(default_factory=list)


def assemble(examples: Sequence[TextExample], prompt: PromptFormat, limit: int = 512) -> TextBatch:
    """Examples to a batch. Only answers are learned; one brief carries several answers, since
    reading it again for each would cost more than the answers themselves.
    """
    rows, labels = [], []
    for example in examples:
        row = prompt.brief(example.brief, example.picture)
        label = [IGNORED] * len(row)
        for asked, answer in example.answers:
            if len(row) + len(asked) + len(answer) > limit:
                break
            row += [*asked, *answer]
            label += [IGNORED] * len(asked) + list(answer)
        rows.append(row)
        labels.append(label)
    tokens, mask = pad_right(rows, prompt.pad)
    padded, _ = pad_right(labels, IGNORED)
    return TextBatch(tokens, mask, padded, [example.caption for example in examples])


class TextObjective(nn.Module):
    """L_text, and with a prompt encoder also the warm-up of Z from text alone.

    Z learns to say what the caption's tokens say in the frozen CLIP text tower (as GILL and
    NExT-GPT warm up theirs), and to lie beside the caption in CLIP space (L_align).

    Args:
        model: the language model.
        latents: queries, trunk and heads; trained only with `prompts`.
        prompt: the prompt format.
        train: examples to learn from.
        validation: fixed examples to be judged by.
        prompts: the frozen text tower, or None to train the LLM alone.
        embed: captions to CLIP unit vectors (B, E); needed with `prompts`.
    """

    def __init__(
        self,
        model: LlamaForCausalLM,
        latents: SharedLatents,
        prompt: PromptFormat,
        train: TextSource,
        validation: Sequence[TextExample],
        prompts: PromptEncoder | None = None,
        embed: Callable[[Sequence[str]], Tensor] | None = None,
    ) -> None:
        super().__init__()
        self.model, self.latents = model, latents
        self._prompt, self._train, self._validation = prompt, train, list(validation)
        self._prompts, self._embed = prompts, embed
        self.latents.requires_grad_(prompts is not None)

    def batch(self, generator: torch.Generator, size: int) -> TextBatch:
        """Draw examples: several answers each; while Z learns, every other is a lone copy.

        The others keep the LLM planning: trained on copy alone it forgets how within the stage.
        """
        rng = Random(int(torch.randint(2**62, (1,), generator=generator)))
        answers = (4,) if self._prompts is None else (1, 2)
        examples = [self._train.draw(rng, rng.choice(answers)) for _ in range(size)]
        return assemble(examples, self._prompt)

    def forward(self, batch: TextBatch) -> dict[str, Tensor]:
        """`text`, and with Z `caption` (its regression) and `align`."""
        batch = to_device(batch, self)
        if self._prompts is None or self._embed is None:
            states = self.model.get_decoder()(
                input_ids=batch.tokens, attention_mask=batch.mask, use_cache=False
            ).last_hidden_state
            loss = self._token_loss(states, batch.labels)
            return {"loss": loss, "text": loss}
        states, asked = states_with_queries(self.model, self.latents, batch.tokens, batch.mask)
        text = self._token_loss(states, batch.labels)
        z = self.latents.from_states(asked)
        target = self._prompts(batch.captions)
        caption = caption_loss(self.latents.image(z), target)
        caption = (caption + caption_loss(self.latents.video(z), target)) / 2
        embedded = self._embed(batch.captions)
        ours = self.latents.to_clip(z)
        align = align_loss(ours, embedded)
        told_apart = functional.cross_entropy(
            20.0 * ours @ embedded.T, torch.arange(len(ours), device=ours.device)
        )
        total = text + caption + align + 0.2 * told_apart
        return {"loss": total, "text": text, "caption": caption, "align": align}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Mean losses over the validation examples."""
        by_name: dict[str, list[float]] = {}
        for start in range(0, len(self._validation), 32):
            losses = self(assemble(self._validation[start : start + 32], self._prompt))
            for name, value in losses.items():
                by_name.setdefault(name, []).append(float(value))
        return {name: sum(values) / len(values) for name, values in by_name.items()}

    def export(self, folder: Path) -> None:
        """Write the language model, its tokenizer, what it knows, and the shared latents."""
        self.model.save_pretrained(str(folder / "text"))
        self._prompt.tokenizer.save_pretrained(str(folder / "text"))
        known_world().save(folder / "text")
        self.latents.save(folder / "latents")

    def _token_loss(self, states: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy where something is learned; the output layer runs on those rows alone."""
        learned = labels[:, 1:] != IGNORED
        logits = self.model.lm_head(states[:, :-1][learned])
        return functional.cross_entropy(logits.float(), labels[:, 1:][learned])


def caption_loss(heard: Tensor, states: Tensor) -> Tensor:
    """How far a connector's K tokens are from saying what a caption's L token states say.

    The K tokens stand in for the L states in cross-attention, where order is of no matter: each
    state should be near some token (a soft Chamfer distance), and their means should agree.

    Args:
        heard: (B, K, C) a connector's output.
        states: (B, L, C) of the frozen text tower.
    """
    distance = torch.cdist(states, heard) ** 2 / states.shape[-1]
    nearest = -torch.logsumexp(-4.0 * distance, dim=-1) / 4.0
    means = functional.mse_loss(heard.mean(dim=1), states.mean(dim=1))
    return nearest.mean() + means


__all__ = ["TextBatch", "TextExample", "TextObjective", "TextSource", "assemble", "text_loss"]
