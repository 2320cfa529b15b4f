"""Reading a brand kit: `brand.yaml` and the files that it names, every fault in one message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from triptych.brands.files import KINDS, read_media, usual_ending
from triptych.brands.fonts import installed_font
from triptych.brands.kit import FILE, KIT, BrandKit
from triptych.errors import BriefError
from triptych.files.faults import faults_in_words
from triptych.files.media import MediaError, inside
from triptych.files.text import read_text
from triptych.files.yaml import parse_yaml
from triptych.records import PLACEMENT, Context

_HINT = "docs/brand.md tells of its fields."


def read_kit(path: Path, placement: Callable[[str], object] = str) -> BrandKit:
    """A brand kit whose files are there, each by its whole name.

    Args:
        path: of `brand.yaml`; its files lie in the same folder or below.
        placement: gives a placement's name for what it is called, or raises `ValueError`.

    Raises:
        BriefError: naming everything that is wrong with it and its files.
    """
    where = str(path)
    document = parse_yaml(read_text(path), where)
    if not isinstance(document.value, dict):
        raise BriefError(f"{where} holds no fields.", _HINT)
    colours = document.value.get("colours")
    if isinstance(colours, dict):  # a bare # begins a comment, and leaves nothing
        document.value["colours"] = {role: one or "" for role, one in colours.items()}
    context = {FILE: file_opener(path.parent, stay_inside=True), PLACEMENT: placement}
    try:
        return BrandKit.model_validate(document.value, context=context)
    except ValidationError as error:
        problems = error.errors()
        fields = f"Fields of a brand kit are {', '.join(BrandKit.model_fields)}."
        is_form = any(one["type"] != "value_error" for one in problems)
        hint = f"{fields} {_HINT}" if is_form else _HINT
        raise BriefError(faults_in_words(problems, where, document.lines), hint) from error


def file_opener(folder: Path, *, stay_inside: bool = False) -> Callable[[str], str]:
    """What opens the files of a record, for the context of its validation.

    Args:
        folder: that names which are not whole are relative to.
        stay_inside: refuse what, links followed, does not lie in it.

    Returns:
        Gives the whole name of a file that opens, or of an installed family of fonts; raises
        `ValueError` naming what is wrong with it.
    """

    return lambda name: str(open_named(folder, name, stay_inside)[0].absolute())


def context_of(folder: Path, placement: Callable[[str], object] = str) -> Context:
    """The context in which a brief is validated that a person wrote in `folder`."""
    return {FILE: file_opener(folder), KIT: lambda name: read_kit(folder / name, placement)}


def open_named(folder: Path, name: str, stay_inside: bool = False) -> tuple[Path, bytes]:
    """A file that a record names, and its bytes. Raises `ValueError` with what is wrong."""
    try:
        path = _path_of(folder, name, stay_inside)
        return path, read_media(path)
    except MediaError as error:
        raise ValueError(f"{name} {error}. {error.hint}") from error


def _path_of(folder: Path, name: str, stay_inside: bool) -> Path:
    if usual_ending(name) not in KINDS:  # only a font may be named without a file
        return installed_font(name)
    if "\0" in name:
        raise MediaError("is no name of a file", "Mend it.")
    return inside(folder, name) if stay_inside else folder / name
