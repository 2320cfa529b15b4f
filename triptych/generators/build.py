"""What a kind is told besides its own settings when it makes a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from triptych.generators.loading import LOADING
from triptych.generators.profiles import Profile
from triptych.generators.settings import Part, Role
from triptych.protocols import Encoder, Models

T = TypeVar("T")


@dataclass(frozen=True)
class BuildContext:
    """Where a model is made.

    A model is made once for all campaigns with the same profile and may be asked by several
    threads at once.

    Args:
        role: what the model is to be; of interest to kinds that can be several.
        profile: all settings, such as `conditioning`, `memory_limit` and `fetch`.
        models: the others, each made at its first use.
        make: a model of other settings, such as of a part within one's own; shared like any other.
        kept: what `share` made.
    """

    role: Role
    profile: Profile
    models: Models
    make: Callable[[Role, Part], Any]
    kept: dict[str, Any]

    def share(self, key: str, make: Callable[[], T]) -> T:
        """What several models of the profile have in common, made once."""
        with LOADING:
            if key not in self.kept:
                self.kept[key] = make()
            return self.kept[key]


@dataclass(frozen=True)
class CriticContext(BuildContext):
    """Where a critic is made; one is made for each session of a run.

    Args:
        rate: share of true pairs that it may refuse, as the plan has it.
        encoder: the profile's, its calls traced.
    """

    rate: float
    encoder: Encoder
