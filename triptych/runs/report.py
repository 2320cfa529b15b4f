"""The report: one offline HTML file with the whole campaign in it."""

# Jinja leaves types of its own open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from triptych.creatives.export import file_name, product_of
from triptych.domain import (
    PAIR_WORDS,
    AssetRef,
    Attempt,
    Candidate,
    Creative,
    DeliverableResult,
    PairScore,
    Part,
    Spend,
)
from triptych.errors import StoreError
from triptych.run_folder import REPORT
from triptych.runs.manifest import Manifest
from triptych.store import Store

if TYPE_CHECKING:
    from jinja2 import Environment


def render_report(folder: Path, manifest: Manifest) -> str:
    """`report.html` of a finished run, as text, its assets from the run folder."""
    return (
        _environment()
        .get_template(REPORT)
        .render(
            run=manifest,
            plan=manifest.plan,
            results=manifest.results,
            spend=manifest.spend,
            store=Store(folder),
            copy_script=Markup(COPY_SCRIPT),
            copy_hash=_hash_of(COPY_SCRIPT),
        )
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(loader=PackageLoader("triptych"), autoescape=True, undefined=StrictUndefined)
    made.filters["bar"] = bar
    made.filters["history"] = history
    made.filters["file_of"] = file_name
    made.filters["frame"] = frame
    made.filters["joined"] = joined
    made.filters["product_of"] = product_of
    made.filters["pair"] = PAIR_WORDS.__getitem__
    made.filters["words"] = spaced
    made.globals["data_uri"] = data_uri
    return made


COPY_SCRIPT = """
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const words = button.dataset.copy, before = button.textContent;
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    const area = document.createElement("textarea");
    area.value = words;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = before; }, 1500);
});
"""
"""All that runs in a report; the page's policy lets nothing else run."""


def _hash_of(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def frame(creative: Creative) -> str:
    """How a creative is framed: as in a feed, on a phone's whole screen, or as a banner."""
    ratio = creative.width / creative.height
    if 0.5 < ratio < 0.6:
        return "story"
    if min(creative.width, creative.height) <= 320:
        return "banner wide" if ratio > 2 else "banner"
    return "feed wide" if ratio > 1.4 else "feed"


def joined(texts: Mapping[str, str]) -> str:
    """Texts one below the other."""
    return "\n".join(dict.fromkeys(texts.values()))


def spaced(name: str) -> str:
    """A channel's or deliverable's name as words."""
    return name.replace("_", " ").replace("-", " ")


def data_uri(store: Store, ref: AssetRef) -> str:
    """An asset as a data URI; empty if it is gone, so that a report is still made."""
    try:
        encoded = base64.b64encode(store.get(ref)).decode()
    except StoreError:
        return ""
    return f"data:{ref.media_type};base64,{encoded}"


@dataclass(frozen=True)
class HistoryStep:
    """An attempt as the report tells it.

    Attributes:
        attempt: the attempt.
        made: the parts that it made anew.
        why: they were made again, in the words of the critic or of a person.
        seconds: that they took.
        nfe: denoiser evaluations that they took.
    """

    attempt: Attempt
    made: dict[Part, Candidate]
    why: tuple[str, ...]
    seconds: float
    nfe: int


def history(result: DeliverableResult) -> list[HistoryStep]:
    """A deliverable's attempts in order, each with the parts that it made anew."""
    steps: list[HistoryStep] = []
    before: dict[Part, Candidate] = {}
    for attempt in result.attempts:
        made = dict(attempt.parts)
        for part in before:
            if made.get(part) == before[part]:
                del made[part]
        why = [
            said.reason
            for said in result.feedback
            for part, one in made.items()
            if (said.part, said.attempt) == (part, one.attempt - 1) and said.reason
        ]
        spend = sum((one.spend for one in made.values()), Spend())
        unique = tuple(dict.fromkeys(why))
        steps.append(HistoryStep(attempt, made, unique, spend.seconds, spend.nfe))
        before = attempt.parts
    return steps


def bar(score: PairScore) -> dict[str, float]:
    """Where a score's bar ends and its threshold stands, in percent of the cosine's range."""
    low, high = -0.2, 1.0

    def place(value: float) -> float:
        return round(100 * min(max((value - low) / (high - low), 0.0), 1.0), 1)

    return {"value": place(score.cosine), "threshold": place(score.threshold)}
