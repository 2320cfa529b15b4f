"""How true the starter's campaigns are: 300 briefs through planner, writer and checks.

    python benchmarks/truth_briefs.py [--weights DIR] [--processes 1] [--part tuned] [--keep FILE]
    python benchmarks/truth_briefs.py --keep FILE --write

100 briefs of the starter's world, 100 of other products and services, 100 hostile or odd
(`truth_data/briefs/`). Copy is written as a campaign writes it: plan, then each placement's texts
by the text agent, again with the reasons while a check refuses them, within the brief's attempts.
Every third brief is held out: nothing was mended by it. What is done is kept in FILE line by line,
so that a run can be stopped, and goes on. `--write` puts the tables into docs/grounding.md and the
figures into docs/results/truth.json.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import yaml
from truth import Count
from truth_judge import Labels, unnamed, unsaid, untrue

from triptych.agents.planner import PlannerAgent
from triptych.agents.text import TextAgent
from triptych.briefs.read import understand
from triptych.channels.placement import ROOMY
from triptych.domain import Brief, CampaignPlan, Feedback
from triptych.errors import TriptychError
from triptych.generators.starter.load import SHIPPED_WEIGHTS
from triptych.generators.starter.reading.leftovers import words_of
from triptych.generators.starter.reading.lexicon import FORM
from triptych.generators.starter.text import StarterText
from triptych.grounding import in_words, wanted
from triptych.seeds import derive_seed
from triptych.starter.dataset import scene_of
from triptych.starter.grammar import briefed
from triptych.store import Store

HERE = Path(__file__).parent
PAGE, FIGURES = HERE.parent / "docs/grounding.md", HERE.parent / "docs/results/truth.json"
GROUPS = {
    "world": "of the starter's world",
    "others": "other products and services",
    "odd": "hostile or odd",
}
PLACEMENTS = ("instagram-feed", "newsletter")
GENERATED, SEED = 40, 17
"""Briefs of the world that its grammar writes, with names of the others."""


def entries() -> Iterator[dict[str, Any]]:
    """All briefs with their labels, group, number and whether they are held out."""
    for group in GROUPS:
        path = HERE / f"truth_data/briefs/{group}.yaml"
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        if group == "world":
            names = [one for one in found if one.get("brand") and one.get("product")]
            found += [_generated(n, names[n % len(names)]) for n in range(GENERATED)]
        for number, entry in enumerate(found):
            held = number % 3 == 2
            yield entry | {
                "group": group,
                "number": number,
                "held": held,
                "id": f"{group}-{number}",
            }


def _generated(number: int, named: dict[str, Any]) -> dict[str, Any]:
    """A brief that the world's grammar writes, with names that it does not know."""

    scene = scene_of(SEED, number)
    rng = Random(f"truth:{number}")
    text = briefed(scene, rng, sketched=number % 2 == 0)[0]
    brand, product = named["brand"], named["product"]
    text = re.sub(rf"\b{scene.brand}\b", lambda _: brand, text)
    text = re.sub(rf"\b{scene.name}\b", lambda _: product, text)
    fields = {"brand": brand, "product": product}
    return {"text": text, "brief": fields, **fields}


