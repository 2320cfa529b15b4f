"""One process at a time works on a run folder."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from triptych.errors import StoreError
from triptych.run_files import sync_folder
from triptych.run_folder import ASSETS, INDEX

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


@contextmanager
def hold(folder: Path) -> Generator[None]:
    """Keep a run folder to this process, by a lock on the folder itself: nothing ever replaces it.

    The lock ends with the process, however it ends. Raises `StoreError` if another process works
    on the run, or the folder cannot be read.
    """
    if fcntl is None:
        yield
        return
    try:
        held = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be read: {error.strerror}.", "Check the name."
        ) from error
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError(
                f"Another process works on {folder}.", "Wait until it has ended, or stop it."
            ) from error
        yield
    finally:
        os.close(held)


def sweep(folder: Path) -> None:
    """Remove what a killed process left half-written in a run folder that this process holds.

    What it left whole is kept from now on: it may have been killed before the disk was sure of the
    names, and this session builds on them.
    """
    for place in (folder, folder / ASSETS, folder / INDEX):
        for torn in place.glob(".part-*"):
            torn.unlink(missing_ok=True)
    for place in (folder.parent, folder, folder / ASSETS, folder / INDEX):
        sync_folder(place)
