"""Taking a folder for a new run: whole or not at all, and never one that holds something else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from triptych.errors import StoreError
from triptych.run_files import is_there, make_folders, read_file
from triptych.run_folder import ASSETS, INDEX, SETTINGS
from triptych.runs.lock import hold
from triptych.safe_text import clipped, visible
from triptych.store import Store, write_whole

_FOLDERS = (INDEX, ASSETS)


def take_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a run's first files into a new or empty folder, in order.

    A folder in which an earlier call was killed before its last file counts as empty, if it wrote
    the same. Raises `StoreError` if the folder holds anything else or cannot be written; nothing
    is left behind then. Also if another process does the same at the moment.
    """
    check_name(folder)
    was_there = folder.exists()
    try:
        make_folders(folder)
    except OSError as error:
        if not was_there:
            with suppress(OSError):
                folder.rmdir()
        raise _unusable(folder, error) from error
    with hold(folder):  # before it is looked at: two runs may begin at the same moment
        if _taken(folder, files):
            hint = "`triptych resume` it, or" if is_there(folder, SETTINGS) else "Please"
            raise StoreError(f"{folder} is not empty.", f"{hint} choose another --out.")
        try:
            Store(folder).check_space()
            for name, data in files.items():
                write_whole(folder / name, data)
        except StoreError:
            with suppress(OSError):
                for name in files:
                    (folder / name).unlink(missing_ok=True)
                for name in _FOLDERS:
                    (folder / name).rmdir()
                if not was_there:
                    folder.rmdir()
            raise


def check_name(folder: Path) -> None:
    """Raise `StoreError` if a folder cannot be called so, or its name cannot be written down."""
    try:
        os.fsencode(folder.absolute()).decode()
        os.lstat(folder)
    except FileNotFoundError:
        pass
    except UnicodeError as error:
        raise StoreError(
            f"{visible(str(folder))} is no name in UTF-8.", "Choose another name for the folder."
        ) from error
    except ValueError as error:
        raise StoreError(
            f"{visible(str(folder))} is no name of a folder.", "Choose another --out."
        ) from error
    except OSError as error:
        raise _unusable(folder, error) from error


def _taken(folder: Path, files: Mapping[str, bytes]) -> bool:
    try:
        for path in folder.rglob("*"):
            name = path.relative_to(folder).as_posix()
            if path.is_dir() and not path.is_symlink() and name in _FOLDERS:
                continue
            torn = path.name.startswith(".part-")
            if not torn and (name not in files or not _holds(folder, name, files[name])):
                return True
    except OSError as error:
        raise _unusable(folder, error) from error
    return False


def _unusable(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{clipped(str(folder), 300)} cannot be written: {error.strerror}.", "Choose another --out."
    )


def _holds(folder: Path, name: str, data: bytes) -> bool:
    try:
        return read_file(folder, name) == data
    except StoreError:  # no plain file: nothing that an earlier call wrote
        return False
