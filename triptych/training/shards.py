"""A weights folder in pieces that are small enough to carry, and back.

What leaves a machine that one has for half an hour may be limited to a few megabytes a file.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

from triptych.errors import ModelError

MOST = 15_000_000
"""Bytes of a piece, at most."""
LIST = "shards.json"


def to_shards(folder: Path, out: Path, most: int = MOST) -> list[Path]:
    """Write a folder as `weights.000`, `weights.001`, …, and a list with their hashes.

    Args:
        folder: with files in it, and no links.
        out: where the pieces go.
        most: bytes of a piece.

    Returns:
        the pieces.
    """
    out.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(folder.rglob("*")):
            archive.add(path, path.relative_to(folder).as_posix(), recursive=False)
    whole, pieces, hashes = buffer.getvalue(), [], {}
    for number, start in enumerate(range(0, len(whole), most)):
        piece = out / f"weights.{number:03d}"
        piece.write_bytes(whole[start : start + most])
        hashes[piece.name] = hashlib.sha256(whole[start : start + most]).hexdigest()
        pieces.append(piece)
    (out / LIST).write_text(json.dumps(hashes, indent=1) + "\n")
    return pieces


def from_shards(pieces: Path, folder: Path) -> None:
    """Put a folder together again. Raises `ModelError` if a piece is missing or torn."""
    try:
        hashes = json.loads((pieces / LIST).read_text())
        parts = [(pieces / Path(name).name).read_bytes() for name in sorted(hashes)]
        digests = [hashlib.sha256(part).hexdigest() for part in parts]
        if digests != [hashes[name] for name in sorted(hashes)]:
            raise ValueError("a piece is not what was written")
        folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(fileobj=io.BytesIO(b"".join(parts))) as archive:
            archive.extractall(folder, filter="data")
    except (OSError, ValueError, AttributeError, tarfile.TarError) as error:
        raise ModelError(
            f"The pieces in {pieces} cannot be put together: {error}", "Fetch them again."
        ) from error
