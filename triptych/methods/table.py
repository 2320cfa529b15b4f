"""The methods that are compared, as data: what each lets speak to picture and clip.

All run through one graph on the same weights. They differ in who words the picture's prompt, in
whether the shared latents Z condition it, in whose key image the clip begins with, and in whether
the critic may search and send back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from triptych.domain import Conditioning, SearchChoice
from triptych.errors import ProfileError

Wording = Literal["plan", "copy", "detailed"]
"""What the picture's prompt is: the planner's visual concept; the copy itself; or what a prompt
model (the planner, shown nothing but the copy) makes of the copy."""


NO_CHOICE = SearchChoice(strategy="best-of-n", candidates=1)


@dataclass(frozen=True)
class Method:
    """One way to make a campaign.

    Attributes:
        name: on the command line.
        title: in tables.
        about: in one sentence.
        conditioning: what image and clip are conditioned on.
        wording: what the prompt is.
        own_key: the clip begins with a picture of its own from its own prompt, and never sees the
            campaign's.
        search: the critic's choice among samples; one candidate is no choice.
        attempts: at each part; 1 lets the critic judge and change nothing.
        image: whether its picture is of its own making and is measured.
        reference: nothing is generated; the case's own material is measured.
    """

    name: str
    title: str
    about: str
    conditioning: Conditioning = "both"
    wording: Wording = "plan"
    own_key: bool = False
    search: SearchChoice = NO_CHOICE
    attempts: int = 1
    image: bool = True
    reference: bool = False


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "unimodal",
            "Unimodal pipeline",
            "Copy → image and copy → clip, each on its own, from the copy as prompt.",
            conditioning="prompt",
            wording="copy",
            own_key=True,
        ),
        Method(
            "stepwise",
            "Stepwise pipeline",
            "Copy → a prompt model's detailed prompt → image → clip from prompt and image.",
            conditioning="prompt",
            wording="detailed",
        ),
        Method(
            "text-to-video",
            "Text-to-video",
            "The planner's prompt straight to a clip; no latents, no campaign picture.",
            conditioning="prompt",
            own_key=True,
            image=False,
        ),
        Method(
            "end-to-end",
            "End-to-end",
            "Copy and shared latents from one pass; both condition image and clip.",
        ),
        Method(
            "end-to-end-critic",
            "End-to-end with critic",
            "The same, and the critic searches among samples and sends weak parts back.",
            search=SearchChoice(strategy="pruning", candidates=4),
            attempts=3,
        ),
        Method(
            "human",
            "Human-made (reference)",
            "The cases' own copy, pictures and clips: the upper bound.",
            reference=True,
        ),
    )
}


def pick_methods(names: str) -> list[Method]:
    """Methods of a comma-separated list, or `all`. Raises `ProfileError` for an unknown one."""
    asked = [name.strip() for name in names.split(",") if name.strip()]
    if asked == ["all"] or not asked:
        return list(METHODS.values())
    unknown = [name for name in asked if name not in METHODS]
    if unknown:
        raise ProfileError(
            f"There is no method {unknown[0]!r}.", f"Known methods: {', '.join(METHODS)}."
        )
    return [METHODS[name] for name in dict.fromkeys(asked)]


def base_of(profile: str) -> str:
    """The plain profile that a method runs on; any other profile is its own."""
    name, at, base = profile.partition("@")
    return (base or "starter") if at or name in METHODS else profile


def method_of(profile: str) -> Method | None:
    """The method that a profile names, as in `METHOD` or `METHOD@PROFILE`; None for a plain one."""
    return METHODS.get(profile.partition("@")[0])
