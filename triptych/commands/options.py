"""Options and arguments that several commands take, and what a user wrote of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def resolved_profile(name: str | None) -> str | None:
    """A profile's name as it was given; for `auto` the best that can run here."""
    if name != "auto":
        return name
    from triptych.commands.auto import announce_best

    return announce_best()


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
    str,
    typer.Option(
        "--profile",
        callback=resolved_profile,
        help="Which models; see `triptych profiles`. `auto`: the best that can run here.",
    ),
]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", help="Override a profile, as in image.steps=20.")
]
OwnProfile = Annotated[
    str | None,
    typer.Option(
        "--profile", callback=resolved_profile, help="Which models, in place of the run's own."
    ),
]
Seed = Annotated[
    int, typer.Option(min=0, max=2**63 - 1, help="The same seed gives the same campaign.")
]
Steps = Annotated[int | None, typer.Option(min=1, max=1000, help="Denoising steps.")]
STRATEGIES = "retry-last|retry|best-of-n|pruning|sequential|particles"
"""As `triptych.domain.Strategy` has them; importing that would make `--help` slow."""
Threshold = Annotated[
    float | None,
    typer.Option(
        min=0.001,
        max=0.5,
        help="How strict the critic is: the share of pairs that do belong together which it may "
        "refuse. 0.05 by default; more is stricter.",
    ),
]
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
