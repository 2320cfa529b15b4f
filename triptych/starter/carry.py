"""A case folder that is small enough to carry to a machine that cannot render.

Stills become WebP, clips stay the coded films that they are; of the training cases as many are
taken as fit, clips and stills in the proportion they have, all of them evenly spread.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from PIL import Image

from triptych.cases.format import Case, read_cases
from triptych.errors import CaseError

QUALITY = 92


@dataclass(frozen=True)
class Carried:
    """What a folder came to: cases, and bytes of their media and words."""

    cases: int
    size: int


def carry(folder: Path, out: Path, megabytes: float = 60.0, held: int = 100) -> Carried:
    """Write a smaller copy of a case folder.

    Args:
        folder: a whole one.
        out: a new folder.
        megabytes: of everything in it, at most.
        held: cases of validation and of testing each, at most.

    Raises:
        CaseError: if `out` is there already, or not even the held cases fit.
    """
    if out.exists():
        raise CaseError(f"{out} is there already.", "Choose another name, or remove it.")
    cases = read_cases(folder)
    split = {name: [case for case in cases if case.split == name] for name in _SPLITS}
    chosen = [case for name in _SPLITS[1:] for case in _spread(split[name], held)]
    (out / "images").mkdir(parents=True)
    (out / "clips").mkdir()
    most, lines, size = int(1e6 * megabytes), [], 0
    for case in [*chosen, *_spread(split["train"], len(split["train"]), shuffled=True)]:
        line, media = _smaller(folder, case)
        more = len(line) + sum(map(len, media.values()))
        if size + more > most:
            break
        for name, data in media.items():
            (out / name).write_bytes(data)
        lines.append(line)
        size += more
    if len(lines) <= len(chosen):
        shutil.rmtree(out)
        raise CaseError(
            f"{len(chosen)} cases that are held back need more than {megabytes:g} MB.",
            "Allow more megabytes, or hold back fewer.",
        )
    (out / "cases.jsonl").write_bytes(b"".join(sorted(lines)))
    return Carried(len(lines), size)


_SPLITS = ("train", "validation", "test")


def _spread(cases: Sequence[Case], count: int, shuffled: bool = False) -> list[Case]:
    """So many cases evenly spread; shuffled, any first part of them is spread as well."""
    taken = min(count, len(cases))
    chosen = [cases[place * len(cases) // taken] for place in range(taken)]
    if shuffled:
        Random(0).shuffle(chosen)
    return chosen


def _smaller(folder: Path, case: Case) -> tuple[bytes, dict[str, bytes]]:
    """The line of a case whose still is a WebP, and its media by name."""
    still, buffer = f"images/{case.id}.webp", io.BytesIO()
    with Image.open(folder / case.image) as image:
        image.convert("RGB").save(buffer, "WEBP", quality=QUALITY, method=4)
    media = {still: buffer.getvalue()}
    if case.clip:
        if (folder / case.clip).is_dir():
            raise CaseError(
                f"The clip of case {case.id} is a folder of frames.", "Carry coded clips alone."
            )
        media[str(case.clip)] = (folder / str(case.clip)).read_bytes()
    return case.model_copy(update={"image": still}).to_line().encode(), media
