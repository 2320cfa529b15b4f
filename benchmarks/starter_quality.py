"""The starter's acceptance figures, on the test split: text, pictures, clips, latents, ablations.

    python benchmarks/starter_quality.py CASES OUT [--limit N] [--text N] [--clips N] [--steps S]
        [--weights FOLDER] [--variant NAME=FOLDER ...] [--words]

Writes OUT/starter_quality.json and .md. Pictures are made in batches and read by the judge; CLIP
similarity is the evaluation CLIP's, of picture and reference copy. The ablation hears the prompt
alone, Z alone and both; each variant is another weights folder, such as one without `joint`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from PIL import Image

from triptych.cases.format import Case, read_cases
from triptych.domain import Brief, PlanDraft
from triptych.evaluation.bootstrap import interval, mean_interval
from triptych.evaluation.evaluate import EVALUATION_CLIP
from triptych.evaluation.frechet import frechet_distance
from triptych.evaluation.items import choose_cases
from triptych.evaluation.judge import Judge
from triptych.evaluation.looks import clip_looks, looks
from triptych.evaluation.measure import judged
from triptych.evaluation.motion import flicker, motion
from triptych.evaluation.results import now, this_commit, this_machine
from triptych.evaluation.similarity import similarities
from triptych.evaluation.text_metrics import bleu_counts, corpus_bleu, rouge_l
from triptych.generators.encoder import load_clip
from triptych.generators.starter.load import SHIPPED_WEIGHTS, StarterModules
from triptych.protocols import Pixels, TextRequest, VisualRequest
from triptych.starter.grammar import sketch
from triptych.starter.scene import Scene, invent_name
from triptych.starter.truth import false_claims, names_right, read_attributes
from triptych.training.data import read_clip, read_image

BATCH, LARGE = 16, 48
SHOWN = frozenset({"product", "colour", "setting", "time", "weather", "state"})
"""What can be seen."""
GOALS: dict[str, tuple[float | None, float | None]] = {
    "bleu": (0.45, None), "rouge_l": (0.62, None), "names_right": (0.98, None),
    "nothing_false": (0.95, None), "plan_valid": (1.0, None), "plan_choices": (0.95, None),
    "judge_product": (0.90, None), "judge_colour": (0.85, None), "judge_setting": (0.85, None),
    "unseen_product": (0.75, None), "unseen_colour": (0.75, None), "unseen_setting": (0.75, None),
    "frames_product": (0.85, None), "frames_setting": (0.85, None),
    "judge_state": (0.88, None), "judge_weather": (0.94, None),
    "wasserstein_ratio": (None, 2.0), "acuity_ratio": (0.85, 1.15),
    "blockiness_ratio": (None, 1.05), "grain_growth": (None, 1.15),
    "flicker_ratio": (None, 1.2), "motion_ratio": (0.8, 1.25),
}  # fmt: skip
"""Least and most."""


def scene_of(case: Case) -> Scene:
    """The truth of a case."""
    names = Scene.__dataclass_fields__
    return Scene(**{"seed": 0, **{k: v for k, v in case.attributes.items() if k in names}})


def text_figures(modules: StarterModules, cases: Sequence[Case]) -> dict[str, Any]:
    """BLEU-4, ROUGE-L, names, false claims of copy for every channel of a case; plans."""
    counts, rouge, names, true, valid, choices = [], [], [], [], [], []
    for case in cases:
        tone = case.tone or next(iter(case.copy_texts))
        brief = Brief(description=case.description)
        scene = scene_of(case)
        asked = case.copy_texts[tone]
        draft = modules.text.draft(brief).draft
        copies = modules.text.write(
            [TextRequest(brief, channel, tone, visual=draft.visual) for channel in asked]
        )
        for (channel, references), copy in zip(asked.items(), copies, strict=True):
            written = copy.text
            counts.append(bleu_counts(written, references))
            rouge.append(rouge_l(written, references))
            names.append(float(names_right(written, scene, channel)))
            true.append(float(not false_claims(written, scene)))
        valid.append(float(PlanDraft.model_validate(draft.model_dump()) == draft))
        if case.plan:
            wanted = PlanDraft.model_validate(case.plan)
            same = draft.tone == wanted.tone and set(draft.channels) == set(wanted.channels)
            choices.append(float(same))
    table = np.array(counts)
    return {
        "bleu": interval(lambda places: corpus_bleu(table[places]), len(table)),
        **{
            key: mean_interval(values)
            for key, values in (
                ("rouge_l", rouge), ("names_right", names), ("nothing_false", true),
                ("plan_valid", valid), ("plan_choices", choices),
            )
            if values
        },
    }  # fmt: skip


def short_brief_figures(modules: StarterModules, cases: Sequence[Case]) -> dict[str, Any]:
    """Briefs that leave much out, of products whose names no text of the training has.

    `short_kept`: the plan's visual line keeps all that the brief says; `short_agrees`: the copy
    says nothing else than that line; `short_names_right` and `short_choices` as for whole briefs.
    """
    kept, agrees, names, choices = [], [], [], []
    for case in cases:
        rng = Random(case.id)
        scene = replace(scene_of(case), brand=invent_name(rng), name=invent_name(rng))
        text, tone, channels = sketch(scene, rng)
        brief = Brief(description=text)
        draft = modules.text.draft(brief).draft
        shown, said = read_attributes(draft.visual), read_attributes(text)
        kept.append(all(shown.get(key) == said[key] for key in SHOWN & said.keys()))
        choices.append(draft.tone == tone and list(draft.channels) == channels)
        for channel in draft.channels[:2]:
            asked = TextRequest(brief, channel, draft.tone, draft.key_message, draft.visual)
            copy = modules.text.write([asked])[0].text
            told = read_attributes(copy)
            agrees.append(all(shown.get(key) == told[key] for key in SHOWN & told.keys()))
            names.append(names_right(copy, scene, channel))
    return {
        "short_kept": mean_interval(kept),
        "short_choices": mean_interval(choices),
        "short_names_right": mean_interval(names),
        "short_agrees": mean_interval(agrees),
    }


def spoken(case: Case) -> tuple[TextRequest, str]:
    """The first reference body of a case, and what it answers."""
    tone = case.tone or next(iter(case.copy_texts))
    channel = "body" if "body" in case.copy_texts[tone] else next(iter(case.copy_texts[tone]))
    visual = PlanDraft.model_validate(case.plan).visual
    request = TextRequest(Brief(description=case.description), channel, tone, visual=visual)
    return request, case.copy_texts[tone][channel][0]


def latents_of(modules: StarterModules, cases: Sequence[Case]) -> list[torch.Tensor | None]:
    """Z of the first reference body of each case, by teacher forcing."""
    found: list[torch.Tensor | None] = []
    for case in cases:
        request, text = spoken(case)
        found.append(modules.text.encode([request], [text])[0].latents)
    return found


def paint(
    modules: StarterModules,
    prompts: Sequence[str],
    latents: Sequence[torch.Tensor | None],
    steps: int,
) -> list[Pixels]:
    """One picture a prompt, in batches; the seed is the place."""
    made: list[Pixels] = []
    for start in range(0, len(prompts), BATCH):
        part = slice(start, start + BATCH)
        requests = [VisualRequest(prompt=prompt, steps=steps) for prompt in prompts[part]]
        seeds = list(range(start, start + len(requests)))
        sampling = modules.image.start(requests, latents[part], seeds)
        made += [one.pixels for one in sampling.finish()]
    return made


def at_side(image: Pixels, side: int) -> Pixels:
    """A picture (S, S, 3) made as small as the renders it is held against."""
    if len(image) == side:
        return image
    return np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.LANCZOS))


def read_pictures(
    judge: Judge, cases: Sequence[Case], images: Sequence[Pixels]
) -> dict[str, list[float]]:
    """By attribute, whether each picture is read right."""
    rows = [judged(judge, case, image, None) for case, image in zip(cases, images, strict=True)]
    return {key: [row[key] for row in rows] for key in rows[0]}


def image_figures(
    judge: Judge,
    cases: Sequence[Case],
    images: Sequence[Pixels],
    renders: Sequence[Pixels],
    others: Sequence[Pixels],
) -> dict[str, Any]:
    """Accuracies on all and on unseen combinations, looks, and the Fréchet distance.

    The distance is to `others`, renders of as many cases of another split; its floor is how far
    the renders of the same cases are from them. So both are of equal numbers and of no shared case.
    """
    read = read_pictures(judge, cases, images)
    unseen = [place for place, case in enumerate(cases) if case.unseen_combination]
    figures: dict[str, Any] = {key: mean_interval(values) for key, values in read.items()}
    if unseen:
        for key in ("product", "colour", "setting"):
            values = [read[f"judge_{key}"][place] for place in unseen]
            figures[f"unseen_{key}"] = mean_interval(values)
    figures |= looks([at_side(one, len(renders[0])) for one in images], renders, others)
    real, made, far = (judge.features(some) for some in (renders, images, others))
    ceiling = read_pictures(judge, cases, renders)
    figures |= {f"renders_{key}": mean_interval(values) for key, values in ceiling.items()}
    figures["frechet"] = frechet_distance(made, far)
    figures["frechet_floor"] = frechet_distance(real, far)
    if EVALUATION_CLIP.is_dir():
        encoder = load_clip(EVALUATION_CLIP)
        alike = [
            similarities(encoder, spoken(case)[1], image, None)["text_image"]
            for case, image in zip(cases, images, strict=True)
        ]
        figures["similarity"] = mean_interval(alike)
    return figures


def large_figures(
    cases: Sequence[Case], images: Sequence[Pixels], held_out: Sequence[Case]
) -> dict[str, Any]:
    """How pictures look at their full size, beside renders of that size.

    Args:
        cases: test cases.
        images: (S, S, 3) each, of those cases.
        held_out: as many cases of another split.
    """
    size = len(images[0])
    rendered = rendered_at(size, [*cases, *held_out])
    return looks(images, rendered[: len(cases)], rendered[len(cases) :])


def rendered_at(size: int, cases: Sequence[Case]) -> list[Pixels]:
    """Renders (size, size, 3) of cases; one stage is held at a time, for large ones fill memory."""
    from triptych.starter.renderer import Renderer

    made: dict[str, Pixels] = {}
    scenes = {case.id: scene_of(case) for case in cases}
    for place in sorted({(s.setting, s.time) for s in scenes.values()}):
        with Renderer(size) as renderer:
            for name, scene in scenes.items():
                if (scene.setting, scene.time) == place:
                    made[name] = renderer.still(scene)
    return [made[case.id] for case in cases]


def clip_figures(
    modules: StarterModules, judge: Judge, folder: Path, cases: Sequence[Case],
    images: dict[str, Pixels], latents: dict[str, torch.Tensor | None], steps: int,
) -> dict[str, Any]:  # fmt: skip
    """Accuracy per frame, first frame against the key image; flicker, motion, grain by renders'."""
    rows: list[dict[str, float]] = []
    made: list[Pixels] = []
    filmed: list[Pixels] = []
    side = modules.autoencoder.config.image_size
    for place, case in enumerate(cases):
        plan = PlanDraft.model_validate(case.plan)
        prompt = f"{plan.visual}, {plan.motion}"
        sampling = modules.video.start(
            [VisualRequest(prompt=prompt, steps=steps)], [latents[case.id]], [images[case.id]],
            [place],
        )  # fmt: skip
        clip = sampling.finish()[0].pixels
        small = np.stack([at_side(frame, side) for frame in clip])
        real = read_clip(folder / str(case.clip), small.shape[1], len(clip))
        row = judged(judge, case, images[case.id], clip)
        row |= {"motion": motion(small), "render_motion": motion(real)}
        row["render_flicker"] = flicker(judge.features(list(real)))
        rows.append(row)
        made.append(small)
        filmed.append(real)
    if not rows:
        return {}
    keys = ("frames_product", "frames_colour", "frames_setting", "first_frame", "flicker",
            "render_flicker", "motion", "render_motion")  # fmt: skip
    figures: dict[str, Any] = {key: mean_interval([row[key] for row in rows]) for key in keys}
    for key in ("flicker", "motion"):
        figures[f"{key}_ratio"] = figures[key].value / max(figures[f"render_{key}"].value, 1e-9)
    return figures | clip_looks(made, filmed)


