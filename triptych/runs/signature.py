"""Knowing a run folder again: its settings carry a signature that only this user can make.

HMAC-SHA256 under a key that is made once and never leaves the user's configuration folder. It says
that this user's own installation began a run with these settings; it says nothing of the brief,
the plan or the assets, which choose no code.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

import platformdirs

from triptych.errors import ProfileError, StoreError
from triptych.generators.profiles import SHIPPED, file_of
from triptych.methods.table import base_of
from triptych.run_files import read_file
from triptych.run_folder import SIGNATURE
from triptych.runs.settings import RunSettings

KEY_FILE = "TRIPTYCH_KEY_FILE"
"""Environment variable: the file of the key, in place of the user's own."""
_BYTES = 32
_PURPOSE = b"triptych run settings 1\n"


def sign(settings: RunSettings) -> bytes | None:
    """The signature of a run's settings, as its folder keeps it; None without a key."""
    try:
        return _signature(settings, _key())
    except StoreError:
        return None


def is_signed(folder: Path, settings: RunSettings) -> bool:
    """Whether this user began the run in a folder with these settings, on the same profile."""
    try:
        return hmac.compare_digest(read_file(folder, SIGNATURE), _signature(settings, _key()))
    except (OSError, StoreError):
        return False


def key_trouble() -> str | None:
    """What keeps this user's runs from being signed, in words; None if nothing does."""
    try:
        _key()
    except StoreError as error:
        return (
            f"{error} Run folders that are begun now will count as strangers': to go on with one, "
            "name its profile again."
        )
    return None


def _signature(settings: RunSettings, key: bytes) -> bytes:
    """Of all settings but the time, and of the file that the profile's name stands for here."""
    fields = settings.model_dump(mode="json", exclude={"started"}, exclude_defaults=True)
    content = json.dumps(
        {"settings": fields, "profile": _own_file(settings.profile)}, sort_keys=True
    )
    return hmac.new(key, _PURPOSE + content.encode(), hashlib.sha256).hexdigest().encode() + b"\n"


def _own_file(profile: str) -> str:
    """The user's file behind a profile's name; empty for a shipped one, and for none."""
    try:
        path = file_of(base_of(profile))
    except ProfileError:
        return ""
    return "" if path.parent == SHIPPED else str(path.resolve())


def _key() -> bytes:
    """The user's key, made if there is none. Raises `StoreError` if it cannot be kept or read."""
    named = os.environ.get(KEY_FILE)
    folder = Path(platformdirs.user_config_dir("triptych", appauthor=False))
    place = Path(named) if named else folder / "run-folders.key"
    try:
        with suppress(FileNotFoundError):
            return _read(place)
        _make(place)
        return _read(place)
    except OSError as error:
        raise StoreError(f"The key {place} cannot be kept: {error.strerror}.") from error


def _read(place: Path) -> bytes:
    careful = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(place, os.O_RDONLY | careful), "rb") as file:
        status = os.fstat(file.fileno())
        others = status.st_mode & (stat.S_IRWXG | stat.S_IRWXO) and os.name == "posix"
        mine = not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
        if not stat.S_ISREG(status.st_mode) or status.st_size != _BYTES or others or not mine:
            raise StoreError(
                f"{place} is no key that this user alone can read; delete it for a new one."
            )
        return file.read()


def _make(place: Path) -> None:
    """Make the key, whole from the first moment; of two processes that do, one is heard."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = place.with_name(f".{place.name}-{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(new, place)
    finally:
        new.unlink(missing_ok=True)
