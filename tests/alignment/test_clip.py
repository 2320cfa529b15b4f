import json

import numpy as np
import open_clip
import pytest
import torch
from open_clip.model import CLIP
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from triptych.alignment.align import alignment_loss
from triptych.errors import ModelError
from triptych.generators.encoder import load_clip, save_clip

VIT = {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16}
TIMM = {
    "image_size": 32,
    "timm_model_name": "regnetx_002",
    "timm_model_pretrained": False,
    "timm_pool": "avg",
    "timm_proj": "linear",
}
HALF = (0.5, 0.5, 0.5)


def tiny_tokenizer():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<pad>", "<eos>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["a red mug on a beach", "a blue lantern at night"], trainer)
    tokenizer.post_processor = TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>")


def tiny_config(vision, vocabulary):
    text = {
        "context_length": 24,
        "vocab_size": vocabulary,
        "width": 32,
        "heads": 2,
        "layers": 1,
        "pool_type": "eos",
        "pad_id": 0,
        "eos_id": 1,
    }
    return {"embed_dim": 16, "vision_cfg": vision, "text_cfg": text}


def saved(folder, vision=VIT, dtype=None):
    torch.manual_seed(0)
    tokenizer = tiny_tokenizer()
    config = tiny_config(vision, len(tokenizer))
    model = CLIP(**config).eval()
    save_clip(model, config, tokenizer, folder, mean=HALF, std=HALF, dtype=dtype)
    return model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "clip"
    saved(path)
    return path


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (32, 32, 3), dtype=np.uint8) for _ in range(3)]


def test_a_saved_clip_loads_with_its_embeddings_unchanged(tmp_path, pictures):
    model = saved(tmp_path)
    encoder = load_clip(tmp_path)
    found = encoder.encode_images(pictures)
    pixels = torch.stack([torch.from_numpy(p).permute(2, 0, 1) for p in pictures]).float()
    with torch.no_grad():
        expected = model.encode_image(pixels / 127.5 - 1, normalize=True)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_open_clip_itself_reads_the_same_folder(folder, pictures):
    ours = load_clip(f"local-dir:{folder}")
    theirs, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    tokenize = open_clip.get_tokenizer(f"local-dir:{folder}")
    texts = ["a red mug", "a blue lantern at night"]
    with torch.no_grad():
        words = theirs.encode_text(tokenize(texts), normalize=True)
    np.testing.assert_allclose(ours.encode_text(texts), words.numpy(), atol=1e-5)
    from PIL import Image

    seen = torch.stack([preprocess(Image.fromarray(p)) for p in pictures])
    with torch.no_grad():
        images = theirs.encode_image(seen, normalize=True)
    np.testing.assert_allclose(ours.encode_images(pictures), images.numpy(), atol=1e-4)


def test_a_convolutional_tower_and_half_precision_storage(tmp_path, pictures):
    saved(tmp_path, TIMM, torch.float16)
    found = load_clip(tmp_path).encode_images(pictures)
    assert found.shape == (3, 16)
    assert found.dtype == np.float32
    stored = load_file(tmp_path / "open_clip_model.safetensors")
    assert {t.dtype for t in stored.values() if t.is_floating_point()} == {torch.float16}


def test_the_batch_does_not_change_an_embedding_and_sizes_may_differ(folder, pictures):
    encoder = load_clip(folder)
    wide = np.concatenate([pictures[0], pictures[1]], axis=1)
    together = encoder.encode_images([*pictures, wide])
    alone = np.concatenate([encoder.encode_images([p]) for p in [*pictures, wide]])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_text_that_does_not_fit_is_refused_not_cut(folder):
    encoder = load_clip(folder)
    long = "a red mug on a beach " * 8
    assert encoder.count_tokens(long) > encoder.max_tokens
    with pytest.raises(ModelError, match="does not fit"):
        encoder.encode_text(["a red mug", long])


def test_identity_follows_the_weights(tmp_path):
    saved(tmp_path)
    before = load_clip(tmp_path)
    weights = load_file(tmp_path / "open_clip_model.safetensors")
    weights["logit_scale"] = weights["logit_scale"] + 1
    save_file(weights, tmp_path / "open_clip_model.safetensors")
    after = load_clip(tmp_path)
    assert before.identity.name == after.identity.name
    assert before.identity.revision != after.identity.revision


@pytest.mark.parametrize("harm", ["missing", "torn", "config", "shape"])
def test_a_broken_folder_is_a_clear_error(tmp_path, harm):
    saved(tmp_path)
    weights, config = tmp_path / "open_clip_model.safetensors", tmp_path / "open_clip_config.json"
    if harm == "missing":
        weights.unlink()
    elif harm == "torn":
        weights.write_bytes(weights.read_bytes()[:100])
    elif harm == "config":
        config.write_text("{}")
    else:
        content = json.loads(config.read_text())
        content["model_cfg"]["embed_dim"] = 8
        config.write_text(json.dumps(content))
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_clip(tmp_path)


def test_an_unknown_name_is_a_clear_error():
    with pytest.raises(ModelError, match="no such folder"):
        load_clip("NoSuchModel")


def test_pictures_reach_the_loss_with_gradients(folder):
    encoder = load_clip(folder)
    pixels = torch.rand(2, 3, 32, 32, requires_grad=True)
    words = torch.from_numpy(encoder.encode_text(["a red mug", "a mug"]))
    loss = alignment_loss(words, encoder.embed_pixels(pixels))
    assert loss.shape == (2,)
    loss.sum().backward()
    assert pixels.grad is not None
    assert pixels.grad.abs().sum() > 0
