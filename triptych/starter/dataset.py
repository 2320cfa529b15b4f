"""Rendering a case folder: deterministic, parallel, and resumable after a kill.

Case i is a function of (seed, i) alone. Media are written to a temporary name and renamed, so a
file that is there is whole; `cases.jsonl` is written last, from the scenes.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from triptych.cases.format import FPS, FRAMES, Case, Split
from triptych.errors import CaseError
from triptych.media import encode_mp4
from triptych.starter.grammar import case_texts
from triptych.starter.scene import Scene, draw_scene

if TYPE_CHECKING:
    from triptych.starter.renderer import Renderer

TEST_REFERENCES = 5
SIZE = 128
"""Side of a picture, where nobody asks for another."""
LOOK = 2
"""Raised whenever the renderer's pictures change: two looks must not mix in one folder."""


def split_of(index: int) -> tuple[Split, bool]:
    """The split of case `index`, and whether its combination is one that training never sees.

    Of every 50 cases two are for validation and two for testing, one of these unseen.
    """
    place = index % 50
    if place in (11, 36):
        return "validation", False
    if place in (23, 48):
        return "test", place == 48
    return "train", False


def scene_of(seed: int, index: int) -> Scene:
    """The scene of case `index` of a world."""
    _, unseen = split_of(index)
    return draw_scene(Random(f"{seed}:{index}"), held_out=unseen)


def has_clip(index: int) -> bool:
    """Every fifth case of each split has a clip."""
    split, _ = split_of(index)
    if split == "train":
        return index % 5 == 0
    return (index // 50) % 5 in (0,) if split == "validation" else (index // 50) % 5 in (0, 2)


def case_of(seed: int, index: int, stills: bool = False) -> Case:
    """The case with its words; its media are `images/ID.png` and `clips/ID.mp4`.

    Args:
        seed: of the world.
        index: of the case.
        stills: of a folder without clips.
    """
    scene = scene_of(seed, index)
    split, unseen = split_of(index)
    texts = case_texts(scene, references=TEST_REFERENCES if split == "test" else 1)
    name = f"{index:06d}"
    return Case.model_validate(
        {
            **texts,
            "id": name,
            "split": split,
            "attributes": scene.attributes() | {"seed": scene.seed},
            "image": f"images/{name}.png",
            "clip": f"clips/{name}.mp4" if has_clip(index) and not stills else None,
            "unseen_combination": unseen,
        }
    )


def render_cases(
    out: Path,
    cases: int,
    seed: int,
    workers: int = 1,
    on_progress: Callable[[int, int], None] | None = None,
    split: Split | None = None,
    stills: bool = False,
    size: int = SIZE,
) -> int:
    """Render a case folder, or go on with one that was begun; returns how many cases it holds.

    Args:
        out: the folder.
        cases: how many the world has.
        seed: of the world.
        workers: processes; the bytes do not depend on it.
        on_progress: (cases done, cases in all).
        split: render this split alone.
        stills: render no clip, which takes a fifth of the time.
        size: side of the pictures in pixels.

    Raises:
        CaseError: if the folder holds another world, or cannot be written.
    """
    try:
        _claim(out, seed, size)
        chosen = [i for i in range(cases) if split in (None, split_of(i)[0])]
        todo = [i for i in chosen if not _is_done(out, i, stills)]
        done = len(chosen) - len(todo)
        for _ in _rendered(out, seed, todo, workers, stills, size):
            done += 1
            if on_progress:
                on_progress(done, len(chosen))
        assemble(out, chosen, seed, stills)
        return len(chosen)
    except OSError as error:
        raise CaseError(
            f"{out} cannot be written: {error.strerror or error}.",
            "What is there is whole: mend the cause, and give the same command again.",
        ) from error


def _claim(out: Path, seed: int, size: int) -> None:
    """Make the folders, and note whose they are, so that two worlds cannot mix."""
    (out / "images").mkdir(parents=True, exist_ok=True)
    (out / "clips").mkdir(exist_ok=True)
    of = "" if size == SIZE else f" size {size}"
    stamp, mark = out / "world.txt", f"seed {seed} look {LOOK}{of}\n"
    if not stamp.exists():
        _write(stamp, mark.encode())
    elif stamp.read_text(errors="replace") != mark:
        raise CaseError(
            f"{out} holds another world ({stamp.read_text(errors='replace').strip()!r}, "
            f"not {mark.strip()!r}).",
            "Choose another folder, or the same --seed and version of Triptych.",
        )


def assemble(out: Path, cases: Sequence[int], seed: int, stills: bool = False) -> None:
    """Write `cases.jsonl` from the scenes: fast, and whole or not at all."""
    lines = "".join(case_of(seed, index, stills).to_line() for index in cases)
    _write(out / "cases.jsonl", lines.encode())


def _is_done(out: Path, index: int, stills: bool) -> bool:
    image, clip = out / f"images/{index:06d}.png", out / f"clips/{index:06d}.mp4"
    return image.exists() and (stills or not has_clip(index) or clip.exists())


def _rendered(
    out: Path, seed: int, todo: list[int], workers: int, stills: bool, size: int
) -> Iterator[int]:
    if workers <= 1:
        yield from (_render_one((out, seed, index, stills, size)) for index in todo)
        return
    while todo:
        before = len(todo)
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
            jobs = {pool.submit(_render_one, (out, seed, index, stills, size)) for index in todo}
            try:
                yield from (job.result() for job in as_completed(jobs))
            except BrokenProcessPool:
                pass  # the cases that are missing are begun again below
            finally:
                pool.shutdown(cancel_futures=True)
        # A software GL driver can crash; what is whole stays, and the rest is begun again.
        todo = [index for index in todo if not _is_done(out, index, stills)]
        if len(todo) == before:
            raise CaseError(
                f"The renderer crashes at case {todo[0]}.",
                "Try --workers 1, and reinstall the extra `render`.",
            )


_renderer: Renderer | None = None


def _render_one(job: tuple[Path, int, int, bool, int]) -> int:
    from triptych.starter.renderer import Renderer

    global _renderer  # one renderer a process: its stages are costly to set up
    out, seed, index, stills, size = job
    if _renderer is None or _renderer.size != size:
        _renderer = Renderer(size)
    scene = scene_of(seed, index)
    if has_clip(index) and not stills:
        frames = _renderer.clip(scene, FRAMES)
        write_clip(out / f"clips/{index:06d}.mp4", frames)
        still = frames[0]
    else:
        still = _renderer.still(scene)
    write_image(out / f"images/{index:06d}.png", still)
    return index


def write_image(path: Path, pixels: NDArray[np.uint8]) -> None:
    """A PNG, whole or not at all."""
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=3)
    _write(path, buffer.getvalue())


def write_clip(path: Path, frames: NDArray[np.uint8]) -> None:
    """An H.264 MP4 at 8 frames a second, whole or not at all; same frames, same bytes."""
    _write(path, encode_mp4(frames, FPS))


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_bytes(data)
    _sync(temporary)
    temporary.replace(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
