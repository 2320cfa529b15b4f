"""What each stage learns, what it leaves alone, and that a killed one goes on exactly."""

import json
import shutil

import pytest
import torch

from tests.training.conftest import SIZES, tiny_config
from triptych.errors import CaseError, TriptychError
from triptych.generators.starter.conditioning import condition
from triptych.generators.starter.latents import SharedLatents
from triptych.generators.starter.load import StarterModules
from triptych.generators.starter.text import StarterText
from triptych.training.data import kept
from triptych.training.discriminator import ClipDiscriminator
from triptych.training.losses import adversarial_loss, critic_loss
from triptych.training.starter import STAGES, Workshop
from triptych.training.video import VideoObjective


def batch_of(objective, seed=3, size=4):
    return objective.batch(torch.Generator().manual_seed(seed), size)


def losses_on(objective, batch):
    torch.manual_seed(0)
    return objective(batch)


def gradients(objective, part="loss", batch=None):
    """Names of the parameters that a part of the loss pulls at."""
    objective.zero_grad()
    losses_on(objective, batch_of(objective) if batch is None else batch)[part].backward()
    return {name for name, p in objective.named_parameters() if p.grad is not None and p.grad.any()}


def outspoken(objective):
    """The video objective with a last convolution that is no longer silent, as after a step."""
    torch.nn.init.normal_(objective.denoiser.unet.conv_out.weight)
    return objective


def at_times(batch, share):
    """The same batch with pictures at a low or a high noise level."""
    batch.pictures.times.fill_(int(999 * share))
    return batch