def swap_figures(
    modules: StarterModules, judge: Judge, cases: Sequence[Case],
    latents: Sequence[torch.Tensor | None], steps: int,
) -> dict[str, Any]:  # fmt: skip
    """What happens to the subject when Z comes from another case, and when it is zero; Z alone."""
    others = [*range(1, len(cases)), 0]
    swapped = [latents[other] for other in others]
    zero = [None if z is None else torch.zeros_like(z) for z in latents]
    blank = [""] * len(cases)
    figures: dict[str, Any] = {}
    for name, given in (("own", latents), ("swapped", swapped), ("zero", zero)):
        read = judge.name(paint(modules, blank, given, steps))
        own = [one["product"] == case.attributes["product"] for one, case in zip(
            read, cases, strict=True)]  # fmt: skip
        donor = [
            one["product"] == cases[other].attributes["product"]
            for one, other in zip(read, others, strict=True)
        ]
        figures[f"{name}_shows_own"] = mean_interval(own)
        figures[f"{name}_shows_other"] = mean_interval(donor)
    return figures


def main() -> None:
    """Measure, and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--limit", type=int, help="test cases, evenly spread")
    parser.add_argument("--text", type=int, help="cases whose copy is written, if fewer")
    parser.add_argument("--clips", type=int, help="cases whose clip is made, if fewer")
    parser.add_argument("--variant", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS)
    parser.add_argument(
        "--words", action="store_true", help="only the text; keep what OUT has else"
    )
    options = parser.parse_args()
    everything = read_cases(options.cases)
    cases = choose_cases(everything, "test", options.limit)
    judge = Judge.from_pretrained()
    modules = StarterModules(options.weights)
    side = modules.autoencoder.config.image_size
    renders = [read_image(options.cases / case.image, side) for case in cases]
    held_out = choose_cases(everything, "validation", len(cases))
    others = [read_image(options.cases / case.image, side) for case in held_out]
    prompts = [PlanDraft.model_validate(case.plan).visual for case in cases]
    latents = latents_of(modules, cases)
    written = choose_cases(cases, "test", options.text)
    found: dict[str, Any] = {
        "text": text_figures(modules, written) | short_brief_figures(modules, written)
    }
    if options.words:
        stored = json.loads((options.out / "starter_quality.json").read_text())
        write(stored | found, options)
        return
    ablation: dict[str, Any] = {}
    images: list[Pixels] = []
    for use in ("prompt", "latents", "both"):
        arranged = StarterModules(options.weights, use)  # type: ignore[arg-type]
        images = paint(arranged, prompts, latents, options.steps)
        ablation[use] = image_figures(judge, cases, images, renders, others)
    found["image"], found["ablation"] = ablation["both"], ablation
    for variant in options.variant:
        name, _, folder = variant.partition("=")
        other = StarterModules(Path(folder))
        made = paint(other, prompts, latents_of(other, cases), options.steps)
        ablation[name] = image_figures(judge, cases, made, renders, others)
    if len(images[0]) > side:
        shown = choose_cases(cases, "test", LARGE)
        large = [image for case, image in zip(cases, images, strict=True) if case in shown]
        found["large"] = large_figures(shown, large, held_out[: len(shown)])
    ids = [case.id for case in cases]
    filmed = choose_cases([case for case in cases if case.clip], "test", options.clips)
    found["clip"] = clip_figures(
        modules, judge, options.cases, filmed, dict(zip(ids, images, strict=True)),
        dict(zip(ids, latents, strict=True)), options.steps,
    )  # fmt: skip
    alone = StarterModules(options.weights, "latents")
    found["latents"] = swap_figures(alone, judge, cases, latents, options.steps)
    about = {
        "created": now(), "commit": this_commit(), "machine": this_machine().model_dump(),
        "cases": len(cases), "steps": options.steps,
    }  # fmt: skip
    write(about | found, options)


def write(found: dict[str, Any], options: argparse.Namespace) -> None:
    """Store the figures as JSON and as Markdown."""
    options.out.mkdir(parents=True, exist_ok=True)
    told = json.loads(json.dumps(found, default=lambda one: one.model_dump()))
    (options.out / "starter_quality.json").write_text(json.dumps(told, indent=1))
    (options.out / "starter_quality.md").write_text(markdown(told))


def markdown(told: dict[str, Any]) -> str:
    """Stored figures, held against the goals."""
    told_of = f"{told['cases']} test cases, {told['steps']} steps, commit `{told['commit']}`."
    lines = ["## The starter's own quality", "", told_of]
    for section in ("text", "image", "large", "clip", "latents"):
        figures = told.get(section, {})
        lines += ["", f"### {section.capitalize()}", "", "| Figure | Value (95 %) | Goal | |",
                  "|---|---:|---:|---|"]  # fmt: skip
        for key, value in figures.items():
            number = value if isinstance(value, float) else value["value"]
            plain = isinstance(value, float)
            shown = f"{number:.3f}" if plain else f"{_interval(value)}, n {value['n']}"
            least, most = GOALS.get(key, (None, None))
            goal = " to ".join(f"{end:g}" for end in (least, most) if end is not None)
            goal = f"at most {goal}" if least is None and goal else goal
            met = (least is None or number >= least) and (most is None or number <= most)
            verdict = "" if not goal else "met" if met else "missed"
            lines.append(f"| {key.replace('_', ' ')} | {shown} | {goal} | {verdict} |")
    keys = ("judge_product", "judge_colour", "judge_setting", "unseen_product", "similarity")
    lines += ["", "### Ablation of the picture", "",
              f"| Heard | {' | '.join(key.replace('_', ' ') for key in keys)} | frechet |",
              "|---|" + "---:|" * (len(keys) + 1)]  # fmt: skip
    for use, figures in told["ablation"].items():
        shown = [_interval(figures[key]) if key in figures else "" for key in keys]
        lines.append(f"| {use} | {' | '.join(shown)} | {figures['frechet']:.1f} |")
    return "\n".join(lines) + "\n"


def _interval(value: dict[str, Any]) -> str:
    return f"{value['value']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"


if __name__ == "__main__":
    main()
