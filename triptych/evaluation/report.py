"""`docs/results.md` from stored results: nothing in it is written by hand."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from triptych.evaluation.bootstrap import Interval
from triptych.evaluation.compare import Compared, compare
from triptych.evaluation.ratings.collect import Collected
from triptych.evaluation.ratings.questions import BY_KEY
from triptych.evaluation.results import MethodResult, Results
from triptych.evaluation.tables import Table, make_tables

BASELINE, OURS = "unimodal", "end-to-end"
_CLAIMS = (
    "text_image", "text_video", "image_video", "product", "caption_image", "caption_video",
    "judge_product", "judge_colour", "judge_setting", "judge_all",
)  # fmt: skip
_CAPTIONS = {
    "figure-1": "Figure 1. Training losses by stage.",
    "figure-2": "Figure 2. CLIP similarity over training.",
    "figure-3": "Figure 3. Methods compared.",
    "figure-4": "Figure 4. Quality against cost.",
    "figure-5": "Figure 5. One picture a method for some of the cases; none were chosen by eye.",
}


def write_tables(results: Results, collected: Collected | None, out: Path) -> list[Table]:
    """Write `tables/table-N.md` and `.csv`; returns the tables."""
    from triptych.store import write_whole

    tables = make_tables(results, collected.means if collected else None)
    texts: dict[int, list[Table]] = {}
    for table in tables:
        texts.setdefault(table.number, []).append(table)
    for number, parts in texts.items():
        for place, table in enumerate(parts):
            stem = f"table-{number}" + ("-unseen" if place else "")
            write_whole(out / "tables" / f"{stem}.md", table.markdown().encode())
            write_whole(out / "tables" / f"{stem}.csv", table.csv().encode())
    return tables


def render_report(
    results: Results,
    tables: Sequence[Table],
    figures: Sequence[Path],
    collected: Collected | None,
    where: Path,
    extra: str = "",
) -> str:
    """The whole report as Markdown.

    Args:
        results: stored.
        tables: made from them.
        figures: their files.
        collected: ratings, if there are any.
        where: the folder that the report will lie in: figures are named relative to it.
        extra: Markdown of other stored benchmarks, put at the end.
    """
    parts = [
        "# Results",
        "",
        "Made by `triptych eval report` from stored results; not edited by hand.",
        "",
        *_facts(results),
        "",
        *_methods(results),
        "",
        *_claim(results),
        *(table.markdown() for table in tables),
        *_agreement(collected),
        *_figures(figures, where),
        *_failures(results),
        extra,
    ]
    return "\n".join(parts).rstrip() + "\n"


def comparison_lines(comparisons: Sequence[Compared]) -> list[str]:
    """A comparison as a Markdown table."""
    lines = [
        "| Metric | A | B | B − A (95 %) | relative | n | |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for one in comparisons:
        digits = one.metric.digits
        d = one.difference
        gain = "–"
        if one.gain is not None:
            gain = _percent(one.gain)
        lines.append(
            f"| {one.metric.title} | {one.a:.{digits}f} | {one.b:.{digits}f} | "
            f"{d.value:+.{digits}f} [{d.low:+.{digits}f}, {d.high:+.{digits}f}] | {gain} | "
            f"{d.n} | {one.verdict} |"
        )
    return lines


def _facts(results: Results) -> list[str]:
    machine, settings = results.machine, results.settings
    accelerator = "" if machine.accelerator == "none" else f", {machine.accelerator}"
    steps = "the profile's own" if settings.steps is None else str(settings.steps)
    channel = settings.channel or "that tells most of what can be seen"
    instruments = "; ".join(f"{kind}: {name}" for kind, name in results.instruments.items())
    return [
        f"- Cases: {results.count} of the split `{settings.split}` of `{results.cases}`, "
        f"{results.with_clip} with clips, {len(results.unseen)} of unseen combinations",
        f"- Copy of the channel {channel}",
        f"- Profile `{settings.profile}`, {steps} denoising steps, seed {settings.seed}",
        f"- Measured by {instruments or 'text metrics alone'}",
        f"- {results.created}, commit `{results.commit}`",
        f"- {machine.processor}, {machine.cores} cores{accelerator}; {machine.system}, "
        f"Python {machine.python}, PyTorch {machine.torch}",
    ]


def _methods(results: Results) -> list[str]:
    return [f"- **{method.title}** (`{name}`): {method.about}"
            for name, method in results.methods.items()]  # fmt: skip


def _claim(results: Results) -> list[str]:
    """The method's main claim, tested."""
    pair = [results.methods.get(name) for name in (BASELINE, OURS)]
    if pair[0] is None or pair[1] is None:
        return []
    comparisons = [one for one in compare(pair[0], pair[1]) if one.metric.key in _CLAIMS]
    if not comparisons:
        return []
    lines = [
        f"## Does “{pair[1].title}” beat “{pair[0].title}”?",
        "",
        "A is the pipeline, B end-to-end; paired bootstrap over the cases that both have.",
        "",
        *comparison_lines(comparisons),
        "",
    ]
    gain = _product_gain(pair[0], pair[1])
    if gain is not None:
        reached = "reached" if gain.value >= 0.15 else "not reached"
        lines.append(
            f"Product of similarities: {_percent(gain)}; the published gain of 15 % "
            f"(on other data) is {reached}."
        )
        human = results.methods.get("human")
        most = _product_gain(pair[0], human) if human else None
        if most is not None:
            lines.append(
                f"The reference material itself gains {_percent(most)} over the pipeline: by this "
                "CLIP and with this copy that is what there is to gain."
            )
        lines.append("")
    return lines


def _product_gain(one: MethodResult, other: MethodResult) -> Interval | None:
    """The relative gain in the product of similarities, over the cases that both have."""
    comparisons = compare(one, other)
    return next((c.gain for c in comparisons if c.metric.key == "product"), None)


def _percent(gain: Interval) -> str:
    return f"{gain.value:+.1%} [{gain.low:+.1%}, {gain.high:+.1%}]"


def _agreement(collected: Collected | None) -> list[str]:
    if collected is None:
        return []
    lines = [
        f"{collected.raters} raters gave {collected.ratings} ratings. Krippendorff's α "
        "(ordinal / interval):",
        "",
    ]
    for key, ordinal in collected.alpha_ordinal.items():
        alphas = [
            "not defined" if value is None else f"{value:.2f}"
            for value in (ordinal, collected.alpha_interval[key])
        ]
        lines.append(f"- {BY_KEY[key].title}: {alphas[0]} / {alphas[1]}")
    return [*lines, ""]


def _figures(figures: Sequence[Path], where: Path) -> list[str]:
    lines = ["## Figures", ""] if figures else []
    for path in figures:
        caption = next((c for k, c in _CAPTIONS.items() if path.name.startswith(k)), path.stem)
        lines += [f"![{caption}]({os.path.relpath(path, where)})", "", caption, ""]
    return lines


def _failures(results: Results) -> list[str]:
    lines = [
        f"- {method.title}: {len(method.errors)} cases were not made; the first, "
        f"{next(iter(method.errors))}: {next(iter(method.errors.values()))}"
        for method in results.methods.values()
        if method.errors
    ]
    return ["## Cases that failed", "", *lines, ""] if lines else []