@pytest.mark.parametrize("stage", STAGES)
def test_one_step_lowers_the_loss_on_its_batch(workshop, stage):
    objective = workshop.objective(stage)
    trained = [p for p in objective.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(trained, lr=1e-4)
    batch = batch_of(objective)
    before = losses_on(objective, batch)
    before["loss"].backward()
    optimiser.step()
    after = losses_on(objective, batch)
    assert after["loss"].item() < before["loss"].item()


TRAINED = {
    "autoencoder": {"model"},
    "clip": {"model"},
    "evaluation_clip": {"model"},
    "denoiser": {"denoiser"},
    "text": {"model"},
    "latents": {"model", "latents"},
    "image": {"denoiser", "connector"},
    "decoder": {"model"},
    "upscaler": {"model"},
    "video": {"denoiser", "connector", "discriminator"},
    "joint": {"model", "latents", "image", "video"},
}


@pytest.mark.parametrize("stage", ["text", "latents", "joint"])
def test_the_llm_goes_on_planning_in_every_stage_that_trains_it(workshop, stage):
    batch = batch_of(workshop.objective(stage), size=16)
    words = batch.words if stage == "joint" else batch
    (asked,) = workshop.read_text("text").prompt.plan()
    planning = (words.tokens == asked).any(dim=1)
    assert planning.any(), "trained on copy alone it forgets how to plan"
    assert stage == "text" or not planning.all(), "Z is asked for after a lone copy"


@pytest.mark.parametrize("stage", STAGES)
def test_gradients_reach_what_should_train_and_nothing_else(workshop, stage):
    objective = workshop.objective(stage)
    batch = batch_of(objective, size=8)
    if stage == "video":
        batch.times.fill_(10)  # where the discriminator looks
        outspoken(objective)
    reached = gradients(objective, batch=batch)
    assert {name.split(".")[0] for name in reached} == TRAINED[stage]
    frozen = {name for name, p in objective.named_parameters() if not p.requires_grad}
    assert not reached & frozen
    others = [workshop.clip.model, workshop.autoencoder]
    assert all(p.grad is None for module in others for p in module.parameters())


def test_the_video_stage_trains_motion_alone(workshop):
    objective = outspoken(workshop.objective("video"))
    reached = {n for n in gradients(objective) if n.startswith("denoiser.")}
    own = ("motion_modules", ".conv_in.", ".conv_norm_out.", ".conv_out.")
    assert all(any(part in n for part in own) for n in reached)
    assert all(any(part in n for n in reached) for part in own)
    named = objective.denoiser.named_parameters()
    spatial = [p for n, p in named if not any(part in f".{n}" for part in own)]
    assert spatial
    assert not any(p.requires_grad for p in spatial)


def test_the_joint_stage_trains_the_llm_through_lora_alone(workshop):
    objective = workshop.objective("joint")
    reached = {n for n in gradients(objective) if n.startswith("model.")}
    assert any(".q_proj.lora_" in n for n in reached)
    assert all(".lora_" in n for n in reached)


def test_every_part_of_the_joint_loss_reaches_the_words(workshop):
    objective = workshop.objective("joint")
    with torch.no_grad():  # LoRA's first factor hears nothing while the second is zero
        for name, p in objective.named_parameters():
            if "lora_B" in name:
                p.normal_(std=0.02)
    for part, heads in {
        "text": set(),
        "image": {"latents.image"},
        "video": {"latents.video"},
        "align": {"latents.clip"},
    }.items():
        reached = gradients(objective, part, at_times(batch_of(objective, size=8), 0.1))
        assert any(".lora_A" in name for name in reached), part
        for head in ("latents.image", "latents.video", "latents.clip"):
            touched = any(name.startswith(head) for name in reached)
            # L_align goes through the picture as well, so it also pulls at the image's head.
            assert touched == (head in heads or (part, head) == ("align", "latents.image"))


def test_alignment_reaches_the_denoiser_through_the_decoder_at_low_noise_only(workshop):
    objective = workshop.objective("joint")
    low = gradients(objective, "align", at_times(batch_of(objective), 0.1))
    assert any(name.startswith("image.") for name in low)
    high = gradients(objective, "align", at_times(batch_of(objective), 0.9))
    assert not any(name.startswith("image.") for name in high)
    assert any(name.startswith("latents.clip") for name in high)


def test_the_joint_loss_follows_the_schedule(workshop):
    objective = workshop.objective("joint")
    totals = {}
    for progress in (0.0, 1.0):
        objective.progress = progress
        parts = {name: v.item() for name, v in losses_on(objective, batch_of(objective)).items()}
        weights = {0.0: (2.0, 0.1, 0.1, 0.5), 1.0: (1.0, 0.5, 0.5, 0.5)}[progress]
        expected = sum(
            weight * parts[name]
            for weight, name in zip(weights, ("text", "image", "video", "align"), strict=True)
        )
        assert parts["loss"] == pytest.approx(expected, rel=1e-5)
        totals[progress] = parts["loss"]
    assert totals[0.0] != totals[1.0]


def test_shared_spatial_weights_are_one(workshop):
    objective = workshop.objective("joint")
    image = dict(objective.image.named_parameters())
    clip = dict(objective.video.unet.named_parameters())
    shared = [name for name, p in image.items() if clip[name] is p]
    own = {"conv_in", "conv_norm_out", "conv_out"}
    assert {name.rpartition(".")[0] for name in set(image) - set(shared)} == own
    with torch.no_grad():
        image["time_embedding.linear_1.bias"].add_(1.0)
    one, other = objective.video.unet.time_embedding, objective.image.time_embedding
    assert torch.equal(one.linear_1.bias, other.linear_1.bias)


def test_the_discriminator_learns_to_tell_and_the_clip_to_please_it():
    torch.manual_seed(0)
    judge = ClipDiscriminator(4, width=8)
    real = torch.randn(6, 4, 8, 8, 8).cumsum(dim=2) / 3  # moves smoothly
    fake = torch.nn.Parameter(torch.randn(6, 4, 8, 8, 8))
    optimiser = torch.optim.Adam(judge.parameters(), lr=3e-3, betas=(0.5, 0.9))
    first = critic_loss(judge(real), judge(fake.detach())).item()
    for _ in range(60):
        loss = critic_loss(judge(real), judge(fake.detach()))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < first / 2
    assert judge(real).mean() > judge(fake).mean()
    player = torch.optim.Adam([fake], lr=0.05)
    before = adversarial_loss(judge(fake)).item()
    for _ in range(10):
        player.zero_grad()
        adversarial_loss(judge(fake)).backward()
        player.step()
    assert adversarial_loss(judge(fake)).item() < before


def test_each_player_of_the_video_stage_is_pulled_its_own_way(workshop):
    objective = outspoken(workshop.objective("video"))
    assert isinstance(objective, VideoObjective)
    batch = batch_of(objective)
    batch.times.fill_(10)
    told = gradients(objective, "discriminator", batch)
    assert {name.split(".")[0] for name in told} == {"discriminator"}
    fooled = gradients(objective, "adversarial", batch)
    assert {name.split(".")[0] for name in fooled} == {"denoiser", "connector"}
    batch.times.fill_(990)
    assert "discriminator" not in losses_on(objective, batch)


def test_conditioning_with_and_without_latents_in_one_batch(workshop):
    latents = workshop.read_text("text", "latents").latents
    prompt = workshop.prompts(["a red mug", "a blue tent", "a lamp"])
    z = [torch.randn(4, 16), None, torch.randn(4, 16)]
    with torch.no_grad():
        both = condition(prompt, z, latents.image, "both")
        alone = condition(prompt[2:], z[2:], latents.image, "both")
        only_z = condition(prompt, z, latents.image, "latents")
        only_prompt = condition(prompt, z, latents.image, "prompt")
        assert torch.allclose(both[0, :4], latents.image(z[0][None])[0], atol=1e-6)
    assert torch.allclose(both[2], alone[0], atol=1e-6)
    assert not both[1, :4].any()
    assert torch.equal(both[:, 4:], prompt)
    assert torch.equal(only_z[:, :4], both[:, :4])
    assert not only_z[0, 4:].any()
    assert torch.equal(only_z[1, 4:], prompt[1])  # with no Z, the prompt speaks alone
    assert not only_prompt[:, :4].any()
    assert torch.equal(only_prompt[:, 4:], prompt)


def test_each_head_comes_from_the_stage_that_trained_it(workshop, tmp_path):
    """From before the joint stage, which tunes them all."""
    made = Workshop(workshop.data, tmp_path, workshop.config, SIZES)
    for stage in STAGES[:-1]:
        (tmp_path / stage).symlink_to(workshop.work / stage)
    latents = made.shared_latents()
    before = SharedLatents.from_pretrained(workshop.work / "latents/weights/latents")
    assert torch.equal(latents.queries, before.queries)
    for stage in ("image", "video"):
        own = SharedLatents.from_pretrained(workshop.work / stage / "weights/latents")
        for mine, theirs in zip(
            getattr(latents, stage).parameters(), getattr(own, stage).parameters(), strict=True
        ):
            assert torch.equal(mine, theirs)
        weights = [getattr(one, stage).project.weight for one in (latents, before)]
        assert not torch.equal(*weights)


def test_what_is_kept_is_made_anew_when_what_it_depends_on_changes(tmp_path):
    made = []

    def make():
        made.append(1)
        return {"a": torch.full((2, 3), len(made)).movedim(0, 1)}

    path = tmp_path / "deep" / "kept.safetensors"
    assert kept(path, ["model 1"], make)["a"].tolist() == [[1, 1]] * 3
    assert kept(path, ["model 1"], make)["a"][0, 0] == 1
    assert kept(path, ["model 2"], make)["a"][0, 0] == 2
    assert not list(path.parent.glob("*.part"))


def losses_in(folder):
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [line for line in lines if line["kind"] == "train"]


class Killed(Exception):
    pass


def kill_at(step):
    def kill(done, steps, figures):
        if done == step:
            raise Killed

    return kill


@pytest.mark.parametrize("stage", ["video", "joint"])
def test_a_killed_stage_goes_on_with_the_same_losses(workshop, case_folder, tmp_path, stage):
    """From a checkpoint two steps old, into a process that knows nothing of the first one."""
    options = {"steps": 5, "batch": 4, "rate": 1e-3, "save_every": 2}
    config = tiny_config()
    config = config.model_copy(
        update={"stages": {stage: config.stage(stage).model_copy(update=options)}}
    )

    def fresh(name):
        made = Workshop(case_folder, tmp_path / name, config, SIZES)
        for part in (*(s for s in STAGES if s != stage), "pack", "tokenizer"):
            (tmp_path / name).mkdir(exist_ok=True)
            if not (tmp_path / name / part).exists():
                (tmp_path / name / part).symlink_to(workshop.work / part)
        return made

    fresh("whole").run(stage)
    with pytest.raises(Killed):
        fresh("broken").run(stage, on_step=kill_at(3))
    fresh("broken").run(stage)
    assert losses_in(tmp_path / "broken" / stage) == losses_in(tmp_path / "whole" / stage)


def test_the_collected_weights_load_as_the_shipped_ones_do(workshop, tmp_path):
    workshop.collect(tmp_path)
    modules = StarterModules(tmp_path)
    assert isinstance(modules.text, StarterText)
    assert modules.video.denoiser.config.frames == 16
    assert (tmp_path / "evaluation_clip").is_dir()


def test_a_missing_stage_and_a_missing_split_are_said(case_folder, tmp_path):
    made = Workshop(case_folder, tmp_path / "work", tiny_config(), SIZES)
    with pytest.raises(TriptychError, match="not trained yet"):
        made.objective("video")
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases/cases.jsonl").write_text("")
    empty = Workshop(tmp_path / "cases", tmp_path / "work", tiny_config(), SIZES)
    with pytest.raises(CaseError, match="no case of the split 'train'"):
        empty.objective("autoencoder")


def test_stages_go_on_from_a_weights_folder(workshop, case_folder, tiny_starter, tmp_path):
    fresh = Workshop(case_folder, tmp_path / "work", workshop.config, workshop.sizes)
    fresh.adopt(tiny_starter)
    for stage in ("latents", "image", "video"):
        fresh.objective(stage)
    with pytest.raises(TriptychError, match="no module"):
        fresh.adopt(tmp_path)


def test_heads_of_stages_that_a_weights_folder_lacks_are_not_adopted(
    workshop, tiny_starter, tmp_path
):
    for module in ("text", "latents"):
        shutil.copytree(tiny_starter / module, tmp_path / "weights" / module)
    fresh = Workshop(workshop.data, tmp_path / "work", workshop.config, workshop.sizes)
    fresh.adopt(tmp_path / "weights")
    assert not (fresh.work / "image").exists(), "its head would hide what `latents` learns next"