def brief_of(entry: dict[str, Any]) -> Brief:
    """The brief as a user's file or words give it. Raises `BriefError`."""
    if name := entry.get("file"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            path.write_text(entry["text"], encoding="utf-8")
            asked = understand(str(path)).asked
            assert isinstance(asked, Brief), "a brief is no plan"
            return asked
    return Brief(description=entry["text"], **entry.get("brief", {}))


def campaign(entry: dict[str, Any], writer: StarterText) -> dict[str, Any]:
    """What becomes of a brief: a refusal with its reason, or plan and texts with findings."""
    done: dict[str, Any] = {"id": entry["id"], "refused": "", "texts": []}
    try:
        brief = brief_of(entry)
        asked = brief.model_copy(update={"channels": PLACEMENTS})
        done["note"] = writer.world.outside(asked) or ""
        plan, _ = PlannerAgent(writer)(asked)
    except TriptychError as error:
        return done | {"refused": str(error)}
    slots = writer.slots(asked)
    done["plan"] = {"key_message": plan.key_message, "visual": plan.visual, "motion": plan.motion}
    done["own_words"] = list(plan.notes)
    done["read"], done["left_out"] = slots.show(slots.text), list(slots.left_out)
    done["own"] = dict(slots.own)
    with tempfile.TemporaryDirectory() as folder:
        agent = TextAgent(writer, Store(Path(folder)))
        for deliverable in plan.deliverables:
            done["texts"] += _written(agent, plan, deliverable.id)
    return done


def _written(agent: TextAgent, plan: CampaignPlan, name: str) -> list[dict[str, Any]]:
    """A deliverable's texts, written again with the reasons as the campaign's graph does."""
    deliverable = next(one for one in plan.deliverables if one.id == name)
    feedback: list[Feedback] = []
    for attempt in range(1, plan.brief.budget.attempts + 1):
        seed = derive_seed(0, name, "copy", attempt)
        made = agent(plan, deliverable, feedback, attempt, seed)
        if not made.findings:
            break
        reason, missing = in_words(made.findings), wanted(made.findings)
        feedback.append(Feedback(part="copy", attempt=attempt, reason=reason, missing=missing))
    kinds = {"caption": "social_post", "body": "body"}
    return [
        {
            "placement": deliverable.channel,
            "language": deliverable.language,
            "field": one.field,
            "kind": kinds.get(one.field, "short"),
            "text": one.text,
            "attempt": made.attempt,
            "findings": [found.reason for found in made.findings],
        }
        for one in made.texts
        if one.field != "business_name"
    ]


def judged(
    entry: dict[str, Any], done: dict[str, Any], vocabulary: frozenset[str]
) -> dict[str, Any]:
    """What is wrong with a campaign, by the judge of `truth_judge.py`."""
    labels = Labels(
        *(str(entry.get(name, "")) for name in ("brand", "product")),
        *(tuple(map(str, entry.get(name, ()))) for name in ("says", "never")),
    )
    given = f"{entry['text']} {json.dumps(entry.get('brief', {}), ensure_ascii=False)}"
    if name := entry.get("file"):
        given += " " + brief_of(entry).model_dump_json() if name else ""
    verdict: dict[str, Any] = {"texts": [], "plan": []}
    for line in done.get("plan", {}).values():
        verdict["plan"] += untrue(line, given, labels, vocabulary)
    for one in done["texts"]:
        wrong = untrue(one["text"], given, labels, vocabulary)
        roomy = one["kind"] in ROOMY
        verdict["texts"].append(
            {
                "wrong": wrong,
                "unnamed": unnamed(one["text"], labels) if roomy else None,
                "unsaid": unsaid(one["text"], labels) if roomy and labels.says else None,
                "passed": not one["findings"],
            }
        )
    verdict["untold"] = _untold(entry, done) if done.get("plan") else []
    return verdict


def _untold(entry: dict[str, Any], done: dict[str, Any]) -> list[str]:
    """Words of a brief that are neither read, nor kept for copy, nor told as left out."""
    brief = brief_of(entry)
    told = " ".join([done["read"], *done["own"].values(), *done["left_out"]])
    held = {*words_of(told), *FORM, *(w for one in FORM for w in words_of(one))}
    said = [w for w in words_of(brief.text()) if len(w) > 2]
    return [w for w in dict.fromkeys(said) if w not in held]


def figures(
    results: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]],
) -> dict[str, Count]:
    """What the acceptance asks for, counted over deliverables' texts."""
    counts: dict[str, Count] = {}

    def note(key: str, hit: bool) -> None:
        counts[key] = counts.get(key, Count()) + Count(int(hit), 1)

    for entry, done, verdict in results:
        if entry.get("refuse"):
            note(
                "what cannot be written is refused", not any(t["passed"] for t in verdict["texts"])
            )
            continue
        note("briefs refused", bool(done["refused"]))
        note("plans untrue", bool(verdict["plan"]))
        if done.get("plan"):
            note("plans in the brief's own words", bool(done["own_words"]))
            note("briefs with words neither used nor told", bool(verdict["untold"]))
        for text in verdict["texts"]:
            kinds = {one.split(":")[0] for one in text["wrong"]}
            if text["passed"]:
                for kind in ("name", "number", "negated", "nonsense", "twice"):
                    note(f"passed: {kind}", kind in kinds)
            if not kinds:
                note("true copy refused", not text["passed"])
            if text["unnamed"] is not None:
                note("names right", not text["unnamed"] and "name" not in kinds)
            if text["unsaid"] is not None:
                note("offers right", not text["unsaid"])
    return counts


