"""The models of a profile or of a method on a profile, by one name."""

from __future__ import annotations

from collections.abc import Sequence

from triptych.errors import ProfileError
from triptych.generators.hub import ProfileModels, load_profile
from triptych.methods.models import MethodModels
from triptych.methods.table import METHODS, pick_methods


def load_models(profile: str, overrides: Sequence[str] = ()) -> ProfileModels | MethodModels:
    """The models of a profile, which may be `METHOD` or `METHOD@PROFILE`.

    `unimodal` stands for `unimodal@starter`; any other name is an ordinary profile. So that
    `triptych run --profile stepwise@sd2` takes a baseline as it takes any profile.

    Raises:
        ProfileError: if it names nothing that exists, or the reference, which makes nothing.
    """
    name, at, base = profile.partition("@")
    if not at and name not in METHODS:
        return load_profile(profile, overrides)
    method = pick_methods(name)[0]
    if method.reference:
        raise ProfileError(f"{name!r} is reference material; it makes no campaign.")
    setting = f"conditioning={method.conditioning}"
    return MethodModels(method, load_profile(base or "starter", (*overrides, setting)))
