"""Hostile inputs to every reader: only the project's own errors, at once, in little memory.

    python -m benchmarks.torture hostile --kind briefs --count 100000

A worker process makes and reads the inputs, under a limit of memory and with an alarm for each; a
watcher starts it anew after an input that killed or hung it. Input number N of a seed is always the
same bytes, given the same samples. An input that shows a fault is kept in a file: mend the reader,
and put the file into tests/torture/inputs, where it is read with every test run.
"""

from __future__ import annotations

import json
import mmap
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.torture.kinds import KINDS, OWN_ERRORS
from triptych.errors import TriptychError

MOST_SECONDS = 5
"""Of the processor, so that a busy machine is no fault."""
MOST_BYTES = 1_000_000_000
_STUCK_SECONDS = 60
"""After which a worker that waits, or is in C code where no alarm reaches it, is killed."""
_MOST_FAULTS = 50
_BLOCK = 2000
"""Inputs that one worker reads."""
_NOT_STARTED = 2**63


class TookTooLongError(BaseException):
    """An input took longer than it may; no `except Exception` may swallow it."""


@dataclass
class Report:
    """What a reader did with many inputs."""

    read: int = 0
    refused: int = 0
    faults: dict[int, str] = field(default_factory=dict)
    """By the input's number: what happened."""
    errors: Counter[str] = field(default_factory=Counter)
    """Refusals by the class of the error."""
    slowest: float = 0.0
    """Seconds of the processor for one input."""
    slowest_number: int = -1
    peak_bytes: int = 0
    """Of the process."""

    def add(self, other: Report) -> None:
        """Take in what a later worker found."""
        self.read += other.read
        self.refused += other.refused
        self.faults |= other.faults
        self.errors += other.errors
        if other.slowest > self.slowest:
            self.slowest, self.slowest_number = other.slowest, other.slowest_number
        self.peak_bytes = max(self.peak_bytes, other.peak_bytes)


def made(kind: str, number: int, place: Path, seed: int = 0) -> tuple[bytes, str]:
    """Input `number` of a kind: its bytes and its file's name."""
    return KINDS[kind].spoil(Random(f"{kind} {seed} {number}"), place)


def read(kind: str, path: Path, place: Path) -> None:
    """Give a file to a kind's reader.

    Raises:
        TriptychError, Refused: as it should, of what cannot be used.
        TookTooLongError: if it takes longer than 5 s of the processor.
    """

    def stop(*_: object) -> None:
        raise TookTooLongError(f"took longer than {MOST_SECONDS} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        KINDS[kind].read(path, place)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def torture(
    kind: str,
    numbers: range,
    place: Path,
    folder: Path,
    seed: int = 0,
    on_input: Callable[[int], object] = lambda number: None,
) -> Report:
    """Read inputs one after the other in this process.

    Args:
        kind: of inputs.
        numbers: of them.
        place: the samples' folder.
        folder: in which inputs are written.
        seed: that they are drawn with.
        on_input: told of each number before it is read.
    """
    report = Report()
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        on_input(number)
        data, name = made(kind, number, place, seed)
        path = folder / name
        path.write_bytes(data)
        began = time.process_time()
        try:
            read(kind, path, place)
            report.read += 1
        except OWN_ERRORS as error:
            if isinstance(error, TriptychError) and not error.message.strip():
                report.faults[number] = "an error without words"
            else:
                report.refused += 1
                report.errors[type(error).__name__] += 1
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            report.faults[number] = f"{type(error).__name__}: {error}"[:300]
        took = time.process_time() - began
        if took > report.slowest:
            report.slowest, report.slowest_number = took, number
        path.unlink(missing_ok=True)
        if len(report.faults) >= _MOST_FAULTS:
            break
    report.peak_bytes = _peak_bytes()
    return report


