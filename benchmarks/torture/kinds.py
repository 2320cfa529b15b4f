"""Eight kinds of what is read from outside: how each is spoilt, and how it is read."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from inspect import unwrap
from pathlib import Path
from random import Random
from typing import Any

import typer

from benchmarks.torture import samples
from benchmarks.torture.databases import spoilt_database
from benchmarks.torture.mutations import mutated
from benchmarks.torture.scalars import SCALARS
from benchmarks.torture.structures import as_yaml, rebuilt, written
from triptych.briefs.read import understand
from triptych.cases.format import check_cases, read_cases
from triptych.errors import TriptychError
from triptych.files.yaml import parse_yaml
from triptych.generators.profiles import SHIPPED, read_profile
from triptych.run_folder import CHECKPOINTS, MANIFEST, TRACE

TEST_DATA = Path(__file__).parents[2] / "tests" / "briefs" / "data"
ENDINGS = (".yaml", ".json", ".txt", ".md", ".csv", ".tsv", ".xml", ".jsonl", ".jsonld", "", ".x")

BRIEF = """description: >-
  Norvik launches the Emberlite, a red steel camping lantern.
brand: Norvik
product: Emberlite
facts: [40 hours, "waterproof: yes"]
offer: {price: 49.90, was_price: 59.90, currency: EUR, valid_until: 2026-12-24, code: NO}
must_say: ["the #1 lantern"]
tone: playful
channels: [body, headline]
budget:
  attempts: 3
"""
PLAN = """version: 1
brief: {description: A red lantern., brand: Norvik}
key_message: Light for every camp.
visual: a red steel lantern at night
motion: slow orbit
deliverables:
- {id: body, channel: body, tone: playful}
- {id: headline, channel: headline, tone: playful, parts: [copy]}
search: {strategy: pruning, candidates: 2}
false_rejection_rate: 0.05
"""
OVERRIDES = ("image.steps=20", "text.options.temperature=0.5", "memory_limit=1e3", "fetch=true")
_MOST_WORDS = 2000
"""Bytes of a brief that is tried as words of the command line as well."""


@dataclass(frozen=True)
class Kind:
    """A kind of input."""

    spoil: Callable[[Random, Path], tuple[bytes, str]]
    """Makes a hostile input of random numbers and the samples' folder: bytes and file name."""
    read: Callable[[Path, Path], object]
    """Reads the file, given the samples' folder. Own errors, and `Refused`, are as they should."""
    needs_runs: bool = False


class Refused(Exception):
    """A reader told of what is wrong otherwise than by raising an error."""


def _texts(good: Sequence[str], endings: Sequence[str]) -> Callable[[Random, Path], Any]:
    """Half changed by their bytes, half by their structure."""
    trees = [parse_yaml(text, "a sample", typed=True).value for text in good]
    data = [text.encode() for text in good]

    def spoil(random: Random, _: Path) -> tuple[bytes, str]:
        if random.random() < 0.5:
            return mutated(random, data), f"input{random.choice(endings)}"
        tree = rebuilt(random, random.choice(trees))
        if random.random() < 0.5 and ".json" in endings:
            return written(random, tree), "input.json"
        return as_yaml(random, tree), "input.yaml"

    return spoil


def _briefs(random: Random, place: Path) -> tuple[bytes, str]:
    if random.random() < 0.4:
        return mutated(random, _brief_files()), f"input{random.choice(ENDINGS)}"
    return _texts_of_briefs()(random, place)


@cache
def _texts_of_briefs() -> Callable[[Random, Path], tuple[bytes, str]]:
    return _texts((BRIEF, "description: A red lantern."), ENDINGS)


@cache
def _brief_files() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(TEST_DATA.iterdir()))


def _read_brief(path: Path, _: Path) -> None:
    understand(str(path))
    data = path.read_bytes()
    if len(data) < _MOST_WORDS and len(data) % 3 == 0:
        understand(data.decode("utf-8", "surrogateescape"))


def _profiles() -> list[str]:
    """The shipped profiles, the short ones more often."""
    texts = [path.read_text() for path in sorted(SHIPPED.glob("*.yaml"))]
    return [text for text in texts for _ in range(3 if len(text) < 1000 else 1)]


def _overrides(random: Random, _: Path) -> tuple[bytes, str]:
    good = random.choice(OVERRIDES)
    if random.random() < 0.5:
        text = f"{good.partition('=')[0]}={random.choice(SCALARS)}"
        return text.encode("utf-8", "surrogatepass"), "override"
    return mutated(random, [one.encode() for one in OVERRIDES]), "override"


def _cases(random: Random, place: Path) -> tuple[bytes, str]:
    if random.random() < 0.1:
        name = str(random.choice((samples.CASE["image"], samples.CASE["clip"])))
        return mutated(random, [(place / "cases" / name).read_bytes()]), name
    if random.random() < 0.5:
        return mutated(random, [(json.dumps(samples.CASE) + "\n").encode()]), "cases.jsonl"
    lines = [written(random, rebuilt(random, samples.CASE)) for _ in range(random.randint(1, 3))]
    return b"\n".join(lines), "cases.jsonl"


