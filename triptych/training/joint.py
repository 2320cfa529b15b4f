"""Stage `joint`: words, picture and clip tuned together through the latents they share (eq. 9).

L_total = α·L_text + β·L_img + γ·L_vid + δ·L_align. The LLM is tuned through LoRA; Z is computed
with gradients here, so that the picture's and the clip's errors reach the words' own states.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn
from torch.nn import functional
from transformers import LlamaForCausalLM

from triptych.generators.starter.autoencoder import Autoencoder
from triptych.generators.starter.conditioning import PromptEncoder
from triptych.generators.starter.latents import SharedLatents
from triptych.generators.starter.prompts import PromptFormat
from triptych.generators.starter.text import states_with_queries
from triptych.generators.starter.video import VideoDenoiser
from triptych.training.config import TrainingConfig
from triptych.training.data import to_device
from triptych.training.image import (
    FRAMED,
    SHOWN,
    SHOWN_AT,
    Encoded,
    VisualBatch,
    draw_images,
    heard_states,
)
from triptych.training.losses import (
    IGNORED,
    add_noise,
    align_loss,
    denoising_target,
    frame_loss,
    image_loss,
    predicted_clean,
    scheduled_weights,
    total_loss,
)
from triptych.training.text import TextBatch, TextExample, assemble
from triptych.training.video import draw_clips


@dataclass
class JointBatch:
    """The same cases as words and pictures, and as words and clips."""

    words: TextBatch
    pictures: VisualBatch
    clip_words: TextBatch
    clips: VisualBatch
    progress: float


class JointObjective(nn.Module):
    """All four losses through one pass each.

    Args:
        model: the language model; LoRA is put on it here and merged on export.
        latents: queries, trunk and heads.
        prompt: the prompt format.
        image: the image denoiser.
        video: the motion model, which may share its spatial weights with `image`.
        autoencoder: frozen; L_align goes through its decoder.
        prompts: the frozen text tower.
        embed_images: differentiable, pixels (B, 3, H, W) in −1..1 to CLIP unit vectors.
        embed_texts: captions to CLIP unit vectors.
        scheduler: its ᾱ are the noise schedule.
        train: encoded training split.
        validation: encoded validation split.
        example: (case index, chance) to the words of a case.
        config: weights, LoRA's rank, where L_align looks.
        write: exports everything.
    """

    def __init__(
        self,
        model: LlamaForCausalLM,
        latents: SharedLatents,
        prompt: PromptFormat,
        image: UNet2DConditionModel,
        video: VideoDenoiser,
        autoencoder: Autoencoder,
        prompts: PromptEncoder,
        embed_images: Callable[[Tensor], Tensor],
        embed_texts: Callable[[Sequence[str]], Tensor],
        scheduler: DDIMScheduler,
        train: Encoded,
        validation: Encoded,
        examples: tuple[Callable[[int, Random], TextExample], Callable[[int, Random], TextExample]],
        config: TrainingConfig,
        write: Callable[[LlamaForCausalLM, Path], None],
    ) -> None:
        super().__init__()
        lora = LoraConfig(
            r=config.lora_rank,
            lora_alpha=2 * config.lora_rank,
            target_modules=["q_proj", "k_proj", "v_proj", "o_proj"],
        )
        self.model = get_peft_model(model, lora)
        self.latents, self.image, self.video = latents, image, video
        self.latents.requires_grad_(True)
        self._autoencoder = [autoencoder.requires_grad_(False)]
        self._prompt, self._prompts = prompt, prompts
        self._embed_images, self._embed_texts = embed_images, embed_texts
        self._train, self._validation, self._examples = train, validation, examples
        self._config, self._write = config, write
        self._alpha_bar = scheduler.alphas_cumprod
        self._prediction: Literal["epsilon", "v_prediction"] = scheduler.config["prediction_type"]
        self.progress = 0.0

    def batch(self, generator: torch.Generator, size: int) -> JointBatch:
        """`size` stills and a quarter as many clips, each with its own words."""
        return self._draw(self._train, self._examples[0], generator, size)

    def forward(self, batch: JointBatch) -> dict[str, Tensor]:
        """The four parts and their weighted sum."""
        batch = to_device(batch, self)
        weights = scheduled_weights(self._config.weights, batch.progress)
        text, shared = self._read(batch.words)
        picture, align = self._paint(batch.pictures, shared, batch.words.captions)
        _, shared = self._read(batch.clip_words)
        parts = {"text": text, "image": picture, "video": self._shoot(batch.clips, shared)}
        parts["align"] = align
        return {"loss": total_loss(parts, weights), **parts}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """All parts on fixed noise at the final weights; the similarity of picture and caption."""
        generator = torch.Generator().manual_seed(5)
        batch = self._draw(self._validation, self._examples[1], generator, SHOWN)
        batch.progress = 1.0
        losses = {name: float(value) for name, value in self(batch).items()}
        batch = to_device(batch, self)
        batch.pictures.times.fill_(int(SHOWN_AT * len(self._alpha_bar)))
        batch.pictures.hear_latents.fill_(True)
        batch.pictures.hear_prompt.fill_(True)
        alpha, noisy, predicted = self._predict(batch.pictures, self._read(batch.words)[1])
        seen = self._see(noisy, predicted, alpha)
        texts = self._embed_texts(batch.words.captions)
        return {**losses, "similarity": 1 - float(align_loss(texts, seen))}

    def export(self, folder: Path) -> None:
        """Merge LoRA into a copy of the LLM and write all modules."""
        import copy

        merged = copy.deepcopy(self.model).merge_and_unload()
        assert isinstance(merged, LlamaForCausalLM)
        self._write(merged, folder)

    def _draw(
        self,
        data: Encoded,
        example: Callable[[int, Random], TextExample],
        generator: torch.Generator,
        size: int,
    ) -> JointBatch:
        rng = Random(int(torch.randint(2**62, (1,), generator=generator)))
        times, drop = len(self._alpha_bar), self._config.drop
        pictures = draw_images(data, size, drop, times, generator, FRAMED)
        clips = draw_clips(data, max(size // 4, 1), drop, times, generator)
        return JointBatch(
            assemble([example(row, rng) for row in pictures.rows.tolist()], self._prompt),
            pictures,
            assemble([example(row, rng) for row in clips.rows.tolist()], self._prompt),
            clips,
            progress=self.progress,
        )

    def _read(self, words: TextBatch) -> tuple[Tensor, Tensor]:
        llama = self.model.get_base_model()
        assert isinstance(llama, LlamaForCausalLM)
        states, asked = states_with_queries(llama, self.latents, words.tokens, words.mask)
        learned = words.labels[:, 1:] != IGNORED
        logits = llama.lm_head(states[:, :-1][learned])
        loss = functional.cross_entropy(logits.float(), words.labels[:, 1:][learned])
        return loss, self.latents.from_states(asked)

    def _paint(
        self, batch: VisualBatch, shared: Tensor, captions: list[str]
    ) -> tuple[Tensor, Tensor]:
        alpha, noisy, predicted = self._predict(batch, shared)
        target = denoising_target(batch.clean, batch.noise, alpha, self._prediction)
        texts = self._embed_texts(captions)
        align = align_loss(self.latents.to_clip(shared), texts)
        clear = batch.times < self._config.align_below * len(self._alpha_bar)
        if clear.any():
            seen = self._see(noisy[clear], predicted[clear], alpha[clear])
            align = align + align_loss(texts[clear], seen)
        return image_loss(predicted, target), align

    def _predict(self, batch: VisualBatch, shared: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """ᾱ (B,), the noisy latents and the image denoiser's answer, hearing Z of this pass."""
        batch.shared = shared
        alpha = self._alpha_bar.to(batch.times.device)[batch.times]
        noisy = add_noise(batch.clean, batch.noise, alpha)
        states = heard_states(batch, self.latents.image, self._prompts)
        return alpha, noisy, self.image(noisy, batch.times, states).sample

    def _see(self, noisy: Tensor, predicted: Tensor, alpha: Tensor) -> Tensor:
        """CLIP vectors (B, E) of x̂₀, through the decoder."""
        clean = predicted_clean(noisy, predicted, alpha, self._prediction)
        return self._embed_images(self._autoencoder[0].decode(clean))

    def _shoot(self, batch: VisualBatch, shared: Tensor) -> Tensor:
        batch.shared = shared
        alpha = self._alpha_bar.to(batch.times.device)[batch.times]
        noisy = add_noise(batch.clean, batch.noise, alpha)
        states = heard_states(batch, self.latents.video, self._prompts)
        predicted = self.video(noisy, batch.times, states, batch.clean[:, :, 0])
        target = denoising_target(batch.clean, batch.noise, alpha, self._prediction)
        return frame_loss(predicted, target)
