"""LoRA on any causal language model: it learns to plan and to write as a case folder does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from triptych.cases.format import Case
from triptych.domain import Brief
from triptych.generators.messages import COPY_RULES, PLAN_RULES, copy_request, plan_request
from triptych.generators.pretrained.text import answer_ids, prompt_ids
from triptych.generators.starter.text import pad_right
from triptych.protocols import TextRequest
from triptych.training.data import to_device
from triptych.training.losses import IGNORED, text_loss
from triptych.training.text import TextBatch
from triptych.training.words import compact

MOST_TOKENS = 1024
"""Of a prompt with its answer; what is longer loses its beginning."""
HELD_BACK = 32
"""Validation examples that the loss is measured on."""


def request_of(case: Case, rng: Random) -> tuple[TextRequest, str]:
    """One of a case's copies, and the request that a text agent would make for it."""
    choices = [
        (tone, channel, text)
        for tone, by_channel in case.copy_texts.items()
        for channel, texts in by_channel.items()
        for text in texts
    ]
    tone, channel, text = rng.choice(choices)
    plan = case.plan or {}
    request = TextRequest(
        brief=Brief(description=case.description),
        kind=channel,  # type: ignore[arg-type]
        tone=tone,  # type: ignore[arg-type]
        key_message=str(plan.get("key_message") or ""),
        visual=str(plan.get("visual") or case.caption),
    )
    return request, text


class LoraTextObjective(nn.Module):
    """L_text (eq. 3) on answers alone, for a model that keeps its own weights.

    Args:
        model: the causal language model; low-rank factors are put on all its linear layers.
        tokenizer: of the model.
        train: cases to learn from.
        validation: cases to be judged by.
        rank: of the factors.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        train: Sequence[Case],
        validation: Sequence[Case],
        rank: int = 8,
    ) -> None:
        super().__init__()
        lora = LoraConfig(
            r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM"
        )
        self.model = get_peft_model(model, lora)
        self._tokenizer, self._train = tokenizer, train
        rng = Random(0)
        held = [validation[index % len(validation)] for index in range(HELD_BACK)]
        self._held = [self._example(case, rng) for case in held]

    def batch(self, generator: torch.Generator, size: int) -> TextBatch:
        """Copies of the training cases, and one plan in four where there are plans."""
        rng = Random(int(torch.randint(2**62, (1,), generator=generator)))
        return self._assembled([self._example(rng.choice(self._train), rng) for _ in range(size)])

    def forward(self, batch: TextBatch) -> dict[str, Tensor]:
        """Cross-entropy of the answers' tokens."""
        batch = to_device(batch, self)
        logits = self.model(input_ids=batch.tokens, attention_mask=batch.mask).logits
        loss = text_loss(logits, batch.labels)
        return {"loss": loss, "text": loss}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """The loss on fixed examples."""
        chunks = [self._held[start : start + 4] for start in range(0, len(self._held), 4)]
        losses = [float(self(self._assembled(chunk))["loss"]) for chunk in chunks]
        return {"loss": sum(losses) / len(losses)}

    def export(self, folder: Path) -> None:
        """Write the adapter."""
        self.model.save_pretrained(str(folder / "lora"), safe_serialization=True)

    def _example(self, case: Case, rng: Random) -> tuple[list[int], list[int]]:
        if case.plan and rng.random() < 0.25:
            request = plan_request(Brief(description=case.description))
            return (
                prompt_ids(self._tokenizer, PLAN_RULES, request),
                answer_ids(self._tokenizer, compact(case.plan)),
            )
        asked, text = request_of(case, rng)
        return (
            prompt_ids(self._tokenizer, COPY_RULES, copy_request(asked)),
            answer_ids(self._tokenizer, text),
        )

    def _assembled(self, examples: Sequence[tuple[list[int], list[int]]]) -> TextBatch:
        rows = [[*prompt, *answer][-MOST_TOKENS:] for prompt, answer in examples]
        labels = [[*[IGNORED] * len(prompt), *answer][-MOST_TOKENS:] for prompt, answer in examples]
        end = self._tokenizer.pad_token_id
        tokens, mask = pad_right(rows, end if isinstance(end, int) else 0)
        return TextBatch(tokens, mask, pad_right(labels, IGNORED)[0])
