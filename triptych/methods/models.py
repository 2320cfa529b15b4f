"""A profile's models, arranged as a method has them: the graph that runs them stays the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from triptych.agents.planner import plan_from
from triptych.channels import find_placement
from triptych.channels.placement import ROOMY
from triptych.domain import Brief, Deliverable, Feedback, ModelIdentity, SearchChoice, Spend
from triptych.generators.hub import ProfileModels
from triptych.generators.profiles import Profile
from triptych.methods.table import Method, Wording
from triptych.protocols import (
    Critic,
    Drafted,
    Encoder,
    ImageGenerator,
    Pixels,
    Planner,
    Progress,
    Sampling,
    TextGenerator,
    TextRequest,
    VideoGenerator,
    VisualRequest,
    Written,
)

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

_VISUAL = 240
"""Most characters of a plan draft's `visual`."""


class MethodModels:
    """Implements `Models`: those of a profile, with the method's planner and clip maker in front.

    Args:
        method: whose arrangement it is.
        models: of the profile, loaded with the method's conditioning.
    """

    def __init__(self, method: Method, models: ProfileModels) -> None:
        self.method, self.models = method, models
        self._text: OnceText | None = None
        self._video: OwnKeyVideo | None = None

    @property
    def settings(self) -> Profile:
        """The profile's."""
        return self.models.settings

    def steps(self, part: Literal["image", "clip"], wished: int | None = None) -> int:
        """The profile's."""
        return self.models.steps(part, wished)

    def latents_identity(self) -> str:
        """The profile's."""
        return self.models.latents_identity()

    @property
    def image(self) -> ImageGenerator:
        """The profile's, conditioned as the method has it."""
        return self.models.image

    @property
    def encoder(self) -> Encoder:
        """The profile's."""
        return self.models.encoder

    @property
    def calibration_folder(self) -> Path | None:
        """Where the critic's calibration is."""
        return self.models.calibration_folder

    def critic(self, rate: float, encoder: Encoder | None = None) -> Critic:
        """The profile's."""
        return self.models.critic(rate, encoder)

    def unknown_words(self, brief: Brief) -> str | None:
        """As of the profile."""
        return self.models.unknown_words(brief)

    @property
    def profile(self) -> str:
        """Method and profile."""
        return f"{self.method.name}@{self.models.profile}"

    @property
    def text(self) -> TextGenerator:
        """The copywriter; where the prompt is made of the copy, it is asked once for both."""
        if self.method.wording == "plan":
            return self.models.text
        if self._text is None:
            self._text = OnceText(self.models.text)
        return self._text

    @property
    def planner(self) -> Planner:
        """The profile's planner, or one that words the prompt from the copy."""
        if self.method.wording == "plan":
            return self.models.planner
        return CopyPlanner(self.models.planner, self.text, self.method.wording)

    @property
    def video(self) -> VideoGenerator:
        """The clip maker, with a key image of its own if the method keeps the campaign's away."""
        if not self.method.own_key:
            return self.models.video
        if self._video is None:
            needs_key = self.settings.video.takes_key_image
            self._video = OwnKeyVideo(self.models.video, self.models.image if needs_key else None)
        return self._video

    @property
    def unseen_spend(self) -> Spend:
        """What was spent that no part's own spend tells of: key images of clips."""
        return self._video.spent if self._video else Spend()


class OnceText:
    """A copywriter that remembers: the same request twice costs once, and comes out the same."""

    def __init__(self, text: TextGenerator) -> None:
        self.text = text
        self._written: dict[tuple[str, ...], Written] = {}

    @property
    def identity(self) -> ModelIdentity:
        """The copywriter's."""
        return self.text.identity

    def write(self, requests: Sequence[TextRequest]) -> list[Written]:
        """Copy and Z; a later attempt, sampled or with feedback, is always written anew."""
        return [self._one(request) for request in requests]

    def encode(self, requests: Sequence[TextRequest], texts: Sequence[str]) -> list[Written]:
        """Z of given copy."""
        return self.text.encode(requests, texts)

    def to_clip(self, latents: torch.Tensor) -> NDArray[np.float32] | None:
        """As the copywriter does."""
        return self.text.to_clip(latents)

    def _one(self, request: TextRequest) -> Written:
        if request.sample or request.feedback:
            return self.text.write([request])[0]
        key = (request.brief.text(), request.place, request.kind, request.tone)
        if key not in self._written:
            self._written[key] = self.text.write([request])[0]
        return self._written[key]


