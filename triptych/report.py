"""The report: one offline HTML file with the whole campaign in it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from triptych.domain import AssetRef
from triptych.errors import StoreError
from triptych.store import Store


def render_report(folder: Path) -> str:
    """`report.html` of a finished run, as text. Raises `StoreError` if the run is not finished."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    path = folder / "campaign.json"
    if not path.is_file():
        raise StoreError(f"{folder} has no campaign.json yet.", "`triptych resume` finishes a run.")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    environment = Environment(
        loader=PackageLoader("triptych"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["data_uri"] = lambda ref: data_uri(Store(folder), ref)
    environment.filters["bar"] = bar
    environment.filters["words"] = lambda name: str(name).replace("_", " ").replace("-", " ")
    return environment.get_template("report.html").render(
        run=manifest, plan=manifest["plan"], results=manifest["results"], spend=manifest["spend"]
    )


def data_uri(store: Store, ref: dict[str, Any]) -> str:
    """An asset as a data URI; empty if it is gone, so that a report is still made."""
    try:
        asset = AssetRef.model_validate(ref)
        encoded = base64.b64encode(store.get(asset)).decode()
    except StoreError:
        return ""
    return f"data:{asset.media_type};base64,{encoded}"


def bar(score: dict[str, Any]) -> dict[str, float]:
    """Where a score's bar ends and its threshold stands, in percent of the cosine's range."""
    low, high = -0.2, 1.0

    def place(value: float) -> float:
        return round(100 * min(max((value - low) / (high - low), 0.0), 1.0), 1)

    return {"value": place(score["cosine"]), "threshold": place(score["threshold"])}
