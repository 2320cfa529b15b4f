"""The models of a profile behind the one `Models` protocol, each loaded once, at its first use."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast
from weakref import WeakValueDictionary

from triptych.domain import DEFAULT_FALSE_REJECTION_RATE, Brief, ModelIdentity
from triptych.errors import ModelError, TriptychError
from triptych.generators.build import BuildContext, CriticContext
from triptych.generators.kinds import find_kind
from triptych.generators.loading import LOADING
from triptych.generators.profiles import FOLDERS, Profile, read_profile
from triptych.generators.settings import Part, Role
from triptych.protocols import (
    Critic,
    Encoder,
    ImageGenerator,
    Models,
    Planner,
    TextGenerator,
    VideoGenerator,
)

_MEMBERS: dict[Role, tuple[str, ...]] = {
    "text": ("identity", "draft", "write", "encode", "to_clip"),
    "image": ("identity", "steps_for", "step_nfe", "start"),
    "video": ("identity", "steps_for", "step_nfe", "start", "fps"),
    "encoder": ("identity", "max_tokens", "encode_text", "encode_images", "count_tokens"),
    "critic": ("identity", "rate", "judges", "at_rate", "judge", "passes", "rank", "embed"),
}
"""What is asked of a model in each role, as the protocols have it."""

_SHARED: WeakValueDictionary[str, ProfileModels] = WeakValueDictionary()
"""Models that somebody in this process holds, by all that decides what they are."""


def load_profile(profile: str, overrides: Sequence[str] = ()) -> ProfileModels:
    """The models of a profile, by name or file, with overrides like `image.steps=20`.

    Nothing is loaded yet. While somebody holds the models of the very same settings and files,
    these are they. Raises `ProfileError` if the profile is not valid.
    """
    settings = read_profile(profile, overrides)
    with LOADING:
        key = f"{settings!r} {_files_of(settings)}"
        models = _SHARED.get(key)
        if models is None:
            models = _SHARED[key] = ProfileModels(settings)
        return models


class ProfileModels:
    """Implements `Models`. Safe to share between threads: one at a time loads."""

    def __init__(self, settings: Profile) -> None:
        self.settings = settings
        self._made: dict[str, Any] = {}

    @property
    def profile(self) -> str:
        """The profile's name."""
        return self.settings.name

    @property
    def planner(self) -> Planner:
        """The profile's planner, or else its text model."""
        return self._model("text", self.settings.planner or self.settings.text)

    @property
    def text(self) -> TextGenerator:
        """The copywriter."""
        return self._model("text", self.settings.text)

    @property
    def image(self) -> ImageGenerator:
        """The image generator."""
        return self._model("image", self.settings.image)

    @property
    def video(self) -> VideoGenerator:
        """The video generator."""
        return self._model("video", self.settings.video)

    @property
    def encoder(self) -> Encoder:
        """The CLIP model in whose space words, pictures and clips are compared."""
        return self._model("encoder", self.settings.encoder)

    @property
    def calibration_folder(self) -> Path | None:
        """Beside the weights for a local encoder; in the user's data folder for another."""
        return self.settings.encoder.calibration_folder()

    def critic(self, rate: float, encoder: Encoder | None = None) -> Critic:
        """A critic for one session."""
        part = self.settings.critic
        seen_through = self.encoder if encoder is None else encoder
        context = self._context("critic")
        return self._build(part, CriticContext(**vars(context), rate=rate, encoder=seen_through))

    def steps(self, part: Literal["image", "clip"], wished: int | None = None) -> int:
        """Denoising steps of one sample, where so many are wished for; else the profile's."""
        return (self.settings.image if part == "image" else self.settings.video).steps_for(wished)

    def unknown_words(self, brief: Brief) -> str | None:
        """A sentence about a brief that the picture's model does not know; else None."""
        part = self.settings.image
        ask = find_kind("image", part.kind).unknown_words
        return None if ask is None else ask(part, self._context("image"), brief)

    def lacks(self) -> dict[str, list[str]]:
        """What keeps its kinds from running here, in words, and which parts. Loads nothing."""
        reasons: dict[str, list[str]] = {}
        for key, part in self.settings.parts().items():
            role = role_of(key)
            ask = find_kind(role, part.kind).lacks
            for sentence in () if ask is None else ask(part, self._context(role)):
                reasons.setdefault(sentence, []).append(key)
        return reasons

    def latents_identity(self) -> str:
        """Whose Z it is, as a connector writes it down: the language model and its latent head."""
        from triptych.generators.shipped import latents_identity

        return latents_identity(self._context("text"))

    def _model(self, role: Role, part: Part) -> Any:
        """The model of some settings, made at its first use."""
        key = f"{role} {part!r}"
        if key not in self._made:
            with LOADING:
                if key not in self._made:
                    self._made[key] = self._build(part, self._context(role))
        return self._made[key]

    def _context(self, role: Role) -> BuildContext:
        return BuildContext(role, self.settings, self, self._model, self._made)

    def _build(self, part: Part, context: BuildContext) -> Any:
        kind = find_kind(context.role, part.kind)
        try:
            with LOADING:
                made = kind.make(part, context)
        except TriptychError:
            raise
        except Exception as error:  # whatever a library or a stranger's code trips over
            raise ModelError(
                f"The {context.role} model of the profile {self.profile} (kind {part.kind}) cannot "
                f"be loaded: {type(error).__name__}: {error}",
                "`triptych doctor` says what is missing; or choose another --profile.",
            ) from error
        lacking = [name for name in _MEMBERS[context.role] if not _has(made, name)]
        if lacking:
            raise ModelError(
                f"The kind {part.kind} makes no {context.role} model: {type(made).__name__} has no "
                f"{', '.join(lacking)}.",
                "See triptych/protocols.py for what each model must be able to do.",
            )
        return made


def identities(models: Models) -> dict[str, ModelIdentity]:
    """Who makes what: every model's name and revision, by its key in a profile.

    A model is asked for, so what knows itself only when loaded is loaded: the starter's modules and
    the encoder, which a run needs anyhow. Weights of a language model or pipeline are not read.
    """
    return {
        "planner": models.planner.identity,
        "text": models.text.identity,
        "image": models.image.identity,
        "video": models.video.identity,
        "encoder": models.encoder.identity,
        "critic": models.critic(DEFAULT_FALSE_REJECTION_RATE).identity,
    }


def role_of(key: str) -> Role:
    """The role of the model under a profile's key; a part within another has the other's."""
    first = key.partition(".")[0]
    return "text" if first == "planner" else cast(Role, first)


def _has(made: object, name: str) -> bool:
    """Whether a model has a member; properties are not asked, for they may load."""
    missing = object()
    return inspect.getattr_static(made, name, missing) is not missing or hasattr(made, name)


def _files_of(settings: Profile) -> list[tuple[str, int, int]]:
    """Name, size and time of every file in the folders that a profile names."""
    named = [getattr(part, key, None) for part in settings.parts().values() for key in FOLDERS]
    return [
        (str(path), stat.st_size, stat.st_mtime_ns)
        for folder in dict.fromkeys(named)
        if folder and Path(folder).is_dir()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and (stat := path.stat())
    ]
