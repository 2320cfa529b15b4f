"""Designing a finished run's creatives once more: other layouts or placements, edited designs."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from triptych.agents.designer import DesignerAgent, Wish
from triptych.channels import find_placement
from triptych.creatives.design import Design
from triptych.creatives.files import encode
from triptych.creatives.sources import Material
from triptych.domain import CampaignPlan, Creative, CreativeSet
from triptych.errors import CreativeError, StoreError
from triptych.files import text
from triptych.marking.certificates import Signatory
from triptych.run_folder import MANIFEST, REPORT
from triptych.runs.export import Exported, export_run
from triptych.runs.lock import hold
from triptych.runs.manifest import Manifest, read_manifest
from triptych.store import Store, write_whole


def design_run(
    folder: Path,
    wish: Wish,
    edited: Path | None = None,
    signatory: Signatory | None = None,
    *,
    sign: bool = True,
) -> tuple[Manifest, Exported]:
    """Design a finished run's creatives anew, and export them; no model is asked.

    Creatives of other placements than those asked for stay as they are. With a reason, layouts
    that stood there before are not taken again.

    Args:
        folder: of the run.
        wish: which placements and layouts, and why.
        edited: a `layout.json` to render instead.
        signatory: as of `export_run`.
        sign: as of `export_run`.

    Raises:
        StoreError: if the run is not finished, or another process works on it.
        CreativeError: if an edited design cannot be read or fails a check.
    """
    with hold(folder):
        manifest = read_manifest(folder)
        if manifest.plan is None:
            raise StoreError(f"The run in {folder} has no plan yet.", "Finish it first.")
        if edited is None:
            made = _designed(folder, manifest, manifest.plan, wish)
        else:
            made = _with_edited(folder, manifest, manifest.plan, edited)
        manifest = manifest.model_copy(update={"creatives": made})
        write_whole(folder / MANIFEST, manifest.model_dump_json(indent=2).encode())
        exported = export_run(folder, manifest, signatory, sign=sign)
        from triptych.runs.report import render_report

        write_whole(folder / REPORT, render_report(folder, manifest).encode())
    return manifest, exported


def _designed(folder: Path, manifest: Manifest, plan: CampaignPlan, wish: Wish) -> CreativeSet:
    before = manifest.creatives
    names = tuple(find_placement(name).name for name in wish.placements)
    if wish.reason and not wish.layouts:
        stood = (one for one in before.creatives if not names or one.placement in names)
        refused = tuple(dict.fromkeys(one.layout for one in stood))
        wish = Wish(names, (), wish.reason, refused, wish.variants)
    made = DesignerAgent(Store(folder))(plan, manifest.results, wish)
    kept = [one for one in before.creatives if names and one.placement not in names]
    return CreativeSet(creatives=(*kept, *made.creatives), unmet=made.unmet)


def _with_edited(folder: Path, manifest: Manifest, plan: CampaignPlan, edited: Path) -> CreativeSet:
    """The creatives with that of an edited design in place of the one it stood for."""
    try:
        design = Design.model_validate_json(text.read_text(edited))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise CreativeError(f"{edited}: {problems}", "See docs/creatives.md.") from error
    agent = DesignerAgent(Store(folder))
    design, rendered = agent.again(plan, design)
    placement = find_placement(design.placement)
    size = next((one for one in placement.formats if one.name == design.format), None)
    if size is None or (size.width, size.height) != (design.width, design.height):
        raise CreativeError(
            f"{placement.title} has no size {design.format} of {design.width}×{design.height}.",
            "Sizes are the placement's; `triptych channels` lists them.",
        )
    data, ending = encode(rendered.image, size.types, size.kilobytes)
    before = next((one for one in manifest.creatives.creatives if _same(one, design)), None)
    material = Material(Store(folder), plan.brief, "minimal")
    picture = None if design.picture is None else material.by_digest(design.picture)
    made = agent.keep(
        plan,
        design,
        rendered,
        picture,
        before.models if before else (),
        (data, ending, None),
        "edited by hand",
    )
    others = [one for one in manifest.creatives.creatives if one is not before]
    return CreativeSet(creatives=(*others, made), unmet=manifest.creatives.unmet)


def _same(creative: Creative, design: Design) -> bool:
    return (creative.placement, creative.format, creative.language, creative.variant) == (
        design.placement,
        design.format,
        design.language,
        design.variant,
    )
