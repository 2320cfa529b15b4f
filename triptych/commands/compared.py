"""Runs held against each other, other thresholds or themselves, for the terminal.

Words from outside go through `safe_text` and into `Text`, which knows no markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from triptych.domain import ModelIdentity
from triptych.safe_text import clipped, visible
from triptych.tracing.diff import Change, Difference
from triptych.tracing.terminal import MOST_NAMED, MOST_SAID, VERDICTS, duration, judged

if TYPE_CHECKING:
    from triptych.runs.replay import Rejudged, Remade


def differences(difference: Difference) -> RenderableType:
    """What is not the same in two runs, side by side."""
    left, right = (clipped(name, 24) for name in difference.runs)
    rows: list[RenderableType] = []
    for title, listed in (
        ("settings", difference.settings),
        ("plan", difference.plan),
        ("verdicts", difference.verdicts),
        ("spend", difference.spend),
    ):
        if listed:
            rows += [_side_by_side(title, (left, right), listed), Text()]
    for asset in difference.assets:
        line = Text(f"{clipped(asset.where, MOST_NAMED)}: ", "bold")
        if asset.same:
            rows.append(line.append("byte-identical", "green"))
            continue
        rows.append(line.append("differs", "red").append(f"  attempts {asset.attempts}"))
        if asset.left and asset.right:
            fields = ("copy_text", "prompt", "seed", "score", "model")
            sides = [one.model_dump(include=set(fields)) for one in (asset.left, asset.right)]
            unlike = [Change(where=f, left=sides[0][f], right=sides[1][f]) for f in fields
                      if sides[0][f] != sides[1][f]]  # fmt: skip
            rows.append(_side_by_side("", (left, right), unlike))
    if difference.none:
        rows.append(Text("Both came to the same.", "green"))
    return Group(*rows)


def rejudged(
    attempts: Sequence[Rejudged],
    accepted: dict[str, tuple[int | None, int | None]],
    rate: float,
    clip: ModelIdentity,
) -> RenderableType:
    """Verdicts then and now, and which attempt would have been taken."""
    heading = f"thresholds that refuse {rate:.1%} of true pairs, {clipped(clip.name, 40)}"
    rows: list[RenderableType] = [Text(heading, "dim")]
    for one in attempts:
        line = Text(f"{clipped(one.deliverable, MOST_NAMED)} #{one.attempt}: ", "bold")
        line.append(one.before.status, VERDICTS[one.before.status])
        line.append(" → ").append(one.after.status, VERDICTS[one.after.status])
        rows += [line, Padding(judged(one.after), (0, 0, 0, 2))]
    rows.append(Text())
    for name, (before, after) in accepted.items():
        then, now = (f"attempt {n}" if n else "none" for n in (before, after))
        change = f"{clipped(name, MOST_NAMED)}: accepted {then} → {now}"
        rows.append(Text(change, "" if before == after else "yellow"))
    return Group(*rows)


def remade(one: Remade) -> RenderableType:
    """One step that was done again."""
    line = Text(f"{clipped(one.step, MOST_NAMED)}: ", "bold")
    if one.same:
        line.append("byte-identical", "green")
    else:
        line.append(f"differs ({one.before[:8]} → {one.after[:8]})", "red")
    line.append(f"  {duration(one.seconds)}", "dim")
    if one.note:
        line.append(f"\n  {clipped(one.note, MOST_SAID)}")
    return line


def _side_by_side(title: str, names: tuple[str, str], listed: Iterable[Change]) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(Text(title), max_width=24)
    for name in names:
        table.add_column(Text(name))
    for change in listed:
        cells = (change.left, change.right)
        table.add_row(Text(visible(change.where), "bold"), *(Text(_value(cell)) for cell in cells))
    return table


def _value(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict) and "name" in value:
        value = f"{value['name']}@{str(value.get('revision', ''))[:12]}"
    return clipped(str(value), 120)
