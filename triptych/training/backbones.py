"""Tuning pretrained backbones on a case folder: LoRA and connectors, named in a profile.

The parts keep checkpoints and logs in folders of their own below `out`, like the starter's stages.
What a profile can name lies beside them: `text-lora`, `image-lora`, `connector`, and with a profile
to begin with a `profile.yaml` that names them already.
"""

from __future__ import annotations

import gc
import json
import shutil
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Literal

import torch
import yaml
from torch import Tensor, nn

from triptych.cases.format import Case, Split, read_cases
from triptych.errors import CaseError, ModelError, ProfileError, TriptychError
from triptych.generators.encoder import OpenClipEncoder
from triptych.generators.hub import ProfileModels
from triptych.generators.parts import AnimateDiff, DiffusersImage, OpenClip, Transformers
from triptych.generators.pretrained.connector import Connector
from triptych.generators.pretrained.load import load_language_model, load_pipeline
from triptych.generators.pretrained.locate import identify, identity_name, locate
from triptych.generators.pretrained.prompts import denoiser_of
from triptych.generators.profiles import Profile, read_profile
from triptych.protocols import Pixels
from triptych.training.config import StageName, TrainingConfig
from triptych.training.connector import Said, WarmUpObjective, new_connector
from triptych.training.data import kept, read_image
from triptych.training.diffusion import (
    ThroughPipelineObjective,
    decode_latents,
    encode_pictures,
    has_plain_latents,
)
from triptych.training.loop import Outcome, processes, train
from triptych.training.lora import LoraTextObjective, request_of
from triptych.training.similarity import Cosines, cosines_of

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline

What = Literal["text", "connector", "image"]
Part = Literal["text", "words", "connector", "image"]
PARTS: dict[What, tuple[Part, ...]] = {
    "text": ("text",),
    "connector": ("words", "connector"),
    "image": ("words", "image"),
}
"""What each command trains, in order; `words` is a connector's warm-up without pictures."""
OPTIONS: dict[Part, StageName] = {
    "text": "text",
    "words": "latents",
    "connector": "image",
    "image": "image",
}
"""Under which stage of the configuration a part's options stand."""
COPIES = 2
"""Copies of each case that Z is taken of."""


def backbones(
    profile: str | None = None,
    overrides: Sequence[str] = (),
    llm: Path | str | None = None,
    pipeline: Path | str | None = None,
) -> Profile:
    """The models to tune: a profile's, or a language model and a pipeline by name or folder.

    A name on the hub is written `owner/name@commit`. Raises `ProfileError` for what is not valid.
    """
    all_overrides = list(overrides)
    named = (("text", "transformers", llm), ("image", "diffusers-image", pipeline))
    for key, kind, source in named:
        if source is not None:
            model, _, revision = str(source).partition("@")
            part = {"kind": kind, "model": model, "revision": revision}
            all_overrides.append(f"{key}={json.dumps(part)}")
    return read_profile(profile or "starter", all_overrides)


