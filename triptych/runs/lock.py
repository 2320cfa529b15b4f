"""One process at a time works on a run folder."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from triptych.errors import StoreError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


@contextmanager
def hold(folder: Path, file: str) -> Generator[None]:
    """Keep a run folder to this process, by a lock on one of its files that is never replaced.

    What a killed process left half-written is swept away. The lock ends with the process, however
    it ends. Raises `StoreError` if another process works on the run.
    """
    with open(folder / file, "rb") as locked:
        if fcntl is not None:
            try:
                fcntl.flock(locked, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise StoreError(
                    f"Another process works on {folder}.", "Wait until it has ended, or stop it."
                ) from error
        for torn in folder.rglob(".part-*"):
            torn.unlink(missing_ok=True)
        yield
