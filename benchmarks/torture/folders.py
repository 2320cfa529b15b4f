"""Damaged run folders: every command on each of them ends in an answer.

    python -m benchmarks.torture folders --count 500

A copy of a sample run (finished, redone, stopped, waiting) is damaged in one to four ways: files
cut, flipped, emptied, exchanged, removed, filled with noise or turned into folders; checkpoints and
JSON absurd from within. Commands that read come first, those that work on the run after them, in
one process with the tiny models loaded once.
"""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from benchmarks.torture import samples
from benchmarks.torture.databases import spoilt_database
from benchmarks.torture.mutations import cut, flip, mutated
from benchmarks.torture.structures import as_yaml, rebuilt, written
from triptych.files.yaml import parse_yaml
from triptych.run_folder import CHECKPOINTS

if TYPE_CHECKING:
    from click import Command
    from click.testing import CliRunner

RUNS = (samples.FINISHED, samples.REDONE, samples.STOPPED, samples.PLANNED, samples.WAITING)
SECONDS = 20
"""Of the processor, for one command, which may make parts of a campaign anew."""
_WAITS = 600
"""Seconds after which a command that waits for something is ended, however busy the machine."""
_ENDINGS = (0, 1, 3, 4)
_ABOUT = "social-post"


@dataclass
class Report:
    """What the commands did with many folders."""

    folders: int = 0
    commands: int = 0
    codes: dict[str, int] = field(default_factory=dict)
    """Commands by exit code."""
    faults: dict[str, str] = field(default_factory=dict)
    """By folder's number and command: what happened."""
    slowest: float = 0.0
    """Seconds of the processor for one command."""

    def add(self, other: Report) -> None:
        """Take in what other folders showed."""
        self.folders += other.folders
        self.commands += other.commands
        for code, times in other.codes.items():
            self.codes[code] = self.codes.get(code, 0) + times
        self.faults |= other.faults
        self.slowest = max(self.slowest, other.slowest)


def commands(run: Path, good: Path, out: Path) -> dict[str, list[str]]:
    """Every command that takes a run folder, by name; the last ones change it.

    Args:
        run: the folder.
        good: a whole run, to compare with.
        out: where a fork and files go.
    """
    read = {
        "show": ["show", run, "-v"],
        "show --json": ["show", run, "--json"],
        "trace": ["trace", run],
        "timeline": ["trace", "show", run, "--timeline"],
        "trace --json": ["trace", "show", run, "--json"],
        "ls": ["trace", "ls", run],
        "ls of all": ["trace", "ls", run.parent],
        "lineage": ["trace", "lineage", f"{_ABOUT}/image", "--run", run],
        "diff": ["trace", "diff", run, good],
        "csv": ["trace", "export", run, "--format", "csv"],
        "mermaid": ["trace", "export", run, "--format", "mermaid"],
        "chrome": ["trace", "export", run, "--format", "chrome", "-o", out / "chrome.json"],
        "view": ["trace", "view", run, "-o", out / "trace.html"],
        "plan --from": ["plan", good / "plan.yaml", "--from", run, "-o", out / "plan.yaml"],
        "replay": ["trace", "replay", run],
        "fork": ["run", "--from", run, "--until", "copy", "--out", out / "fork"],
    }
    change = {
        "accept": ["resume", run, "--accept"],
        "resume": ["resume", run],
        "redo": ["redo", run, f"{_ABOUT}/clip", "--reason", "too slow"],
        "regenerate": ["trace", "replay", run, "--regenerate"],
        "show again": ["show", run],
    }
    return {name: [str(word) for word in words] for name, words in (read | change).items()}


def damage(random: Random, run: Path, place: Path) -> list[str]:
    """Damage a run folder; returns what was done, in words."""
    told = []
    for _ in range(random.choice((1, 1, 2, 4))):
        files = sorted(path for path in run.rglob("*") if path.is_file())
        if not files:
            break
        chief = [path for path in files if path.parent == run]
        path = random.choice(chief if chief and random.random() < 0.7 else files)
        way = random.choice(_WAYS)
        if random.random() < 0.4:  # from within, so that more than the file's own reader sees it
            way = _within
        told.append(f"{way.__name__.strip('_')} {path.relative_to(run)}")
        way(random, path, place)
    return told


def _remove(random: Random, path: Path, place: Path) -> None:
    path.unlink()


def _empty(random: Random, path: Path, place: Path) -> None:
    path.write_bytes(b"")


def _cut(random: Random, path: Path, place: Path) -> None:
    path.write_bytes(cut(random, path.read_bytes()))


def _flip(random: Random, path: Path, place: Path) -> None:
    path.write_bytes(flip(random, path.read_bytes()))


