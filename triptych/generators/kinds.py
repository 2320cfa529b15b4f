"""The kinds of models: a name, typed settings, and what makes the model of them.

Shipped kinds and a stranger's are registered alike, by the name of what makes them. Nothing is
imported before a profile asks for it.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BeforeValidator, SerializeAsAny, ValidationInfo
from pydantic_core import PydanticCustomError

from triptych.domain import Brief
from triptych.errors import ProfileError, did_you_mean
from triptych.generators.settings import (
    CriticPart,
    EncoderPart,
    ImagePart,
    Part,
    Role,
    TextPart,
    VideoPart,
)

GENERATORS, ENCODERS, CRITICS = "triptych.generators", "triptych.encoders", "triptych.critics"
"""Groups of entry points."""

_SHIPPED = "triptych.generators.shipped"
SHIPPED: dict[str, dict[str, str]] = {
    GENERATORS: {
        "starter": f"{_SHIPPED}:STARTER",
        "transformers": f"{_SHIPPED}:TRANSFORMERS",
        "chat": f"{_SHIPPED}:CHAT",
        "diffusers-image": f"{_SHIPPED}:DIFFUSERS_IMAGE",
        "diffusers-image-to-video": f"{_SHIPPED}:IMAGE_TO_VIDEO",
        "diffusers-text-to-video": f"{_SHIPPED}:TEXT_TO_VIDEO",
        "animatediff": f"{_SHIPPED}:ANIMATEDIFF",
        "camera": f"{_SHIPPED}:CAMERA",
    },
    ENCODERS: {"starter": f"{_SHIPPED}:STARTER", "open-clip": f"{_SHIPPED}:OPEN_CLIP"},
    CRITICS: {"encoder": "triptych.alignment.critic:BY_ENCODER"},
}
"""What makes each kind that comes with Triptych, as `module:name`, by group."""

GROUPS: dict[Role, str] = {
    "text": GENERATORS,
    "image": GENERATORS,
    "video": GENERATORS,
    "encoder": ENCODERS,
    "critic": CRITICS,
}
"""Where kinds for each role are looked for."""
PARTS: dict[Role, type[Part]] = {
    "text": TextPart,
    "image": ImagePart,
    "video": VideoPart,
    "encoder": EncoderPart,
    "critic": CriticPart,
}
"""What the settings of a kind for each role derive from."""
LISTING = "listing"
"""Key of a validation's context: kinds that are not Triptych's own are not imported to be read."""
_OTHER_WORK: dict[Role, str] = {
    "text": "writes no plans and copy",
    "image": "makes no pictures",
    "video": "makes no clips",
    "encoder": "embeds nothing",
    "critic": "judges nothing",
}

_REFERENCE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


Options = TypeVar("Options", bound=Part)
"""A kind's settings."""
Context = TypeVar("Context")
"""What it is told besides: a `BuildContext`."""


@dataclass(frozen=True)
class Kind(Generic[Options, Context]):
    """A kind of model.

    A class is one too: with its settings' class as `Settings` within it, and made from settings
    and a `BuildContext`. What else a kind may have (`lacks`, `unknown_words`) is optional there.

    Args:
        Settings: what a profile may say of it.
        make: (settings, context) to the model.
        lacks: (settings, context) to what keeps it from running here, in words.
        unknown_words: (settings, context, brief) to a sentence on a brief that it does not know.
    """

    Settings: type[Options]
    make: Callable[[Options, Context], object]
    lacks: Callable[[Options, Context], Sequence[str]] | None = None
    unknown_words: Callable[[Options, Context, Brief], str | None] | None = None


AnyKind = Kind[Any, Any]
"""A kind that a profile names, with settings known only when it is read."""


def find_kind(role: Role, name: str) -> AnyKind:
    """The kind of that name; imports what makes it, once.

    Args:
        role: what it is wanted for.
        name: a registered name, or `package.module:Class`.

    Raises:
        ProfileError: if there is none, or its package cannot be imported or gives something else.
    """
    group = GROUPS[role]
    if name in SHIPPED[group]:
        return _imported(SHIPPED[group][name], "Triptych")
    if _REFERENCE.fullmatch(name):
        return _imported(name, name.partition(".")[0].partition(":")[0])
    given = [one for one in plugins() if one.group == group and one.name == name]
    if not given:
        meant = did_you_mean(name, _known_kinds(role))
        raise ProfileError(f"There is no kind {name[:100]!r}.", meant + _how_to_plug(role))
    if len(given) > 1:
        packages = " and ".join(sorted(package_of(one) for one in given))
        raise ProfileError(f"Both {packages} give the kind {name!r}.", "Uninstall one of them.")
    return _imported(given[0].value, package_of(given[0]))


