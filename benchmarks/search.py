"""How much alignment the critic's search buys for its compute.

    python benchmarks/search.py --calibrate data/calibration    # thresholds, beside the CLIP
    python benchmarks/search.py --store --out results/search    # starter weights, image
    python benchmarks/search.py --part clip --prompts 60 --seeds 16
    python benchmarks/search.py --method unimodal --guidance 1 --out results/search/unguided
    python benchmarks/search.py --pool results/search/image.npz # replay alone, in seconds

A pool of scores (prompts × seeds × steps) is made once and stored; strategies are replayed on it.
Prompts are the test half of the starter's world, which no model was trained on.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from search_figures import figures, markdown, plain, plot

from benchmarks.pools import Pool, measure
from triptych.agents.visual import prompt_with_missing
from triptych.alignment import (
    AlignmentScorer,
    Calibration,
    Example,
    calibrate,
    load_calibration,
    save_calibration,
)
from triptych.alignment.calibration import FILE as CALIBRATION
from triptych.alignment.calibration import with_search
from triptych.alignment.scoring import named
from triptych.alignment.search import FromKeyImage, search, visual_problem
from triptych.alignment.search.problem import Problem
from triptych.cases.format import FRAMES, read_cases
from triptych.domain import Brief, Feedback
from triptych.evaluation.bootstrap import mean_interval
from triptych.evaluation.judge import Judge
from triptych.generators.encoder import load_clip
from triptych.generators.starter.image import StarterImage
from triptych.generators.starter.load import SHIPPED_WEIGHTS, StarterModules
from triptych.methods.table import METHODS, Wording
from triptych.protocols import Pixels, TextRequest, VisualRequest
from triptych.starter.dataset import case_of, split_of
from triptych.training.data import read_clip, read_image

SEEN = ("product", "colour", "setting")
LOOKS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
Part = Literal["image", "clip"]
Others = Mapping[str, Callable[["Job", Sequence[Pixels]], list[float]]]
"""Scorers that take no part in the search."""


@dataclass(frozen=True)
class Job:
    """One held-out prompt: what is asked, the copy's Z, and the copy itself."""

    request: VisualRequest
    latents: Any
    copy: str
    visual: str
    attributes: dict[str, Any]
    key_image: Pixels | None = None


def examples_of(folder: Path, size: int, most: int = 600) -> list[Example]:
    """Validation cases of a case folder, with copy of three channels each."""
    examples = []
    for case in read_cases(folder):
        if case.split != "validation" or len(examples) == most:
            continue
        by_channel = case.copy_texts[case.tone or next(iter(case.copy_texts))]
        texts = [by_channel[c][0] for c in ("body", "social_post", "headline") if c in by_channel]
        examples.append(
            Example(
                str((case.plan or {}).get("visual", case.caption)),
                tuple(texts) or (case.caption,),
                read_image(folder / case.image, size),
                read_clip(folder / case.clip, size, FRAMES) if case.clip else None,
            )
        )
    return examples


def calibrate_folder(clip_folder: Path, cases: Path) -> str:
    """Calibrate a CLIP on the validation cases, store it beside the weights, and say how it errs.

    What an earlier calibration knew of the search is kept if it was of the same weights.
    """
    encoder = load_clip(clip_folder)
    found = calibrate(encoder, examples_of(cases, encoder.image_size))
    stored = clip_folder / CALIBRATION
    if stored.exists():
        old = Calibration.model_validate_json(stored.read_bytes())
        if old.encoder == found.encoder:
            found = with_search(found, old.search)
    save_calibration(found, clip_folder)
    lines = []
    for pair, scores in found.pairs.items():
        accepted = {c: f"{rate:.1%}" for c, rate in found.error_rates(pair, 0.05).items()}
        count = len(scores.matched["mean"])
        lines.append(f"{pair}: {count} true pairs; at 5 % rejected, mismatched pass {accepted}")
    return "\n".join(lines)


