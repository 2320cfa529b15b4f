"""Training the starter: from a case folder to a weights folder, stage by stage.

A work folder holds one folder a stage (checkpoint, log, exported weights) and the packed data; a
stage reads what earlier stages exported. `collect` puts the exports together as one weights folder.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from pathlib import Path
from random import Random
from typing import get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from triptych.errors import CaseError, TriptychError
from triptych.generators.encoder import OpenClipEncoder, load_clip
from triptych.generators.starter.autoencoder import Autoencoder
from triptych.generators.starter.conditioning import PromptEncoder
from triptych.generators.starter.image import UNET_WEIGHTS, read_unet
from triptych.generators.starter.latents import SharedLatents
from triptych.generators.starter.prompts import PromptFormat, load_tokenizer, train_tokenizer
from triptych.generators.starter.text import StarterText
from triptych.generators.starter.video import VideoDenoiser
from triptych.generators.weights import fingerprint
from triptych.training.autoencoder import AutoencoderObjective
from triptych.training.config import StageName, TrainingConfig
from triptych.training.contrast import Role, starter_clip_objective
from triptych.training.data import Pack, kept, pack, to_device, to_float
from triptych.training.decoder import DecoderObjective
from triptych.training.image import Encoded, ImageObjective
from triptych.training.joint import JointObjective
from triptych.training.loop import Outcome, processes, train
from triptych.training.similarity import cosines_of, sized, tokens_of
from triptych.training.sizes import StarterSizes, denoiser_of, llama_of, scheduler_of, store
from triptych.training.text import TextObjective
from triptych.training.video import VideoObjective
from triptych.training.words import CaseSource, WorldSource, prompts_of

STAGES: tuple[StageName, ...] = get_args(StageName)

EXPORTS: dict[StageName, tuple[str, ...]] = {
    "autoencoder": ("autoencoder",),
    "clip": ("clip",),
    "evaluation_clip": ("evaluation_clip",),
    "denoiser": ("image",),
    "text": ("text", "latents"),
    "latents": ("text", "latents"),
    "image": ("image", "latents"),
    "video": ("video", "latents"),
}
"""The modules that stages export, first what names them: a head of Z is no picture's stage."""


