"""The manifest of a finished run: all that it made, and how it was judged."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from triptych.domain import (
    AssetRef,
    Brief,
    CampaignPlan,
    CreativeSet,
    DeliverableResult,
    Record,
    Spend,
)
from triptych.errors import StoreError
from triptych.run_files import is_there, read_file, unreadable
from triptych.run_folder import MANIFEST, SETTINGS
from triptych.runs.settings import RunSettings
from triptych.safe_text import visible
from triptych.store import Store


class Manifest(Record):
    """What `campaign.json` holds."""

    version: Literal[2] = 2
    run: str
    """The run folder's name."""
    settings: RunSettings
    brief: Brief
    plan: CampaignPlan | None
    """None while the run waits for the first plan."""
    results: dict[str, DeliverableResult]
    """By deliverable."""
    creatives: CreativeSet = CreativeSet()
    spend: Spend
    """Of all attempts and of drafting the plan."""

    @property
    def passed(self) -> bool:
        """Whether every deliverable passed."""
        return all(result.status == "passed" for result in self.results.values())

    def assets(self) -> list[AssetRef]:
        """Every file that its attempts name, once each."""
        parts = (
            part
            for result in self.results.values()
            for attempt in result.attempts
            for part in attempt.parts.values()
        )
        refs = (ref for part in parts for ref in (part.asset, part.latents) if ref is not None)
        made = (ref for one in self.creatives.creatives for ref in (one.file, one.design))
        return list({ref.path: ref for ref in (*refs, *made)}.values())


def read_manifest(folder: Path) -> Manifest:
    """`campaign.json` of a finished run.

    Raises `StoreError` if it is missing, damaged or cannot be read.
    """
    path = folder / MANIFEST
    if not folder.is_dir():
        raise StoreError(f"There is no folder {folder}.", "`triptych trace ls` lists runs.")
    if not is_there(folder, MANIFEST):
        raise StoreError(
            f"{folder} has no finished campaign.", f"`triptych resume {folder}` finishes a run."
        )
    try:
        return Manifest.model_validate_json(read_file(folder, MANIFEST))
    except OSError as error:
        raise unreadable(path, error) from error
    except ValidationError as error:
        raise StoreError(
            f"{path} is damaged.", f"`triptych resume {folder}` writes it anew."
        ) from error


def is_unfinished(folder: Path) -> bool:
    """Whether a folder holds a run that has not come to its end."""
    return folder.is_dir() and is_there(folder, SETTINGS) and not is_there(folder, MANIFEST)


def damaged_assets(folder: Path, manifest: Manifest) -> list[str]:
    """Paths of a run's assets that are missing or not the bytes that were stored."""
    store = Store(folder)
    return [visible(ref.path) for ref in manifest.assets() if not store.holds(ref)]