def jobs_of(
    modules: StarterModules,
    part: Part,
    count: int,
    steps: int,
    world: int = 0,
    wording: Wording = "plan",
    guidance: float | None = None,
) -> list[Job]:
    """Test cases of the starter's world as jobs; a clip's key image is painted first."""
    indices = [i for i in range(100 * count) if split_of(i)[0] == "test"][:count]
    jobs = []
    for index in indices:
        case = case_of(world, index)
        plan = case.plan or {}
        visual = str(plan.get("visual", case.caption))
        tone = case.tone or "minimal"
        text = case.copy_texts[tone]["body"][0]
        asked = TextRequest(Brief(description=case.description), "body", tone, visual=visual)
        latents = modules.text.encode([asked], [text])[0].latents
        shown = text if wording == "copy" else visual
        prompt = shown if part == "image" else f"{shown}, {plan.get('motion', '')}"
        request = VisualRequest(prompt, steps, guidance)
        job = Job(request, latents, text, visual, dict(case.attributes))
        if part == "clip":
            still = VisualRequest(shown, steps)
            painted = modules.image.start([still], [latents], [index]).finish()[0].pixels
            job = replace(job, key_image=painted)
        jobs.append(job)
    return jobs


def problem_of(
    modules: StarterModules, part: Part, job: Job, scorer: AlignmentScorer, **given: Any
) -> Problem:
    """The job as the graph would search for it."""
    painter: StarterImage | FromKeyImage = modules.image
    if part == "clip":
        assert job.key_image is not None, "a clip's key image is painted with its job"
        painter = FromKeyImage(modules.video, job.key_image)
    return visual_problem(painter, job.request, job.latents, job.visual, scorer, **given)


def make_pool(
    modules: StarterModules,
    part: Part,
    jobs: Sequence[Job],
    scorer: AlignmentScorer,
    others: Others,
    seeds: int,
    *,
    tell: Callable[[str], None] = print,
) -> Pool:
    """Denoise every seed of every prompt, scoring previews and ends."""
    first = problem_of(modules, part, jobs[0], scorer)
    steps = first.steps
    looks = np.unique([max(round(share * steps), 1) for share in LOOKS])
    looks = looks[looks < steps]
    previews = np.zeros((len(jobs), seeds, len(looks)))
    finals, passed = np.zeros((len(jobs), seeds)), np.zeros((len(jobs), seeds), dtype=bool)
    seen = {name: np.zeros((len(jobs), seeds)) for name in others}
    looking = stepping = 0.0
    started = time.perf_counter()
    for row, job in enumerate(jobs):
        problem = problem_of(modules, part, job, scorer, candidates=seeds, seed=row)
        for start in range(0, seeds, problem.max_batch):
            stop = min(start + problem.max_batch, seeds)
            batch = [problem.proposal(i) for i in range(start, stop)]
            columns = slice(start, stop)
            sampling = problem.propose(batch)
            for place, step in enumerate(looks):
                moment = time.perf_counter()
                sampling.advance(int(step))
                stepping += time.perf_counter() - moment
                moment = time.perf_counter()
                previews[row, columns, place] = (problem.preview or problem.score)(
                    sampling.preview()
                )
                looking += time.perf_counter() - moment
            pixels = [made.pixels for made in sampling.finish()]
            finals[row, columns] = problem.score(pixels)
            passed[row, columns] = [bool(problem.accept and problem.accept(p)) for p in pixels]
            for name, other in others.items():
                seen[name][row, columns] = other(job, pixels)
        done, spent = row + 1, time.perf_counter() - started
        tell(f"{done}/{len(jobs)} prompts, {spent / done:.1f} s each")
    threshold = scorer.threshold(part)
    one_look = looking / (len(jobs) * seeds * len(looks))
    one_step = stepping / (len(jobs) * seeds * int(looks[-1]))
    return Pool(
        generator=named((modules.image if part == "image" else modules.video).identity),
        steps=steps,
        step_nfe=first.step_nfe,
        look_steps=looks.astype(np.int64),
        previews=previews,
        finals=finals,
        passed=passed,
        threshold=float("nan") if threshold is None else threshold,
        preview_cost=one_look / one_step,
        others=seen,
    )


