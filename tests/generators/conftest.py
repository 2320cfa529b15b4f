"""Tiny random-weight checkpoints of the real classes, saved once a session."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from tests.generators.chat_server import Server

WORDS = "A bright red mug stands on a desk and glows, playful, small. Buy the red mug today! 0123"


@pytest.fixture
def server():
    made = Server()
    yield made
    made.free.set()
    made.http.shutdown()
    made.http.server_close()


@pytest.fixture(scope="session")
def words() -> Any:
    """A byte-level tokenizer of about four hundred words."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
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
    backend.train_from_iterator([WORDS] * 4, trainer)
    backend.post_processor = processors.TemplateProcessing(
        single="$A <|end|>", special_tokens=[("<|end|>", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        eos_token="<|end|>",
        pad_token="<|pad|>",
        model_max_length=77,
    )


def _clip_text(width: int, projection: int | None = None) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=500,
        hidden_size=width,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        projection_dim=projection or width,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=0,
    )
    return CLIPTextModelWithProjection(config) if projection else CLIPTextModel(config)


def _vae(**options: Any) -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(8, 16),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        norm_num_groups=4,
        layers_per_block=1,
        sample_size=32,
        **options,
    )


def _sd(words: Any, folder: Path) -> None:
    from diffusers import DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel

    unet = UNet2DConditionModel(
        sample_size=16,
        block_out_channels=(8, 16),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=16,
        attention_head_dim=4,
        layers_per_block=1,
        norm_num_groups=4,
    )
    StableDiffusionPipeline(
        vae=_vae(),
        text_encoder=_clip_text(16),
        tokenizer=words,
        unet=unet,
        scheduler=DDIMScheduler(clip_sample=False, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)


def _sdxl(words: Any, folder: Path) -> None:
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel

    unet = UNet2DConditionModel(
        sample_size=16,
        block_out_channels=(8, 16),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32,
        attention_head_dim=4,
        layers_per_block=1,
        norm_num_groups=4,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        transformer_layers_per_block=1,
        projection_class_embeddings_input_dim=16 + 6 * 8,
        use_linear_projection=True,
    )
    StableDiffusionXLPipeline(
        vae=_vae(),
        text_encoder=_clip_text(16),
        text_encoder_2=_clip_text(16, projection=16),
        tokenizer=words,
        tokenizer_2=words,
        unet=unet,
        scheduler=EulerDiscreteScheduler(beta_schedule="scaled_linear"),
        add_watermarker=False,
    ).save_pretrained(folder)


def _z_image(words: Any, folder: Path) -> None:
    from diffusers import FlowMatchEulerDiscreteScheduler, ZImagePipeline, ZImageTransformer2DModel
    from transformers import Qwen3Config, Qwen3Model

    transformer = ZImageTransformer2DModel(
        all_patch_size=(2,),
        all_f_patch_size=(1,),
        in_channels=4,
        dim=32,
        n_layers=1,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        qk_norm=True,
        cap_feat_dim=16,
        rope_theta=256.0,
        t_scale=1000.0,
        axes_dims=[8, 4, 4],
        axes_lens=[256, 32, 32],
    )
    for name, tensor in transformer.named_parameters():
        if "pad_token" in name:  # left uninitialised by the class
            torch.nn.init.normal_(tensor, std=0.02)
    chatty = type(words).from_pretrained  # a copy with a chat template
    words.save_pretrained(folder / "words")
    tokenizer = chatty(folder / "words")
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }}\n{% endfor %}"
    config = Qwen3Config(
        vocab_size=500,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=1024,
    )
    ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=_vae(shift_factor=0.0),
        text_encoder=Qwen3Model(config),
        tokenizer=tokenizer,
        transformer=transformer,
    ).save_pretrained(folder)


