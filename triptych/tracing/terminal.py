"""One trace for the terminal: trees, timelines and lineages in 80 columns.

Words from outside go through `safe_text` and into `Text`, which knows no markup.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from triptych.domain import Candidate, Verdict
from triptych.safe_text import clipped
from triptych.tracing.lineage import Chapter, Lineage
from triptych.tracing.records import VerdictEvent
from triptych.tracing.runs import Run
from triptych.tracing.tree import AnyEvent, Node

VERDICTS = {"passed": "green", "failed": "red", "unjudged": "yellow", "error": "red"}
"""Colours of a deliverable's status."""
MOST_SAID = 300
"""Characters that are shown of a text."""
MOST_NAMED = 100
"""Characters that are shown of a name, as of a deliverable."""
_COLOURS = {"ok": "", "error": "red", "interrupted": "yellow"}
_KINDS = {"regeneration": "magenta", "approval": "cyan", "retry": "yellow", "resume": "cyan"}
_BAR = 22
"""Width of a timeline's bars."""


def runs_table(runs: Sequence[Run]) -> RenderableType:
    """A run a row."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("run", "started", "state", "deliverables", "redone", "time", "NFE"):
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    for run in runs:
        results = Text(" ", overflow="ellipsis").join(
            Text(clipped(name, 20), VERDICTS.get(status, ""))
            for name, status in run.results.items()
        )
        summary = run.summary()
        table.add_row(
            Text(clipped(run.name, 24), "bold"),
            time.strftime("%Y-%m-%d %H:%M", time.localtime(run.started)),
            Text(run.state, "" if run.state == "finished" else "yellow"),
            results,
            str(summary.regenerations),
            duration(run.seconds),
            str(run.spend.nfe),
        )
    return table


def tree(run: Run, roots: Iterable[Node]) -> RenderableType:
    """A run's spans, each within what it was part of."""
    top = Tree(_headline(run), guide_style="dim")
    for root in roots:
        path = [top]
        for depth, event in root.walk():
            del path[depth + 1 :]
            path.append(path[depth].add(_label(event)))
    return top


def timeline(run: Run, roots: Iterable[Node]) -> RenderableType:
    """A run's events in the order begun, with bars; sessions do not share a scale's waiting."""
    rows: list[RenderableType] = [_headline(run)]
    for root in roots:
        began, ended = root.event.started, max(e.ended for _, e in root.walk())
        length = max(ended - began, 1e-6)
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 1, 0, 0))
        table.add_column(justify="right", no_wrap=True, min_width=6)
        table.add_column(no_wrap=True, min_width=_BAR)
        table.add_column(no_wrap=True, overflow="ellipsis")
        for _, event in sorted(root.walk(), key=lambda pair: (pair[1].started, pair[0])):
            table.add_row(
                Text(f"+{event.started - began:.2f}", "dim"),
                Text(_bar(event, began, length), _style(event) or "blue"),
                _title(event),
            )
        rows.append(table)
    return Group(*rows)


def lineage(history: Lineage) -> RenderableType:
    """An asset: attempts at it with reasons, origins, and what was made from it."""
    made = history.asset.candidate
    top = Tree(Text(f"{_named(made)}  {made.asset.digest[:12]}", "bold"))
    tried = top.add(Text("attempts", "dim"))
    for chapter in history.attempts:
        _tell(tried, chapter, chapter == history.asset)
    if history.made_from:
        _origins(top.add(Text("made from", "dim")), history)
    if history.made_into:
        into = top.add(Text("made into", "dim"))
        for child in history.made_into:
            into.add(Text(f"{_named(child)}/{child.attempt}  {child.asset.digest[:12]}"))
    return top


def judged(verdict: Verdict) -> Text:
    """A verdict with its scores against thresholds, and why."""
    line = Text(verdict.status, VERDICTS[verdict.status])
    for score in verdict.scores:
        sign = "≥" if score.passed else "<"
        line.append(f"  {score.pair} {score.cosine:.3f} {sign} {score.threshold:.3f}", "default")
    if verdict.reason:
        line.append(f"\n{clipped(verdict.reason, MOST_SAID)}", "default")
    return line


def duration(seconds: float) -> str:
    """Seconds for people: 0.4 ms, 12 ms, 3.1 s, 4 min 5 s."""
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def size(count: int) -> str:
    """Bytes for people."""
    return f"{count / 2**20:.0f} MiB" if count < 2**30 else f"{count / 2**30:.1f} GiB"


