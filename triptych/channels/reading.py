"""The catalogue: placements read from YAML, those shipped and those of the user."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import platformdirs
from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from triptych.channels.placement import Placement, Source
from triptych.domain import Record
from triptych.errors import BriefError, ChannelError
from triptych.files.faults import Place, all_faults
from triptych.files.text import read_text
from triptych.files.yaml import parse_yaml
from triptych.safe_text import visible

_log = logging.getLogger(__name__)

LISTED = "`triptych channels` lists all."
SHIPPED = Path(__file__).parent / "catalogue"
_FIELDS = "See docs/channels.md for the fields."


class _File(Record):
    """What one file says: placements of a platform, and sources that hold for all of them."""

    platform: str
    placements: tuple[Mapping[str, object], ...] = Field(min_length=1)
    sources: tuple[Source, ...] = ()


def user_folder() -> Path:
    """Where users put placements of their own, one file a platform."""
    return Path(platformdirs.user_config_dir("triptych", appauthor=False)) / "channels"


def catalogue(
    folders: Sequence[Path] | None = None, tell: Callable[[ChannelError], object] | None = None
) -> dict[str, Placement]:
    """All placements by name: those shipped, then those of the user's folder.

    Args:
        folders: where to look besides what is shipped; by default `user_folder()`.
        tell: told of a broken file of the user's, which is left out; by default a warning is
            logged, once for each.
    """
    own = [user_folder()] if folders is None else folders
    placements = dict(_shipped())
    for folder in own:
        for path in sorted(folder.glob("*.yaml")):
            try:
                placements |= _new_placements(path, placements)
            except ChannelError as error:
                left_out = f"{error.message}\nThe placements of this file are left out."
                (tell or _warn)(ChannelError(left_out, error.hint))
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
    """The placements of one file.

    Raises `ChannelError` naming the file and every wrong field of every placement.
    """
    try:
        read = parse_yaml(read_text(path), str(path), typed=True)
    except BriefError as error:
        raise ChannelError(error.message, error.hint) from error
    try:
        file = _File.model_validate(read.value)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise ChannelError(all_faults(faults, str(path), lines=read.lines), _FIELDS) from error
    shared = [source.model_dump() for source in file.sources]
    placements: list[Placement] = []
    faults = []
    for number, one in enumerate(file.placements):
        content = {"platform": file.platform, **one, "sources": [*shared, *_sources(one)]}
        try:
            placements.append(Placement.model_validate(content))
        except ValidationError as error:
            within = ("placements", number)
            faults += [_placed(one, within, len(shared)) for one in error.errors(include_url=False)]
    if faults:
        raise ChannelError(all_faults(faults, str(path), lines=read.lines), _FIELDS)
    return placements


def _placed(fault: ErrorDetails, within: Place, shared: int) -> ErrorDetails:
    """A placement's fault with its place in the file: sources of the file come before its own."""
    place = fault["loc"]
    if len(place) > 1 and place[0] == "sources" and isinstance(place[1], int):
        place = ("sources", place[1] - shared, *place[2:])
    return {**fault, "loc": (*within, *place)}


def _sources(placement: Mapping[str, object]) -> list[object]:
    own = placement.get("sources", [])
    return own if isinstance(own, list) else [own]


@cache
def _shipped() -> Mapping[str, Placement]:
    placements: dict[str, Placement] = {}
    for path in sorted(SHIPPED.glob("*.yaml")):
        placements |= _new_placements(path, placements)
    return placements


def _new_placements(path: Path, known: Mapping[str, Placement]) -> dict[str, Placement]:
    """The placements of a file, all of them. Raises `ChannelError` if a name is taken."""
    new: dict[str, Placement] = {}
    for placement in read_placements(path):
        before = (*known.values(), *new.values())
        taken = {_plain(name): one.name for one in before for name in _names(one)}
        for name in _names(placement):
            if _plain(name) in taken:
                raise ChannelError(
                    f"In {path}: {name!r} is a name of {taken[_plain(name)]} already.",
                    "Choose another name or alias.",
                )
        new[placement.name] = placement
    return new


def _warn(error: ChannelError) -> None:
    _warn_once(str(error))


@cache
def _warn_once(words: str) -> None:
    _log.warning("%s", visible(words, lines=True))


def _names(placement: Placement) -> tuple[str, ...]:
    return (placement.name, *placement.aliases)


def _plain(name: str) -> str:
    """A name without case, blanks, hyphens and underscores."""
    return "".join(char for char in name.casefold() if char.isalnum() or char in "&+")
