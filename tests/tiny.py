"""Tiny starter models of the real classes with random weights, saved as the real ones are."""

from pathlib import Path
from random import Random

import torch
from diffusers import UNet2DConditionModel
from open_clip.model import CLIP
from transformers import LlamaForCausalLM

from triptych.alignment.calibration import (
    Calibration,
    PairCalibration,
    pack_vectors,
    preprocessing_of,
    save_calibration,
)
from triptych.alignment.nulls import default_null_texts
from triptych.generators.encoder import load_clip, save_clip
from triptych.generators.starter.autoencoder import Autoencoder, AutoencoderConfig
from triptych.generators.starter.latents import LatentsConfig, SharedLatents
from triptych.generators.starter.prompts import PromptFormat, train_tokenizer
from triptych.generators.starter.upscaler import UpscalerConfig
from triptych.generators.starter.video import MotionConfig, VideoDenoiser
from triptych.starter.grammar import caption, case_texts
from triptych.starter.scene import draw_scene
from triptych.starter.world import known_world
from triptych.training.config import starter_config
from triptych.training.contrast import MEAN, STD, clip_tokenizer
from triptych.training.sizes import StarterSizes, denoiser_of, llama_of, scheduler_of

TRUE_WRITER = "tests.true_writer:TrueWriter"
TINY = StarterSizes(
    vocabulary=400,
    llama=(32, 64, 2, 4),
    latents=LatentsConfig(hidden=32, count=4, width=16, conditioning=32, clip=16, heads=2),
    autoencoder=AutoencoderConfig(
        image_size=32, fold=4, channels=(8, 8), latent_channels=4, norm_groups=4
    ),
    denoiser=(8, 16),
    attending=(False, True),
    denoiser_heads=2,
    norm_groups=4,
    upscaler=UpscalerConfig(width=8, blocks=1, factor=2),
    motion=MotionConfig(heads=2, frames=16, norm_groups=4),
    world_cases=50,
)
TINY_CLIP = {
    "embed_dim": 16,
    "vision_cfg": {
        "image_size": 32,
        "layers": 1,
        "width": 32,
        "head_width": 16,
        "patch_size": 16,
    },
    "text_cfg": {
        "context_length": 32,
        "width": 32,
        "heads": 2,
        "layers": 1,
        "pool_type": "eos",
        "pad_id": 0,
        "eos_id": 1,
    },
}


def scene(number: int):
    return draw_scene(Random(f"tiny:{number}"), held_out=False)


def save_tiny_clip(folder: Path, seed: int = 0) -> None:
    torch.manual_seed(seed)
    tokenizer = clip_tokenizer([caption(scene(i), Random(i)) for i in range(40)], 400)
    text = {**TINY_CLIP["text_cfg"], "vocab_size": len(tokenizer)}
    config = {**TINY_CLIP, "text_cfg": text}
    model = CLIP(embed_dim=16, vision_cfg=dict(config["vision_cfg"]), text_cfg=dict(text))
    save_clip(model, config, tokenizer, folder, mean=MEAN, std=STD)


def save_tiny_starter(folder: Path) -> Path:
    """A weights folder with every module that `StarterModules` loads."""
    torch.manual_seed(0)
    texts = []
    for number in range(40):
        found = case_texts(scene(number))
        texts += [found["description"], found["caption"], str(found["plan"])]
    prompt = PromptFormat(train_tokenizer(texts, TINY.vocabulary))
    model: LlamaForCausalLM = llama_of(TINY, prompt)
    model.save_pretrained(str(folder / "text"))
    prompt.tokenizer.save_pretrained(str(folder / "text"))
    known_world().save(folder / "text")
    SharedLatents(TINY.latents).save(folder / "latents")
    save_tiny_clip(folder / "clip")
    autoencoder = Autoencoder(TINY.autoencoder)
    autoencoder.save(folder / "autoencoder")
    denoiser: UNet2DConditionModel = denoiser_of(TINY, autoencoder.latent_size)
    denoiser.save_pretrained(str(folder / "image"))
    scheduler = scheduler_of(starter_config())
    scheduler.save_pretrained(str(folder / "image"))
    VideoDenoiser(denoiser, TINY.motion, scheduler).save(folder / "video")
    return folder


def calibrate_tiny_clip(folder: Path, least: float) -> None:
    """Let the tiny critic pass what reaches a z of `least`, and refuse the rest."""
    encoder = load_clip(folder)
    texts = tuple(default_null_texts())
    scores = {"mean": (least,) * 100}
    pair = PairCalibration(matched=scores, mismatched=scores)
    calibration = Calibration(
        encoder=encoder.identity,
        preprocessing=preprocessing_of(encoder),
        template="{}",
        null_texts=texts,
        null_images=pack_vectors(encoder.encode_text(list(texts))),
        null_width=16,
        pairs={name: pair for name in ("text-image", "text-video", "image-video")},
    )
    save_calibration(calibration, folder)


def write_tiny_profile(weights: Path, folder: Path) -> Path:
    """`tiny.yaml`, a profile of the models in a weights folder, with words that are true."""
    kinds = f"text: {{kind: '{TRUE_WRITER}', folder: {weights}}}\n" + "".join(
        f"{part}: {{kind: starter, folder: {weights}}}\n" for part in ("image", "video", "encoder")
    )
    about = "".join(f"{key}: none\n" for key in ("licence", "disk", "memory", "time"))
    path = folder / "tiny.yaml"
    path.write_text(f"title: tiny\n{about}{kinds}")
    return path


def save_tiny_profile(folder: Path, least: float = 0.0) -> Path:
    """A profile of tiny models whose critic refuses about half of what they make."""
    weights = save_tiny_starter(folder / "weights")
    calibrate_tiny_clip(weights / "clip", least)
    return write_tiny_profile(weights, folder)
