"""Opening the files of a run folder: plain files within it, of a size known before they are read.

A run folder may come from anyone. A link in it could lead to any file of this machine, a pipe
would be waited for, a device never ends: each is refused, whether it is to be read or written.
All that opens a file of a run folder does it here; the folder itself is the user's to name.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from triptych.errors import StoreError
from triptych.run_folder import (
    ASSETS,
    CHECKPOINTS,
    EMBEDDINGS,
    EXPORT,
    KEPT,
    MANIFEST,
    REPORT,
    TRACE,
    TRACE_PAGE,
)
from triptych.safe_text import visible

MOST: Mapping[str, int] = {
    ASSETS: 256_000_000,
    CHECKPOINTS: 1_000_000_000,
    EXPORT: 512_000_000,
    EMBEDDINGS: 64_000_000,
    KEPT: 8_000_000,
    MANIFEST: 32_000_000,
    REPORT: 256_000_000,
    TRACE: 128_000_000,
    TRACE_PAGE: 256_000_000,
}
"""Bytes that a file may have, by its name or the folder that it is in."""
MOST_ELSE = 1_000_000
_BESIDE = ("", "-wal", "-shm", "-journal")
"""What SQLite opens, by what it adds to a database's name."""

_HINT = "A run folder holds plain files alone. Do not trust this one, or restore the file."
_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder",
}
_CAREFULLY = 0
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_BINARY"):
    _CAREFULLY |= getattr(os, _name, 0)  # what the system has of them


def open_file(folder: Path, name: str) -> BinaryIO:
    """A file of a run folder, to be read.

    Args:
        folder: the run folder.
        name: relative to it, with forward slashes.

    Raises:
        StoreError: if it is no plain file within the folder, or too large.
        OSError: if it is missing or cannot be read.
    """
    place = _place(folder, name)
    return os.fdopen(_opened(place, os.O_RDONLY, _most(name)), "rb")


def read_file(folder: Path, name: str) -> bytes:
    """The bytes of a file of a run folder. Raises as `open_file` does."""
    with open_file(folder, name) as file:
        return file.read(os.fstat(file.fileno()).st_size)


def open_to_append(folder: Path, name: str) -> BinaryIO:
    """A file of a run folder, made if it is missing: read anywhere, written at its end, unbuffered.

    Raises as `open_file` does.
    """
    place = _place(folder, name)
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
    return os.fdopen(_opened(place, flags, _most(name)), "a+b", buffering=0)


def check_database(folder: Path, name: str) -> Path:
    """The path of a database, for SQLite to open or make, when all that it would open is plain.

    Raises as `open_file` does, but not where there is none yet.
    """
    for beside in _BESIDE:
        place = _place(folder, name + beside)
        try:
            _check(place, os.lstat(place), _most(name))
        except FileNotFoundError:
            continue
    return folder / name


def is_there(folder: Path, name: str) -> bool:
    """Whether a run folder holds something of that name, be it what it may.

    Raises `StoreError` if the folder cannot be looked into.
    """
    try:
        os.lstat(folder / name)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        raise unreadable(folder, error) from error
    return True


def unreadable(place: Path, error: OSError) -> StoreError:
    """What to say of a file or folder that the system does not let one read."""
    return StoreError(
        f"{visible(str(place))} cannot be read: {error.strerror}.",
        "See that its name is right and that you may read it.",
    )


def make_folder(folder: Path, name: str) -> None:
    """Make a folder within a run folder, with those above it, where they are missing.

    Raises:
        StoreError: if one of them is a link or something else that is no folder.
        OSError: if one cannot be made.
    """
    make_folders(folder)
    place = folder
    for part in _parts(folder, name):
        place /= part
        if not os.path.lexists(place):
            place.mkdir(exist_ok=True)  # another process may be as far
            sync_folder(place.parent)
        _check_folder(place)


def make_folders(folder: Path) -> None:
    """Make a folder, and those above it, where they are missing; a power cut takes none of them.

    Raises `OSError` if one cannot be made.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for place in missing:
        sync_folder(place.parent)


def sync_folder(folder: Path) -> None:
    """Have the disk keep the names in a folder as they are. Raises `OSError` if it cannot."""
    try:
        opened = os.open(folder, os.O_RDONLY)
    except PermissionError:  # one may write into a folder that one may not list
        return
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _place(folder: Path, name: str) -> Path:
    """Where a file lies, when no folder on the way to it is a link."""
    *above, last = _parts(folder, name)
    place = folder
    for part in above:
        place /= part
        _check_folder(place)
    return place / last


def _parts(folder: Path, name: str) -> list[str]:
    parts = name.split("/")
    if any(part in ("", ".", "..") or set(part) & set("\\\0:") for part in parts):
        raise StoreError(
            f"“{visible(name)}” names no file within {folder}.", "Do not trust this folder."
        )
    return parts


def _opened(place: Path, flags: int, most: int) -> int:
    # Looked at before it is opened: opening a device may already do something.
    try:
        _check(place, os.lstat(place), most)
    except FileNotFoundError:
        if not flags & os.O_CREAT:
            raise
    try:
        descriptor = os.open(place, flags | _CAREFULLY, 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:  # it has become a link since
            raise _refused(place, _KINDS[stat.S_IFLNK]) from error
        raise
    try:
        _check(place, os.fstat(descriptor), most)
    except StoreError:
        os.close(descriptor)
        raise
    return descriptor


def _check(place: Path, status: os.stat_result, most: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise _refused(place, _KINDS.get(stat.S_IFMT(status.st_mode), "no plain file"))
    if status.st_nlink > 1:
        raise StoreError(
            f"{visible(str(place))} is a hard link: the same file has another name elsewhere.",
            "Copy the run folder, and use the copy; or do not trust it.",
        )
    if status.st_size > most:
        raise StoreError(
            f"{visible(str(place))} has {status.st_size / 1e6:,.0f} MB, and may have "
            f"{most // 1_000_000} MB.",
            _HINT,
        )


def _check_folder(place: Path) -> None:
    mode = os.lstat(place).st_mode
    if not stat.S_ISDIR(mode):
        raise _refused(place, _KINDS.get(stat.S_IFMT(mode), "a file, and no folder"))


def _refused(place: Path, what: str) -> StoreError:
    return StoreError(f"{visible(str(place))} is {what}.", _HINT)


def _most(name: str) -> int:
    return MOST.get(name.split("/")[0], MOST_ELSE)
