"""Kills campaigns over and over and looks for damage; the figures go to docs/results/kills.json.

    python benchmarks/kill.py --kills 1000 --mutants --json docs/results/kills.json

Every command that changes a run is killed by SIGKILL, at random moments and before and after each
act that leaves something behind; half of the kills take all that was not synced with them, as a
power cut does. Models, critic and a paid service write what they were asked into logs of their own.
After each kill the user's next command goes on, and in the end these must hold against the same
commands left alone:

- no step is made again of which anything on disk says that it was finished;
- nothing is paid for twice;
- the trace lacks no event and tells no verdict twice;
- assets, plan, verdicts and manifest are the same;
- no file is torn, at any moment.

`--mutants` breaks the package in ways that must each be noticed (`killing/mutants.py`).
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # sessions are forked
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.killing.chains import CHAINS  # noqa: E402
from benchmarks.killing.harness import Harness, Tally, hunt, kill_many  # noqa: E402
from benchmarks.killing.mutants import MUTANTS  # noqa: E402
from benchmarks.killing.service import open_service  # noqa: E402

MOST_OF_A_MUTANT = 200


def main() -> int:
    """Kill, and say what was found; exit code 1 if anything was, or a mutant was not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=1e6, help="After which it stops early.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="Processes that kill side by side.")
    parser.add_argument("--chains", nargs="*", choices=CHAINS, default=list(CHAINS))
    parser.add_argument(
        "--mutants",
        nargs="*",
        choices=MUTANTS,
        metavar="NAME",
        help="Break the package on purpose too: in these ways, or in all.",
    )
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    work = Path(tempfile.mkdtemp(prefix="triptych-kill-", dir=memory))
    if given.jobs > 1:
        parts = side_by_side(given, work)
    else:
        mutants = list(MUTANTS) if given.mutants == [] else given.mutants or []
        parts = [killed(work / "work", given, mutants)]
    told = added_up(parts)
    if given.json:
        given.json.write_text(json.dumps(told, indent=2) + "\n")
    print(json.dumps(told, indent=2))
    missed = [name for name, one in told["mutants"].items() if not one["caught"]]
    if missed:
        print(f"Not noticed: {', '.join(missed)}")
    if told["faults"] or missed:
        return 1
    shutil.rmtree(work)
    return 0


def side_by_side(given: argparse.Namespace, work: Path) -> list[dict[str, Any]]:
    """The figures of several processes, each with its share of the kills and a seed of its own."""
    sessions = []
    for number in range(given.jobs):
        kills = given.kills // given.jobs + (number < given.kills % given.jobs)
        part = work / f"{number}.json"
        command = [sys.executable, __file__, "--kills", str(kills), "--json", str(part)]
        command += ["--seed", str(given.seed + number), "--chains", *given.chains]
        command += ["--minutes", str(given.minutes)]
        if given.mutants is not None and number == 0:
            command += ["--mutants", *given.mutants]
        sessions.append((subprocess.Popen(command), part))
    for session, _ in sessions:
        session.wait()
    return [json.loads(part.read_text()) for _, part in sessions]


def added_up(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Figures of several processes as one."""
    told = dict(parts[0])
    for part in parts[1:]:
        for name, value in part.items():
            if name == "commands":
                told[name] = dict((Counter(told[name]) + Counter(value)).most_common())
            elif name == "mutants":
                told[name] = told[name] | value
            elif name == "seconds":
                told[name] = max(told[name], value)
            elif isinstance(value, int | list):
                told[name] = told[name] + value
    return told


def killed(work: Path, given: argparse.Namespace, mutants: Sequence[str]) -> dict[str, Any]:
    """The figures of one process, which leaves its last chain in `work`."""
    work.mkdir(parents=True)
    service, address = open_service(work / "bills.log")
    began, caught = time.monotonic(), {}
    try:
        harness = Harness(work, address, work / "bills.log")
        others = (chain for name in mutants for chain in MUTANTS[name].chains)
        harness.prepare(tuple(dict.fromkeys((*given.chains, *others))))
        tally = kill_many(
            harness, given.chains, given.kills, given.seed, began + 60 * given.minutes, say
        )
        seconds = time.monotonic() - began
        for name in mutants:
            noticed, needed, faults = hunt(harness, MUTANTS[name], given.seed, MOST_OF_A_MUTANT)
            caught[name] = {"caught": noticed, "kills_needed": needed, "by": faults[:1]}
            say(f"mutant: {name}: {caught[name]}")
    finally:
        os.kill(service, signal.SIGKILL)
        os.waitpid(service, 0)
    return figures(tally, seconds) | {"mutants": caught}


def say(words: str) -> None:
    """At once, also into a file."""
    print(words, flush=True)


def figures(tally: Tally, seconds: float) -> dict[str, Any]:
    """What is written down of all kills."""
    faults = tally.faults
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return {
        "commit": commit.stdout.strip(),
        "date": datetime.date.today().isoformat(),
        "kills": sum(tally.kills.values()),
        "power_cuts": tally.power_cuts,
        "commands": dict(tally.kills.most_common()),
        "chains": tally.chains,
        "steps_made_twice": len(faults.made_twice),
        "paid_twice": len(faults.paid_twice),
        "lost_events": len(faults.lost_events),
        "told_twice": len(faults.told_twice),
        "differing_results": len(faults.differing),
        "torn_files": len(faults.torn),
        "failed_commands": len(faults.failed),
        "calls_lost_unwritten": tally.unwritten,
        "seconds": round(seconds, 1),
        "faults": faults.all()[:50],
    }


if __name__ == "__main__":
    sys.exit(main())
