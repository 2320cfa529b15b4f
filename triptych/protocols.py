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

from triptych.channels.counting import Counting
from triptych.domain import (
    Brief,
    CampaignPlan,
    Feedback,
    ModelIdentity,
    PlanDraft,
    Spend,
    TextKind,
    Verdict,
)

if TYPE_CHECKING:
    import torch

Pixels = NDArray[np.uint8]
"""An image (H, W, 3) or a clip (F, H, W, 3), RGB, 0..255."""

Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all) while a generator works."""


@dataclass(frozen=True)
class TextRequest:
    """One text to write."""

    brief: Brief
    kind: TextKind
    tone: str
    """In free words."""
    key_message: str = ""
    visual: str = ""
    feedback: tuple[Feedback, ...] = ()
    beams: int = 5
    place: str = ""
    """What it is written for, in words: "Instagram feed post, caption"."""
    limit: int | None = None
    """Most characters, by `counting`; None for no limit."""
    counting: Counting = "characters"
    language: str = "en"
    other_than: tuple[str, ...] = ()
    """Texts of the same field that it must differ from."""
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
    """A wish: a generator whose steps are fixed takes its own."""
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
    def step_nfe(self) -> int:
        """Denoiser evaluations of one step of one sample; 2 with guidance."""
        ...

    @property
    def identity(self) -> ModelIdentity: ...

    def steps_for(self, wished: int | None) -> int:
        """Denoising steps that a sample takes where so many are wished for; None: its own choice.

        What a sampling really takes: a search budgets by it, and steps that a generator cannot
        choose are the same for every wish.
        """
        ...

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
    def step_nfe(self) -> int:
        """As of an image generator."""
        ...

    @property
    def identity(self) -> ModelIdentity: ...

    def steps_for(self, wished: int | None) -> int:
        """As of an image generator."""
        ...

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


@dataclass(frozen=True)
class Subject:
    """One attempt at a deliverable, as a critic sees it."""

    plan: CampaignPlan
    deliverable: str
    """Its id in the plan."""
    text: str
    """The copy."""
    image: Pixels | None
    """The picture that the copy must agree with, (H, W, 3)."""
    clip: Pixels | None = None
    """(F, H, W, 3)."""
    own_image: bool = True
    """Whether the picture is the deliverable's own; else it is the campaign's, and the copy has to
    give way."""


class Critic(Protocol):
    """Holds words, picture and clip against each other, and ranks samples for the search."""

    rate: float
    """Share of true pairs that it may refuse, as the plan has it."""

    @property
    def identity(self) -> ModelIdentity:
        """By whose verdict."""
        ...

    @property
    def judges(self) -> bool:
        """Whether it can judge at all; one that cannot (without thresholds, say) still ranks."""
        ...

    def at_rate(self, rate: float) -> Critic:
        """The same critic, that may refuse another share of true pairs; it shares what it knows."""
        ...

    def judge(self, subject: Subject) -> Verdict:
        """The verdict on an attempt that has a picture; `unjudged`, with a reason, if it cannot.

        What it raises makes the attempt `unjudged` too: nothing is waved through.
        """
        ...

    def passes(self, words: str, sample: Pixels, key_image: Pixels | None = None) -> bool:
        """Whether a picture (H, W, 3) or clip (F, H, W, 3) shows what was asked for.

        Args:
            words: what should be seen, in one line (a plan's `visual`).
            sample: what was made.
            key_image: the picture that a clip began with.
        """
        ...

    def rank(self, words: str, samples: Sequence[Pixels], preview: bool = False) -> list[float]:
        """How well each picture or clip shows the words; higher is better, on a scale of its own.

        Args:
            words: what should be seen, in one line.
            samples: all pictures (H, W, 3), or all clips (F, H, W, 3).
            preview: they are unfinished: what no preview can have is not asked of them.
        """
        ...

    def embed(self, asset: str | Pixels) -> NDArray[np.float32] | None:
        """Copy, a picture or a clip as unit vectors (n, E) for the viewer; None if it has none."""
        ...


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
        """The CLIP model in whose space words, pictures and clips are compared."""
        ...

    @property
    def calibration_folder(self) -> Path | None:
        """Where the calibration of the encoder is stored, beside its weights."""
        ...

    def critic(self, rate: float, encoder: Encoder | None = None) -> Critic:
        """A critic for one session.

        Args:
            rate: share of true pairs that it may refuse.
            encoder: seen through in place of the models' own, such as one whose calls are traced.
        """
        ...

    def unknown_words(self, brief: Brief) -> str | None:
        """A sentence for people if the brief lies outside what these models know, else None."""
        ...
