"""What a generator must be able to do, whichever models are behind it.

Protocols, not base classes: starter modules, pretrained pipelines and chat models share nothing
but these signatures. Everything is batched (lists in, lists out). The same seed and inputs give
the same bytes on the same machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from triptych.domain import Brief, Channel, Feedback, ModelIdentity, PlanDraft, Spend, Tone

if TYPE_CHECKING:
    import torch

Pixels = NDArray[np.uint8]
"""An image (H, W, 3) or a clip (F, H, W, 3), RGB, 0..255."""

Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all) while a generator works."""


@dataclass(frozen=True)
class TextRequest:
    """One piece of copy to write."""

    brief: Brief
    channel: Channel
    tone: Tone
    key_message: str = ""
    visual: str = ""
    feedback: tuple[Feedback, ...] = ()
    beams: int = 5
    sample: bool = False
    """Draw from the model with `seed` instead of beam search: how a second attempt differs."""
    seed: int = 0


@dataclass(frozen=True)
class Written:
    """Copy and its shared latents Z (K, D), float32 on the CPU; None without a local LLM."""

    text: str
    latents: torch.Tensor | None
    spend: Spend
    notes: tuple[str, ...] = ()
    """For the trace."""


@dataclass(frozen=True)
class Drafted:
    """A plan draft, schema-valid by construction, and what writing it cost."""

    draft: PlanDraft
    spend: Spend


@dataclass(frozen=True)
class VisualRequest:
    """One image or clip to make. `None` leaves a choice to the generator's own default."""

    prompt: str
    steps: int | None = None
    guidance_scale: float | None = None
    negative_prompt: str = ""
    height: int | None = None
    width: int | None = None
    frames: int | None = None
    """Clips only."""
    eta: float = 0.0
    """DDIM's η: 0 is deterministic, 1 is ancestral sampling."""


@dataclass(frozen=True)
class Made:
    """A finished sample, what its share of the batch cost, and notes for the trace."""

    pixels: Pixels
    spend: Spend
    notes: tuple[str, ...] = field(default=())


class Planner(Protocol):
    """A language model that drafts campaign plans."""

    @property
    def identity(self) -> ModelIdentity: ...

    def draft(self, brief: Brief, feedback: Sequence[Feedback] = (), seed: int = 0) -> Drafted: ...


class TextGenerator(Protocol):
    """A language model that writes copy T and emits shared latents Z in the same pass."""

    @property
    def identity(self) -> ModelIdentity: ...

    def write(self, requests: Sequence[TextRequest]) -> list[Written]: ...

    def encode(self, requests: Sequence[TextRequest], texts: Sequence[str]) -> list[Written]:
        """Z of copy that comes from elsewhere, by teacher forcing."""
        ...

    def to_clip(self, latents: torch.Tensor) -> NDArray[np.float32] | None:
        """Latents (n, D) as unit vectors (n, E) in the critic's CLIP space; None without a head."""
        ...


class Sampling(Protocol):
    """A batch of samples on their way from noise to picture; what a search steers.

    `nfe` counts denoiser evaluations of the whole batch so far; a guided step of one sample is 2.
    """

    @property
    def step(self) -> int: ...

    @property
    def steps(self) -> int: ...

    @property
    def nfe(self) -> int: ...

    @property
    def size(self) -> int:
        """Samples still in the batch."""
        ...

    def advance(self, to_step: int) -> None:
        """Denoise until `to_step` steps are done (at most `steps`)."""
        ...

    def preview(self) -> list[Pixels]:
        """The predicted x0 of each sample, decoded: cheap, and costs no denoiser evaluation."""
        ...

    def keep(self, indices: Sequence[int]) -> None:
        """Go on with these samples alone; an index may come twice (needs η > 0 to matter)."""
        ...

    def finish(self) -> list[Made]:
        """Denoise to the end and decode."""
        ...


class ImageGenerator(Protocol):
    """P(I | T, Z)."""

    @property
    def steps(self) -> int:
        """Denoising steps of a sample, where a request leaves them open."""
        ...

    @property
    def step_nfe(self) -> int:
        """Denoiser evaluations of one step of one sample; 2 with guidance."""
        ...

    @property
    def identity(self) -> ModelIdentity: ...

    def start(
        self,
        requests: Sequence[VisualRequest],
        latents: Sequence[torch.Tensor | None],
        seeds: Sequence[int],
        on_step: Progress | None = None,
    ) -> Sampling: ...


class VideoGenerator(Protocol):
    """P(V | T, I, Z): the image is the key frame. Frames come at `fps`."""

    fps: int

    @property
    def steps(self) -> int:
        """As of an image generator."""
        ...

    @property
    def step_nfe(self) -> int:
        """As of an image generator."""
        ...

    @property
    def identity(self) -> ModelIdentity: ...

    def start(
        self,
        requests: Sequence[VisualRequest],
        latents: Sequence[torch.Tensor | None],
        key_images: Sequence[Pixels | None],
        seeds: Sequence[int],
        on_step: Progress | None = None,
    ) -> Sampling: ...


class Encoder(Protocol):
    """A CLIP model: text and images in one space, unit length. φT and φI of the method."""

    max_tokens: int

    @property
    def identity(self) -> ModelIdentity: ...

    def encode_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(B, D) unit vectors; text over `max_tokens` is an error, never cut silently."""
        ...

    def encode_images(self, images: Sequence[Pixels]) -> NDArray[np.float32]:
        """(B, D) unit vectors of images (H, W, 3)."""
        ...

    def count_tokens(self, text: str) -> int: ...


class Models(Protocol):
    """The models that a profile names. Each loads at its first use, once, and stays."""

    @property
    def profile(self) -> str: ...

    @property
    def planner(self) -> Planner: ...

    @property
    def text(self) -> TextGenerator: ...

    @property
    def image(self) -> ImageGenerator: ...

    @property
    def video(self) -> VideoGenerator: ...

    @property
    def encoder(self) -> Encoder:
        """The critic's CLIP."""
        ...

    @property
    def calibration_folder(self) -> Path | None:
        """Where the critic's calibration is stored, beside its weights."""
        ...

    def unknown_words(self, brief: Brief) -> str | None:
        """A sentence for people if the brief lies outside what these models know, else None."""
        ...