def _read_cases(path: Path, place: Path) -> None:
    for name in ("cases.jsonl", samples.CASE["image"], samples.CASE["clip"]):
        if name != path.name:
            (path.parent / name).write_bytes((place / "cases" / name).read_bytes())
    read_cases(path.parent, skip_bad=True)
    problems = check_cases(path.parent, media=path.name != "cases.jsonl")
    if problems:
        raise Refused("\n".join(map(str, problems)))


def _manifests(random: Random, place: Path) -> tuple[bytes, str]:
    good = _good_manifests(place)
    if random.random() < 0.3:
        return mutated(random, [json.dumps(one).encode() for one in good]), MANIFEST
    return written(random, rebuilt(random, random.choice(good))), MANIFEST


def _read_manifest(path: Path, place: Path) -> None:
    from triptych.commands.campaigns import show
    from triptych.runs.manifest import read_manifest
    from triptych.runs.report import render_report
    from triptych.tracing.runs import Run

    ended = Run(path.parent, []).manifest  # as a reader of traces looks at it
    assert ended.results or not ended.results
    _copy_assets(path.parent, place)
    _run_command(show, path.parent)
    if len(path.read_bytes()) % 5 == 0:
        render_report(path.parent, read_manifest(path.parent))


def _traces(random: Random, place: Path) -> tuple[bytes, str]:
    good = _good_lines(place)
    lines = [random.choice(good) for _ in range(random.choice((1, 2, 4, 12)))]
    if random.random() < 0.3:
        return mutated(random, [b"\n".join(lines) + b"\n"]), TRACE
    for at in range(len(lines)):
        if random.random() < 0.7:
            lines[at] = written(random, rebuilt(random, json.loads(lines[at]))).replace(b"\n", b"")
    return b"\n".join(lines) + b"\n", TRACE


def _read_trace(path: Path, place: Path) -> None:
    from triptych.commands import trace

    folder, size = path.parent, path.stat().st_size
    ways: tuple[Callable[[], None], ...] = (
        lambda: _run_command(trace.show, folder, True),
        lambda: _run_command(trace.show, folder, False),
        lambda: _run_command(trace.show, folder, True, as_json=True),
        lambda: _run_command(trace.list_runs, folder),
        lambda: _run_command(trace.lineage, "social-post/image", folder),
        lambda: _run_command(trace.lineage, "social-post/clip", folder, as_json=True),
        lambda: _run_command(trace.diff, folder, place / "runs" / samples.FINISHED),
        lambda: _run_command(trace.export, folder, "csv"),
        lambda: _run_command(trace.export, folder, "mermaid"),
        lambda: _run_command(trace.export, folder, "chrome"),
        lambda: _run_command(trace.view, folder, folder / "page.html"),
    )
    ways[size % len(ways)]()


def _checkpoints(random: Random, place: Path) -> tuple[bytes, str]:
    return spoilt_database(random, _good_databases(place)), CHECKPOINTS


def _read_checkpoints(path: Path, _: Path) -> None:
    from triptych.graph.person import read_question
    from triptych.runs.checkpoints import open_checkpoints

    for beside in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    with open_checkpoints(path.parent) as saver:
        known = (
            _graph()
            .compile(checkpointer=saver)
            .get_state({"configurable": {"thread_id": "campaign"}})
        )
        if known.interrupts:
            read_question(known.interrupts[0].value)


@cache
def _graph() -> Any:
    from triptych.graph.build import build_graph

    return build_graph()


@cache
def _good_manifests(place: Path) -> list[Any]:
    return samples.manifests(place)


@cache
def _good_lines(place: Path) -> list[bytes]:
    return samples.lines_of_traces(place)


@cache
def _good_databases(place: Path) -> list[bytes]:
    return samples.small_databases(place)


def _copy_assets(folder: Path, place: Path) -> None:
    """The assets that a good manifest names, once a folder."""
    if not (folder / "assets").exists():
        shutil.copytree(place / "runs" / samples.REDONE / "assets", folder / "assets")


def _run_command(command: Callable[..., object], *given: object, **named: object) -> None:
    """A command as the command line runs it, but that its errors come out as they are."""
    with redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace")):
        try:
            unwrap(command)(*given, **named)
        except typer.Exit as end:
            if end.exit_code not in (0, 1, 3):
                raise
            raise Refused(f"exit {end.exit_code}") from end


KINDS: dict[str, Kind] = {
    "briefs": Kind(_briefs, _read_brief),
    "plans": Kind(
        _texts((PLAN,), (".yaml", ".yaml", ".json")), lambda path, _: understand(str(path))
    ),
    "profiles": Kind(
        _texts(_profiles(), (".yaml",)),
        lambda path, _: read_profile(str(path)),
    ),
    "overrides": Kind(
        _overrides,
        lambda path, _: read_profile(
            "starter", [path.read_bytes().decode("utf-8", "surrogateescape")]
        ),
    ),
    "cases": Kind(_cases, _read_cases, needs_runs=True),
    "manifests": Kind(_manifests, _read_manifest, needs_runs=True),
    "traces": Kind(_traces, _read_trace, needs_runs=True),
    "checkpoints": Kind(_checkpoints, _read_checkpoints, needs_runs=True),
}
OWN_ERRORS = (TriptychError, Refused)
