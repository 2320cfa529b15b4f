"""The starter's two CLIPs: the critic's, and one for evaluation, which shares nothing with it.

They differ in image tower (vision transformer, convolutional network), in seed and in the half of
the training cases that they see, so that what fools one need not fool the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, Literal

import numpy as np
import torch
from open_clip.model import CLIP
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from triptych.cases.format import Case
from triptych.generators.encoder import save_clip
from triptych.training.clip import ClipObjective
from triptych.training.data import Pack
from triptych.training.words import prompts_of

Role = Literal["critic", "evaluation"]

CONTEXT = 32
MEAN, STD = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)

Tower = Mapping[str, str | int | bool]
"""open_clip's configuration of an image tower."""

TOWERS: Mapping[str, Tower] = {
    "critic": {
        "image_size": 128,
        "layers": 5,
        "width": 160,
        "head_width": 32,
        "patch_size": 16,
    },
    "evaluation": {
        "image_size": 128,
        "timm_model_name": "regnetx_002",
        "timm_model_pretrained": False,
        "timm_pool": "avg",
        "timm_proj": "linear",
    },
}


def clip_config(
    role: Role,
    vocabulary: int,
    width: int = 192,
    embedding: int = 128,
    towers: Mapping[str, Tower] = TOWERS,
) -> dict[str, Any]:
    """An open_clip model configuration, as data."""
    return {
        "embed_dim": embedding,
        "vision_cfg": dict(towers[role]),
        "text_cfg": {
            "context_length": CONTEXT,
            "vocab_size": vocabulary,
            "width": width,
            "heads": width // 32,
            "layers": 3,
            "pool_type": "eos",
            "pad_id": 0,
            "eos_id": 1,
        },
    }


def clip_tokenizer(texts: Sequence[str], vocabulary: int = 1024) -> PreTrainedTokenizerFast:
    """Lower-casing byte-level BPE that closes every text with <eos> (id 1); <pad> is 0."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=["<pad>", "<eos>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>")


def visual_text(case: Case, rng: Random, most_words: int = 22) -> str:
    """A text about a case's picture: caption, plan's visual line, or a sentence of its copy.

    Sentences teach the CLIP the words that marketers use for what is seen; they are the copy's
    own claims, so that whole copy can be scored claim by claim.
    """
    if rng.random() < 0.5:
        return rng.choice(prompts_of(case))
    by_channel = rng.choice(list(case.copy_texts.values()))
    text = rng.choice(by_channel.get("body") or by_channel.get("social_post") or [case.caption])
    sentences = [s.strip() for s in text.replace("!", ".").replace("?", ".").split(".")]
    chosen = rng.choice([s for s in sentences if s] or [text])
    return " ".join(chosen.split()[:most_words])


def starter_clip_objective(
    train: Pack,
    validation: Pack,
    role: Role = "critic",
    width: int = 192,
    embedding: int = 128,
    towers: Mapping[str, Tower] = TOWERS,
) -> ClipObjective:
    """The objective that trains one of the two.

    Args:
        train: all training cases; each role sees its own half of them.
        validation: the validation split.
        role: the critic's, or the evaluation's.
        width: of the text tower, whose states the denoisers hear.
        embedding: width of the CLIP space.
        towers: open_clip's configuration of each role's image tower.
    """
    rng = Random(role)
    texts = [visual_text(case, rng, 60) for case in train.cases for _ in range(2)]
    tokenizer = clip_tokenizer(texts)
    config = clip_config(role, len(tokenizer), width, embedding, towers)
    towers = {key: value for key, value in config.items() if key != "embed_dim"}
    model = CLIP(embed_dim=config["embed_dim"], **towers)
    if role == "evaluation":  # convolutions: 1.25 times as fast on a CPU
        model.visual.to(memory_format=torch.channels_last)

    def tokenize(batch: Sequence[str]) -> Tensor:
        encoding = tokenizer(
            list(batch),
            max_length=CONTEXT,
            truncation=True,
            padding="max_length",
            return_tensors="pt",
        )
        return torch.as_tensor(encoding["input_ids"])

    def normalise(pixels: Tensor) -> Tensor:
        return pixels  # −1..1 is what mean and deviation of a half make of 0..1

    def write(trained: nn.Module, folder: Path) -> None:
        name = "clip" if role == "critic" else "evaluation_clip"
        save_clip(trained, config, tokenizer, folder / name, mean=MEAN, std=STD)

    return ClipObjective(
        model, tokenize, normalise, visual_text, half_of(train, role), validation, write
    )


def half_of(pack: Pack, role: Role) -> Pack:
    """Even cases for the critic, odd ones for the evaluation; clips follow their cases."""
    parity = 0 if role == "critic" else 1
    kept_clips = np.flatnonzero(pack.clip_cases % 2 == parity)
    return Pack(
        cases=pack.cases[parity::2],
        images=pack.images[parity::2],
        clips=pack.clips[kept_clips],
        clip_cases=pack.clip_cases[kept_clips] // 2,
    )
