"""What a disk is sure to hold: the files and names that were synced, and nothing since.

A recorder stands in for `os.fsync`: it copies what is synced into a shadow folder. After a kill,
`cut` makes the run folder what the worst power cut could leave of it: files as they were when they
were last synced (empty if never), names as they were when their folder was. SQLite syncs by itself,
below Python: its files stay as they are.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import threading
from pathlib import Path

from triptych.run_folder import CHECKPOINTS

_replace = os.replace
_fsync = os.fsync


def record(shadow: Path) -> None:
    """Let this process write down what it syncs."""
    held: list[int] = []  # else a replaced file's number may be given to another
    one_at_a_time = threading.Lock()  # else an older look at a folder may be written over a newer

    def fsync(descriptor: int) -> None:
        with one_at_a_time:
            _fsync(descriptor)
            _keep(Path(os.readlink(f"/proc/self/fd/{descriptor}")), shadow)

    def replace(source, target):
        if os.path.exists(target):
            held.append(os.open(target, os.O_RDONLY))
        _replace(source, target)

    os.fsync, os.replace = fsync, replace  # type: ignore[assignment]


def snapshot(folder: Path, shadow: Path) -> None:
    """All that lies in a folder, as if all of it had been synced."""
    shutil.rmtree(shadow, ignore_errors=True)
    shadow.mkdir(parents=True)
    _keep(folder.parent, shadow)
    for path in (folder, *folder.rglob("*")) if folder.exists() else ():
        _keep(path, shadow)


def cut(folder: Path, shadow: Path) -> None:
    """Leave of a folder what a power cut does."""
    names = _listing(folder.parent, shadow)
    if folder.exists():
        lost = folder.with_name(f"{folder.name}.lost")
        folder.rename(lost)
        if folder.name in names:
            _restore(lost, folder, folder, shadow)
        shutil.rmtree(lost)
    snapshot(folder, shadow)


def _keep(path: Path, shadow: Path) -> None:
    status = os.stat(path)
    if stat.S_ISDIR(status.st_mode):
        with os.scandir(path) as entries:
            names = {e.name: [e.inode(), e.is_dir()] for e in entries}
        _write(shadow / _name_of(path), json.dumps(names).encode())
    else:
        _write(shadow / str(status.st_ino), path.read_bytes())


def _write(path: Path, data: bytes) -> None:
    new = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    new.write_bytes(data)
    _replace(new, path)


def _name_of(folder: Path) -> str:
    return "folder" + str(folder).replace("/", "|")


def _listing(folder: Path, shadow: Path) -> dict[str, list]:
    path = shadow / _name_of(folder)
    return json.loads(path.read_text()) if path.exists() else {}


def _restore(lost: Path, folder: Path, place: Path, shadow: Path) -> None:
    """Rebuild `folder`, which lies in `lost` as it was, and was known as `place`."""
    folder.mkdir()
    for name, (inode, is_folder) in _listing(place, shadow).items():
        if is_folder:
            _restore(lost / name, folder / name, place / name, shadow)
        elif not name.startswith(CHECKPOINTS):
            synced = shadow / str(inode)
            (folder / name).write_bytes(synced.read_bytes() if synced.exists() else b"")
    for path in lost.glob(f"{CHECKPOINTS}*") if lost.exists() else ():
        shutil.copy2(path, folder / path.name)
