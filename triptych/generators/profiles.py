"""Profiles: which models stand behind the agents, as data. One word is all that changes.

A profile is a YAML file. Shipped ones lie in the package; one's own in `./profiles` or in the
user's configuration folder. Any value can be overridden: `image.steps=20`. The working directory
may be anyone's: no file hides a shipped profile, and any other that is used is announced.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import platformdirs
from pydantic import Field, JsonValue, ValidationError

from triptych.domain import Conditioning
from triptych.errors import BriefError, ProfileError
from triptych.files.text import read_text
from triptych.files.yaml import parse_yaml
from triptych.generators.kinds import (
    CriticSettings,
    EncoderSettings,
    ImageSettings,
    TextSettings,
    VideoSettings,
)
from triptych.generators.parts import ByEncoder
from triptych.generators.settings import Part, Settings, Weights, is_folder, is_local
from triptych.safe_text import visible

_log = logging.getLogger(__name__)

SHIPPED = Path(__file__).parents[1] / "profiles"
_MOST_KEYS = 10
"""Of the path that an override goes."""
_MOST_TOLD = 20
PARTS = ("planner", "text", "image", "video", "encoder", "critic")
"""The keys of a profile under which a model stands."""
FOLDERS = ("model", "adapter", "connector", "head", "lora", "folder")
"""The keys of a model that may name a folder."""


class Profile(Settings):
    """All the models of a campaign, and what a person should know before fetching them."""

    name: str
    title: str
    licence: str
    disk: str
    memory: str
    time: str
    gpu_memory: float = Field(default=0, ge=0)
    """GiB that a GPU must have; 0 where nobody said."""
    main_memory: float = Field(default=0, ge=0)
    """GiB of main memory that it takes without a GPU; 0 where nobody said."""
    conditioning: Conditioning = "both"
    """What image and clip are conditioned on: the prompt, Z, or both."""
    memory_limit: float | None = Field(default=None, gt=0)
    """GiB that models may take on the device together; the least recently used moves off."""
    fetch: bool = False
    """Download missing models at their first use. Off: a missing model is an error that says so."""
    planner: TextSettings | None = None
    """None: the same model as `text`."""
    text: TextSettings
    image: ImageSettings
    video: VideoSettings
    encoder: EncoderSettings
    critic: CriticSettings = ByEncoder(kind="encoder")
    """By default it judges by the encoder."""

    def parts(self) -> dict[str, Part]:
        """The settings of every model by the profile's key, such as `text` and `text.encoder`."""
        parts: dict[str, Part] = {}
        for key in PARTS:
            part = getattr(self, key)
            if part is not None:
                parts[key] = part
                parts |= {f"{key}.{name}": inner for name, inner in part.inner().items()}
        return parts

    def weights(self) -> dict[str, Weights]:
        """Every model with weights to fetch, by the profile's key."""
        return {
            f"{key}.{name}".rstrip("."): weights
            for key, part in self.parts().items()
            for name, weights in part.weights().items()
        }


def own_folders() -> list[Path]:
    """Where a user's own profiles are looked for, first come first."""
    user = Path(platformdirs.user_config_dir("triptych", appauthor=False)) / "profiles"
    return [Path("profiles"), user]


@cache
def shipped_names() -> frozenset[str]:
    """The profiles that come with Triptych, whose names no other can take."""
    return frozenset(path.stem for path in SHIPPED.glob("*.yaml"))


def profile_files() -> dict[str, Path]:
    """Every profile's file by name."""
    files = {name: SHIPPED / f"{name}.yaml" for name in shipped_names()}
    for folder in own_folders():
        for path in sorted(folder.glob("*.yaml")):
            if path.stem in shipped_names():
                _say_once(
                    f"{path.absolute()} is not used: {path.stem} is a profile of Triptych's own. "
                    "Give the file another name, or its path to --profile."
                )
            else:
                files.setdefault(path.stem, path)
    return files


