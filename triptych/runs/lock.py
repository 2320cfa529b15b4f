"""One process at a time works on a run folder."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from triptych.errors import StoreError
from triptych.run_files import open_file
from triptych.run_folder import ASSETS, INDEX

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


@contextmanager
def hold(folder: Path, file: str) -> Generator[None]:
    """Keep a run folder to this process, by a lock on one of its files that is never replaced.

    What a killed process left half-written is swept away. The lock ends with the process, however
    it ends. Raises `StoreError` if another process works on the run, or the file is a link.
    """
    try:
        opened = open_file(folder, file)
    except OSError as error:
        raise StoreError(f"{folder / file} cannot be read: {error.strerror}.") from error
    with opened as locked:
        if fcntl is not None:
            try:
                fcntl.flock(locked, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise StoreError(
                    f"Another process works on {folder}.", "Wait until it has ended, or stop it."
                ) from error
        for place in (folder, folder / ASSETS, folder / INDEX):
            for torn in place.glob(".part-*"):
                torn.unlink(missing_ok=True)
        yield