def work(argument: tuple[str, list[dict[str, Any]], str]) -> None:
    """One process's share; each result is a line of the file that it keeps."""
    import torch

    weights, share, keep = argument
    torch.set_num_threads(1)
    writer = StarterText.from_pretrained(Path(weights))
    for entry in share:
        line = json.dumps(campaign(entry, writer), ensure_ascii=False) + "\n"
        with open(keep, "a", encoding="utf-8") as file:
            file.write(line)


def table(all_results: list[Any]) -> str:
    """The figures as markdown: of the briefs mended by, and of those held out."""
    parts = [figures([r for r in all_results if r[0]["held"] is held]) for held in (False, True)]
    lines = [
        "| What | tuned | 95 % | held out | 95 % |",
        "|---|---:|---:|---:|---:|",
    ]
    for key in dict.fromkeys(key for part in parts for key in part):
        cells = [part.get(key, Count()) for part in parts]
        said = " | ".join(f"{c.hits} of {c.of}: {c.cells}" if c.of else "– | –" for c in cells)
        lines.append(f"| {key} | {said} |")
    return "\n".join(lines)


def show(results: list[Any]) -> None:
    """Every fault of the briefs that may be looked at."""
    for entry, done, verdict in results:
        if entry["held"]:
            continue
        told = (
            [f"refused: {done['refused']}"] if done["refused"] and not entry.get("refuse") else []
        )
        told += [f"plan {done['plan']}: {verdict['plan']}"] if verdict["plan"] else []
        told += [f"untold: {verdict['untold']}"] if verdict["untold"] else []
        for text, one in zip(verdict["texts"], done["texts"], strict=True):
            if entry.get("refuse"):
                told += [f"PASSED {one['text']}"] if text["passed"] else []
            elif text["wrong"] or text["unnamed"] or text["unsaid"] or not text["passed"]:
                mark = "pass" if text["passed"] else f"fail {one['findings']}"
                told.append(
                    f"{one['field']} [{mark}] {one['text']!r}: "
                    f"{text['wrong']} {text['unnamed'] or ''} {text['unsaid'] or ''}"
                )
        if told:
            print(f"## {entry['id']}: {entry['text'][:200]!r}", *told, sep="\n   ")


def main() -> None:
    """Run what is not done yet, print the figures, and write where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--part", choices=("tuned", "held", "all"), default="all")
    parser.add_argument("--every", type=int, default=1, help="take every nth brief alone")
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    chosen = [e for e in entries() if given.part == "all" or e["held"] is (given.part == "held")]
    Random(0).shuffle(chosen)  # so that what is done when it is stopped is a fair sample
    chosen = chosen[:: given.every]
    kept = given.keep.read_text(encoding="utf-8").splitlines() if given.keep.exists() else []
    done = {one["id"]: one for one in map(json.loads, kept)}
    left = [entry for entry in chosen if entry["id"] not in done]
    began = time.perf_counter()
    if left:
        shares = [left[n :: given.processes] for n in range(given.processes)]
        jobs = [(str(given.weights), share, str(given.keep)) for share in shares if share]
        with multiprocessing.get_context("spawn").Pool(len(jobs)) as pool:
            pool.map(work, jobs)
        kept = given.keep.read_text(encoding="utf-8").splitlines()
        done = {one["id"]: one for one in map(json.loads, kept)}
        print(f"{(time.perf_counter() - began) / len(left):.1f} s a brief")
    vocabulary = frozenset(
        w.lower() for w in StarterText.from_pretrained(given.weights).world.words
    )
    results = [(e, done[e["id"]], judged(e, done[e["id"]], vocabulary)) for e in chosen]
    if given.show:
        show(results)
    told = table(results)
    print(told)
    if given.write:
        _write(told, results)


def _write(told: str, results: list[Any]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    marks = r"(?s)(<!-- briefs -->\n).*?(<!-- /briefs -->)"
    page = re.sub(marks, lambda match: f"{match[1]}\n{told}\n\n{match[2]}", page)
    PAGE.write_text(page, encoding="utf-8")
    parts = {
        name: {
            key: [c.hits, c.of]
            for key, c in figures(
                [r for r in results if (r[0]["held"] is (name == "held_out"))]
            ).items()
        }
        for name in ("tuned", "held_out")
    }
    FIGURES.write_text(json.dumps(parts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
