"""An encoder's pictures and words are prepared as open_clip prepares them."""

import json

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from triptych.errors import ModelError
from triptych.generators.encoder import load_clip, save_clip
from triptych.generators.fitting import fitting_of

VISION = {"image_size": 32, "layers": 1, "width": 16, "head_width": 8, "patch_size": 8}
TEXT = {"context_length": 40, "vocab_size": 500, "width": 16, "heads": 2, "layers": 1}


@pytest.fixture
def clip_folder(words, tmp_path):
    """Writes a tiny CLIP whose configuration says how it is to be fed."""

    def write(preprocessing, **text):
        torch.manual_seed(3)
        config = {"embed_dim": 16, "vision_cfg": VISION, "text_cfg": TEXT}
        save_clip(
            open_clip.CLIP(**config), config, words, tmp_path, mean=(0.5,) * 3, std=(0.5,) * 3
        )
        path = tmp_path / "open_clip_config.json"
        content = json.loads(path.read_text())
        content["preprocess_cfg"] |= preprocessing
        content["model_cfg"]["text_cfg"] |= text
        path.write_text(json.dumps(content))
        return tmp_path

    return write


@pytest.mark.parametrize(
    "preprocessing",
    [
        {},
        {"resize_mode": "squash", "interpolation": "bilinear"},
        {"resize_mode": "longest", "fill_color": 200},
        {"resize_mode": "squash", "interpolation": "bicubic"},
    ],
)
@pytest.mark.parametrize("size", [(90, 50), (50, 90), (32, 32), (20, 11)])
def test_pictures_are_fitted_as_the_encoder_was_trained(clip_folder, preprocessing, size):
    folder = clip_folder(preprocessing)
    encoder = load_clip(folder)
    rng = np.random.default_rng(0)
    small = rng.integers(0, 255, (5, 7, 3), dtype=np.uint8)
    picture = Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)
    model, _, transform = open_clip.create_model_and_transforms(
        f"local-dir:{folder}", precision="fp32"
    )
    with torch.no_grad():
        theirs = model.eval().encode_image(transform(picture)[None], normalize=True).numpy()
    [ours] = encoder.encode_images([np.asarray(picture)])
    assert ours @ theirs[0] > 0.999


def test_words_are_cleaned_as_the_encoder_was_trained(clip_folder):
    folder = clip_folder({}, tokenizer_kwargs={"clean": "canonicalize"})
    encoder = load_clip(folder)
    spoken, plain = encoder.encode_text(["A RED Mug, on -- a desk!", "a red mug on a desk"])
    assert spoken @ plain > 0.9999
    assert encoder.count_tokens("A RED Mug!!") == encoder.count_tokens("a red mug")
    tokens = open_clip.get_tokenizer(f"local-dir:{folder}")(["A RED Mug, on -- a desk!"])
    assert torch.equal(encoder.tokenizer(["A RED Mug, on -- a desk!"]), tokens)


def test_a_calibration_tells_one_way_of_fitting_from_another(clip_folder):
    middle = load_clip(clip_folder({})).preprocessing
    squashed = load_clip(clip_folder({"resize_mode": "squash"})).preprocessing
    assert middle == "32×32 middle, bicubic, mean 0.5, 0.5, 0.5, deviation 0.5, 0.5, 0.5"
    assert squashed == middle.replace("middle", "squashed")


def test_an_unknown_way_of_fitting_is_refused():
    with pytest.raises(ModelError, match="'stretch'"):
        fitting_of(32, {"resize_mode": "stretch"})