def words_apart(
    modules: StarterModules,
    part: Part,
    jobs: Sequence[Job],
    scorer: AlignmentScorer,
    pool: Pool,
    others: Others,
    fresh: int = 4,
) -> dict[str, Any]:
    """What new words buy after two failures, apart from what new seeds buy.

    For each prompt with two failed seeds in the pool the critic says what they miss, as it would
    tell the image agent. Then the same fresh seeds are tried under the old words and under the
    new ones: the old words' passes are the effect of the seeds, the difference that of the words.
    """
    rows: dict[tuple[str, str], list[float]] = {}
    for row, job in enumerate(jobs):
        failed = np.flatnonzero(~pool.passed[row])[:2]
        if len(failed) < 2:
            continue
        problem = problem_of(modules, part, job, scorer, candidates=pool.seeds, seed=row)
        seen = problem.propose([problem.proposal(int(i)) for i in failed]).finish()
        missing = [m.words for one in seen for m in scorer.missing_claims(job.visual, one.pixels)]
        why = Feedback(part=part, attempt=2, reason="", missing=tuple(dict.fromkeys(missing)))
        reworded = replace(job.request, prompt=prompt_with_missing(job.request.prompt, [why]))
        for words, request in (("old", job.request), ("new", reworded)):
            asked = replace(job, request=request)
            problem = problem_of(modules, part, asked, scorer, candidates=fresh, seed=row)
            batch = [problem.proposal(pool.seeds + i) for i in range(fresh)]
            pixels = [made.pixels for made in problem.propose(batch).finish()]
            found = {"critic": problem.score(pixels)}
            found["passed"] = [float(bool(problem.accept and problem.accept(p))) for p in pixels]
            found |= {name: other(job, pixels) for name, other in others.items()}
            for name, values in found.items():
                rows.setdefault((name, words), []).append(float(np.mean(values)))
    told = {f"{name}, {words} words": mean_interval(values)
            for (name, words), values in rows.items()}  # fmt: skip
    for name in {name for name, _ in rows}:
        pairs = zip(rows[name, "new"], rows[name, "old"], strict=True)
        told[f"{name}, new less old"] = mean_interval([new - old for new, old in pairs])
    return {name: one.model_dump() for name, one in sorted(told.items())}