def plugins() -> list[EntryPoint]:
    """Entry points of installed packages that plug a kind in; none of them is imported."""
    return [one for group in SHIPPED for one in entry_points(group=group)]


def package_of(entry: EntryPoint) -> str:
    """The name of the package that an entry point belongs to."""
    return entry.dist.name if entry.dist else entry.module.partition(".")[0]


def reader_of(role: Role) -> BeforeValidator:
    """Reads one part of a profile by its kind; every problem is told where it stands."""
    part = PARTS[role]

    def read(value: object, info: ValidationInfo[Mapping[str, object] | None]) -> object:
        if isinstance(value, part) or not isinstance(value, dict):
            return value
        name = value.get("kind")
        if not isinstance(name, str):
            raise _problem(f"its `kind` is missing. {_how_to_plug(role)}")
        if (info.context or {}).get(LISTING) and _is_plugged_in(role, name):
            return part.model_construct(kind=name)
        try:
            kind = find_kind(role, name)
        except ProfileError as error:
            words = str(error)
            raise _problem(words[:1].lower() + words[1:]) from error
        if not issubclass(kind.Settings, part):
            raise _problem(f"the kind {name!r} {_OTHER_WORK[role]}. {_how_to_plug(role)}")
        return kind.Settings.model_validate(value, context=info.context)

    return BeforeValidator(read)


TextSettings = Annotated[SerializeAsAny[TextPart], reader_of("text")]
ImageSettings = Annotated[SerializeAsAny[ImagePart], reader_of("image")]
VideoSettings = Annotated[SerializeAsAny[VideoPart], reader_of("video")]
EncoderSettings = Annotated[SerializeAsAny[EncoderPart], reader_of("encoder")]
CriticSettings = Annotated[SerializeAsAny[CriticPart], reader_of("critic")]


@cache
def _imported(reference: str, package: str) -> AnyKind:
    module, _, name = reference.partition(":")
    try:
        target: Any = importlib.import_module(module)
        for one in name.split("."):
            target = getattr(target, one)
    except Exception as error:  # whatever a stranger's module trips over while it is imported
        raise ProfileError(
            f"The kind {reference} of the package {package} cannot be imported: "
            f"{type(error).__name__}: {error}",
            f"Install or mend {package}.",
        ) from error
    if isinstance(target, Kind):
        return target
    settings = getattr(target, "Settings", None)
    if not (callable(target) and isinstance(settings, type) and issubclass(settings, Part)):
        raise ProfileError(
            f"{reference} of the package {package} is no kind of model.",
            "It must be a class with `Settings` derived from a part; see docs/plugins.md.",
        )
    return Kind(
        settings, target, getattr(target, "lacks", None), getattr(target, "unknown_words", None)
    )


def _is_plugged_in(role: Role, name: str) -> bool:
    """Whether a kind comes from elsewhere; asks its name alone."""
    group = GROUPS[role]
    if name in SHIPPED[group]:
        return False
    given = any(one.group == group and one.name == name for one in plugins())
    return given or _REFERENCE.fullmatch(name) is not None


def _how_to_plug(role: Role) -> str:
    return (
        f"Known kinds: {', '.join(_known_kinds(role))}. Install the package that brings another"
        f" (entry points {GROUPS[role]}), or write it as package.module:Class; see docs/plugins.md."
    )


def _known_kinds(role: Role) -> list[str]:
    """Our kinds that do a role's work, then those of installed packages, which may."""
    group = GROUPS[role]
    ours = [n for n in SHIPPED[group] if issubclass(find_kind(role, n).Settings, PARTS[role])]
    theirs = [one.name for one in plugins() if one.group == group]
    return list(dict.fromkeys([*ours, *theirs]))


def _problem(words: str) -> PydanticCustomError:
    return PydanticCustomError("kind", "{words}", {"words": words})
