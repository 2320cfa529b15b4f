"""What a run folder may choose: nothing, if it is a stranger's, but shipped models and numbers.

Settings decide which code is imported, which servers are called with whose key, and which files
are read as weights. They count if this user began the run (`signature`), or names them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from triptych.errors import StoreError
from triptych.generators.profiles import PARTS, read_profile, shipped_names
from triptych.methods.table import base_of
from triptych.runs.settings import RunSettings
from triptych.runs.signature import is_signed
from triptych.safe_text import clipped

HARMLESS = frozenset({"conditioning", "memory_limit"})
"""Keys of a profile that name no code, address, key, model or file."""
HARMLESS_OF_A_PART = frozenset(
    {
        "beams", "dtype", "guidance", "max_tokens", "negative_prompt", "offload", "sampler",
        "steps", "vae_slicing", "vae_tiling",
    }
)  # fmt: skip
"""Such keys of a model's settings, in the kinds that ship with Triptych."""
_MOST_TOLD = 20


def agreed_settings(
    folder: Path,
    settings: RunSettings,
    profile: str | None = None,
    overrides: Sequence[str] | None = None,
) -> RunSettings:
    """A run's settings with which its models may be loaded.

    Args:
        folder: the run folder.
        settings: of the run, as the folder has them.
        profile: named by the user; with it, no override of the folder counts.
        overrides: named by the user, in place of the folder's.

    Raises:
        StoreError: if the folder is a stranger's and chooses more than it may; says what.
    """
    if profile is not None:
        changes = {"profile": profile, "overrides": tuple(overrides or ())}
        return settings.model_copy(update=changes)
    asked = settings.overrides if overrides is None else ()
    wanted = [*_of_profile(settings.profile), *(one for one in asked if not _is_harmless(one))]
    if wanted and not is_signed(folder, settings):
        lines = [f"  {clipped(one, 300)}" for one in wanted[:_MOST_TOLD]]
        lines += [f"  and {len(wanted) - _MOST_TOLD} more"] if len(wanted) > _MOST_TOLD else []
        raise StoreError(
            f"The run in {clipped(str(folder), 300)} was begun elsewhere, or its settings or "
            "profile have changed places since, and it wants to choose:\n" + "\n".join(lines),
            "If you want the same, say so: --profile NAME, with --set KEY=VALUE for each setting; "
            "see docs/security.md.",
        )
    if overrides is None:
        return settings
    return settings.model_copy(update={"overrides": tuple(overrides)})


def _of_profile(profile: str) -> list[str]:
    """What a profile chooses that a stranger may not: an own file, or a server."""
    base = base_of(profile)
    if base not in shipped_names():
        return [f"profile {profile}"]
    parts = read_profile(base).parts().values()
    return [f"profile {profile}, which calls {part.address()}" for part in parts if part.address()]


def _is_harmless(override: str) -> bool:
    key, equals, _ = override.partition("=")
    *parts, last = key.strip().split(".")
    known = HARMLESS_OF_A_PART if parts else HARMLESS
    return bool(equals) and last in known and set(parts) <= set(PARTS)