class Workshop:
    """Builds each stage of the starter from a case folder and a work folder.

    Args:
        data: case folder with splits train and validation.
        work: where checkpoints, logs and exports go.
        config: of all stages.
        sizes: of the modules.
    """

    def __init__(
        self, data: Path, work: Path, config: TrainingConfig, sizes: StarterSizes | None = None
    ) -> None:
        self.data, self.work, self.config = data, work, config
        self.sizes = sizes or StarterSizes()

    def run(
        self,
        stage: StageName,
        *,
        max_seconds: float | None = None,
        on_step: Callable[[int, int, dict[str, float]], None] | None = None,
    ) -> Outcome:
        """Train one stage, or go on with it. Raises `TriptychError` if an earlier one is missing.

        Args:
            stage: which.
            max_seconds: stop after this long, with a checkpoint.
            on_step: progress.
        """
        return train(
            self.objective(stage),
            self.config.stage(stage),
            self.work / stage,
            seed=self.config.seed,
            mixed_precision=self.config.mixed_precision,
            max_seconds=max_seconds,
            on_step=on_step,
        )

    def objective(self, stage: StageName) -> nn.Module:
        """What a stage optimises, as it is before its first step.

        Several processes build one after the other: the first makes what is kept on disk.
        """
        with processes().main_process_first():
            torch.manual_seed(self.config.seed)
            objective: nn.Module = getattr(self, f"_{stage}")()
        return objective.train()

    def collect(self, target: Path, eighths: bool = False) -> None:
        """Put the newest export of every module into one weights folder, in half precision.

        Args:
            target: the folder.
            eighths: store the picture's denoiser, the largest of all, in eight bits.
        """
        for stage in STAGES:
            exported = self.work / stage / "weights"
            for module in sorted(exported.iterdir()) if exported.exists() else ():
                shutil.copytree(module, target / module.name, dirs_exist_ok=True)
        self.shared_latents().save(target / "latents")
        for path in sorted(target.rglob("*.safetensors")):
            store(path, eighths and path.name == UNET_WEIGHTS)

    def adopt(self, weights: Path, modules: Collection[str] | None = None) -> None:
        """Take the modules of a weights folder as what the stages exported, to go on from there.

        What a stage exported itself stays. Raises `TriptychError` if the folder holds no module.

        Args:
            weights: a weights folder.
            modules: those to take; all that are there if None.
        """
        there = {p.name for p in weights.iterdir()} if weights.is_dir() else set()
        wanted = there if modules is None else there & set(modules)
        held = [(s, ms) for s, ms in EXPORTS.items() if ms[0] in wanted]
        exports = [(s, m) for s, ms in held for m in ms if m in wanted]
        if not exports:
            raise TriptychError(f"{weights} holds no module of the starter.")
        for stage, module in exports:
            target = self.work / stage / "weights" / module
            if not target.exists():
                shutil.copytree(weights / module, target)

    def exported(self, module: str, *stages: StageName) -> Path:
        """Folder of a module as the latest of `stages` exported it."""
        for stage in reversed(stages):
            folder = self.work / stage / "weights" / module
            if folder.exists():
                return folder
        raise TriptychError(
            f"The module '{module}' is not trained yet.",
            f"Run `triptych train {stages[0]}` first.",
        )

    # What the stages share.

    @cached_property
    def train_pack(self) -> Pack:
        """The training split."""
        return self._packed("train")

    @cached_property
    def validation_pack(self) -> Pack:
        """The validation split."""
        return self._packed("validation")

    def _packed(self, split: str) -> Pack:
        size, frames = self.sizes.autoencoder.image_size, self.sizes.motion.frames
        packed = pack(self.data, split, self.work / "pack", size=size, frames=frames)
        if not len(packed):
            raise CaseError(
                f"{self.data} has no case of the split '{split}'.",
                "Training needs both `train` and `validation`; see docs/cases.md.",
            )
        return packed

    @cached_property
    def clip(self) -> OpenClipEncoder:
        """The trained CLIP, frozen, as an encoder."""
        encoder = load_clip(self.exported("clip", "clip"), device=str(processes().device))
        encoder.model.requires_grad_(False)
        return encoder

    @cached_property
    def prompts(self) -> PromptEncoder:
        """The CLIP's text tower."""
        return PromptEncoder(self.clip.model, self.clip.tokenizer)

    def embed_texts(self, texts: Sequence[str]) -> Tensor:
        """Texts to CLIP unit vectors (B, E); what does not fit the context is cut."""
        ids = self.clip.tokenizer(list(texts)).to(processes().device)
        with torch.no_grad():
            return self.clip.model.encode_text(ids, normalize=True)

    def embed_images(self, pixels: Tensor) -> Tensor:
        """Pixels (B, 3, H, W) in −1..1 to CLIP unit vectors, with gradients."""
        return self.clip.embed_pixels((sized(pixels, self.clip.image_size) + 1) / 2)

    def alike(self, latents: Tensor, captions: Sequence[str]) -> float:
        """Mean CLIP cosine of latents (B, C, h, w), decoded, and captions."""
        return cosines_of(self.clip)(self.autoencoder.decode(latents), captions)

    @cached_property
    def autoencoder(self) -> Autoencoder:
        """The trained autoencoder."""
        folder = self.exported("autoencoder", "autoencoder", "decoder")
        model = Autoencoder.from_pretrained(folder)
        return model.to(processes().device).requires_grad_(False)

    def read_text(self, *stages: StageName) -> StarterText:
        """The LLM and its latents as the latest of `stages` left them."""
        text = self.exported("text", *stages)
        parts = self.work / "parts"
        shutil.copytree(text, parts / "text", dirs_exist_ok=True)
        self.shared_latents().save(parts / "latents")
        return StarterText.from_pretrained(parts)

    def shared_latents(self) -> SharedLatents:
        """Queries and trunk, with each head as its own stage left it; `joint` tunes them all.

        The stages `image` and `video` may run side by side, so neither's word on the other's head
        is taken.
        """
        joint = self.work / "joint" / "weights" / "latents"
        if joint.exists():
            return SharedLatents.from_pretrained(joint)
        latents = SharedLatents.from_pretrained(self.exported("latents", "text", "latents"))
        for head in ("image", "video"):
            folder = self.work / head / "weights" / "latents"
            if folder.exists():
                tuned = SharedLatents.from_pretrained(folder)
                getattr(latents, head).load_state_dict(getattr(tuned, head).state_dict())
        return latents

    def encoded(self, split: str, with_latents: bool = True) -> Encoded:
        """A split as latents, Z and prompts; made once and kept in the work folder.

        Args:
            split: `train` or `validation`.
            with_latents: else Z is zero, and no LLM is needed.
        """
        packed = self.train_pack if split == "train" else self.validation_pack
        seen, ids = fingerprint(self.exported("autoencoder", "autoencoder")), packed.ids
        path = self.work / "pack" / f"{split}-pixels.safetensors"
        pixels = kept(path, [seen, ids], lambda: self._encode_pixels(packed))
        if with_latents:
            shared = self.spoken(split)
        else:
            sizes = self.sizes.latents
            shared = torch.zeros(1, 1, sizes.count, sizes.width).expand(len(packed), -1, -1, -1)
        return Encoded(
            images=pixels["images"],
            clips=pixels["clips"],
            clip_cases=torch.from_numpy(packed.clip_cases.copy()),
            shared=shared,
            prompts=[prompts_of(case) for case in packed.cases],
            clip_prompts=[
                prompts_of(packed.cases[index], moving=True)[0] for index in packed.clip_cases
            ],
        )

    def spoken(self, split: str) -> Tensor:
        """Z (N, R, K, D) of R copies of each case of a split; made once and kept."""
        packed = self.train_pack if split == "train" else self.validation_pack
        llm = fingerprint(self.exported("text", "text", "latents"))
        head = fingerprint(self.exported("latents", "text", "latents"))
        path = self.work / "pack" / f"{split}-shared.safetensors"
        return kept(path, [llm, head, packed.ids], lambda: self._encode_copy(packed))["shared"]

    @torch.no_grad()
    def _encode_pixels(self, packed: Pack) -> dict[str, Tensor]:
        images = [
            self._latents_of(packed.images[start : start + 64])
            for start in range(0, len(packed), 64)
        ]
        clips = [self._latents_of(clip) for clip in packed.clips]
        shape = (0, packed.clips.shape[1] if len(packed.clips) else 16, *images[0].shape[1:])
        return {
            "images": torch.cat(images),
            "clips": torch.stack(clips) if clips else torch.zeros(shape).half(),
        }

    def _latents_of(self, pixels: NDArray[np.uint8]) -> Tensor:
        seen = to_device(to_float(pixels), self.autoencoder)
        reduced = self.config.mixed_precision == "bf16"
        with torch.autocast(seen.device.type, torch.bfloat16, enabled=reduced):
            return self.autoencoder.encode(seen).half().cpu()

    @torch.no_grad()
    def _encode_copy(self, packed: Pack) -> dict[str, Tensor]:
        writer = self.read_text("text", "latents")
        source = CaseSource(packed.cases, writer.prompt)
        shared = []
        for start in range(0, len(packed), 64):
            rows = range(start, min(start + 64, len(packed)))
            variants = []
            for variant in range(2):
                pairs = [source.copy_of(row, Random(f"{row}/{variant}")) for row in rows]
                asked, answers = [list(one) for one, _ in pairs], [list(one) for _, one in pairs]
                variants.append(writer.latents_of(asked, answers))
            shared.append(torch.stack(variants, dim=1).half())
        return {"shared": torch.cat(shared)}

    # The stages.

    def _autoencoder(self) -> nn.Module:
        model = Autoencoder(self.sizes.autoencoder)
        return AutoencoderObjective(model, self.train_pack, self.validation_pack)

    def _clip(self) -> nn.Module:
        return self._clip_of("critic")

    def _evaluation_clip(self) -> nn.Module:
        return self._clip_of("evaluation")

    def _clip_of(self, role: Role) -> nn.Module:
        sizes = self.sizes.latents
        return starter_clip_objective(
            self.train_pack,
            self.validation_pack,
            role,
            sizes.conditioning,
            sizes.clip,
            self.sizes.towers,
        )

    def _text(self) -> nn.Module:
        prompt = PromptFormat(self._tokenizer())
        model = llama_of(self.sizes, prompt)
        return self._text_objective(model, SharedLatents(self.sizes.latents), prompt)

    def _latents(self) -> nn.Module:
        folder = self.exported("text", "text")
        model = LlamaForCausalLM.from_pretrained(str(folder), dtype=torch.float32)
        prompt = PromptFormat(load_tokenizer(folder))
        latents = SharedLatents.from_pretrained(self.exported("latents", "text"))
        return self._text_objective(model, latents, prompt, self.prompts, self.embed_texts)

    def _text_objective(
        self,
        model: LlamaForCausalLM,
        latents: SharedLatents,
        prompt: PromptFormat,
        prompts: PromptEncoder | None = None,
        embed: Callable[[Sequence[str]], Tensor] | None = None,
    ) -> nn.Module:
        source = WorldSource(prompt, self.sizes.world_cases, self.config.seed)
        held = WorldSource(prompt, 128, self.config.seed + 1)
        rng = Random(0)
        answers = 4 if prompts is None else 1
        validation = [held.draw(rng, answers) for _ in range(128)]
        return TextObjective(model, latents, prompt, source, validation, prompts, embed)

    def _tokenizer(self) -> PreTrainedTokenizerFast:
        folder = self.work / "tokenizer"
        if not folder.exists():
            source = WorldSource(None, 4000, self.config.seed)
            made = train_tokenizer(source.texts(), self.sizes.vocabulary, lower=self.config.lower)
            made.save_pretrained(str(folder))
        return load_tokenizer(folder)

    def _denoiser(self) -> nn.Module:
        denoiser = denoiser_of(self.sizes, self.autoencoder.latent_size)
        scheduler = scheduler_of(self.config)

        def write(folder: Path) -> None:
            denoiser.save_pretrained(str(folder / "image"), safe_serialization=True)
            scheduler.save_pretrained(str(folder / "image"))

        silent = SharedLatents(self.sizes.latents).image.requires_grad_(False)
        return ImageObjective(
            denoiser,
            silent,
            self.prompts,
            scheduler,
            self.encoded("train", with_latents=False),
            self.encoded("validation", with_latents=False),
            (self.config.drop[0], 0.0, 1 - self.config.drop[0]),
            write,
            self.alike,
        )

    def _image(self) -> nn.Module:
        writer = self.read_text("text", "latents")
        denoiser = read_unet(self.exported("image", "denoiser"))
        scheduler = scheduler_of(self.config)

        def write(folder: Path) -> None:
            denoiser.save_pretrained(str(folder / "image"), safe_serialization=True)
            scheduler.save_pretrained(str(folder / "image"))
            writer.latents.save(folder / "latents")

        return ImageObjective(
            denoiser,
            writer.latents.image,
            self.prompts,
            scheduler,
            self.encoded("train"),
            self.encoded("validation"),
            self.config.drop,
            write,
            self.alike,
        )

    def _decoder(self) -> nn.Module:
        folder = self.exported("autoencoder", "autoencoder")
        model = Autoencoder.from_pretrained(folder, polish=self.sizes.polish)
        denoiser = read_unet(self.exported("image", "denoiser", "image")).requires_grad_(False)
        denoiser.to(processes().device)  # type: ignore[arg-type]
        silence = self.sizes.latents.count

        def predict(noisy: Tensor, times: Tensor, prompts: Sequence[str]) -> Tensor:
            said = functional.pad(self.prompts(prompts), (0, 0, silence, 0))
            return denoiser(noisy, times, said).sample

        return DecoderObjective(
            model,
            predict,
            scheduler_of(self.config),
            (self.train_pack, self.validation_pack),
            (self.encoded("train", False), self.encoded("validation", False)),
            tokens_of(self.clip),
        )

    def _video(self) -> nn.Module:
        writer = self.read_text("text", "latents")
        spatial = self.exported("image", "denoiser", "image")
        image = read_unet(spatial)
        scheduler = scheduler_of(self.config)
        before = self.work / "video" / "weights" / "video"
        if before.exists():
            denoiser = VideoDenoiser.from_pretrained(before, image, scheduler)
        else:
            denoiser = VideoDenoiser(image, self.sizes.motion, scheduler)

        def write(folder: Path) -> None:
            denoiser.save(folder / "video")
            writer.latents.save(folder / "latents")

        return VideoObjective(
            denoiser,
            writer.latents.video,
            self.prompts,
            scheduler,
            self.encoded("train"),
            self.encoded("validation"),
            self.config.drop,
            write,
            adversarial=self.config.adversarial,
        )

    def _joint(self) -> nn.Module:
        writer = self.read_text("text", "latents")
        image = read_unet(self.exported("image", "image"))
        scheduler = scheduler_of(self.config)
        video = VideoDenoiser.from_pretrained(self.exported("video", "video"), image, scheduler)
        video.share_spatial(image)
        sources = [
            CaseSource(packed.cases, writer.prompt)
            for packed in (self.train_pack, self.validation_pack)
        ]

        def write(merged: LlamaForCausalLM, folder: Path) -> None:
            merged.save_pretrained(str(folder / "text"))
            writer.prompt.tokenizer.save_pretrained(str(folder / "text"))
            writer.world.save(folder / "text")
            writer.latents.save(folder / "latents")
            image.save_pretrained(str(folder / "image"), safe_serialization=True)
            scheduler.save_pretrained(str(folder / "image"))
            video.save(folder / "video")

        return JointObjective(
            writer.model,
            writer.latents,
            writer.prompt,
            image,
            video,
            self.autoencoder,
            self.prompts,
            self.embed_images,
            self.embed_texts,
            scheduler,
            self.encoded("train"),
            self.encoded("validation"),
            (sources[0].example, sources[1].example),
            self.config,
            write,
        )
