"""The report: one offline HTML file with the whole campaign in it."""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from triptych.domain import AssetRef, CampaignPlan, Spend
from triptych.errors import StoreError
from triptych.store import Store

if TYPE_CHECKING:
    from jinja2 import Environment


def render_report(folder: Path) -> str:
    """`report.html` of a finished run, as text. Raises `StoreError` if the run is not finished."""
    manifest = read_manifest(folder)
    return (
        _environment()
        .get_template("report.html")
        .render(
            run=manifest,
            plan=manifest["plan"],
            results=manifest["results"],
            spend=manifest["spend"],
            store=Store(folder),
        )
    )


def read_manifest(folder: Path) -> dict[str, Any]:
    """`campaign.json` of a finished run. Raises `StoreError` if it is missing or damaged."""
    from triptych.domain import DeliverableResult

    path = folder / "campaign.json"
    if not path.is_file():
        raise StoreError(
            f"{folder} has no finished campaign.", f"`triptych resume {folder}` finishes a run."
        )
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        CampaignPlan.model_validate(manifest["plan"])
        Spend.model_validate(manifest["spend"])
        for name, result in manifest["results"].items():
            told = DeliverableResult.model_validate(result)
            manifest["results"][name] = told.model_dump(mode="json")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError(
            f"{path} is damaged.", f"`triptych resume {folder}` writes it anew."
        ) from error
    return manifest


def damaged_assets(folder: Path, manifest: dict[str, Any]) -> list[str]:
    """Paths of a run's assets that are missing or not the bytes that were stored."""
    store, found = Store(folder), {}
    for result in manifest["results"].values():
        for attempt in result["attempts"]:
            for made in (attempt["copy_made"], attempt["image"], attempt["clip"]):
                for ref in (made["asset"], made["latents"]) if made else ():
                    if ref is not None:
                        found[ref["path"]] = AssetRef.model_validate(ref)
    return [path for path, ref in found.items() if not store.holds(ref)]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(loader=PackageLoader("triptych"), autoescape=True, undefined=StrictUndefined)
    made.filters["bar"] = bar
    made.filters["history"] = history
    made.filters["words"] = lambda name: str(name).replace("_", " ").replace("-", " ")
    made.globals["data_uri"] = data_uri
    return made


def data_uri(store: Store, ref: dict[str, Any]) -> str:
    """An asset as a data URI; empty if it is gone, so that a report is still made."""
    try:
        asset = AssetRef.model_validate(ref)
        encoded = base64.b64encode(store.get(asset)).decode()
    except StoreError:
        return ""
    return f"data:{asset.media_type};base64,{encoded}"


def history(result: dict[str, Any]) -> list[dict[str, Any]]:
    """A deliverable's attempts in order, each with the parts that it made anew.

    Returns:
        For every attempt: the `attempt`; `made`, the new candidates by part; `why` they were made
        again, in the words of the critic or of a person; and their `seconds` and `nfe`.
    """
    told, before = [], {}
    for attempt in result["attempts"]:
        parts = {
            "copy": attempt["copy_made"],
            "image": attempt["image"],
            "clip": attempt["clip"],
        }
        made = {part: one for part, one in parts.items() if one and one != before.get(part)}
        why = [
            said["reason"]
            for said in result["feedback"]
            for part, one in made.items()
            if (said["part"], said["attempt"]) == (part, one["attempt"] - 1) and said["reason"]
        ]
        spend = sum((Spend.model_validate(one["spend"]) for one in made.values()), Spend())
        told.append(
            {
                "attempt": attempt,
                "made": made,
                "why": list(dict.fromkeys(why)),
                "seconds": spend.seconds,
                "nfe": spend.nfe,
            }
        )
        before = parts
    return told


def bar(score: dict[str, Any]) -> dict[str, float]:
    """Where a score's bar ends and its threshold stands, in percent of the cosine's range."""
    low, high = -0.2, 1.0

    def place(value: float) -> float:
        return round(100 * min(max((value - low) / (high - low), 0.0), 1.0), 1)

    return {"value": place(score["cosine"]), "threshold": place(score["threshold"])}