def _wan(words: Any, folder: Path, first_frame: bool = False) -> None:
    """Wan 2.1's image-to-video shape; with `first_frame` Wan 2.2's, which has it in the latents."""
    from diffusers import (
        AutoencoderKLWan,
        UniPCMultistepScheduler,
        WanPipeline,
        WanTransformer3DModel,
    )
    from transformers import UMT5Config, UMT5EncoderModel

    transformer = WanTransformer3DModel(
        patch_size=(1, 2, 2),
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=16 if first_frame else 36,
        out_channels=16,
        text_dim=16,
        freq_dim=16,
        ffn_dim=16,
        num_layers=1,
        cross_attn_norm=True,
        qk_norm="rms_norm_across_heads",
        rope_max_seq_len=32,
        image_dim=None,
    )
    text = UMT5Config(
        vocab_size=500, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, pad_token_id=0
    )
    WanPipeline(
        tokenizer=words,
        text_encoder=UMT5EncoderModel(text),
        transformer=transformer,
        vae=AutoencoderKLWan(
            base_dim=3,
            z_dim=16,
            dim_mult=[1, 1, 1, 1],
            num_res_blocks=1,
            temperal_downsample=[False, True, True],
        ),
        scheduler=UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        ),
        expand_timesteps=first_frame,
    ).save_pretrained(folder)


def _ltx(words: Any, folder: Path) -> None:
    from diffusers import (
        AutoencoderKLLTXVideo,
        FlowMatchEulerDiscreteScheduler,
        LTXPipeline,
        LTXVideoTransformer3DModel,
    )
    from transformers import T5Config, T5EncoderModel

    text = T5Config(
        vocab_size=500, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, pad_token_id=0
    )
    LTXPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=AutoencoderKLLTXVideo(
            latent_channels=8,
            block_out_channels=(8, 8, 8, 8),
            decoder_block_out_channels=(8, 8, 8, 8),
            layers_per_block=(1, 1, 1, 1, 1),
            decoder_layers_per_block=(1, 1, 1, 1, 1),
            spatio_temporal_scaling=(True, True, False, False),
            decoder_spatio_temporal_scaling=(True, True, False, False),
            decoder_inject_noise=(False,) * 5,
            upsample_residual=(False,) * 4,
            upsample_factor=(1,) * 4,
            timestep_conditioning=False,
            patch_size=1,
            patch_size_t=1,
            encoder_causal=True,
            decoder_causal=False,
        ),
        text_encoder=T5EncoderModel(text),
        tokenizer=words,
        transformer=LTXVideoTransformer3DModel(
            in_channels=8,
            out_channels=8,
            patch_size=1,
            patch_size_t=1,
            num_attention_heads=2,
            attention_head_dim=8,
            cross_attention_dim=16,
            num_layers=2,
            caption_channels=16,
        ),
    ).save_pretrained(folder)


def _text_to_video(words: Any, folder: Path) -> None:
    from diffusers import DDIMScheduler, TextToVideoSDPipeline, UNet3DConditionModel

    unet = UNet3DConditionModel(
        sample_size=16,
        block_out_channels=(8, 16),
        down_block_types=("CrossAttnDownBlock3D", "DownBlock3D"),
        up_block_types=("UpBlock3D", "CrossAttnUpBlock3D"),
        cross_attention_dim=16,
        attention_head_dim=4,
        layers_per_block=1,
        norm_num_groups=4,
    )
    TextToVideoSDPipeline(
        vae=_vae(),
        text_encoder=_clip_text(16),
        tokenizer=words,
        unet=unet,
        scheduler=DDIMScheduler(clip_sample=False, steps_offset=1),
    ).save_pretrained(folder)


def _motion(words: Any, folder: Path) -> None:
    from diffusers import MotionAdapter

    MotionAdapter(
        block_out_channels=(8, 16),
        motion_layers_per_block=1,
        motion_norm_num_groups=4,
        motion_num_attention_heads=2,
        motion_max_seq_length=32,
    ).save_pretrained(folder)


def _llama(words: Any, folder: Path) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(words) + 3,
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=4096,
        eos_token_id=1,
        bos_token_id=None,
        pad_token_id=0,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    words.save_pretrained(folder)


