"""docs/reliability.md, from the figures that `make torture` stored.

    python benchmarks/reliability.py [--results docs/results] [-o docs/reliability.md]

Nothing in it is written by hand but the words of this script. A part whose figures are not stored
is told as not measured.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

GOAL = 100_000
INTRODUCTION = """# Reliability

Made by `benchmarks/reliability.py`; not edited by hand. `make torture` measures it anew, in parts
that can be run alone: `make torture PARTS="hostile folders" WORK=/dev/shm/torture`. CI runs a
small share of each with fixed seeds (`tests/torture`)."""
HOSTILE = """## Hostile input

Files are changed by their bytes (flipped, cut, doubled, spliced, nested, encoded otherwise, noise)
and by their structure (absurd values, renamed keys, giant numbers, lone surrogates, SQLite's rows
and schema), and read as the commands read them. Each must be read, or refused with an error of
Triptych's own, within 5 s of the processor and 1 GB. Input number N of a seed and the same samples
is always the same; one that shows a fault is mended and kept in `tests/torture/inputs`.
"""
FOLDERS = """## Damaged run folders

Copies of finished, redone, stopped and waiting runs, damaged in one to four ways each; then every
command on them, one after the other. Each must end with exit code 0, 1, 3 or 4, and with words
where it is 1.
"""
CONFORMANCE = """## The checkpointer

LangGraph's own conformance suite on the checkpointer that runs use.
"""
SOAK = """## Soak

Campaigns of tiny models one after the other in one process: new, stopped and gone on with, a part
redone. Flat means that memory grew by less than 5 % from the second quarter of the campaigns to
the last, and open files and threads not at all.
"""
KILLS = """## Kills

Runs killed at random moments and resumed (`benchmarks/kill.py`), held against a run that nobody
killed.
"""
NOT_MEASURED = "Not measured yet."


def origin(told: dict[str, Any]) -> str:
    """When and of what it was measured."""
    return f"{told['date']}, commit `{told['commit']}`"


def hostile_lines(kinds: dict[str, Any]) -> list[str]:
    """A row a kind; which of them fall short of the goal is told."""
    lines = ["| Kind | Inputs | Read | Refused | Faults | Slowest | Peak memory | Measured |",
             "|---|---:|---:|---:|---:|---:|---:|---|"]  # fmt: skip
    for kind, told in kinds.items():
        lines.append(
            f"| {kind} | {told['inputs']:,} | {told['read']:,} | {told['refused']:,} | "
            f"{len(told['faults'])} | {told['slowest_seconds']:.1f} s | "
            f"{told['peak_megabytes']} MB | {origin(told)} |"
        )
    short = [kind for kind, told in kinds.items() if told["inputs"] < GOAL]
    if short:
        lines += ["", f"Fewer than the {GOAL:,} that are the goal: {', '.join(short)}."]
    for kind, told in kinds.items():
        lines += [f"- {kind} {number}: {words}" for number, words in told["faults"].items()]
    return lines


def folder_lines(told: dict[str, Any]) -> list[str]:
    """How the commands ended, and every fault."""
    codes = ", ".join(f"{times:,} with {code}" for code, times in sorted(told["codes"].items()))
    lines = [
        f"{told['folders']} folders, {told['commands']:,} commands: {codes}; "
        f"{len(told['faults'])} faults. The slowest command took {told['slowest']:.1f} s. "
        f"({origin(told)})"
    ]
    return lines + [f"- {name}: {words}" for name, words in told["faults"].items()]


def conformance_lines(told: dict[str, Any]) -> list[str]:
    """Tests by capability."""
    lines = [f"`{told['package']}` ({origin(told)})", "", "| Capability | Passed | Failed |",
             "|---|---:|---:|"]  # fmt: skip
    for name, one in told["capabilities"].items():
        lines.append(f"| {name} | {one['passed']} | {one['failed']} |")
    return lines


def soak_lines(told: dict[str, Any]) -> list[str]:
    """Memory, files and threads over the campaigns."""
    lines = [f"{told['campaigns']} campaigns in {told['hours']:.2f} hours, {len(told['failed'])} "
             f"failed. ({origin(told)})"]  # fmt: skip
    if told["flat"] is None:
        return [*lines, "", "Too few to say whether it is flat."]
    memory, files, threads = told["megabytes"], told["files"], told["threads"]
    return [
        *lines,
        "",
        f"Memory: {memory['first']} MB after the first, {memory['second_quarter']} MB in the "
        f"second quarter, {memory['last_quarter']} MB in the last ({told['growth']:+.1%}), at most "
        f"{memory['most']} MB. Open files: {files['first']} and {files['last']}; threads: "
        f"{threads['first']} and {threads['last']}. **{'Flat' if told['flat'] else 'Not flat'}.**",
    ]


def kill_lines(told: dict[str, Any]) -> list[str]:
    """How many kills, and how many faults."""
    return [f"{told['kills']} kills, {len(told['faults'])} faults."]


PARTS = (
    (HOSTILE, "reliability/hostile.json", hostile_lines),
    (FOLDERS, "reliability/folders.json", folder_lines),
    (CONFORMANCE, "reliability/conformance.json", conformance_lines),
    (SOAK, "reliability/soak.json", soak_lines),
    (KILLS, "kill.json", kill_lines),
)


def page(results: Path) -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for words, name, lines in PARTS:
        path = results / name
        told = lines(json.loads(path.read_text())) if path.exists() else [NOT_MEASURED]
        parts.append("\n".join([words, *told]))
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--results", type=Path, default=Path("docs/results"))
    parser.add_argument("-o", "--out", type=Path, default=Path("docs/reliability.md"))
    options = parser.parse_args()
    options.out.write_text(page(options.results))


if __name__ == "__main__":
    main()
