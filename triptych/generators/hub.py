"""The models of a profile behind the one `Models` protocol, each loaded once, at its first use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import platformdirs

from triptych.domain import Brief, ModelIdentity
from triptych.errors import ProfileError
from triptych.generators.profiles import (
    Chat,
    Diffusers,
    DiffusersVideo,
    OpenClip,
    Profile,
    Starter,
    Transformers,
    read_profile,
)
from triptych.protocols import (
    Encoder,
    ImageGenerator,
    Planner,
    TextGenerator,
    VideoGenerator,
)

if TYPE_CHECKING:
    from triptych.generators.pretrained.memory import Resident, Shelf
    from triptych.generators.starter.load import StarterModules

TextModel = Any
"""A `Planner` and `TextGenerator` in one."""


def load_profile(profile: str, overrides: Sequence[str] = ()) -> ProfileModels:
    """The models of a profile, by name or file, with overrides like `image.steps=20`.

    Nothing is loaded yet. Raises `ProfileError` if the profile is not valid.
    """
    return ProfileModels(read_profile(profile, overrides))


class ProfileModels:
    """Implements `Models`. Safe to share between threads; models are made under one lock."""

    def __init__(self, settings: Profile) -> None:
        self.settings = settings
        self._made: dict[Any, Any] = {}
        self._lock = threading.RLock()

    @property
    def profile(self) -> str:
        """The profile's name."""
        return self.settings.name

    @property
    def planner(self) -> Planner:
        """The profile's planner, or else its text model."""
        return cast(Planner, self._text_model(self.settings.planner or self.settings.text))

    @property
    def text(self) -> TextGenerator:
        """The copywriter."""
        return cast(TextGenerator, self._text_model(self.settings.text))

    @property
    def image(self) -> ImageGenerator:
        """The image generator."""
        part = self.settings.image
        if isinstance(part, Starter):
            return self._starter(part).image
        return self._once(("image", part), lambda: self._visual(part))

    @property
    def video(self) -> VideoGenerator:
        """The video generator."""
        part = self.settings.video
        if isinstance(part, Starter):
            return self._starter(part).video
        return self._once(("video", part), lambda: self._visual(part))

    @property
    def encoder(self) -> Encoder:
        """The critic's CLIP."""
        return self._once(("encoder",), self._load_encoder)

    @property
    def calibration_folder(self) -> Path | None:
        """Beside the weights for a local CLIP; in the user's data folder for one from the hub."""
        part = self.settings.encoder
        if isinstance(part, Starter):
            return self._starter(part).folder / "clip"
        from triptych.generators.profiles import is_local

        if is_local(part.model):
            return Path(part.model).expanduser()
        data = Path(platformdirs.user_data_dir("triptych", appauthor=False))
        return data / "calibration" / f"{part.model.replace('/', '--')}-{part.revision[:12]}"

    def steps(self, part: Literal["image", "clip"]) -> int:
        """Denoising steps of one sample that the profile asks for."""
        return (self.settings.image if part == "image" else self.settings.video).steps

    def unknown_words(self, brief: Brief) -> str | None:
        """For the starter, a sentence about a brief outside its little world; else None."""
        part = self.settings.image
        return self._starter(part).world.outside(brief) if isinstance(part, Starter) else None

    def _once(self, key: Any, make: Callable[[], Any]) -> Any:
        key = key if isinstance(key, str) else repr(key)
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]

    def _starter(self, part: Starter) -> StarterModules:
        from triptych.generators.starter.load import SHIPPED_WEIGHTS, StarterModules
        from triptych.generators.weights import hush_libraries

        hush_libraries()
        folder = Path(part.folder) if part.folder else SHIPPED_WEIGHTS
        pair = (self.settings.image, self.settings.video)
        asked = [one if isinstance(one, Starter) else Starter(kind="starter") for one in pair]
        steps = (asked[0].steps, asked[1].steps)
        scales = (asked[0].guidance, asked[1].guidance)
        return self._once(
            ("starter", folder),
            lambda: StarterModules(folder, self.settings.conditioning, steps, scales),
        )

    def _text_model(self, part: Starter | Transformers | Chat) -> TextModel:
        if isinstance(part, Starter):
            return self._starter(part).text
        if isinstance(part, Transformers):
            return self._once(("text", part), lambda: self._language_model(part))
        return self._once(("chat", part), lambda: self._chat(part))

    def _chat(self, part: Chat) -> TextModel:
        from triptych.generators.chat import ChatText

        encoder = None if part.encoder is None else self._text_model(part.encoder)
        return ChatText(part, encoder)

    def _shelf(self, wanted: str) -> Shelf:
        from triptych.generators.pretrained.locate import pick_device
        from triptych.generators.pretrained.memory import GIB, Shelf

        device, limit = pick_device(wanted), self.settings.memory_limit
        return self._once(
            ("shelf", str(device)),
            lambda: Shelf(device, None if limit is None else int(limit * GIB)),
        )

    def _language_model(self, part: Transformers) -> TextModel:
        from triptych.generators.pretrained import load, locate
        from triptych.generators.pretrained.memory import Resident, weights_size
        from triptych.generators.pretrained.text import TransformersText

        folder = locate.locate(part, self.settings.fetch, pipeline=False)
        identity = locate.identify(part, folder)
        shelf = self._shelf(part.device)

        def place(language: load.LanguageModel, device: Any) -> None:
            language.model.to(device)
            language.head.to(device)

        spread = part.device_map is not None
        resident = Resident(
            f"the language model {identity.name}",
            shelf,
            lambda: load.load_language_model(part, folder, identity, shelf.device),
            None if spread else place,
            lambda language: 0 if spread else weights_size(language.model, language.head),
            locate.weights_on_disk(folder),
        )
        return TransformersText(resident, identity, part)

    def _visual(self, part: Diffusers) -> Any:
        from triptych.generators.pretrained import locate
        from triptych.generators.pretrained.connector import Connector
        from triptych.generators.pretrained.visual import PipelineImage, PipelineVideo

        folder = locate.locate(part, self.settings.fetch, pipeline=True)
        identity = locate.identify(part, folder)
        connector = None
        if part.connector is not None:
            connector = Connector.from_pretrained(Path(part.connector))
            connector.check(self.latents_identity(), locate.identity_name(identity))
        kind = PipelineVideo if isinstance(part, DiffusersVideo) else PipelineImage
        resident = self._pipeline(part, folder, identity)
        return kind(resident, identity, part, connector, self.settings.conditioning)

    def _pipeline(self, part: Diffusers, folder: Path, identity: ModelIdentity) -> Resident[Any]:
        from triptych.generators.pretrained import load
        from triptych.generators.pretrained.locate import weights_on_disk
        from triptych.generators.pretrained.memory import Resident, weights_size

        shelf = self._shelf(part.device)
        offloads = part.offload != "none" and shelf.device.type == "cuda"
        managed = offloads or part.device_map is not None
        return Resident(
            f"the pipeline {identity.name}",
            shelf,
            lambda: load.load_pipeline(part, folder, shelf.device, self.settings.fetch),
            None if managed else lambda pipeline, device: pipeline.to(device),
            lambda pipeline: 0 if managed else weights_size(*pipeline.components.values()),
            weights_on_disk(folder),
        )

    def latents_identity(self) -> str:
        """Whose Z it is, as a connector writes it down: the language model and its latent head."""
        part = self.settings.text
        source = part.encoder if isinstance(part, Chat) else part
        if source is None:
            raise ProfileError(
                "A connector needs Z, and this profile's text has no local language model.",
                "Name one under `text.encoder`, or leave `connector` out.",
            )
        identity = self._text_model(source).identity
        whose = f"{identity.name}@{identity.revision}"
        if not isinstance(source, Transformers):
            return whose
        if source.head is None:
            return f"{whose}/untrained-{source.latents}x{source.width}"
        from triptych.generators.pretrained.locate import local_revision

        return f"{whose}/head-{local_revision(Path(source.head))[:8]}"

    def _load_encoder(self) -> Encoder:
        from triptych.generators.encoder import load_clip

        part = self.settings.encoder
        if isinstance(part, Starter):
            return load_clip(self._starter(part).folder / "clip")
        from triptych.generators.pretrained.locate import locate, pick_device

        assert isinstance(part, OpenClip)
        folder = locate(part, self.settings.fetch, pipeline=False)
        return load_clip(folder, device=str(pick_device(part.device)))
