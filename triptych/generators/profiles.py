"""Profiles: which models stand behind the agents, as data. One word is all that changes.

A profile is a YAML file. Shipped ones lie in the package; one's own in `./profiles` or in the
user's configuration folder. Any value can be overridden: `image.steps=20`. The working directory
may be anyone's: no file hides a shipped profile, and any other that is used is announced.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import cast

import platformdirs
from pydantic import Field, JsonValue, ValidationError
from pydantic_core import ErrorDetails

from triptych.domain import Conditioning
from triptych.errors import BriefError, ProfileError, did_you_mean
from triptych.files.faults import all_faults
from triptych.files.text import read_text
from triptych.files.yaml import parse_yaml
from triptych.generators.kinds import (
    LISTING,
    CriticSettings,
    EncoderSettings,
    ImageSettings,
    TextSettings,
    VideoSettings,
    find_kind,
)
from triptych.generators.parts import ByEncoder
from triptych.generators.settings import Part, Role, Settings, Weights, is_folder, is_local
from triptych.safe_text import visible

_log = logging.getLogger(__name__)

SHIPPED = Path(__file__).parents[1] / "profiles"
_MOST_KEYS = 10
"""Of the path that an override goes."""
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
            f"There is no profile {name!r}.",
            f"{did_you_mean(name, files)}Known profiles: {', '.join(sorted(files))}.",
        )
    return files[name]


@cache
def _say_once(words: str) -> None:
    _log.warning("%s", visible(words))


def list_profiles(tell: Callable[[ProfileError], object] | None = None) -> dict[str, Profile]:
    """All profiles, by the name that `--profile` takes; to be looked at, not to be used.

    No code that a profile names is imported: a model of a kind that is not Triptych's own has its
    `kind` alone.

    Args:
        tell: told of a broken one, which is left out; without it a broken one raises.
    """
    profiles: dict[str, Profile] = {}
    for name in sorted(profile_files()):
        try:
            profiles[name] = _read(name, (), {LISTING: True})
        except ProfileError as error:
            if tell is None:
                raise
            tell(error)
    return profiles


def read_profile(name: str, overrides: Sequence[str] = ()) -> Profile:
    """A profile by name, or by a path that ends in `.yaml`, with overrides `part.key=value`.

    Local folders in a profile may be relative to its file. Code that it names is imported. Raises
    `ProfileError` with every problem in words.
    """
    return _read(name, overrides, {})


def _read(name: str, overrides: Sequence[str], context: dict[str, bool]) -> Profile:
    path = file_of(name)
    if path.parent in own_folders():  # found by its name, not named by its path
        _say_once(f"The profile {name} is read from {path.absolute()}.")
    try:
        read = parse_yaml(read_text(path), f"The profile {path}", typed=True)
    except BriefError as error:
        raise ProfileError(error.message, error.hint) from error
    data = read.value
    if not isinstance(data, dict):
        raise ProfileError(f"The profile {path} must be a mapping of keys to values.")
    data.setdefault("name", path.stem)
    for override in overrides:
        _override(data, override)
    _anchor(data, path.parent)
    try:
        profile = Profile.model_validate(data, context=context)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        where = f"the profile {profile_name(data, path)}"
        lines = {} if overrides else read.lines  # which of them a fault comes from is not known
        meant = " ".join(dict.fromkeys(hint for one in faults if (hint := _meant(one, data))))
        raise ProfileError(
            all_faults(faults, where, lines),
            f"{meant} docs/profiles.md tells of every key.".strip(),
        ) from error
    for key, part in profile.weights().items():
        if not is_local(part.model) and not part.revision:
            raise ProfileError(
                f"{key} of the profile {profile.name} names {part.model} without a revision.",
                f"Set `{_revision_of(key)}` to a commit, so that the profile always means the"
                " same.",
            )
    return profile


def _meant(fault: ErrorDetails, data: dict[str, JsonValue]) -> str:
    """What a key that is none was to be, in a sentence; empty if nobody can tell."""
    if fault["type"] != "extra_forbidden" or len(fault["loc"]) > 2:
        return ""
    *above, wrong = (str(one) for one in fault["loc"])
    fields = Profile.model_fields
    if above:
        part = data.get(above[0])
        kind = str(part.get("kind")) if isinstance(part, dict) else ""
        fields = find_kind(role_of(above[0]), kind).Settings.model_fields
    near = get_close_matches(wrong[:100], fields, 1, 0.75)
    if not near:
        return ""
    return f"For `{'.'.join([*above, wrong[:100]])}` write `{'.'.join([*above, near[0]])}`."


def role_of(key: str) -> Role:
    """The role of the model under a profile's key; a part within another has the other's."""
    first = key.partition(".")[0]
    return "text" if first == "planner" else cast(Role, first)


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
