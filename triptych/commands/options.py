"""Options and arguments that several commands take, and what a user wrote of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Tell figures for engineers too: NFE, cosines, z.")
]
Sku = Annotated[
    str | None, typer.Option("--sku", help="Of a product feed, the product of this SKU.")
]
Row = Annotated[
    int | None, typer.Option("--row", min=1, help="Of a product feed, the product of this row.")
]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")]
ProfileName = Annotated[
    str, typer.Option("--profile", help="Which models; see `triptych profiles`.")
]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", help="Override a profile, as in image.steps=20.")
]
OwnProfile = Annotated[
    str | None, typer.Option("--profile", help="Which models, in place of the run's own.")
]
Seed = Annotated[
    int, typer.Option(min=0, max=2**63 - 1, help="The same seed gives the same campaign.")
]
Steps = Annotated[int | None, typer.Option(min=1, max=1000, help="Denoising steps.")]
MaxSeconds = Annotated[
    float | None, typer.Option(min=0, help="Stop this session after so long; resumable.")
]
MaxCost = Annotated[
    float | None, typer.Option(min=0, help="Stop when the run cost so many dollars; resumable.")
]


def given_options(context: typer.Context) -> set[str]:
    """The options that the user wrote, by parameter."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name for name, source in sources.items() if source and source.name != "DEFAULT"}