def file_of(name: str) -> Path:
    """The file of a profile by name, or by a path that ends in `.yaml`; it need not be readable.

    Raises `ProfileError` if no profile has that name.
    """
    if name.endswith((".yaml", ".yml")):
        return Path(name)
    files = profile_files()
    if name not in files:
        raise ProfileError(
            f"There is no profile {name!r}.", f"Known profiles: {', '.join(sorted(files))}."
        )
    return files[name]


@cache
def _say_once(words: str) -> None:
    _log.warning("%s", visible(words))


def list_profiles(tell: Callable[[ProfileError], object] | None = None) -> list[Profile]:
    """All profiles by name.

    Args:
        tell: told of a broken one, which is left out; without it a broken one raises.
    """
    profiles = []
    for name in sorted(profile_files()):
        try:
            profiles.append(read_profile(name))
        except ProfileError as error:
            if tell is None:
                raise
            tell(error)
    return profiles


def read_profile(name: str, overrides: Sequence[str] = ()) -> Profile:
    """A profile by name, or by a path that ends in `.yaml`, with overrides `part.key=value`.

    Local folders in a profile may be relative to its file. Raises `ProfileError` with every
    problem in words.
    """
    path = file_of(name)
    if path.parent in own_folders():  # found by its name, not named by its path
        _say_once(f"The profile {name} is read from {path.absolute()}.")
    try:
        data = parse_yaml(read_text(path), f"The profile {path}", typed=True).value
    except BriefError as error:
        raise ProfileError(error.message, error.hint) from error
    if not isinstance(data, dict):
        raise ProfileError(f"The profile {path} must be a mapping of keys to values.")
    data.setdefault("name", path.stem)
    for override in overrides:
        _override(data, override)
    _anchor(data, path.parent)
    try:
        profile = Profile.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"[:300]
            for one in error.errors(include_url=False)[:_MOST_TOLD]
        )
        raise ProfileError(
            f"The profile {profile_name(data, path)} is not valid: {problems}.",
            "docs/profiles.md tells of every key.",
        ) from error
    for key, part in profile.weights().items():
        if not is_local(part.model) and not part.revision:
            raise ProfileError(
                f"{key} of the profile {profile.name} names {part.model} without a revision.",
                f"Set `{_revision_of(key)}` to a commit, so that the profile always means the"
                " same.",
            )
    return profile


def _revision_of(key: str) -> str:
    """Where the revision of a part's weights stands in a profile."""
    return f"{key}_revision" if key.endswith(".adapter") else f"{key}.revision"


def profile_name(data: dict[str, JsonValue], path: Path) -> str:
    """The name to call a profile by in messages."""
    return str(data.get("name", path.stem))[:100]


def _override(data: dict[str, JsonValue], override: str) -> None:
    key, equals, text = override.partition("=")
    path = key.strip().split(".")
    if not equals or not all(path):
        raise ProfileError(f"{override!r} is not an override.", "Write it as image.steps=20.")
    if len(path) > _MOST_KEYS:
        raise ProfileError(
            f"{override[:60]!r}… goes deeper than a profile.", "See docs/profiles.md."
        )
    try:
        read = parse_yaml(text, f"The value of {override[:200]!r}", typed=True)
    except BriefError as error:
        raise ProfileError(error.message, error.hint) from error
    if read.notes:
        raise ProfileError(
            f"The value of {override[:200]!r} holds a comment.", "Put a value with ` #` in quotes."
        )
    here = data
    for part in path[:-1]:
        here = here.setdefault(part, {})
        if not isinstance(here, dict):
            raise ProfileError(f"{override!r} goes into {part}, which holds no keys.")
    here[path[-1]] = read.value


def _anchor(data: dict[str, JsonValue], folder: Path) -> None:
    """Make relative folders of a profile's file absolute, where they exist beside it."""
    for key, value in data.items():
        if isinstance(value, dict):
            _anchor(value, folder)
        elif key in FOLDERS and value:
            beside = folder / str(value)
            if is_folder(beside) and not Path(str(value)).is_absolute():
                data[key] = str(beside.resolve())