def _peak_bytes() -> int:
    """The most that this process held; `getrusage` would tell the parent's, inherited by a fork."""
    status = Path("/proc/self/status").read_text()
    (line,) = (one for one in status.splitlines() if one.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def watched(kind: str, count: int, seed: int, place: Path, work: Path) -> Report:
    """Read `count` inputs in worker processes, or those that an earlier call left.

    What was found is kept after each of the blocks of a few thousand inputs, and so is every input
    that shows a fault.
    """
    work.mkdir(parents=True, exist_ok=True)
    state = work / f"{kind}-{seed}.json"
    total, first = Report(), 0
    if state.exists():
        total = _report_of(json.loads(state.read_text()))
        first = total.read + total.refused + len(total.faults)
    while first < count and len(total.faults) < _MOST_FAULTS:
        end = min(first + _BLOCK, count)
        report, at = _one_worker(kind, range(first, end), seed, place, work)
        total.add(report)
        first = at + 1
        for number in report.faults:
            _keep(kind, number, place, seed, work / "faults" / kind)
        state.write_text(json.dumps(vars(total)))
        print(f"{kind}: {first} of {count}, {len(total.faults)} faults", flush=True)
    return total


def _keep(kind: str, number: int, place: Path, seed: int, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    data, name = made(kind, number, place, seed)
    (folder / f"{seed}.{number}-{name}").write_bytes(data)


def _report_of(told: dict[str, Any]) -> Report:
    faults = {int(number): words for number, words in told["faults"].items()}
    return Report(**{**told, "faults": faults, "errors": Counter(told["errors"])})


def _one_worker(
    kind: str, numbers: range, seed: int, place: Path, work: Path
) -> tuple[Report, int]:
    """A worker's report, and the number of the last input that it read."""
    progress, told = work / f"{kind}-at", work / f"{kind}-report.json"
    progress.write_bytes(_NOT_STARTED.to_bytes(8))
    told.unlink(missing_ok=True)
    asked = {"kind": kind, "first": numbers.start, "end": numbers.stop, "seed": seed,
             "place": str(place), "folder": str(work / "inputs" / kind),
             "progress": str(progress), "told": str(told)}  # fmt: skip
    command = [sys.executable, "-m", "benchmarks.torture.hostile", json.dumps(asked)]
    at, since = _NOT_STARTED, time.monotonic()
    with subprocess.Popen(command) as worker:
        while worker.poll() is None:
            time.sleep(0.2)
            now = int.from_bytes(progress.read_bytes())
            if now != at:
                at, since = now, time.monotonic()
            elif time.monotonic() - since > _STUCK_SECONDS and at != _NOT_STARTED:
                worker.kill()
                worker.wait()
                return Report(faults={at: f"hung for {_STUCK_SECONDS} s"}), at
    at = int.from_bytes(progress.read_bytes())
    if at == _NOT_STARTED:
        raise RuntimeError(f"The worker for {kind} did not start.")
    if not told.exists():
        return Report(faults={at: f"the process ended with {worker.returncode}"}), at
    return _report_of(json.loads(told.read_text())), at


def _work(asked: dict[str, Any]) -> None:
    """A worker: reads its inputs under a limit of memory, and writes what it found."""
    with open(asked["progress"], "r+b") as file:
        progress = mmap.mmap(file.fileno(), 8)
    place, folder = Path(asked["place"]), Path(asked["folder"])
    # What is loaded at the first use is no input's memory.
    torture(asked["kind"], range(-20, 0), place, folder, asked["seed"])
    loaded = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (loaded + MOST_BYTES, resource.RLIM_INFINITY))

    def at(number: int) -> None:
        progress[:] = number.to_bytes(8)

    numbers = range(asked["first"], asked["end"])
    report = torture(asked["kind"], numbers, place, folder, asked["seed"], at)
    if report.peak_bytes > MOST_BYTES:
        report.faults[asked["end"] - 1] = f"the process took {report.peak_bytes / 1e6:.0f} MB"
    Path(asked["told"]).write_text(json.dumps(vars(report)))


if __name__ == "__main__":
    _work(json.loads(sys.argv[1]))
