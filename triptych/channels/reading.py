"""The catalogue: placements read from YAML, those shipped and those of the user."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import platformdirs
from pydantic import Field, ValidationError

from triptych.channels.placement import Placement, Source
from triptych.domain import Record
from triptych.errors import BriefError, ChannelError
from triptych.files.text import read_text
from triptych.files.yaml import parse_yaml

LISTED = "`triptych channels` lists all."
SHIPPED = Path(__file__).parent / "catalogue"


class _File(Record):
    """What one file says: placements of a platform, and sources that hold for all of them."""

    platform: str
    placements: tuple[Mapping[str, object], ...] = Field(min_length=1)
    sources: tuple[Source, ...] = ()


def user_folder() -> Path:
    """Where users put placements of their own, one file a platform."""
    return Path(platformdirs.user_config_dir("triptych", appauthor=False)) / "channels"


def catalogue(folders: Sequence[Path] | None = None) -> dict[str, Placement]:
    """All placements by name: those shipped, then those of the user's folder.

    Args:
        folders: where to look besides what is shipped; by default `user_folder()`.

    Raises:
        ChannelError: naming file and field, if a file is wrong or a name or alias comes twice.
    """
    own = [user_folder()] if folders is None else folders
    placements = dict(_shipped())
    for folder in own:
        for path in sorted(folder.glob("*.yaml")):
            for placement in read_placements(path):
                _check_new(placement, placements, path)
                placements[placement.name] = placement
    return placements


def find_placement(name: str, among: Mapping[str, Placement] | None = None) -> Placement:
    """A placement by its name or an alias, however it is spelt ("E-Mail", "instagram feed").

    Raises `ChannelError` with the nearest names if there is none.
    """
    placements = catalogue() if among is None else among
    wanted = _plain(name)
    for placement in placements.values():
        if wanted in map(_plain, (placement.name, *placement.aliases)):
            return placement
    known = {_plain(other): one.name for one in placements.values() for other in _names(one)}
    near = [known[one] for one in difflib.get_close_matches(wanted, known, 3, 0.6)]
    raise ChannelError(
        f"There is no placement {name!r}.",
        f"Did you mean {' or '.join(dict.fromkeys(near))}? " * bool(near) + LISTED,
    )


def read_placements(path: Path) -> list[Placement]:
    """The placements of one file. Raises `ChannelError` naming the file and every wrong field."""
    try:
        content = parse_yaml(read_text(path), str(path), typed=True).value
        file = _File.model_validate(content)
        shared = [source.model_dump() for source in file.sources]
        return [
            Placement.model_validate(
                {"platform": file.platform, **one, "sources": [*shared, *_sources(one)]}
            )
            for one in file.placements
        ]
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'placement'}: {one['msg']}"
            for one in error.errors()
        )
        raise ChannelError(f"{path}: {problems}", "See docs/channels.md for the fields.") from error
    except BriefError as error:
        raise ChannelError(str(error), error.hint) from error


def _sources(placement: Mapping[str, object]) -> list[object]:
    own = placement.get("sources", [])
    return own if isinstance(own, list) else [own]


@cache
def _shipped() -> Mapping[str, Placement]:
    placements: dict[str, Placement] = {}
    for path in sorted(SHIPPED.glob("*.yaml")):
        for placement in read_placements(path):
            _check_new(placement, placements, path)
            placements[placement.name] = placement
    return placements


def _check_new(placement: Placement, known: Mapping[str, Placement], path: Path) -> None:
    taken = {_plain(name): one.name for one in known.values() for name in _names(one)}
    for name in _names(placement):
        if _plain(name) in taken:
            raise ChannelError(
                f"{path}: {name!r} is a name of {taken[_plain(name)]} already.",
                "Choose another name or alias.",
            )


def _names(placement: Placement) -> tuple[str, ...]:
    return (placement.name, *placement.aliases)


def _plain(name: str) -> str:
    """A name without case, blanks, hyphens and underscores."""
    return "".join(char for char in name.casefold() if char.isalnum() or char in "&+")