def _qwen3(words: Any, folder: Path) -> None:
    from transformers import Qwen3Config, Qwen3ForCausalLM

    config = Qwen3Config(
        vocab_size=len(words) + 3,
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        max_position_embeddings=4096,
        eos_token_id=1,
        bos_token_id=None,
        pad_token_id=0,
    )
    Qwen3ForCausalLM(config).save_pretrained(folder)
    words.save_pretrained(folder)


def _clip(words: Any, folder: Path) -> None:
    import open_clip

    from triptych.generators.encoder import save_clip

    vision = {"image_size": 32, "layers": 1, "width": 16, "head_width": 8, "patch_size": 8}
    text = {"context_length": 400, "vocab_size": 500, "width": 16, "heads": 2, "layers": 1}
    config = {"embed_dim": 16, "vision_cfg": vision, "text_cfg": text}
    model = open_clip.CLIP(**config)
    save_clip(model, config, words, folder, mean=(0.5,) * 3, std=(0.5,) * 3)


MAKERS: dict[str, Callable[[Any, Path], None]] = {
    "sd": _sd,
    "sdxl": _sdxl,
    "z-image": _z_image,
    "wan": _wan,
    "wan-2.2": functools.partial(_wan, first_frame=True),
    "ltx": _ltx,
    "text-to-video": _text_to_video,
    "motion": _motion,
    "llama": _llama,
    "qwen3": _qwen3,
    "clip": _clip,
}


@pytest.fixture(scope="session")
def checkpoint(words: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The folder of a tiny checkpoint by name, made at its first use."""
    root = tmp_path_factory.mktemp("checkpoints")

    def folder(name: str) -> str:
        if not (root / name).is_dir():
            torch.manual_seed(7)
            MAKERS[name](words, root / name)
        return str(root / name)

    return folder


IMAGES: dict[str, dict[str, Any]] = {
    "sd": {"sampler": "ddim", "height": 32, "width": 32, "guidance": 5.0},
    "sdxl": {"sampler": "euler", "height": 32, "width": 32, "guidance": 5.0},
    "z-image": {"height": 32, "width": 32, "guidance": 3.0},
}
VIDEOS: dict[str, dict[str, Any]] = {
    "wan": {"kind": "diffusers-image-to-video", "frames": 5},
    "wan-2.2": {"kind": "diffusers-image-to-video", "frames": 5},
    "ltx": {"kind": "diffusers-image-to-video", "frames": 9},
    "text-to-video": {"kind": "diffusers-text-to-video", "frames": 4, "sampler": "ddim"},
    "animatediff": {"kind": "animatediff", "frames": 4, "sampler": "ddim"},
}


@pytest.fixture(scope="session")
def profile_file(checkpoint: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Writes a profile of tiny checkpoints and returns its path."""

    def write(image: str = "sd", video: str = "animatediff", **changes: Any) -> str:
        clip = {**VIDEOS[video], "steps": 3, "height": 32, "width": 32, "guidance": 4.0, "fps": 4}
        if video == "animatediff":
            clip |= {"model": checkpoint("sd"), "adapter": checkpoint("motion")}
        else:
            clip |= {"model": checkpoint(video)}
        text = {"kind": "transformers", "model": checkpoint("llama"), "max_tokens": 24}
        picture = {"kind": "diffusers-image", "model": checkpoint(image), "steps": 4}
        content = {
            "name": f"tiny-{image}-{video}",
            "title": "tiny",
            "licence": "none",
            "disk": "little",
            "memory": "little",
            "time": "short",
            "text": text | {"latents": 4, "width": 8},
            "image": picture | IMAGES[image],
            "video": clip,
            "encoder": {"kind": "open-clip", "model": checkpoint("clip")},
            **changes,
        }
        path = tmp_path_factory.mktemp("profile") / f"{content['name']}.yaml"
        path.write_text(yaml.safe_dump(content))
        return str(path)

    return write
