"""Files that a brief brings along: kept in the run folder by their content, and found again there.

A brief names logos, fonts, pictures and films. A run takes their bytes, so that it is whole: it can
be moved, and gone on with when the files that it was begun with are no more.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from triptych.brands.files import KINDS, ending_by_content
from triptych.brands.kit import FILE
from triptych.brands.read import context_of, open_named
from triptych.briefs import named_placement, parse
from triptych.domain import Brief, CampaignPlan
from triptych.errors import StoreError
from triptych.records import Context
from triptych.run_files import read_file
from triptych.run_folder import ASSETS

Asked = TypeVar("Asked", bound=Brief | CampaignPlan)

_KEPT = re.compile(rf"{ASSETS}/([0-9a-f]{{64}})\.({'|'.join(KINDS)})")


def checked(asked: Asked) -> Asked:
    """A brief or plan of which every file is there. Raises `BriefError` naming what is not."""
    return parse(
        type(asked), asked.model_dump(), "the source", context=context_of(Path(), named_placement)
    )


def file_keeper(files: dict[str, bytes]) -> Callable[[str], str]:
    """What puts each file that a record names into `files`, by its name in a run folder.

    For the context of a validation; raises `ValueError` where a file is not what its name says.
    """

    def keep(name: str) -> str:
        path, data = open_named(Path(), name)
        kept = f"{ASSETS}/{hashlib.sha256(data).hexdigest()}.{ending_by_content(path.name, data)}"
        files[kept] = data
        return kept

    return keep


def from_run(folder: Path, asked: Asked) -> Asked:
    """A run's brief or plan for another run, its files by their whole names.

    Raises `BriefError` if one is missing, or not what was kept.
    """

    def whole(name: str) -> str:
        read_kept(folder, name)
        return str((folder / name).absolute())

    return parse(type(asked), asked.model_dump(), str(folder), context={FILE: whole})


def read_kept(folder: Path, name: str) -> bytes:
    """The bytes of a file that a run's brief names.

    Raises `ValueError` if they are missing, or not the ones that were kept.
    """
    match = _KEPT.fullmatch(_kept(name))
    assert match is not None, "as `_kept` holds it to"
    try:
        data = read_file(folder, name)
    except (OSError, StoreError) as error:
        raise ValueError(f"{name} cannot be read: {error}") from error
    if hashlib.sha256(data).hexdigest() != match[1]:
        raise ValueError(f"{name} is not what was kept: its bytes have changed")
    return data


def _kept(name: str) -> str:
    if not _KEPT.fullmatch(name):
        raise ValueError(f"{name} is no file of the run: files are named in a brief, not in a run")
    return name


KEPT_ALONE: Context = {FILE: _kept}
"""To validate a run's own records with: they name files of the run, and no others."""
