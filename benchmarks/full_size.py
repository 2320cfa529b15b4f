"""One full case of the `sd2` shape against the same calls on bare transformers and diffusers.

Weights are random: compute does not depend on their values. Both ways use the same modules in the
same process, in turn. `--toy` runs the script at toy size on any machine; without it a GPU is
needed. `--fast` adds a third way: compiled modules and a twenty-step solver, with the difference
of its output stated. Guidance is batched and attention fused in all three, as diffusers does by
itself; its feature caches are for transformers, and these are UNets.

    python benchmarks/full_size.py [--toy] [--fast] [--repeats 3] [--out figures.json]
"""

from __future__ import annotations

import argparse
import copy
import json
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from triptych.domain import Brief, ModelIdentity
from triptych.generators.messages import COPY_RULES, copy_request
from triptych.generators.parts import DiffusersImage, TextToVideo, Transformers
from triptych.generators.pretrained.latents import LatentHead, LatentHeadConfig
from triptych.generators.pretrained.load import LanguageModel, make_scheduler
from triptych.generators.pretrained.memory import Resident, Shelf, peak_memory, weights_size
from triptych.generators.pretrained.text import TransformersText
from triptych.generators.pretrained.visual import PipelineImage, PipelineVideo
from triptych.protocols import TextRequest, VisualRequest

OWED = "The full-size figures are owed: at most 30 s, and within 2 % of the bare calls."
PROMPT = "a bright red mug on a wooden desk in the morning"
REQUEST = TextRequest(Brief(description="A bright red mug for the desk."), "body", "playful")


@dataclass(frozen=True)
class Size:
    """What one case is made of."""

    hidden: int
    inner: int
    layers: int
    heads: int
    tokens: int
    beams: int
    channels: tuple[int, ...]
    cross: int
    text_layers: int
    side: int
    clip_side: int
    frames: int
    steps: int


FULL = Size(2048, 5632, 24, 32, 64, 5, (320, 640, 1280, 1280), 1024, 23, 512, 256, 16, 50)
TOY = Size(32, 64, 2, 2, 8, 5, (32, 64), 32, 1, 32, 32, 4, 4)


def make_tokenizer() -> Any:
    """A small byte-level tokenizer: its size does not matter to the compute."""
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|pad|>", "<|end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator([PROMPT] * 4, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, eos_token="<|end|>", pad_token="<|pad|>", model_max_length=77
    )


