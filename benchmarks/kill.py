"""Kill runs at random moments, resume them, and compare them with a run that nobody killed.

    python benchmarks/kill.py [--kills 30] [--profile tiny] [--steps 8] [--work DIR] [--json FILE]

A run is a chain of sessions. Each session is a process that is sent SIGKILL once it has worked for
a random share of what a whole session takes (its processor time counts, so that a busy machine
does not move the moment), until one session ends by itself. Chains are run until enough kills have
hit. After each, these must hold:

- the assets, plan and verdicts are those of the unbroken run, byte for byte;
- no file is torn: every asset is what its name says, every JSON file parses, the report is whole,
  and no half-written file is left behind;
- no finished step was done twice, by the trace.

Without --profile, tiny random models and a critic that refuses some of what they make.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
sys.path.insert(0, str(Path(__file__).parents[1]))

from triptych.domain import Brief, SearchChoice
from triptych.runs.campaign import Campaign
from triptych.runs.settings import RunSettings
from triptych.runs.stream import run_campaign
from triptych.tracing.events import read_trace

BRIEF = Brief(
    description="Norvik launches the Emberlite, a red steel camping lantern, lit at night.",
    channels=("social_post", "headline"),
)
_MEASURED = ("seconds", "peak_memory", "started", "run")


def session(folder: Path, settings: RunSettings) -> None:
    """Begin the run or go on with it, to its end."""
    from triptych.generators.hub import load_profile

    begun = (folder / "run.json").exists()
    campaign = Campaign.open(folder) if begun else Campaign.start(BRIEF, folder, settings)
    run_campaign(campaign, load_profile(settings.profile))


def killed(folder: Path, settings: RunSettings, moment: float | None) -> tuple[bool, float]:
    """A session in a process of its own; returns whether it was killed, and how long it worked.

    Args:
        folder: of the run.
        settings: of the run.
        moment: processor seconds after which the process is killed; None lets it end.

    Raises:
        RuntimeError: if the session ended with an error.
    """
    pid = os.fork()  # from a process that has imported everything and computed nothing
    if pid == 0:
        with open(folder.parent / "sessions.log", "a") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        try:
            session(folder, settings)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            break
        used = _worked(pid)
        if moment is not None and used >= moment:
            time.sleep(random.uniform(0, 0.02))  # so that waits for the disk are hit as well
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            break
        time.sleep(0.002)
    if os.WIFSIGNALED(status):
        return True, used
    if os.WEXITSTATUS(status):
        raise RuntimeError(f"A session failed; see {folder.parent / 'sessions.log'}.")
    return False, used


def _worked(pid: int) -> float:
    """Processor seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def outcome(folder: Path) -> dict[str, Any]:
    """What a run made: its manifest without what is measured, and its assets by name."""
    manifest = json.loads((folder / "campaign.json").read_text())
    assets = sorted(p.name for p in (folder / "assets").iterdir() if p.is_file())
    return {"manifest": _without_measures(manifest), "assets": assets}


def _without_measures(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_measures(v) for k, v in value.items() if k not in _MEASURED}
    return [_without_measures(item) for item in value] if isinstance(value, list) else value


def faults(folder: Path, whole: dict[str, Any]) -> list[str]:
    """What is wrong with a resumed run; empty if nothing."""
    found = []
    mine = outcome(folder)
    if mine["assets"] != whole["assets"]:
        differing = sorted(set(mine["assets"]) ^ set(whole["assets"]))
        found.append(f"the assets differ: {differing}")
    if mine["manifest"] != whole["manifest"]:
        found.append("plan, results or verdicts differ")
    found += _torn(folder)
    events = read_trace(folder / "trace.jsonl")
    steps = Counter(
        (e.name, e.deliverable, e.attempt) for e in events if e.kind == "agent" and e.status == "ok"
    )
    found += [f"{step} was done {times} times" for step, times in steps.items() if times > 1]
    return found


def _torn(folder: Path) -> list[str]:
    found = []
    for path in folder.rglob("*"):
        if path.name.startswith(".part-"):
            found.append(f"{path.name} was left half-written")
        elif path.parent.name == "assets" and path.is_file():
            if hashlib.sha256(path.read_bytes()).hexdigest() != path.stem:
                found.append(f"{path.name} is torn")
        elif path.suffix == ".json":
            try:
                json.loads(path.read_text())
            except ValueError:
                found.append(f"{path.name} is torn")
    if not (folder / "report.html").read_text().rstrip().endswith("</html>"):
        found.append("report.html is torn")
    return found


def harness(settings: RunSettings, work: Path, kills: int, seed: int) -> dict[str, Any]:
    """Run chains until `kills` sessions were killed; returns figures and all faults."""
    draw, began = random.Random(seed), time.perf_counter()
    _, length = killed(work / "whole", settings, None)
    whole = outcome(work / "whole")
    told: dict[str, Any] = {"session_seconds": length, "kills": 0, "chains": [], "faults": []}
    while told["kills"] < kills:
        folder, moments = work / f"chain-{len(told['chains'])}", []
        while len(moments) + told["kills"] < kills:
            moment = draw.uniform(0, length)
            hit, _ = killed(folder, settings, moment)
            if not hit:
                break
            moments.append(round(moment / length, 3))
        else:
            killed(folder, settings, None)
        found = faults(folder, whole)
        told["faults"] += [f"{folder.name}: {fault}" for fault in found]
        told["chains"].append(moments)
        told["kills"] += len(moments)
        found_again = sum(e.kind == "resume" for e in read_trace(folder / "trace.jsonl"))
        print(f"{folder.name}: killed at {moments}, {found_again} resumes noted, faults: {found}")
        if not found:
            shutil.rmtree(folder)
    told["results"] = {
        name: (result["status"], len(result["attempts"]))
        for name, result in whole["manifest"]["results"].items()
    }
    told["wall_seconds"] = time.perf_counter() - began
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--profile", help="a profile; tiny random models without one")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--candidates", type=int, default=2)
    parser.add_argument("--work", type=Path, default=Path("kill-work"))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if given.work.exists():
        parser.error(f"{given.work} is there already")
    given.work.mkdir(parents=True)
    profile = given.profile or _tiny_profile(given.work / "tiny")
    import_everything()
    search = SearchChoice(strategy="best-of-n", candidates=given.candidates)
    settings = RunSettings(profile=profile, seed=given.seed, steps=given.steps, search=search)
    told = harness(settings, given.work, given.kills, given.seed)
    if given.json:
        given.json.write_text(json.dumps(told, indent=2))
    print(f"{told['kills']} kills in {len(told['chains'])} runs, {len(told['faults'])} faults")
    return 1 if told["faults"] else 0


def import_everything() -> None:
    """So that sessions need not: they are forked."""
    import av  # noqa: F401
    import jinja2  # noqa: F401
    import open_clip  # noqa: F401
    from diffusers import DDIMScheduler, UNet2DConditionModel, UNetMotionModel  # noqa: F401
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast  # noqa: F401


def _tiny_profile(folder: Path) -> str:
    """Tiny models, made in a process of their own, since this one must not compute."""
    pid = os.fork()
    if pid == 0:
        from tests.tiny import save_tiny_profile

        save_tiny_profile(folder)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if status:
        raise RuntimeError("The tiny models could not be made.")
    return str(folder / "tiny.yaml")


if __name__ == "__main__":
    sys.exit(main())