def clock(
    modules: StarterModules, part: Part, jobs: Sequence[Job], scorer: AlignmentScorer
) -> dict[str, float]:
    """Seconds of pruning and best-of-4 at equal NFE, and of four samples one by one."""

    ways: dict[str, tuple[Any, dict[str, int]]] = {
        "best": ("best-of-n", {}),
        "pruned": ("pruning", {}),
        "alone": ("best-of-n", {"max_batch": 1}),
    }
    taken = dict.fromkeys(ways, 0.0)
    for seed, job in enumerate([jobs[0], *jobs]):  # the first time round warms up
        given = problem_of(modules, part, job, scorer, candidates=4, seed=seed)
        for way, (strategy, changes) in ways.items():
            started = time.perf_counter()
            search(replace(given, **changes), strategy)  # type: ignore[arg-type]
            taken[way] += (time.perf_counter() - started) / len(jobs) if seed else 0.0
    best, pruned, alone = taken["best"], taken["pruned"], taken["alone"]
    return {
        "best-of-4, seconds": best,
        "pruning, seconds": pruned,
        "pruning over best-of-4": pruned / best,
        "four samples one by one, seconds": alone,
        "one by one over batched": alone / best,
        "peak memory, MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def ground_truth(judge: Judge, part: Part) -> Others:
    """The share of product, colour and setting that the judge reads right; of a clip, on average
    over its frames."""

    def right(job: Job, frames: Sequence[Pixels]) -> float:
        read = judge.name(list(frames))
        return float(np.mean([one[key] == job.attributes[key] for one in read for key in SEEN]))

    def score(job: Job, pixels: Sequence[Pixels]) -> list[float]:
        return [right(job, [one] if part == "image" else list(one)) for one in pixels]

    return {"judge": score}


def evaluation_clip(folder: Path, part: Part) -> Others:
    """The CLIP that is kept for evaluation, if it is there: raw cosine with the visual line."""
    if not folder.is_dir():
        return {}
    scorer = AlignmentScorer(load_clip(folder))

    def score(job: Job, pixels: Sequence[Pixels]) -> list[float]:
        measure_one = scorer.text_image if part == "image" else scorer.text_video
        return [measure_one(job.visual, one).cosine for one in pixels]

    return {"evaluation CLIP": score}


def main(arguments: Sequence[str] | None = None) -> int:
    """Make or load a pool, replay the strategies, write figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS)
    parser.add_argument(
        "--method", choices=("end-to-end", "unimodal"), default="end-to-end",
        help="unimodal: prompted by the copy, without Z",
    )  # fmt: skip
    parser.add_argument("--guidance", type=float, help="scale; 1 is none, at half the NFE")
    parser.add_argument("--part", choices=("image", "clip"), default="image")
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=32)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--timed", type=int, help="prompts to take the time of: 4, or 0 of a pool")
    parser.add_argument("--pool", type=Path, help="replay this pool; models are loaded for --timed")
    parser.add_argument("--store", action="store_true", help="keep statistics beside the CLIP")
    parser.add_argument("--out", type=Path, default=Path("results/search"))
    parser.add_argument("--calibrate", type=Path, metavar="CASES", help="and do nothing else")
    asked = parser.parse_args(arguments)
    if asked.calibrate:
        print(calibrate_folder(asked.weights / "clip", asked.calibrate))
        return 0
    part: Part = asked.part
    pool = Pool.load(asked.pool) if asked.pool else None
    told = asked.out / f"{part}.json"  # what was measured with the models is kept
    before = json.loads(told.read_text()) if asked.pool and told.exists() else {}
    times, words = before.get("clock", {}), before.get("words", {})
    timed = asked.timed if asked.timed is not None else 0 if pool else 4
    if pool is None or timed:
        method = METHODS[asked.method]
        modules = StarterModules(asked.weights, use=method.conditioning)
        clip_folder = asked.weights / "clip"
        encoder = load_clip(clip_folder)
        calibration = load_calibration(clip_folder, encoder)
        jobs = jobs_of(
            modules, part, timed if pool else asked.prompts, pool.steps if pool else asked.steps,
            wording=method.wording, guidance=asked.guidance,
        )  # fmt: skip
        if pool is None:
            scorer = AlignmentScorer(encoder, calibration)
            others = {
                **evaluation_clip(asked.weights / "evaluation_clip", part),
                **ground_truth(Judge.from_pretrained(), part),
            }
            pool = make_pool(modules, part, jobs, scorer, others, asked.seeds)
            pool.save(asked.out / f"{part}.npz")
            words = words_apart(modules, part, jobs, scorer, pool, others)
        if calibration:
            calibration = with_search(calibration, {part: measure(pool)})
            if asked.store:
                save_calibration(calibration, clip_folder)
        times = clock(modules, part, jobs[:timed], AlignmentScorer(encoder, calibration))
    found = {**figures(pool), "clock": times, "words": words}
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / f"{part}.json").write_text(json.dumps(plain(found), indent=2) + "\n")
    table = markdown(found) + "".join(f"\n- {name}: {value:.2f}" for name, value in times.items())
    for name, one in words.items():
        bounds = f"[{one['low']:.3f}, {one['high']:.3f}]"
        table += f"\n- after two failures, {name}: {one['value']:.3f} {bounds}, n {one['n']}"
    (asked.out / f"{part}.md").write_text(table + "\n")
    plot(found, asked.out / f"{part}.png")
    print(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