class Tuner:
    """Trains what a case folder can teach a profile's models.

    Args:
        what: LoRA of the text model, a connector, or a connector with LoRA of the image model.
        settings: which models. LoRA of what is tuned is left out: it begins anew.
        data: case folder with splits train and validation.
        out: where everything goes.
        config: steps and rates.
    """

    def __init__(
        self, what: What, settings: Profile, data: Path, out: Path, config: TrainingConfig
    ) -> None:
        if what != "connector":
            tuned = getattr(settings, what)
            if isinstance(tuned, Transformers | DiffusersImage):
                changed = {what: tuned.model_copy(update={"lora": None})}
                settings = settings.model_copy(update=changed)
        self.what: What = what
        self.settings = settings
        self.data, self.out, self.config = data, out, config

    @property
    def parts(self) -> tuple[Part, ...]:
        """What is trained, in order; a connector to packed latents stops after its warm-up.

        Raises `ModelError` for LoRA on a pipeline whose latents are packed.
        """
        if self.what == "text" or has_plain_latents(self.pipeline):
            return PARTS[self.what]
        if self.what == "image":
            raise ModelError(
                f"{type(self.pipeline).__name__} packs or whitens its latents in a way of its own.",
                "LoRA needs plain ones; `triptych train connector` can warm a connector up.",
            )
        return ("words",)

    def run(
        self,
        part: Part,
        *,
        max_seconds: float | None = None,
        on_step: Callable[[int, int, dict[str, float]], None] | None = None,
    ) -> Outcome:
        """Train one part, or go on with it; then put what it made where a profile finds it."""
        with processes().main_process_first():
            torch.manual_seed(self.config.seed)
            objective: nn.Module = getattr(self, f"_{part}")()
        outcome = train(
            objective.train(),
            self.config.stage(OPTIONS[part]),
            self.out / part,
            seed=self.config.seed,
            mixed_precision=self.config.mixed_precision,
            max_seconds=max_seconds,
            on_step=on_step,
        )
        if processes().is_main_process:
            self._publish(part)
        return outcome

    # What the parts share.

    def cases(self, split: Split) -> list[Case]:
        """The cases of a split. Raises `CaseError` if there is none."""
        cases = [case for case in read_cases(self.data) if case.split == split]
        if not cases:
            raise CaseError(
                f"{self.data} has no case of the split '{split}'.",
                "Training needs both `train` and `validation`; see docs/cases.md.",
            )
        return cases

    @cached_property
    def image_part(self) -> DiffusersImage:
        """The pipeline's settings, without what only matters when pictures are made."""
        part = self.settings.image
        if not isinstance(part, DiffusersImage):
            raise ProfileError(
                "The picture is made by the starter, which takes no connector.",
                "Name a diffusers pipeline: in the profile, or by its folder.",
            )
        plain = {"offload": "none", "compile": False, "cache": "none", "connector": None}
        return part.model_copy(update=plain)

    @cached_property
    def pipeline(self) -> DiffusionPipeline:
        """The pipeline on this process's device."""
        part, device = self.image_part, _device()
        folder = locate(part, self.settings.fetch, pipeline=True)
        return load_pipeline(part, folder, device, self.settings.fetch).to(device)

    @cached_property
    def said(self) -> tuple[str, Said, Said]:
        """Whose Z it is, and what the copies of both splits say."""
        models = ProfileModels(self.settings)
        whose = models.latents_identity()
        splits: tuple[Split, Split] = ("train", "validation")
        made = [self._encode_copy(models, whose, split) for split in splits]
        del models
        gc.collect()  # the language model is not needed any more
        return whose, made[0], made[1]

    def _encode_copy(self, models: ProfileModels, whose: str, split: Split) -> Said:
        cases, rng = self.cases(split), Random(f"{self.config.seed}/{split}")
        pairs = [[request_of(case, rng) for _ in range(COPIES)] for case in cases]

        def make() -> Tensor:
            rows = []
            for variants in pairs:
                requests, texts = zip(*variants, strict=True)
                written = models.text.encode(requests, texts)
                latents = [one.latents for one in written if one.latents is not None]
                if len(latents) != COPIES:
                    raise ProfileError(
                        "The profile's text model gives no Z.", "Name one under `text.encoder`."
                    )
                rows.append(torch.stack(latents).half())
            return torch.stack(rows)

        key = [whose, [[text for _, text in variants] for variants in pairs]]
        shared = self._kept(f"latents-{split}", key, make)
        return Said(shared, [case.caption for case in cases])

    def _pictures(self, split: Split) -> Tensor:
        cases, size = self.cases(split), self._size()

        def opened() -> list[Pixels]:
            return [read_image(self.data / case.image, size) for case in cases]

        key = [self._pipeline_name(), size, [case.image for case in cases]]
        return self._kept(
            f"pictures-{split}", key, lambda: encode_pictures(self.pipeline, opened()).half()
        )

    def _kept(self, name: str, key: object, make: Callable[[], Tensor]) -> Tensor:
        return kept(self.out / f"{name}.safetensors", key, lambda: {name: make()})[name]

    def _size(self) -> int:
        """Side of the pictures: the profile's, or what the denoiser was trained on."""
        wanted = self.image_part.height
        side = getattr(denoiser_of(self.pipeline).config, "sample_size", None) or 64
        return wanted or int(side) * int(getattr(self.pipeline, "vae_scale_factor", 8))

    def _pipeline_name(self, lora: Path | None = None) -> str:
        part = self.image_part
        if lora is not None:
            part = part.model_copy(update={"lora": str(lora)})
        return identity_name(identify(part, locate(part, self.settings.fetch, pipeline=True)))

    @cached_property
    def cosines(self) -> Cosines | None:
        """The profile's CLIP as a measure; None if it is not here, or the starter's little one."""
        if not isinstance(self.settings.encoder, OpenClip):
            return None
        try:
            encoder = ProfileModels(self.settings).encoder
        except TriptychError:
            return None
        return cosines_of(encoder) if isinstance(encoder, OpenClipEncoder) else None

    # The parts.

    def _text(self) -> nn.Module:
        part = self.settings.text
        if not isinstance(part, Transformers):
            raise ProfileError(
                f"The text model is of the kind '{part.kind}'; LoRA goes on local models alone.",
                "Name a causal language model: in the profile, or by its folder.",
            )
        part = part.model_copy(update={"head": None, "compile": False})
        folder = locate(part, self.settings.fetch, pipeline=False)
        language = load_language_model(part, folder, identify(part, folder), _device())
        splits = self.cases("train"), self.cases("validation")
        return LoraTextObjective(
            language.model, language.tokenizer, *splits, rank=self.config.lora_rank
        )

    def _words(self) -> nn.Module:
        name = self._pipeline_name()
        whose, train, validation = self.said
        if (done := self.out / "words/weights/connector").exists():
            Connector.from_pretrained(done).check(whose, name)
        count, width = train.shared.shape[-2:]
        sizes = self.config.connector
        connector = new_connector(
            self.pipeline,
            language_model=whose,
            pipeline_name=name,
            count=count,
            width=width,
            inner=sizes.inner,
            layers=sizes.layers,
            heads=sizes.heads,
        )
        return WarmUpObjective(
            connector,
            self.pipeline,
            train,
            validation,
            lambda made, folder: made.save(folder / "connector"),
        )

    def _connector(self) -> nn.Module:
        return self._through(None, lambda connector, folder: connector.save(folder / "connector"))

    def _image(self) -> nn.Module:
        def write(connector: Connector, folder: Path) -> None:
            tuned = connector.for_pipeline(self._pipeline_name(folder / "lora"))
            tuned.save(folder / "connector")

        return self._through(self.config.lora_rank, write)

    def _through(
        self, lora: int | None, write: Callable[[Connector, Path], None]
    ) -> ThroughPipelineObjective:
        folder = self.out / "words/weights/connector"
        if not folder.exists():
            raise TriptychError("The connector is not warmed up yet.", "Train `words` first.")
        connector = Connector.from_pretrained(folder).to(self.pipeline.device)
        whose, train, validation = self.said
        connector.check(whose, self._pipeline_name())
        clean = self._pictures("train"), self._pictures("validation")
        cosines = self.cosines

        def seen(latents: Tensor, captions: Sequence[str]) -> float:
            assert cosines is not None, "not asked for without a CLIP"
            return cosines(decode_latents(self.pipeline, latents), captions)

        alike = None if cosines is None else seen
        return ThroughPipelineObjective(
            connector, self.pipeline, train, validation, clean, write, lora, alike
        )

    def _publish(self, part: Part) -> None:
        """Copy what a part exported to the top of `out`; a warm-up never hides what came after."""
        if part == "words" and (self.out / "connector").exists():
            return
        names = {"lora": f"{part}-lora", "connector": "connector"}
        for folder in sorted((self.out / part / "weights").iterdir()):
            shutil.copytree(folder, self.out / names[folder.name], dirs_exist_ok=True)

    def _moves_the_same(self) -> bool:
        """Whether the clip's model is the picture's with motion added, and hears what it hears."""
        clip, picture = self.settings.video, self.image_part
        if not isinstance(clip, AnimateDiff):
            return False
        pair = [(one.model, one.revision, one.lora) for one in (clip, picture)]
        return pair[0] == pair[1]

    def write_profile(self) -> Path:
        """`profile.yaml`: the settings with what was trained; other LoRA stays where it is.

        A connector to the text model as it was before its LoRA is left out: it reads another Z.
        """
        data = self.settings.model_dump(mode="json", exclude_unset=True)
        if self.what == "text":
            data["text"]["lora"] = "text-lora"
            for key in ("image", "video"):
                data[key].pop("connector", None)
        else:
            data["image"]["connector"] = "connector"
            if self.what == "connector" and self._moves_the_same():
                data["video"]["connector"] = "connector"
        if self.what == "image":
            data["image"]["lora"] = "image-lora"
        data["name"] = f"{self.settings.name.removesuffix('-tuned')}-tuned"
        path = self.out / "profile.yaml"
        path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))
        return path


def _device() -> torch.device:
    """This process's device."""
    device = processes().device
    assert device is not None, "accelerate chooses one"
    return device