class CopyPlanner:
    """A planner whose prompt for the picture knows nothing but the copy.

    Args:
        planner: drafts key message, tone, channels and motion from the brief; for `detailed` it
            drafts again from the copy alone, and that draft's visual concept is the prompt.
        text: writes the copy.
        wording: `copy` or `detailed`.
    """

    def __init__(self, planner: Planner, text: TextGenerator, wording: Wording) -> None:
        self.planner, self.text, self.wording = planner, text, wording

    @property
    def identity(self) -> ModelIdentity:
        """Planner and wording."""
        identity = self.planner.identity
        return identity.model_copy(update={"name": f"{identity.name}/{self.wording}"})

    def draft(self, brief: Brief, feedback: Sequence[Feedback] = (), seed: int = 0) -> Drafted:
        """The planner's draft, with the picture worded from the copy."""
        drafted = self.planner.draft(brief, feedback, seed)
        lead = plan_from(brief, drafted.draft, SearchChoice()).deliverables[0]
        copy = self._copy(brief, drafted, lead)
        if self.wording == "copy":
            update, spend = {"visual": shortened(copy, _VISUAL)}, Spend()
        else:
            again = self.planner.draft(Brief(description=copy, language=brief.language), (), seed)
            update = {"visual": again.draft.visual, "motion": again.draft.motion}
            spend = again.spend
        return Drafted(drafted.draft.model_copy(update=update), drafted.spend + spend)

    def _copy(self, brief: Brief, drafted: Drafted, lead: Deliverable) -> str:
        draft, fields = drafted.draft, find_placement(lead.channel).written
        kind = max(fields, key=lambda field: field.writes in ROOMY).writes
        request = TextRequest(brief, kind, lead.tone, draft.key_message, draft.visual)
        return self.text.write([request])[0].text


class OwnKeyVideo:
    """Clips that never see the campaign's picture.

    Args:
        video: makes clips.
        image: paints a key image from the clip's own prompt for models that cannot begin without
            one; None if they can.
    """

    def __init__(self, video: VideoGenerator, image: ImageGenerator | None) -> None:
        self.generator, self.image = video, image
        self.fps = video.fps
        self.spent = Spend()
        """On key images so far: a search counts what comes after the start, and does not see it."""

    def steps_for(self, wished: int | None) -> int:
        """The clip maker's."""
        return self.generator.steps_for(wished)

    @property
    def step_nfe(self) -> int:
        """The clip maker's; the key image's denoising comes on top, before the first step."""
        return self.generator.step_nfe

    @property
    def identity(self) -> ModelIdentity:
        """The clip maker's, marked."""
        identity = self.generator.identity
        return identity.model_copy(update={"name": f"{identity.name}/own-key"})

    def start(
        self,
        requests: Sequence[VisualRequest],
        latents: Sequence[torch.Tensor | None],
        key_images: Sequence[Pixels | None],
        seeds: Sequence[int],
        on_step: Progress | None = None,
    ) -> Sampling:
        """Begin a batch; the key images given are not looked at."""
        if self.image is None:
            blank = [None] * len(requests)
            return self.generator.start(requests, latents, blank, seeds, on_step)
        painting = self.image.start(requests, latents, [seed + 1 for seed in seeds], None)
        painted = painting.finish()
        self.spent = sum((made.spend for made in painted), self.spent)
        return self.generator.start(
            requests, latents, [made.pixels for made in painted], seeds, on_step
        )


def shortened(text: str, most: int) -> str:
    """A text in one line, cut at the last sentence or else the last word that fits."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    cut = line[: most + 1]
    ends = [cut.rfind(mark) + 1 for mark in (". ", "! ", "? ")]
    end = max(ends) if max(ends) > most // 3 else cut.rfind(" ")
    return line[: end if end > 0 else most].strip()
