"""Tables 2, 4, 5 and 6 of the method, made from stored results, as Markdown and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypedDict

from triptych.evaluation.bootstrap import Interval, interval
from triptych.evaluation.metrics import METRICS, TABLES, Metric
from triptych.evaluation.ratings.questions import QUESTIONS
from triptych.evaluation.results import Results, statistic_of

ARROWS = {"higher": " ↑", "lower": " ↓", "reference": " →", "": ""}
NOT_RATED = "not rated"

Ratings = Mapping[str, Mapping[str, Interval]]
"""Method to question to mean rating."""


@dataclass(frozen=True)
class Table:
    """A table with a row a method; cells are intervals, None where there is nothing."""

    number: int
    title: str
    columns: list[str]
    digits: list[int]
    rows: dict[str, list[Interval | None]]
    notes: list[str]
    empty: str = "–"

    def markdown(self) -> str:
        """As Markdown: value, and the 95 % interval below it in the same cell."""
        head = "| Method | " + " | ".join(self.columns) + " |"
        rule = "|---|" + "---:|" * len(self.columns)
        lines = [f"### Table {self.number}. {self.title}", "", head, rule]
        for name, cells in self.rows.items():
            row = [
                self._cell(cell, digits) for cell, digits in zip(cells, self.digits, strict=True)
            ]
            lines.append(f"| {name} | " + " | ".join(row) + " |")
        return "\n".join([*lines, "", *(f"{note}  " for note in self.notes), ""])

    def csv(self) -> str:
        """As CSV: for every column value, low, high and n."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["method", *(f"{c} {part}".strip() for c in self.columns for part in _PARTS)]
        )
        for name, cells in self.rows.items():
            row: list[str | float] = [name]
            for cell in cells:
                row += [self.empty if self.empty == NOT_RATED else "", "", "", ""] if (
                    cell is None
                ) else [cell.value, cell.low, cell.high, cell.n]  # fmt: skip
            writer.writerow(row)
        return file.getvalue()

    def _cell(self, cell: Interval | None, digits: int) -> str:
        if cell is None:
            return self.empty
        value, low, high = (f"{x:.{digits}f}" for x in (cell.value, cell.low, cell.high))
        return f"{value}<br><small>{low}–{high}, n {cell.n}</small>"


_PARTS = ("", "low", "high", "n")


class Published(TypedDict):
    """A figure that the method's publication states."""

    key: str
    method: str
    value: float
    text: str
    """In words, with what it was measured on."""


@lru_cache(maxsize=1)
def published() -> list[Published]:
    """The method's published figures, as far as they were told to this project."""
    return json.loads((Path(__file__).parent / "published.json").read_text())["figures"]


def make_tables(results: Results, ratings: Ratings | None = None) -> list[Table]:
    """All tables that the results allow.

    Args:
        results: of an evaluation.
        ratings: collected from raters; without them Table 5 says that nothing was rated.
    """
    tables = [_metric_table(results, number) for number in (2, 4)]
    if results.unseen:
        tables.append(_unseen_table(results))
    return [*tables, _rating_table(results, ratings), _metric_table(results, 6)]


def _metric_table(results: Results, number: int) -> Table:
    used = [
        metric
        for metric in METRICS
        if metric.table == number
        and any(metric.key in method.figures for method in results.methods.values())
    ]
    rows = {
        method.title: [method.figures.get(metric.key) for metric in used]
        for method in results.methods.values()
    }
    return Table(
        number, TABLES[number], [_titled(metric, results) for metric in used],
        [metric.digits for metric in used], rows, _notes(results, number),
    )  # fmt: skip


def _unseen_table(results: Results) -> Table:
    used = [metric for metric in METRICS if metric.key.startswith("judge_") and metric.table]
    rows: dict[str, list[Interval | None]] = {}
    for method in results.methods.values():
        cells: list[Interval | None] = []
        for metric in used:
            ids = [case for case in results.unseen if metric.key in method.rows.get(case, {})]
            statistic = statistic_of(metric.key, method.rows, {}, ids) if ids else None
            cells.append(None if statistic is None else interval(*statistic))
        if any(cells):
            rows[method.title] = cells
    return Table(
        2, "continued: combinations that no training case has",
        [_titled(metric, results) for metric in used], [metric.digits for metric in used], rows, [],
    )  # fmt: skip


def _rating_table(results: Results, ratings: Ratings | None) -> Table:
    columns = [question.title for question in QUESTIONS]
    rows: dict[str, list[Interval | None]] = {}
    for name, method in results.methods.items():
        given = (ratings or {}).get(name, {})
        rows[method.title] = [given.get(question.key) for question in QUESTIONS]
    notes = [] if ratings else ["Nobody has rated these results; no rating is ever made up."]
    return Table(5, TABLES[5], columns, [2] * len(columns), rows, notes, NOT_RATED)


def _titled(metric: Metric, results: Results) -> str:
    return results.names.get(metric.key, metric.title) + ARROWS[metric.better]


def _apart(results: Results, key: str) -> str:
    """Distances to the reference of other cases, where the reference's own is the floor."""
    distances = [
        f"{method.title} {method.figures[f'{key}_apart'].value:.1f}"
        for method in results.methods.values()
        if f"{key}_apart" in method.figures
    ]
    return (
        f"{results.names[key]} of each half to the reference of the other half's cases (the"
        f" reference's own is the floor): {'; '.join(distances)}."
    )


def _notes(results: Results, number: int) -> list[str]:
    notes = ["Value, 95 % bootstrap interval and number of cases."]
    if number == 2:
        notes += [_apart(results, key) for key in results.names]
        human = results.methods.get("human")
        if human and "bleu" in human.figures:
            notes.append("The human-made copy is one reference held against the others.")
    if number == 4:
        notes.append("→: the nearer to the reference's figure, the better.")
    stated = [one["text"] for one in _stated(number)]
    if stated:
        notes.append(
            "Published for the method, on other data and machines: " + "; ".join(stated) + "."
        )
    elif number != 6:
        notes.append("The method's published figures for this table were not available to us.")
    return notes


def _stated(number: int) -> Sequence[Published]:
    keys = {"product_gain": 4, "seconds": 6}
    return [one for one in published() if keys.get(one["key"]) == number]
