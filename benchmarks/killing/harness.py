"""Playing chains of commands, killing their sessions, and counting what went wrong."""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.killing import power
from benchmarks.killing.chains import ANSWERED, CHAINS, Command
from benchmarks.killing.checks import (
    Faults,
    Whole,
    check_end,
    finished_steps,
    made_twice,
    outcome,
    paid_twice,
    torn,
)
from benchmarks.killing.models import read_lines
from benchmarks.killing.mutants import Mutant
from benchmarks.killing.session import (
    Ended,
    draw_kill,
    import_all,
    modules_of,
    run_command,
    warm_up,
)

DESCRIPTION = "Norvik has a red lantern. It is lit at night."
PLAN = f"""\
brief: {{description: "{DESCRIPTION}"}}
key_message: Norvik has a red lantern.
visual: Norvik has a red lantern.
motion: slow orbit
deliverables:
  - {{id: social-post, channel: social-post, tone: calm}}
  - {{id: facebook-feed, channel: facebook-feed, tone: calm}}
  - {{id: headline, channel: headline, tone: calm, parts: [copy]}}
"""
FREE = """\
title: killed
licence: none
disk: none
memory: none
time: none
text: {{kind: "benchmarks.killing.models:Writer", {log}}}
image: {{kind: "benchmarks.killing.models:Painter", {log}}}
video: {{kind: "benchmarks.killing.models:Painter", {log}}}
encoder: {{kind: "benchmarks.killing.models:Encoder"}}
critic: {{kind: "benchmarks.killing.models:Critic", {log}}}
"""
PAID = """\
text:
  kind: chat
  model: openai:m
  options: {{base_url: "{address}", api_key: none}}
  price_out: 10
  encoder: {{kind: "benchmarks.killing.models:Writer", {log}}}
"""
SEED = 5
MOST_KILLS = 5
"""Of one command, before it is left to end."""
FINE = (0, 3, 4)
"""Exit codes of commands that did what they should: done, not all passed, waits for a person."""


@dataclass
class Tally:
    """What came of all chains."""

    kills: Counter[str] = field(default_factory=Counter)
    """By command."""
    power_cuts: int = 0
    chains: int = 0
    unwritten: int = 0
    """Calls that a model had answered when the kill came before the answer was on disk."""
    faults: Faults = field(default_factory=Faults)


@dataclass(frozen=True)
class Unbroken:
    """A chain that nobody killed: what it came to, and how each command ended."""

    whole: Whole
    ends: list[Ended]
    questions: list[str]
    manifests: list[str]


