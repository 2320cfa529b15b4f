"""`triptych design`, `layouts` and `verify`: finished creatives, and the marks of their files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from triptych.commands.columns import labelled, window
from triptych.commands.exits import EXIT_CODES, Exit, for_people
from triptych.commands.options import Json, RunFolder
from triptych.commands.say import say, say_json
from triptych.errors import TriptychError
from triptych.run_folder import EXPORT, MANIFEST, REPORT
from triptych.safe_text import visible

if TYPE_CHECKING:
    from triptych.marking.certificates import Signatory
    from triptych.marking.verify import Mark


@for_people
def design(
    folder: RunFolder,
    layout: Annotated[
        list[str] | None, typer.Option(help="Take this layout; see `triptych layouts`.")
    ] = None,
    placement: Annotated[
        list[str] | None, typer.Option(help="Design for this placement; others stay.")
    ] = None,
    reason: Annotated[
        str, typer.Option(help="What was wrong, or is wanted: other layouts are taken.")
    ] = "",
    edited: Annotated[
        Path | None, typer.Option(help="Render this layout.json, edited by hand.")
    ] = None,
    variants: Annotated[int, typer.Option(min=1, max=3, help="Of each placement.")] = 2,
    no_sign: Annotated[
        bool, typer.Option("--no-sign", help="Write no C2PA manifests; XMP stays.")
    ] = False,
    certificate: Annotated[
        Path | None, typer.Option(help="Sign with this certificate chain (PEM, leaf first).")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="The certificate's key (PEM).")] = None,
    as_json: Json = False,
) -> None:
    """Design a finished run's creatives anew and export them; no model is asked."""
    from triptych.agents.designer import Wish
    from triptych.creatives.layouts import find_layout
    from triptych.runs.design import design_run

    for name in layout or ():
        find_layout(name)
    wish = Wish(tuple(placement or ()), tuple(layout or ()), reason, variants=variants)
    signatory = _signatory(certificate, key)
    manifest, exported = design_run(folder, wish, edited, signatory, sign=not no_sign)
    if as_json:
        say_json(manifest.creatives)
    else:
        for one in manifest.creatives.creatives:
            size = f"{one.width}×{one.height}"
            say(f"{one.placement} {one.format} {size}, {one.language}, {one.variant}: {one.layout}")
        for note in (*manifest.creatives.unmet, *exported.notes):
            say(f"Note: {visible(note)}", fg="yellow", err=True)
        say(folder / EXPORT)
        say(folder / REPORT)
    if not manifest.creatives.creatives:
        raise typer.Exit(Exit.NOT_PASSED)


@for_people
def layouts(as_json: Json = False) -> None:
    """List the layouts that creatives are made by; your own go beside them."""
    from triptych.creatives.layouts import layouts as all_layouts
    from triptych.creatives.layouts import user_folder

    known = all_layouts()
    if as_json:
        say_json({name: one.model_dump(mode="json") for name, one in known.items()})
        return
    for name, one in known.items():
        say(f"{name}: {visible(one.title)} ({', '.join(map(visible, one.suits))})")
    say(f"Your own: {user_folder()}", err=True)


@for_people
def verify(
    file: Annotated[Path, typer.Argument(help="A JPEG, PNG or MP4 file.")],
    runs: Annotated[
        Path, typer.Option("--in", help="Where to look for the run that made it.")
    ] = Path(),
    as_json: Json = False,
) -> None:
    """Read what a file says of how it was made, and whether it was changed since."""
    from triptych.marking.verify import verify_file

    mark = verify_file(file)
    run = None if mark.claim is None else next(_runs_with(runs, mark.claim.content), None)
    if as_json:
        say_json({**mark.model_dump(mode="json"), "found_in": None if run is None else str(run)})
    else:
        for label, text in _lines(mark, run):
            say(labelled(label, visible(text), window()))
    if mark.state not in ("trusted", "valid"):
        raise typer.Exit(Exit.NOT_PASSED)


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands to the command line."""
    for command in (design, verify):
        app.command(epilog=EXIT_CODES)(command)
    app.command()(layouts)


_STATES = {
    "trusted": "as it was signed, by one whom this machine trusts",
    "valid": "as it was signed, by one whom no trust list here knows",
    "changed": "NOT as it was signed",
    "damaged": "its C2PA manifest cannot be read",
    "unsigned": "no C2PA manifest",
}


def _lines(mark: Mark, run: Path | None) -> Iterator[tuple[str, str]]:
    yield "file", _STATES[mark.state]
    if mark.signed_by:
        yield "signer", mark.signed_by
    for label, source in (("C2PA", mark.source_type), ("XMP", mark.xmp_source_type)):
        if source:
            yield label, f"digital source type {source}"
    if claim := mark.claim:
        yield "made by", f"Triptych {claim.version}, run {claim.run}, {claim.piece}"
        for model in claim.models:
            yield "model", f"{model.name} {model.revision[:12]}".strip()
        yield "run", str(run) if run else "not found here; give its folder with --in"
    for problem in mark.problems:
        yield "problem", problem


def _runs_with(place: Path, digest: str) -> Iterator[Path]:
    """Runs in a folder, or that folder itself, that keep an asset."""
    from triptych.errors import StoreError
    from triptych.runs.manifest import read_manifest

    for path in (place / MANIFEST, *sorted(place.glob(f"*/{MANIFEST}"))):
        if not path.is_file():
            continue
        try:
            manifest = read_manifest(path.parent)
        except StoreError:
            continue
        if any(ref.digest == digest for ref in manifest.assets()):
            yield path.parent


def _signatory(certificate: Path | None, key: Path | None) -> Signatory | None:
    from triptych.marking.certificates import own_signatory

    if (certificate is None) != (key is None):
        raise TriptychError("A certificate signs with its key.", "Give --certificate and --key.")
    if certificate is None or key is None:
        return None
    return own_signatory(certificate, key)
