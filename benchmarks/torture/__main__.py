"""Everything that may go wrong, many times over.

    python -m benchmarks.torture PART [--work DIR] [--out DIR] [--count N] [--hours H] [--seed S]

Parts: hostile (`--kind K`, all of them without), folders, conformance, soak, kills. `make torture`
runs all of them. Each writes its figures with date and commit to a file of its own in OUT
(docs/results), of which benchmarks/reliability.py makes docs/reliability.md, and ends with 1 if it
found a fault. What was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
ROOT = Path(__file__).parents[2]


def main() -> int:
    """Run one part; returns the process's exit code."""
    parser = argparse.ArgumentParser(prog="torture", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("part", choices=_PARTS)
    parser.add_argument("--work", type=Path, default=Path("torture-work"))
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--count", type=int, help="inputs of a kind, folders or kills")
    parser.add_argument("--hours", type=float, default=8.0, help="of soaking")
    parser.add_argument("--kind", help="of hostile input")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    given.work.mkdir(parents=True, exist_ok=True)
    return _PARTS[given.part](given)


def samples_in(work: Path) -> Path:
    """The folder of good files to be spoilt, made at its first use."""
    from benchmarks.torture.samples import make_samples

    place = work / "samples"
    if not place.exists():
        made = work / "samples-unfinished"
        subprocess.run(["rm", "-rf", made], check=True)
        make_samples(made)
        made.rename(place)
        # The models' profile names its folder.
        profile = place / "tiny" / "tiny.yaml"
        profile.write_text(profile.read_text().replace(str(made), str(place)))
    return place


def _hostile(given: argparse.Namespace) -> int:
    from benchmarks.torture.hostile import watched
    from benchmarks.torture.kinds import KINDS

    place, faults = samples_in(given.work), 0
    for kind in [given.kind] if given.kind else KINDS:
        report = watched(kind, given.count or 100_000, given.seed, place, given.work / "hostile")
        told = {
            "inputs": report.read + report.refused + len(report.faults),
            "read": report.read,
            "refused": report.refused,
            "errors": dict(report.errors),
            "faults": report.faults,
            "slowest_seconds": round(report.slowest, 2),
            "peak_megabytes": round(report.peak_bytes / 1e6),
            "seed": given.seed,
        }
        write(given.out, "hostile", told, kind)
        faults += len(report.faults)
    return 1 if faults else 0


def _folders(given: argparse.Namespace) -> int:
    from benchmarks.torture.folders import Report, torture_folders

    place, count = samples_in(given.work), given.count or 500
    state = given.work / f"folders-{given.seed}.json"
    total = Report(**json.loads(state.read_text())) if state.exists() else Report()
    while total.folders < count:
        numbers = range(total.folders, min(total.folders + 10, count))
        total.add(torture_folders(numbers, place, given.work / "folders", given.seed))
        state.write_text(json.dumps(vars(total)))
        print(f"{total.folders} of {count} folders, {len(total.faults)} faults", flush=True)
    write(given.out, "folders", {**vars(total), "seed": given.seed})
    return 1 if total.faults else 0


def _conformance(given: argparse.Namespace) -> int:
    from tempfile import TemporaryDirectory

    from benchmarks.torture.conformance import conformance

    with TemporaryDirectory(dir=given.work) as folder:
        told = conformance(Path(folder))
    write(given.out, "conformance", told)
    return any(one["failed"] or not one["passed"] for one in told["capabilities"].values())


def _soak(given: argparse.Namespace) -> int:
    from benchmarks.torture.soak import soak

    told = soak(given.hours * 3600, samples_in(given.work), given.work / "soak").summary()
    write(given.out, "soak", told)
    return 1 if told["failed"] or not told["flat"] else 0


def _kills(given: argparse.Namespace) -> int:
    command = [sys.executable, "benchmarks/kill.py", "--kills", str(given.count or 1000)]
    work = given.work / f"kills-{time.strftime('%Y%m%d-%H%M%S')}"
    told = given.out / "kill.json"
    return subprocess.run(
        [*command, "--work", str(work.absolute()), "--json", str(told.absolute())],
        cwd=ROOT,
        check=False,
    ).returncode


def write(out: Path, name: str, told: dict[str, Any], key: str | None = None) -> None:
    """Store figures with where they come from; with a key, beside those of other keys."""
    path = out / "reliability" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {**told, **_origin()}
    if key is not None:
        before = json.loads(path.read_text()) if path.exists() else {}
        told = {**before, key: told}
    path.write_text(json.dumps(told, indent=2) + "\n")
    print(path)


def _origin() -> dict[str, Any]:
    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "triptych")
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": git("rev-parse", "--short", "HEAD") + (" with changes" if changed else ""),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }


_PARTS: dict[str, Callable[[argparse.Namespace], int]] = {
    "hostile": _hostile,
    "folders": _folders,
    "conformance": _conformance,
    "soak": _soak,
    "kills": _kills,
}

if __name__ == "__main__":
    sys.exit(main())