class Harness:
    """Sessions killed in a work folder.

    Args:
        work: a new folder, best in memory: `/dev/shm`.
        address: of the paid service.
        bills: its log.
        seconds: that each call of a model takes.
    """

    def __init__(self, work: Path, address: str, bills: Path, seconds: float = 0.004) -> None:
        self.work, self.bills = work, bills
        self.here, self.place = work / "here", work / "chain"
        self.run, self.out, self.log = self.place / "run", self.place / "out", work / "work.log"
        self.base, self.base_log = work / "base" / "run", work / "base" / "work.log"
        self.unbroken: dict[str, Unbroken] = {}
        self.here.mkdir(parents=True)
        self.base.parent.mkdir()
        write_sources(self.here, self.log, address, seconds)
        os.environ["TRIPTYCH_KEY_FILE"] = str(work / "key")

    def prepare(self, chains: tuple[str, ...] = tuple(CHAINS)) -> None:
        """Import what sessions import, make the finished run, and play every chain unkilled."""
        self._clear(base=False)
        import_all(modules_of(self._args(CHAINS["run"].commands[0].args), self.place))
        warm_up()
        for name in dict.fromkeys(("run", *chains)):
            self.unbroken[name] = self._play_whole(name)
            if name == "run":
                shutil.copytree(self.run, self.base)
                shutil.copy(self.log, self.base_log)

    def play(self, name: str, draw: random.Random, tally: Tally, mutant: Mutant | None = None,
             most: int = 10**9) -> None:  # fmt: skip
        """Play a chain once, killing its sessions; what is wrong goes into the tally.

        Args:
            name: of the chain.
            draw: decides moments.
            tally: counts.
            mutant: breaks the package in every session.
            most: kills, after which the sessions are left to end.
        """
        unbroken, whole = self.unbroken[name], self.unbroken[name].whole
        self._clear(CHAINS[name].base)
        tally.chains += 1
        mutate = mutant.apply if mutant else None
        begun = sum(tally.kills.values())
        for number, command in enumerate(CHAINS[name].commands):
            own, goes_on, kills = self._args(command.args), False, 0
            while True:
                may = kills < MOST_KILLS and sum(tally.kills.values()) - begun < most
                kill = draw_kill(draw, unbroken.ends[number]) if may else None
                before, told = finished_steps(self.run, whole), len(read_lines(self.log))
                args = self._args(ANSWERED) if goes_on else own
                ended = run_command(args, self.place, kill, mutate)
                lines = read_lines(self.log)[told:]
                if not command.remakes:
                    tally.faults.made_twice += made_twice(lines, before, whole)
                if ended.code is None:
                    kills += 1
                    tally.kills[" ".join(args[: 1 + (args[0] == "trace")])] += 1
                    if kill is not None and kill.power:
                        tally.power_cuts += 1
                        power.cut(self.run, self.place / "shadow")
                    tally.faults.torn += torn(self.run)
                    tally.unwritten += self._unwritten(lines, whole)
                    goes_on = self._can_resume(command)
                    if self._was_redone(command, unbroken.manifests[number]):
                        break
                    continue
                if ended.code not in FINE:
                    said = f"{' '.join(args)}: {ended.code}: {ended.errors[-1500:]}"
                    tally.faults.failed.append(said.replace(str(self.place), ""))
                    return
                asked_before = unbroken.questions[number - 1]
                if goes_on and command.answers and _question(ended) == asked_before:
                    goes_on = False
                    continue
                break
        if draw.random() < 0.3:
            power.cut(self.run, self.place / "shadow")
        check_end(self.run, whole, tally.faults)
        tally.faults.paid_twice += paid_twice(self.bills, whole)
        tally.faults.torn += torn(self.out) if self.out.exists() else []
        if CHAINS[name].base is False and name == "fork":
            tally.faults.differing += _changes(self.base, self.unbroken["run"].whole)

    def _play_whole(self, name: str) -> Unbroken:
        self._clear(CHAINS[name].base)
        ends, questions, manifests = [], [], []
        for command in CHAINS[name].commands:
            ended = run_command(self._args(command.args), self.place)
            if ended.code not in FINE:
                raise RuntimeError(f"{command.args} failed: {ended.code} {ended.errors[-3000:]}")
            ends.append(ended)
            questions.append(_question(ended))
            manifests.append(outcome(self.run).get("campaign.json", ""))
        whole = Whole.of(self.run, self.log, self.bills)
        return Unbroken(whole, ends, questions, manifests)

    def _clear(self, base: bool) -> None:
        shutil.rmtree(self.place, ignore_errors=True)
        self.out.mkdir(parents=True)
        self.log.write_bytes(self.base_log.read_bytes() if base else b"")
        self.bills.write_bytes(b"")
        if base:
            shutil.copytree(self.base, self.run)
        power.snapshot(self.run, self.place / "shadow")

    def _args(self, args: tuple[str, ...]) -> list[str]:
        known = {"run": self.run, "base": self.base, "out": self.out, "here": self.here}
        return [arg.format(**known, seed=SEED) for arg in args]

    def _can_resume(self, command: Command) -> bool:
        """Whether a user goes on with `resume` after a kill."""
        return command.answers or (command.begins and (self.run / "run.json").exists())

    def _was_redone(self, command: Command, manifest: str) -> bool:
        """Whether a killed redo had written all, and could only no more say so."""
        if command.args[0] != "redo" or (self.run / "assets/index/redo.json").exists():
            return False
        return outcome(self.run).get("campaign.json") == manifest

    def _unwritten(self, lines: list[dict], whole: Whole) -> int:
        finished = finished_steps(self.run, whole)
        ended = [(one["call"], one["key"]) for one in lines if one["what"] == "end"]
        return sum(not whole.steps_of.get(one, frozenset()) <= finished for one in ended)


def write_sources(here: Path, log: Path, address: str = "", seconds: float = 0.0) -> None:
    """Briefs, a plan and profiles: what commands name."""
    settings = f"log: {log}, seconds: {seconds}"
    free = FREE.format(log=settings)
    other = "\n".join(line for line in free.split("\n") if not line.startswith("text:"))
    files = {
        "free.yaml": free,
        "paid.yaml": other + PAID.format(log=settings, address=address),
        "plan.yaml": PLAN,
        "brief.yaml": f'description: "{DESCRIPTION}"\nchannels: [social_post, headline]\n',
        "copy.txt": "Norvik has a lantern.\n",
    }
    for name, text in files.items():
        (here / name).write_text(text)


def hunt(harness: Harness, mutant: Mutant, seed: int, most: int) -> tuple[bool, int, list[str]]:
    """Kill a broken package until it is noticed: whether it was, after how many kills, and how."""
    draw, tally = random.Random(seed), Tally()
    while sum(tally.kills.values()) < most and not tally.faults.all():
        for name in mutant.chains:
            harness.play(name, draw, tally, mutant, most=5)
    faults = tally.faults.all()
    return bool(faults), sum(tally.kills.values()), faults


def kill_many(
    harness: Harness,
    chains: Sequence[str],
    kills: int,
    seed: int,
    until: float,
    say: Callable[[str], None],
) -> Tally:
    """Play chains in turn until so many sessions were killed, or till a moment of the clock."""
    draw, tally = random.Random(seed), Tally()
    while sum(tally.kills.values()) < kills:
        for name in chains:
            if time.monotonic() > until:
                return tally
            before = len(tally.faults.all())
            harness.play(name, draw, tally, most=kills - sum(tally.kills.values()))
            for fault in tally.faults.all()[before:]:
                say(f"{name}: {fault}")
        say(f"{sum(tally.kills.values())} kills, {len(tally.faults.all())} faults")
    return tally


def _question(ended: Ended) -> str:
    """What a session asked a person, as it told it; empty if nothing."""
    if ended.code != 4:
        return ""
    from benchmarks.killing.checks import _dump

    return _dump(json.loads(ended.said)).decode()


def _changes(run: Path, whole: Whole) -> list[str]:
    return [] if outcome(run) == whole.outcome else ["the run that was forked has changed"]
