"""The whole of an evaluation: make the items, measure them, store results, tables and figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from triptych.cases.format import Case, read_cases
from triptych.errors import ModelError
from triptych.evaluation.features import (
    ClipFeatures,
    FeatureNetwork,
    JudgeFeatures,
    ScriptedI3D,
    ScriptedInception,
)
from triptych.evaluation.figures import draw_figures
from triptych.evaluation.items import (
    EvalSettings,
    Item,
    brief_of,
    choose_cases,
    make_items,
    open_evaluation,
)
from triptych.evaluation.judge import HEADS, SHIPPED_JUDGE, Judge
from triptych.evaluation.measure import Instruments, Measured, measure
from triptych.evaluation.ratings.collect import read_collected
from triptych.evaluation.report import write_tables
from triptych.evaluation.results import (
    MethodResult,
    Results,
    frechet_names,
    now,
    summarise,
    this_commit,
    this_machine,
    write_results,
)
from triptych.methods.load import load_models
from triptych.methods.table import METHODS, Method

EVALUATION_CLIP = SHIPPED_JUDGE.parent / "evaluation_clip"
"""The CLIP that no critic and no training saw."""
I3D_SIDE = 224

Told = Callable[[str, int, int, str], None]
"""Method, items done, items in all, and what is going on."""


def open_instruments(
    cases: Sequence[Case],
    clip: Path | None = None,
    inception: Path | None = None,
    i3d: Path | None = None,
    judge: Path | None = None,
) -> Instruments:
    """What to measure with, as far as it is there.

    Args:
        cases: the judge is only asked about cases of the world that it knows.
        clip: folder of the evaluation CLIP; by default the shipped one, if there is one.
        inception: TorchScript file of Inception-V3: the distances of pictures become FID.
        i3d: TorchScript file of I3D: the distances of clips become FVD.
        judge: folder of the judge; by default the shipped one.

    Raises:
        ModelError: if one that was named cannot be loaded.
    """
    from triptych.generators.encoder import load_clip

    folder = clip or (EVALUATION_CLIP if EVALUATION_CLIP.is_dir() else None)
    encoder = load_clip(folder) if folder else None
    known = any(case.attributes.get("product") in HEADS["product"] for case in cases)
    reader = None
    if known and (judge or SHIPPED_JUDGE.is_dir()):
        reader = Judge.from_pretrained(judge or SHIPPED_JUDGE)
    elif judge:
        raise ModelError("The judge knows the starter's world alone; these cases are of another.")
    networks: list[FeatureNetwork] = []
    if inception:
        networks.append(ScriptedInception(inception))
    if i3d:
        networks.append(ScriptedI3D(i3d))
    if reader:
        networks.append(JudgeFeatures(reader))
    elif encoder:
        networks.append(ClipFeatures(encoder))
    return Instruments(encoder, reader, tuple(networks), I3D_SIDE if i3d else 128)


def evaluate(
    folder: Path,
    methods: Sequence[Method],
    out: Path,
    settings: EvalSettings,
    *,
    limit: int | None = None,
    instruments: Instruments | None = None,
    logs: Path | None = None,
    on_progress: Told | None = None,
) -> Results:
    """Run methods over the cases of a folder and store what came of it; goes on where it was.

    Args:
        folder: of the cases.
        methods: the human-made reference is measured in any case.
        out: the evaluation's folder.
        settings: profile, steps, seed, split.
        limit: so many cases, spread over the split.
        instruments: what to measure with; by default what is shipped.
        logs: of training, for Figures 1 and 2.
        on_progress: told how far it is.

    Raises:
        CaseError: if a case has no reference copy of the channel that the settings name.
    """
    everything = read_cases(folder)
    cases = choose_cases(everything, settings.split, limit)
    for case in cases:
        brief_of(case, settings.channel)  # raises before anything is made
    open_evaluation(out, settings)
    instruments = instruments or open_instruments(cases)
    reference = METHODS["human"]
    tell = on_progress or (lambda *_: None)
    wanted = [m for m in methods if not m.reference]
    items = {
        m.name: _items(m, folder, cases, out, settings, on_progress) for m in (*wanted, reference)
    }

    def measured(method: Method) -> Measured:
        return measure(
            items[method.name], cases, out, instruments,
            lambda done, total: tell(method.name, done, total, "measuring"),
        )  # fmt: skip

    truth = measured(reference)
    summaries: dict[str, MethodResult] = {}
    for method in wanted:
        summaries[method.name] = summarise(method, items[method.name], measured(method), truth)
    summaries[reference.name] = summarise(reference, items[reference.name], truth, truth)
    results = Results(
        created=now(),
        commit=this_commit(),
        machine=this_machine(),
        settings=settings,
        cases=folder.resolve().name,
        count=len(cases),
        with_clip=sum(bool(case.clip) for case in cases),
        instruments=_named(instruments),
        names=frechet_names(truth),
        unseen=[case.id for case in cases if case.unseen_combination],
        methods={name: summaries[name] for name in METHODS if name in summaries},
    )
    write_results(results, out)
    write_tables(results, read_collected(out), out)
    draw_figures(results, cases, out, logs)
    return results


def _items(
    method: Method,
    folder: Path,
    cases: Sequence[Case],
    out: Path,
    settings: EvalSettings,
    on_progress: Told | None,
) -> list[Item]:
    models = None
    if not method.reference:
        models = load_models(f"{method.name}@{settings.profile}", settings.overrides)
    done = 0

    def on_item(item: Item, there: bool) -> None:
        nonlocal done
        done += 1
        if on_progress:
            on_progress(method.name, done, len(cases), "found" if there else item.message or "made")

    return make_items(method, models, folder, cases, out, settings, on_item)


def _named(instruments: Instruments) -> dict[str, str]:
    named = {}
    if instruments.encoder is not None:
        identity = instruments.encoder.identity
        named["evaluation CLIP"] = f"{identity.name} {identity.revision}".strip()
    if instruments.judge is not None:
        identity = instruments.judge.identity
        named["judge"] = f"{identity.name} {identity.revision}".strip()
    for network in instruments.networks:
        if network.kind in ("inception", "i3d"):
            named[network.kind] = "as TorchScript"
    return named
