"""`triptych eval …` and `triptych rate …`: comparing methods, and having people rate them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from triptych.commands.exits import for_people
from triptych.commands.say import say, say_content, say_json
from triptych.errors import TriptychError
from triptych.safe_text import visible

if TYPE_CHECKING:
    from rich.progress import TaskID

    from triptych.domain import TextKind


class _WithDefault(TyperGroup):
    """A group whose first command stands for itself: `eval CASES` is `eval run CASES`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command's name in front unless another command or help is asked for."""
        first = next((arg for arg in args if not arg.startswith("-")), None)
        if args and first not in self.commands and "--help" not in args[:1]:
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)


eval_app = typer.Typer(
    cls=_WithDefault,
    name="eval",
    help="Compare methods over a case folder: figures with intervals, tables, plots.",
    no_args_is_help=True,
)
rate_app = typer.Typer(
    cls=_WithDefault, name="rate", help="Have people rate an evaluation.", no_args_is_help=True
)


Cases = Annotated[Path, typer.Argument(help="A case folder: cases.jsonl and its media.")]
Out = Annotated[Path, typer.Option("--out", help="Where items and results go; goes on there.")]
Done = Annotated[Path, typer.Argument(help="Folder of an evaluation.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


@eval_app.command()
@for_people
def run(
    cases: Cases,
    out: Out,
    methods: Annotated[str, typer.Option(help="Comma-separated, or `all`.")] = "all",
    profile: Annotated[str, typer.Option(help="Which models.")] = "starter",
    override: Annotated[list[str] | None, typer.Option("--set", help="As image.steps=20.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Denoising steps of a sample.")] = None,
    seed: int = 0,
    split: Annotated[str, typer.Option(help="Which cases; `all` for every one.")] = "test",
    channel: Annotated[
        str | None, typer.Option(help="Of the copy; by default the one that tells most.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=2, help="So many cases, spread over the split.")
    ] = None,
    clip: Annotated[Path | None, typer.Option(help="Folder of the evaluation CLIP.")] = None,
    inception: Annotated[
        Path | None, typer.Option(help="Inception-V3 as TorchScript, for FID.")
    ] = None,
    i3d: Annotated[Path | None, typer.Option(help="I3D as TorchScript, for FVD.")] = None,
    logs: Annotated[Path | None, typer.Option(help="Training folder, for Figures 1 and 2.")] = None,
    as_json: Json = False,
) -> None:
    """Run methods over cases; measure; write results, tables and figures. Can be broken off."""
    from triptych.cases.format import read_cases
    from triptych.evaluation.evaluate import evaluate, open_instruments
    from triptych.evaluation.items import EvalSettings, choose_cases
    from triptych.memory import share_one_heap
    from triptych.methods.table import pick_methods

    share_one_heap()
    chosen = pick_methods(methods)
    settings = EvalSettings(
        profile=profile, overrides=tuple(override or ()), steps=steps, seed=seed, split=split,
        channel=_channel(channel),
    )  # fmt: skip
    known = choose_cases(read_cases(cases), split, limit)
    instruments = open_instruments(known, clip, inception, i3d)
    if instruments.encoder is None:
        say("No evaluation CLIP: similarities are left out (--clip FOLDER).", err=True)
    with _Progress() as progress:
        results = evaluate(
            cases, chosen, out, settings, limit=limit, instruments=instruments, logs=logs,
            on_progress=progress.told,
        )  # fmt: skip
    if as_json:
        say_content((out / "results.json").read_text())
        return
    for name, method in results.methods.items():
        failed = f", {len(method.errors)} failed" if method.errors else ""
        say(f"{name}: {len(method.rows)} cases{failed}")
    say(f"Results, tables and figures are in {out}.")


def _channel(asked: str | None) -> TextKind | None:
    """The channel asked for, or none; a name that is no channel is an error."""
    from triptych.domain import TEXT_KINDS

    if asked is None or asked in TEXT_KINDS:
        return asked
    raise TriptychError(
        f"There is no channel {asked!r}.", f"Known channels: {', '.join(TEXT_KINDS)}."
    )


@eval_app.command()
@for_people
def compare(
    a: Annotated[str, typer.Argument(help="The baseline: METHOD or FOLDER:METHOD.")],
    b: Annotated[str, typer.Argument(help="What is held against it.")],
    results: Annotated[Path | None, typer.Option(help="Folder of results, for bare names.")] = None,
    as_json: Json = False,
) -> None:
    """Say which differences between two methods are beyond noise (paired bootstrap)."""
    from triptych.evaluation.compare import compare as compared
    from triptych.evaluation.compare import find_method

    comparisons = compared(find_method(a, results), find_method(b, results))
    if not comparisons:
        raise TriptychError(
            f"{a} and {b} have no case in common.", "Evaluate both on the same cases."
        )
    if as_json:
        rows = [
            {
                "metric": one.metric.key, "a": one.a, "b": one.b, "verdict": one.verdict,
                "difference": one.difference.model_dump(),
                "gain": one.gain.model_dump() if one.gain else None,
            }
            for one in comparisons
        ]  # fmt: skip
        say_json(rows, indent=1)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("metric", f"A {a}", f"B {b}", "B − A", "95 %", "n", "", box=None)
    for one in comparisons:
        digits, d = one.metric.digits, one.difference
        low, high = f"{d.low:+.{digits}f}", f"{d.high:+.{digits}f}"
        table.add_row(
            one.metric.title, f"{one.a:.{digits}f}", f"{one.b:.{digits}f}",
            f"{d.value:+.{digits}f}", f"{low} … {high}", str(d.n), one.verdict,
        )  # fmt: skip
    Console().print(table)


@eval_app.command()
@for_people
def report(
    out: Done,
    cases: Annotated[Path | None, typer.Option(help="The case folder, to draw examples.")] = None,
    to: Annotated[Path, typer.Option("-o", "--to", help="The Markdown file.")] = Path("results.md"),
    logs: Annotated[Path | None, typer.Option(help="Training folder.")] = None,
    extra: Annotated[
        list[Path] | None, typer.Option(help="Markdown of other benchmarks, put at the end.")
    ] = None,
) -> None:
    """Make tables, figures and the report again from stored results, ratings among them."""
    from triptych.cases.format import read_cases
    from triptych.evaluation.figures import draw_figures
    from triptych.evaluation.ratings.collect import read_collected
    from triptych.evaluation.report import render_report, write_tables
    from triptych.evaluation.results import read_results
    from triptych.store import write_whole

    results, collected = read_results(out), read_collected(out)
    tables = write_tables(results, collected, out)
    if cases is not None or logs is not None:
        draw_figures(results, read_cases(cases) if cases else [], out, logs)
    figures = sorted((out / "figures").glob("figure-*.png"))
    more = []
    for path in extra or []:
        if not path.is_file():
            raise TriptychError(f"{path} is not there.", "Leave --extra out, or mend its path.")
        more.append(path.read_text(encoding="utf-8"))
    text = render_report(results, tables, figures, collected, to.resolve().parent, "\n".join(more))
    write_whole(to, text.encode())
    say(f"{to} is written.")


@eval_app.command()
@for_people
def methods(as_json: Json = False) -> None:
    """List the methods that can be compared; `triptych run --profile METHOD` takes them too."""
    from dataclasses import asdict

    from triptych.methods.table import METHODS

    if as_json:
        rows = [asdict(m) | {"search": m.search.model_dump()} for m in METHODS.values()]
        say_json(rows, indent=1)
        return
    for method in METHODS.values():
        say(method.name, bold=True)
        say(f"  {method.about}")


@rate_app.command()
@for_people
def make(
    out: Done,
    cases: Annotated[Path, typer.Option(help="The case folder, for the briefs.")],
    count: Annotated[int, typer.Option("--count", min=1, help="Cases to rate.")] = 8,
    methods: Annotated[str, typer.Option(help="Comma-separated; by default those there.")] = "",
    seed: int = 0,
) -> None:
    """Build a blind, self-contained rating page from an evaluation's items."""
    from triptych.cases.format import read_cases
    from triptych.evaluation.ratings.page import build_study
    from triptych.methods.table import METHODS, pick_methods

    there = [name for name in METHODS if (out / "items" / name).is_dir()]
    names = [method.name for method in pick_methods(methods)] if methods else there
    briefs = {case.id: case.description for case in read_cases(cases)}
    page, key = build_study(out, briefs, names, count, seed)
    say(f"{page}: {len(key.items)} campaigns. Send it to raters; keep key.json.")


@rate_app.command()
@for_people
def collect(
    files: Annotated[list[Path], typer.Argument(help="What the raters saved.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the evaluation.")],
    as_json: Json = False,
) -> None:
    """Merge raters' files into means, intervals and Krippendorff's α."""
    from triptych.evaluation.ratings.collect import COLLECTED
    from triptych.evaluation.ratings.collect import collect as merged
    from triptych.evaluation.ratings.page import KEY, read_key
    from triptych.store import write_whole

    collected = merged(files, read_key(out / "ratings" / KEY))
    write_whole(out / "ratings" / COLLECTED, collected.model_dump_json(indent=1).encode())
    if as_json:
        say_json(collected, indent=1)
        return
    say(f"{collected.raters} raters, {collected.ratings} ratings.")
    for method, answers in collected.means.items():
        say(method, bold=True)
        for question, mean in answers.items():
            say(f"  {question}: {mean} (n {mean.n})")
    say("Krippendorff's α (ordinal, interval)")
    for question, alpha in collected.alpha_ordinal.items():
        alphas = [
            "not defined" if a is None else f"{a:.3f}"
            for a in (alpha, collected.alpha_interval[question])
        ]
        say(f"  {question}: {alphas[0]}, {alphas[1]}")


class _Progress:
    """A bar a method on a terminal; a line now and then elsewhere."""

    def __enter__(self) -> _Progress:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeRemainingColumn as Left

        console = Console(stderr=True)
        self.plain = not console.is_terminal
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Left())
        self.bar = Progress(*columns, console=console, disable=self.plain)
        self.bar.start()
        self.tasks: dict[str, TaskID] = {}
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def told(self, method: str, done: int, total: int, what: str) -> None:
        """Move a method's bar."""
        phase = f"{method}: measuring" if what == "measuring" else method
        if phase not in self.tasks:
            self.tasks[phase] = self.bar.add_task(phase, total=total)
        self.bar.update(self.tasks[phase], completed=done, total=total)
        if what not in ("measuring", "made", "found"):
            self.bar.console.print(visible(f"{method}, item {done}: {what}"), markup=False)
        elif self.plain and (done == total or done % 20 == 0):
            say(f"{phase} {done}/{total}", err=True)
