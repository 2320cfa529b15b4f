"""Exporting a finished run: every creative under a name to post it by, marked, and what goes with
it."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from triptych import __version__
from triptych.channels import find_placement
from triptych.creatives.export import (
    as_csv,
    copy_table,
    file_name,
    google_rows,
    product_of,
    tagged,
)
from triptych.domain import CampaignPlan, Candidate, Creative, Deliverable
from triptych.errors import CreativeError, StoreError
from triptych.marking.certificates import Signatory, local_signatory
from triptych.marking.claim import Claim
from triptych.marking.sign import mark
from triptych.run_files import make_folder
from triptych.run_folder import EXPORT
from triptych.runs.manifest import Manifest
from triptych.store import Store, write_whole

_TEST_NOTE = (
    "signed with a test certificate that was made on this machine: it shows that a file was not "
    "changed, and proves nobody's identity"
)


@dataclass(frozen=True)
class Exported:
    """What an export holds.

    Attributes:
        folder: of the export.
        files: names within it.
        notes: what its user should know.
    """

    folder: Path
    files: tuple[str, ...]
    notes: tuple[str, ...]


def export_run(
    folder: Path, manifest: Manifest, signatory: Signatory | None = None, *, sign: bool = True
) -> Exported:
    """Write `export/` of a run anew: creatives and films by placement, texts, links, one zip.

    Args:
        folder: of the run.
        manifest: what it made.
        signatory: whose certificate signs; by default a local one for tests.
        sign: whether files get a C2PA manifest; without, XMP still tells how they were made.

    Raises:
        StoreError: if an asset is damaged, or the folder cannot be written.
        CreativeError: if the certificate does not do.
    """
    if manifest.plan is None:
        raise StoreError(f"The run in {folder} has no plan yet.", "Finish it first.")
    notes: list[str] = []
    if sign and signatory is None:
        try:
            signatory = local_signatory()
        except CreativeError as error:
            notes.append(f"Nothing is signed: {error}")
    if not sign:
        signatory = None
        notes.append(
            "Nothing is signed (--no-sign): files say in XMP that they are machine-made, which "
            "anyone can take out unseen."
        )
    files = dict(_files(folder, manifest, manifest.plan, signatory))
    if signatory is not None and signatory.is_test:
        notes.append(f"Files are {_TEST_NOTE}.")
    _write(folder, files)
    return Exported(folder / EXPORT, tuple(files), tuple(notes))


def _files(
    folder: Path, manifest: Manifest, plan: CampaignPlan, signatory: Signatory | None
) -> Iterator[tuple[str, bytes]]:
    """All files of an export, by their names within it."""
    store, entries = Store(folder), list[dict[str, object]]()
    files: dict[str, bytes] = {}
    for creative in manifest.creatives.creatives:
        name = file_name(plan, creative)
        claim = _claim(manifest, name, creative)
        ending = name.rpartition(".")[2]
        files[name] = mark(store.get(creative.file), ending, claim, signatory)
        _check_weight(creative, name, len(files[name]))
        layout = name.rpartition(".")[0] + ".layout.json"
        files[layout] = store.get(creative.design)
        files[name.rpartition(".")[0] + ".txt"] = f"{creative.alt}\n".encode()
        entries.append(_entry(plan, creative, name, files[name], signatory))
    for name, data, entry in _films(manifest, plan, store, signatory):
        files[name] = data
        entries.append(entry)
    copies = _copies(manifest, plan)
    files["copy.csv"] = as_csv(copy_table(plan, copies))
    links = [["placement", "language", "variant", "link"]]
    links += [_link(plan, one) for one in manifest.creatives.creatives if plan.brief.url]
    if len(links) > 1:
        files["links.csv"] = as_csv(list(map(list, dict.fromkeys(map(tuple, links)))))
    if rows := google_rows(copies, plan.brief.url or ""):
        files["google-ads.csv"] = as_csv(rows)
    about = {
        "version": 1,
        "run": manifest.run,
        "product": product_of(plan),
        "made_by": f"Triptych {__version__}",
        "signed": _signed(signatory),
        "unmet": list(manifest.creatives.unmet),
        "files": entries,
    }
    text = json.dumps(about, indent=2, ensure_ascii=False)
    files["manifest.json"] = text.encode()
    yield from files.items()
    yield f"{product_of(plan)}.zip", _zipped(files)


def _check_weight(creative: Creative, name: str, size: int) -> None:
    """Raise `CreativeError` if a marked file is heavier than its placement takes."""
    formats = find_placement(creative.placement).formats
    limits = [one.kilobytes for one in formats if one.name == creative.format]
    if limits and limits[0] is not None and size > limits[0] * 1000:
        raise CreativeError(
            f"{name} has {size / 1000:.0f} kB with its mark, and may have {limits[0]} kB.",
            "Sign with a shorter certificate chain, or export with --no-sign.",
        )


def _signed(signatory: Signatory | None) -> str:
    if signatory is None:
        return "no"
    return _TEST_NOTE if signatory.is_test else "with the user's certificate"


def _entry(
    plan: CampaignPlan, creative: Creative, name: str, data: bytes, signatory: Signatory | None
) -> dict[str, object]:
    import hashlib

    return {
        "file": name,
        "placement": creative.placement,
        "format": creative.format,
        "language": creative.language,
        "variant": creative.variant,
        "differs": creative.differs,
        "layout": creative.layout,
        "width": creative.width,
        "height": creative.height,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "asset": creative.file.digest,
        "alt": creative.alt,
        "texts": creative.texts,
        "left_out": list(creative.dropped),
        "link": _link(plan, creative)[-1] if plan.brief.url else None,
        "signed": signatory is not None,
    }


def _claim(manifest: Manifest, name: str, creative: Creative) -> Claim:
    composite = creative.from_photo
    return Claim(
        title=name.rpartition("/")[2],
        source="compositeWithTrainedAlgorithmicMedia" if composite else "trainedAlgorithmicMedia",
        run=manifest.run,
        piece=f"{creative.placement} {creative.format}",
        content=creative.file.digest,
        models=creative.models,
        version=__version__,
    )


def _films(
    manifest: Manifest, plan: CampaignPlan, store: Store, signatory: Signatory | None
) -> Iterator[tuple[str, bytes, dict[str, object]]]:
    """The clips of the campaign, marked like its pictures."""
    import hashlib

    for deliverable, parts in _parts(manifest, plan):
        clip = parts.get("clip")
        if clip is None:
            continue
        name = f"{deliverable.channel}/{product_of(plan)}-{deliverable.language.lower()}-a-clip.mp4"
        claim = Claim(
            title=name.rpartition("/")[2],
            run=manifest.run,
            piece=f"{deliverable.channel} clip",
            content=clip.asset.digest,
            models=() if clip.model is None else (clip.model,),
            version=__version__,
        )
        data = mark(store.get(clip.asset), "mp4", claim, signatory)
        yield (
            name,
            data,
            {
                "file": name,
                "placement": deliverable.channel,
                "bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
                "asset": clip.asset.digest,
                "alt": f"{plan.visual}, {plan.motion}",
                "signed": signatory is not None,
            },
        )


def _parts(
    manifest: Manifest, plan: CampaignPlan
) -> Iterator[tuple[Deliverable, dict[str, Candidate]]]:
    for deliverable in plan.deliverables:
        result = manifest.results.get(deliverable.id)
        if result is not None and result.best is not None:
            yield deliverable, {str(name): one for name, one in result.best.parts.items()}


def _copies(manifest: Manifest, plan: CampaignPlan) -> list[tuple[Deliverable, Candidate]]:
    """Copy that holds to the brief; what does not is exported nowhere."""
    every = _parts(manifest, plan)
    return [(one, parts["copy"]) for one, parts in every if not parts["copy"].findings]


def _link(plan: CampaignPlan, creative: Creative) -> list[str]:
    placement = find_placement(creative.placement)
    content = f"{creative.layout}-{creative.variant}"
    url = tagged(plan.brief.url or "", placement, plan, content)
    return [creative.placement, creative.language, creative.variant, url]


def _zipped(files: dict[str, bytes]) -> bytes:
    """All files in one zip, as they are: pictures and films do not get smaller."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Put the files in place; what an earlier export left is taken away first."""
    make_folder(folder, EXPORT)
    try:
        for old in (folder / EXPORT).iterdir():
            if old.is_dir() and not old.is_symlink():
                shutil.rmtree(old)
            else:
                old.unlink()
        for name in {name.rpartition("/")[0] for name in files if "/" in name}:
            make_folder(folder, f"{EXPORT}/{name}")
    except OSError as error:
        raise StoreError(f"{folder / EXPORT} cannot be written: {error.strerror}.") from error
    for name, data in files.items():
        write_whole(folder / EXPORT / name, data)
