"""A LoRA adapter comes whole into a denoiser, or not at all."""

import pytest
import torch
from diffusers import UNet2DConditionModel
from peft import LoraConfig
from safetensors.torch import load_file, save_file

from triptych.errors import ModelError
from triptych.generators.pretrained.adapters import LORA_WEIGHTS, merge_into_denoiser


def denoiser():
    torch.manual_seed(0)
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8, 8),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=8,
        attention_head_dim=4,
        norm_num_groups=4,
    )


@pytest.fixture
def adapter(tmp_path):
    tuned = denoiser()
    tuned.add_adapter(LoraConfig(r=2, target_modules=["to_q", "to_out.0"], init_lora_weights=False))
    tuned.save_lora_adapter(str(tmp_path))
    return tmp_path


def test_an_adapter_that_fits_changes_the_weights(adapter):
    plain, merged = denoiser(), denoiser()
    merge_into_denoiser(merged, str(adapter))
    name = next(name for name in plain.state_dict() if name.endswith("attn1.to_q.weight"))
    assert not torch.equal(plain.state_dict()[name], merged.state_dict()[name])


@pytest.mark.parametrize("share", [1, 2])
def test_an_adapter_of_which_some_tensors_fit_nothing_is_refused(adapter, share):
    path = adapter / LORA_WEIGHTS
    tensors = load_file(path)
    save_file(
        {
            name.replace("blocks", "places") if number % share == 0 else name: one
            for number, (name, one) in enumerate(tensors.items())
        },
        path,
    )
    with pytest.raises(ModelError, match=r"tensors fit the model|does not fit the denoiser"):
        merge_into_denoiser(denoiser(), str(adapter))