def _headline(run: Run) -> Text:
    spend = run.spend
    facts = [run.state, duration(run.seconds), f"{spend.nfe} NFE"]
    facts += [f"{spend.tokens_in} + {spend.tokens_out} tokens"] if spend.tokens_out else []
    facts += [f"${spend.cost:.4f}"] if spend.cost else []
    facts += [size(spend.peak_memory)] if spend.peak_memory else []
    return Text(clipped(run.name, 40), "bold").append(f"  {' · '.join(facts)}", "not bold dim")


def _label(event: AnyEvent) -> Text:
    """An event's line, and below it what it says."""
    label = _title(event)
    spend, facts = event.spend, []
    if event.ended > event.started:
        facts.append(duration(event.ended - event.started))
    facts += [f"{spend.nfe} NFE"] if spend.nfe else []
    facts += [f"{spend.tokens_in}+{spend.tokens_out} tokens"] if spend.tokens_out else []
    facts += [f"${spend.cost:.4f}"] if spend.cost else []
    facts += [f"seed {event.seed}"] if event.seed is not None else []
    if event.model and event.kind != "model":
        facts.append(clipped(event.model.name, 30))
    if facts:
        label.append(f"  {' · '.join(facts)}", "dim")
    said = _said(event)
    if said:
        label.append(f"\n{said}", "italic")
    return label


def _title(event: AnyEvent) -> Text:
    named = clipped(event.name, 40)
    title = Text(named, _style(event))
    if event.kind not in ("workflow", "agent", "verdict"):
        title = Text(f"{event.kind} ", "dim").append(named, _style(event))
    deliverable, attempt = event.deliverable, event.attempt
    if deliverable:
        title.append(f" {clipped(deliverable, 64)}")
    if attempt:
        title.append(f" #{attempt}")
    if isinstance(event, VerdictEvent) and event.outputs:
        title.append(f" {event.outputs.status}", VERDICTS[event.outputs.status])
    elif event.status != "ok":
        title.append(f" {event.status}", _COLOURS[event.status])
    return title


def _said(event: AnyEvent) -> str:
    """The event in words: its message, the verdict's reason, the copy."""
    words = event.message
    if isinstance(event, VerdictEvent) and event.outputs:
        words = words or event.outputs.reason
    elif event.made is not None:
        words = words or event.made.copy_text or ""
    return clipped(words, MOST_SAID)


def _named(made: Candidate) -> str:
    return f"{clipped(made.deliverable, MOST_NAMED)}/{made.part}"


def _style(event: AnyEvent) -> str:
    return _COLOURS[event.status] or _KINDS.get(event.kind, "")


def _bar(event: AnyEvent, began: float, length: float) -> str:
    start = min(max(int((event.started - began) / length * _BAR), 0), _BAR - 1)
    end = min(max(int((event.ended - began) / length * _BAR + 0.5), start), _BAR)
    return (" " * start + ("█" * (end - start) or "·")).ljust(_BAR)


def _tell(branch: Tree, chapter: Chapter, asked: bool) -> None:
    made = chapter.candidate
    line = Text(f"{made.attempt}", "bold" if asked else "")
    line.append(f"  {made.asset.digest[:12]}  seed {made.seed}")
    if made.score is not None:
        line.append(f"  score {made.score:.3f}")
    if made.spend.nfe:
        line.append(f"  {made.spend.nfe} NFE", "dim")
    line.append("  stands", "green") if chapter.stands else None
    entry = branch.add(line)
    if chapter.reason:
        entry.add(Text(f"made because: {clipped(chapter.reason, MOST_SAID)}", "magenta"))
    words = made.copy_text or made.prompt
    if words:
        entry.add(Text(clipped(words, MOST_SAID), "italic"))
    for note in made.notes:
        entry.add(Text(clipped(note, MOST_SAID), "dim"))
    for verdict in chapter.verdicts:
        entry.add(judged(verdict))


def _origins(branch: Tree, history: Lineage) -> None:
    for origin in history.made_from:
        made = origin.asset.candidate
        entry = branch.add(Text(f"{_named(made)}/{made.attempt}"))
        entry.add(Text(f"{made.asset.digest[:12]}  seed {made.seed}", "dim"))
        words = made.copy_text or made.prompt
        if words:
            entry.add(Text(clipped(words, MOST_SAID), "italic"))
        if origin.made_from:
            _origins(entry, origin)