def make_language_model(size: Size, tokenizer: Any) -> LanguageModel:
    """A Llama of 1.3 B at full size, with an untrained latent head."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=32_000,
        hidden_size=size.hidden,
        intermediate_size=size.inner,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        max_position_embeddings=4096,
        eos_token_id=1,
        bos_token_id=None,
        pad_token_id=0,
    )
    model = LlamaForCausalLM(config).eval()
    model.generation_config.min_new_tokens = size.tokens  # random weights must not end early
    unknown = range(len(tokenizer), config.vocab_size)  # the small tokenizer cannot say these
    model.generation_config.suppress_tokens = [0, *unknown]
    head = LatentHead(LatentHeadConfig("random@", size.hidden))
    return LanguageModel(model, tokenizer, head.eval())


def _shared(size: Size, tokenizer: Any) -> dict[str, Any]:
    from diffusers import AutoencoderKL, DDIMScheduler
    from transformers import CLIPTextConfig, CLIPTextModel

    toy = len(size.channels) < 4
    blocks = (32, 64) if toy else (128, 256, 512, 512)
    vae = AutoencoderKL(
        block_out_channels=blocks,
        down_block_types=("DownEncoderBlock2D",) * len(blocks),
        up_block_types=("UpDecoderBlock2D",) * len(blocks),
        latent_channels=4,
        layers_per_block=2,
        sample_size=size.side,
    )
    text = CLIPTextConfig(
        vocab_size=49_408,
        hidden_size=size.cross,
        intermediate_size=4 * size.cross,
        num_hidden_layers=size.text_layers,
        num_attention_heads=size.cross // (64 if size.cross > 64 else 16),
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=0,
        hidden_act="gelu",
    )
    scheduler = DDIMScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )
    return {
        "vae": vae,
        "text_encoder": CLIPTextModel(text),
        "tokenizer": tokenizer,
        "scheduler": scheduler,
    }


def make_image_pipeline(size: Size, tokenizer: Any) -> Any:
    """Stable Diffusion 2's shape."""
    from diffusers import StableDiffusionPipeline, UNet2DConditionModel

    deep = len(size.channels)
    unet = UNet2DConditionModel(
        sample_size=size.side // 8,
        block_out_channels=size.channels,
        down_block_types=("CrossAttnDownBlock2D",) * (deep - 1) + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * (deep - 1),
        cross_attention_dim=size.cross,
        attention_head_dim=[max(1, channels // 64) for channels in size.channels],
        use_linear_projection=True,
    )
    pipeline = StableDiffusionPipeline(
        unet=unet,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
        **_shared(size, tokenizer),
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def make_video_pipeline(size: Size, tokenizer: Any) -> Any:
    """The shape of a text-to-video model of 1.7 B: Stable Diffusion 2 with layers over time."""
    from diffusers import TextToVideoSDPipeline, UNet3DConditionModel

    deep = len(size.channels)
    unet = UNet3DConditionModel(
        sample_size=size.clip_side // 8,
        block_out_channels=size.channels,
        down_block_types=("CrossAttnDownBlock3D",) * (deep - 1) + ("DownBlock3D",),
        up_block_types=("UpBlock3D",) + ("CrossAttnUpBlock3D",) * (deep - 1),
        cross_attention_dim=size.cross,
        attention_head_dim=64 if deep == 4 else 16,
    )
    pipeline = TextToVideoSDPipeline(unet=unet, **_shared(size, tokenizer))
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@dataclass
class Models:
    """What both ways run on."""

    language: LanguageModel
    image: Any
    video: Any


def bare(size: Size, made: Models) -> tuple[np.ndarray, np.ndarray]:
    """The same case by direct calls: copy by beam search, the pass for Z, picture, clip."""
    language = made.language
    prompt = f"{COPY_RULES}\n\n{copy_request(REQUEST)}\n\n"
    ids = language.tokenizer(prompt, return_tensors="pt").input_ids.to(language.model.device)
    with torch.inference_mode():
        output = language.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            num_beams=size.beams,
            do_sample=False,
            max_new_tokens=size.tokens,
            pad_token_id=0,
        )
        language.model.base_model(output, use_cache=False)
    common = {"num_inference_steps": size.steps, "output_type": "np"}
    picture = made.image(
        PROMPT, guidance_scale=7.5, height=size.side, width=size.side,
        generator=torch.Generator().manual_seed(0), **common,
    ).images[0]  # fmt: skip
    clip = made.video(
        PROMPT, guidance_scale=9.0, height=size.clip_side, width=size.clip_side,
        num_frames=size.frames, generator=torch.Generator().manual_seed(0), **common,
    ).frames[0]  # fmt: skip
    return np.round(picture * 255) / 255, np.round(np.asarray(clip) * 255) / 255


def ours(size: Size, made: Models, shelf: Shelf, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """The case through Triptych's generators."""

    def resident(name: str, model: Any) -> Resident[Any]:
        return Resident(name, shelf, lambda: model, None, lambda _: weights_size())

    name = ModelIdentity(name="random")
    part = Transformers(kind="transformers", model=".", max_tokens=size.tokens)
    text = TransformersText(resident("text", made.language), name, part)
    text.write([REQUEST])
    common: dict[str, Any] = {"model": ".", "steps": steps}
    image = PipelineImage(
        resident("image", made.image),
        name,
        DiffusersImage(
            kind="diffusers-image", guidance=7.5, height=size.side, width=size.side, **common
        ),
        use="prompt",
    )
    video = PipelineVideo(
        resident("video", made.video),
        name,
        TextToVideo(
            kind="diffusers-text-to-video",
            guidance=9.0,
            frames=size.frames,
            height=size.clip_side,
            width=size.clip_side,
            **common,
        ),
        use="prompt",
    )
    request = VisualRequest(PROMPT, steps=steps, frames=size.frames)
    [picture] = image.start([request], [None], [0]).finish()
    [clip] = video.start([request], [None], [None], [0]).finish()
    return picture.pixels / 255.0, clip.pixels / 255.0


def clocked(run: Callable[[], Any], device: torch.device) -> tuple[float, Any]:
    """Seconds of a run, with the device's queue empty at both ends."""
    if device.type == "cuda":
        torch.cuda.synchronize()
    started = time.perf_counter()
    result = run()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - started, result


def main() -> None:
    """Run the benchmark and print its figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--toy", action="store_true", help="toy size, on any machine")
    parser.add_argument("--fast", action="store_true", help="also compiled, with a short solver")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if not options.toy and not torch.cuda.is_available():
        parser.exit(1, f"There is no GPU here: run with --toy. {OWED}\n")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    size = TOY if options.toy else FULL
    torch.manual_seed(0)
    tokenizer = make_tokenizer()
    made = Models(
        make_language_model(size, tokenizer),
        make_image_pipeline(size, tokenizer).to(device, dtype),
        make_video_pipeline(size, tokenizer).to(device, dtype),
    )
    made.language.model.to(device, dtype)
    made.language.head.to(device)
    shelf = Shelf(device)
    ways: dict[str, Callable[[], Any]] = {
        "bare": lambda: bare(size, made),
        "triptych": lambda: ours(size, made, shelf, size.steps),
    }
    figures: dict[str, Any] = {"size": "toy" if options.toy else "full", "device": _name(device)}
    figures |= _compare(ways, options.repeats, device)
    if options.fast:
        swift = _swift(size, made)
        steps = min(20, size.steps)
        figures |= _compare(
            {"bare": ways["bare"], "fast": lambda: ours(size, swift, shelf, steps)},
            options.repeats,
            device,
            prefix="fast_run_",
        )
    if options.toy:
        figures["note"] = f"Toy size says nothing of a GPU's speed. {OWED}"
    figures["peak_memory_gib"] = round(peak_memory(device) / 2**30, 2)
    text = json.dumps(figures, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


def _compare(
    ways: dict[str, Callable[[], Any]], repeats: int, device: torch.device, prefix: str = ""
) -> dict[str, Any]:
    """Time two ways in turn after one run of each to warm up; how far their outputs differ."""
    outputs = {name: way() for name, way in ways.items()}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(repeats):
        order = list(ways.items())
        for name, way in order if turn % 2 == 0 else reversed(order):
            taken, outputs[name] = clocked(way, device)
            seconds[name].append(taken)
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    first, second = ways
    differences = [
        float(np.abs(a - b).mean()) * 255
        for a, b in zip(outputs[first], outputs[second], strict=True)
    ]
    return {
        f"{prefix}seconds": {name: round(value, 3) for name, value in medians.items()},
        f"{prefix}all_seconds": seconds,
        f"{prefix}ratio": round(medians[second] / medians[first], 4),
        f"{prefix}mean_difference_in_levels_of_255": {
            "image": round(differences[0], 3),
            "clip": round(differences[1], 3),
        },
    }


def _swift(size: Size, made: Models) -> Models:
    """The same weights, compiled and channels-last, with DPM-Solver++ in place of DDIM."""
    part = DiffusersImage(kind="diffusers-image", model=".", sampler="dpm++")
    swift = Models(made.language, copy.copy(made.image), copy.copy(made.video))
    for pipeline in (swift.image, swift.video):
        pipeline.__dict__["scheduler"] = make_scheduler(part, pipeline.scheduler)
        if torch.cuda.is_available():
            module = copy.copy(pipeline.unet)
            if pipeline is swift.image:
                module = module.to(memory_format=torch.channels_last)
            module.compile()
            pipeline.__dict__["unet"] = module
    return swift


def _name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{platform.machine()} CPU, {torch.get_num_threads()} threads"


if __name__ == "__main__":
    main()