def _noise(random: Random, path: Path, place: Path) -> None:
    path.write_bytes(random.randbytes(random.choice((1, 100, 100_000))))


def _spoil(random: Random, path: Path, place: Path) -> None:
    path.write_bytes(mutated(random, [path.read_bytes()]))


def _exchange(random: Random, path: Path, place: Path) -> None:
    """For another file of the run, or the same of another run."""
    other = place / "runs" / random.choice(RUNS)
    near = [one for one in path.parent.iterdir() if one.is_file()]
    twin = other / path.name
    source = twin if twin.is_file() and random.random() < 0.5 else random.choice(near)
    path.write_bytes(source.read_bytes())


def _folder(random: Random, path: Path, place: Path) -> None:
    path.unlink()
    path.mkdir()


def _unreadable(random: Random, path: Path, place: Path) -> None:
    path.chmod(0)


def _within(random: Random, path: Path, place: Path) -> None:
    data = path.read_bytes()
    try:
        path.write_bytes(_absurd(random, path, data))
    except Exception:  # it was damaged before, beyond what says something
        path.write_bytes(flip(random, data))


def _absurd(random: Random, path: Path, data: bytes) -> bytes:
    """What a file holds, changed so that it can still be parsed."""
    if path.name == CHECKPOINTS:
        return spoilt_database(random, [data])
    if path.suffix == ".json":
        return written(random, rebuilt(random, json.loads(data)))
    if path.suffix == ".yaml":
        tree = parse_yaml(data.decode(), "a sample", typed=True).value
        return as_yaml(random, rebuilt(random, tree))
    if path.suffix == ".jsonl":
        lines = data.splitlines()
        for at in random.sample(range(len(lines)), min(3, len(lines))):
            lines[at] = written(random, rebuilt(random, json.loads(lines[at])))
        random.shuffle(lines)
        return b"\n".join(line.replace(b"\n", b"") for line in lines) + b"\n"
    return flip(random, data)


_WAYS: tuple[Callable[[Random, Path, Path], None], ...] = (
    *(_remove, _empty, _cut, _cut, _flip, _flip, _noise, _spoil, _exchange, _exchange),
    *(_folder, _unreadable),
)


def torture_folders(
    numbers: range, place: Path, work: Path, seed: int = 0, only: str | None = None
) -> Report:
    """Run every command on damaged folders.

    Args:
        numbers: of folders; each is damaged by its own number alone.
        place: of the samples.
        work: in which folders are made; one that shows a fault is kept there.
        seed: that damage is drawn with.
        only: the name of one command, to be run alone.
    """
    from click.testing import CliRunner
    from typer.main import get_command

    from triptych.cli import app
    from triptych.generators.starter import load
    from triptych.methods.load import load_models
    from triptych.runs.ready import load_all

    load.SHIPPED_WEIGHTS = place / "tiny" / "weights"
    models = load_models(str(place / "tiny" / "tiny.yaml"))  # shared with all commands
    load_all(models)
    program, runner, report = get_command(app), CliRunner(), Report()
    for number in numbers:
        random = Random(f"folders {seed} {number}")
        run = work / f"{seed}-{number}" / "run"
        shutil.copytree(place / "runs" / random.choice(RUNS), run)
        told, out = "; ".join(damage(random, run, place)), run.parent / "out"
        out.mkdir()
        faults: dict[str, str] = {}
        for name, words in commands(run, place / "runs" / samples.FINISHED, out).items():
            if only in (None, name):
                fault = _fault(runner, program, words, report)
                if fault:
                    faults[f"{seed}-{number} {name}"] = f"{told}: {fault}"
        report.faults |= faults
        report.folders += 1
        if not faults:
            shutil.rmtree(run.parent)
    del models  # until now: what nobody holds is loaded anew
    return report


def _fault(runner: CliRunner, program: Command, words: list[str], report: Report) -> str:
    """Run a command; what it did that it must not, or nothing."""
    began = time.process_time()
    signal.signal(signal.SIGALRM, _stop)
    signal.signal(signal.SIGPROF, _stop)
    signal.alarm(_WAITS)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        done = runner.invoke(program, words)
    finally:
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
    report.commands += 1
    code = str(done.exit_code)
    report.codes[code] = report.codes.get(code, 0) + 1
    report.slowest = max(report.slowest, time.process_time() - began)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return f"{type(done.exception).__name__}: {done.exception}"[:500]
    if done.exit_code not in _ENDINGS:
        return f"exit code {done.exit_code}: {done.output[-500:]}"
    if done.exit_code == 1 and not done.output.strip():
        return "exit code 1 without a word"
    return ""


def _stop(*_: object) -> None:
    raise TimeoutError("it hangs")
