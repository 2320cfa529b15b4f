"""The words of the domain: briefs, plans, assets, verdicts and spends.

Plain pydantic models that import nothing of ours. They hold text, numbers and references; never
tensors or pixels, so that any of them may go into a graph's state, a manifest or a trace.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import (
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from triptych.brands.kit import FILMS, KIT, AssetFile, BrandKit, SmallPrint, ending_of
from triptych.errors import BriefError
from triptych.records import ChannelName, Context, Digest, Language, Line, Prose, Record, Slug

Tone = Literal["playful", "premium", "technical", "minimal"]
TextKind = Literal["headline", "body", "call_to_action", "social_post", "email_subject"]
"""What writers know to write; every text of a placement is one of these, within its own limit."""
Part = Literal["copy", "image", "clip"]
Stage = Literal["plan", "copy", "image", "clip", "verdict"]
"""The steps of a campaign in their order, by one name from the graph to the trace."""
Pair = Literal["text-image", "text-video", "image-video"]
PAIR_WORDS: dict[Pair, str] = {
    "text-image": "words and picture",
    "text-video": "words and clip",
    "image-video": "picture and clip",
}
"""What the critic holds against each other, in words for people."""
Conditioning = Literal["prompt", "latents", "both"]
"""What speaks to picture and clip: the prompt, the shared latents Z, or both."""
Strategy = Literal["retry-last", "retry", "best-of-n", "pruning", "sequential", "particles"]

FindingKind = Literal[
    "name", "number", "negation", "wording", "sense", "language", "wrapping", "attribute", "length"
]
"""What a text can get wrong about its brief, or as a text."""

PARTS: tuple[Part, ...] = ("copy", "image", "clip")
"""What a deliverable is made of, each made from those before it."""
DEFAULT_FALSE_REJECTION_RATE = 0.05
TONES: tuple[Tone, ...] = ("playful", "premium", "technical", "minimal")
TEXT_KINDS: tuple[TextKind, ...] = (
    "headline",
    "body",
    "call_to_action",
    "social_post",
    "email_subject",
)


class Budget(Record):
    """What a campaign may spend. `None` means no limit of that kind."""

    model_config = ConfigDict(allow_inf_nan=False)

    attempts: int = Field(default=3, ge=1, le=20)
    """Attempts at one part (copy, image or clip) of one deliverable, the first included."""
    nfe: int | None = Field(default=None, ge=1)
    """Denoiser evaluations over the whole campaign; one guided step of one sample costs 2."""
    seconds: float | None = Field(default=None, gt=0)
    cost: float | None = Field(default=None, ge=0)
    """Money for paid models, in US dollars."""


class Offer(Record):
    """What is offered at which price, word for word: a price of 49.90 keeps its last digit."""

    price: Line | None = None
    """What is asked now."""
    was_price: Line | None = None
    """What was asked before."""
    currency: Line | None = None
    """As ISO 4217 has it or as a sign, where it does not stand beside the price."""
    discount: Line | None = None
    """As in "20 %"."""
    code: Line | None = None
    """To be named when ordering."""
    valid_from: Line | None = None
    valid_until: Line | None = None
    """A date or words, as in "Sunday"; ISO dates are compared."""
    shipping: Line | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Offer:
        first, last = _date(self.valid_from), _date(self.valid_until)
        if first and last and last < first:
            raise ValueError(f"it ends ({self.valid_until}) before it begins ({self.valid_from})")
        return self

    def text(self) -> str:
        """The offer in sentences, each value as it was given; empty without any."""
        money = f" {self.currency}" if self.currency else ""
        parts: list[str] = []
        if self.price:
            was = f" instead of {self.was_price}{money}" if self.was_price else ""
            parts.append(f"Price: {self.price}{money}{was}.")
        elif self.was_price:
            parts.append(f"Price before: {self.was_price}{money}.")
        if self.discount:
            parts.append(f"Discount: {self.discount}.")
        if self.code:
            parts.append(f"Code: {self.code}.")
        dates = (("from", self.valid_from), ("until", self.valid_until))
        if valid := " ".join(f"{word} {date}" for word, date in dates if date):
            parts.append(f"Valid {valid}.")
        if self.shipping:
            parts.append(f"Shipping: {self.shipping}.")
        return " ".join(parts)


_AS_WORDS = str.maketrans("_-", "  ")


def _date(text: str | None) -> date | None:
    """The day that an ISO date or time begins with; None for other words."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


class Asset(Record):
    """A file that a campaign is to show, as its owner has it."""

    file: AssetFile
    kind: Literal["product", "packshot", "footage", "logo"]
    """The product in use, the product or its pack alone, a film, or a sign."""
    alt: Line | None = None
    """What it shows, in words."""
    licence: Line | None = None
    """Under which terms it may be used, or by whose leave."""
    source: Line | None = None
    """Where it is from."""

    @model_validator(mode="after")
    def _is_of_its_kind(self) -> Asset:
        if (ending_of(self.file) in FILMS) != (self.kind == "footage"):
            what = "is a film: its kind is footage" if self.kind != "footage" else "is no film"
            raise ValueError(f"{self.file} {what}")
        if ending_of(self.file) == "svg" and self.kind != "logo":
            raise ValueError(f"{self.file} is a drawing: of drawings only logos are taken")
        return self


class Brief(Record):
    """What the campaign is about (X in the method). Only `description` is required."""

    description: Prose
    product: Line | None = None
    brand_kit: BrandKit | None = None
    """What the brand looks and sounds like; files name it by a path, and it is read from there."""
    brand: Annotated[Line | None, Field(validate_default=True)] = None
    """The brand's name; the kit's where there is one."""
    assets: tuple[Asset, ...] = Field(default=(), max_length=50)
    facts: tuple[Line, ...] = Field(default=(), max_length=50)
    offer: Offer | None = None
    must_say: tuple[Line, ...] = Field(default=(), max_length=20)
    """Words that copy has to hold, letter for letter."""
    must_not_say: tuple[Line, ...] = Field(default=(), max_length=50)
    """Words that neither plan nor copy may hold."""
    disclaimer: SmallPrint | None = None
    """Small print that is set beside the copy, never written by a model."""
    url: Annotated[Line, StringConstraints(pattern=r"^\S+$")] | None = None
    """Where the campaign leads, as it shall stand there."""
    sku: Line | None = None
    """The seller's number of the product."""
    audience: Line | None = None
    tone: Line | None = None
    """In free words."""
    channels: tuple[ChannelName, ...] = Field(default=(), max_length=20)
    language: Language = "en"
    """That the plan is made in, and the copy where no `languages` are named."""
    languages: tuple[Language, ...] = Field(default=(), max_length=10)
    """Every deliverable is written in each."""
    budget: Budget = Budget()

    @field_validator("brand_kit", mode="before")
    @classmethod
    def _kit_of_its_file(cls, kit: object, info: ValidationInfo[Context | None]) -> object:
        read = (info.context or {}).get(KIT)
        if not isinstance(kit, str) or read is None:
            return kit
        try:
            return read(kit)
        except BriefError as error:
            raise ValueError(error.message) from error

    @field_validator("brand")
    @classmethod
    def _brand_of_the_kit(cls, brand: str | None, info: ValidationInfo) -> str | None:
        kit = info.data.get("brand_kit")
        if kit is None:
            return brand
        if brand is not None and brand != kit.name:
            raise ValueError(f'it is "{brand}", and the brand kit is of "{kit.name}"')
        return kit.name

    @model_validator(mode="after")
    def _channels_once(self) -> Brief:
        if len(set(self.channels)) != len(self.channels):
            raise ValueError("each channel may be named once")
        if len(set(self.languages)) != len(self.languages):
            raise ValueError("each language may be named once")
        return self

    @property
    def copy_languages(self) -> tuple[str, ...]:
        """The languages that copy is wanted in, at least one."""
        return self.languages or (self.language,)

    @property
    def forbidden(self) -> tuple[str, ...]:
        """Words that neither plan nor copy may hold: the brief's and the kit's, competitors too."""
        kit = self.brand_kit
        return (*self.must_not_say, *((*kit.avoid, *kit.competitors) if kit else ()))

    def small_print(self, placement: str) -> str | None:
        """What is set beside the copy in a placement: the brief's disclaimer and the kit's."""
        kits = self.brand_kit.small_print(placement) if self.brand_kit else ()
        return "\n".join(dict.fromkeys(filter(None, (self.disclaimer, *kits)))) or None

    def text(self) -> str:
        """The brief as one paragraph: what a language model reads.

        `must_not_say` is not in it: a small model says what it reads. Nor are `disclaimer`, `url`
        and `sku`, which no model writes.
        """
        parts = [self.description]
        if self.product and self.product not in self.description:
            parts.append(f"Product: {self.product}.")
        if self.brand and self.brand not in self.description:
            parts.append(f"Brand: {self.brand}.")
        parts += [fact if fact.endswith(".") else f"{fact}." for fact in self.facts]
        if self.offer and (offer := self.offer.text()):
            parts.append(offer)
        parts += [f'Say: "{words}".' for words in self.must_say]
        if self.audience and self.audience not in self.description:
            parts.append(f"Audience: {self.audience}.")
        if self.tone:
            parts.append(f"Tone: {self.tone}.")
        if self.channels:
            names = ", ".join(name.translate(_AS_WORDS) for name in self.channels)
            parts.append(f"Channels: {names}.")
        return " ".join(parts)


class PlanDraft(Record):
    """What the planner's language model writes; the plan around it is made by rule.

    Lengths are bounded so that constrained decoding keeps even a small model from wandering.
    """

    key_message: Annotated[str, StringConstraints(min_length=1, max_length=160)]
    tone: Tone
    channels: tuple[TextKind, ...] = Field(min_length=1, max_length=5)
    visual: Annotated[str, StringConstraints(min_length=1, max_length=240)]
    """The visual concept in one caption-like line: the picture's prompt."""
    motion: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    """What moves in the clip: added to `visual` it is the clip's prompt."""


class SearchChoice(Record):
    """How the critic searches among samples, and with how many."""

    model_config = ConfigDict(allow_inf_nan=False)

    strategy: Strategy = "pruning"
    candidates: int = Field(default=1, ge=1, le=64)
    """Compute of one search in full samples: with 4 it may spend what four samples cost."""
    trade_off: float = Field(default=0.001, ge=0)
    """λ of the sequential strategy: z-score gain that one NFE must be expected to buy."""


class Deliverable(Record):
    """One piece of the campaign: the texts of a placement, with or without picture and clip."""

    id: Slug
    channel: ChannelName
    tone: Line
    language: Language = "en"
    parts: tuple[Part, ...] = PARTS
    """A deliverable of copy alone is judged against the picture of the plan's first one; where no
    deliverable has a picture, by its words alone."""

    @model_validator(mode="after")
    def _parts_in_order(self) -> Deliverable:
        if not self.parts or self.parts != PARTS[: len(self.parts)]:
            raise ValueError(
                "parts must be [copy], [copy, image] or [copy, image, clip]: "
                "a clip takes the image as its key frame"
            )
        return self


class CampaignPlan(Record):
    """What the planner decided. It can be saved, edited by hand, and run."""

    version: int = Field(default=1, ge=1, le=1)
    brief: Brief
    key_message: Line
    visual: Line
    motion: Line
    deliverables: tuple[Deliverable, ...] = Field(min_length=1, max_length=20)
    search: SearchChoice = SearchChoice()
    false_rejection_rate: float = Field(default=DEFAULT_FALSE_REJECTION_RATE, gt=0, lt=1)
    """The critic's thresholds reject this share of true pairs of the calibration set."""
    notes: tuple[Line, ...] = ()
    """Warnings that the planner wants read, such as a product outside the models' world."""

    @model_validator(mode="after")
    def _deliverables_fit(self) -> CampaignPlan:
        ids = [deliverable.id for deliverable in self.deliverables]
        if len(set(ids)) != len(ids):
            raise ValueError("two deliverables have the same id")
        pictured = ["image" in deliverable.parts for deliverable in self.deliverables]
        if any(pictured) and not pictured[0]:
            raise ValueError(
                "the first deliverable must have an image if any has one: the others are held to it"
            )
        return self


class AssetRef(Record):
    """A file in a run's store, named by the SHA-256 of its bytes."""

    digest: Digest
    media_type: str
    path: str
    """Relative to the run folder, with forward slashes."""
    size: int = Field(ge=0)


class Spend(Record):
    """What some work cost. Spends add up; peak memory takes the maximum."""

    seconds: float = 0.0
    nfe: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    peak_memory: int = 0
    """Bytes, of the process or of the accelerator."""

    def __add__(self, other: Spend) -> Spend:
        return Spend(
            seconds=self.seconds + other.seconds,
            nfe=self.nfe + other.nfe,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            cost=self.cost + other.cost,
            peak_memory=max(self.peak_memory, other.peak_memory),
        )


class ModelIdentity(Record):
    """Which weights did it: name and revision, or the hash of local weights."""

    name: str
    revision: str = ""


class PairScore(Record):
    """How well two parts agree by CLIP, and the threshold it was held against."""

    pair: Pair
    cosine: float
    loss: float
    """L_align = 1 - cosine (method, eq. 8)."""
    z: float | None = None
    """(cosine - μ) / σ against the null of unrelated copies, where it was measured."""
    threshold: float
    passed: bool


class Finding(Record):
    """Something in a text that the brief does not bear out, or that is no copy at all."""

    kind: FindingKind
    where: Literal["copy", "key_message", "visual", "motion"]
    words: str
    """The words concerned, as they stand in the text; what is missing where they do not."""
    reason: str
    """What is wrong and what to write instead, for people and for the next attempt."""
    instead: str = ""
    """What should stand there, if that is known."""


class Verdict(Record):
    """What the critic found for one deliverable, as data and in words."""

    deliverable: Slug
    status: Literal["passed", "failed", "unjudged"]
    scores: tuple[PairScore, ...] = ()
    weakest: Part | None = None
    """The part to make again; None if it passed or could not be judged."""
    missing: tuple[str, ...] = ()
    """Attributes that the weakest part does not show, in the words of the plan."""
    findings: tuple[Finding, ...] = ()
    """What in the copy the brief does not bear out; with any, nothing else was judged."""
    reason: str = ""
    latents: dict[Part, float] = Field(default={})
    """Cosine of the copy's own Z, through its CLIP head, with copy, picture and clip: told, not
    judged by."""


class Feedback(Record):
    """Why an earlier attempt at a part was refused; every later attempt is given all of them."""

    part: Part | Literal["plan"]
    attempt: int = Field(ge=1)
    reason: str
    missing: tuple[str, ...] = ()


class FieldText(Record):
    """One text of a placement."""

    field: Slug
    text: str


class Candidate(Record):
    """One attempt at one part of a deliverable, kept whatever became of it."""

    deliverable: Slug
    part: Part
    attempt: int = Field(ge=1)
    index: int = Field(default=0, ge=0)
    """Position within the attempt's batch."""
    asset: AssetRef
    copy_text: str | None = None
    """Of copy: all its texts, one below the other."""
    texts: tuple[FieldText, ...] = ()
    """Of copy: its texts by field, in the placement's order."""
    latents: AssetRef | None = None
    """Of copy: safetensors with one tensor `latents` (K, D); None where no local LLM is there."""
    prompt: str = ""
    seed: int = 0
    parents: tuple[Digest, ...] = ()
    """Digests of what it was made from: an image's copy; a clip's copy and key image."""
    score: float | None = None
    """What the search ranked it by; None if it was dropped before it was finished."""
    spend: Spend = Spend()
    model: ModelIdentity | None = None
    findings: tuple[Finding, ...] = ()
    """What in copy that a model wrote is not borne out by the brief: it cannot pass."""
    notes: tuple[str, ...] = ()


class Attempt(Record):
    """One judged version of a deliverable."""

    number: int = Field(ge=1)
    parts: dict[Part, Candidate]
    """What it is made of; never without copy."""
    verdict: Verdict

    @model_validator(mode="after")
    def _has_copy(self) -> Attempt:
        if "copy" not in self.parts:
            raise ValueError("an attempt has copy at least")
        return self


class DeliverableResult(Record):
    """What became of a deliverable: its best attempt, and all of them."""

    deliverable: Slug
    status: Literal["passed", "failed", "unjudged", "error"]
    best: Attempt | None = None
    attempts: tuple[Attempt, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    """All that the critic or a person said against its parts."""
    message: str = ""


class Kept(Record):
    """What a forked run takes over of one deliverable."""

    parts: dict[Part, Candidate] = Field(default={})


class Again(Record):
    """A person's wish to have one part of a deliverable made again."""

    deliverable: Slug
    part: Part
    reason: str = ""
    words: str = ""
    """Copy to take as it is; empty to have it written."""


class Creative(Record):
    """A finished creative: one file for one size of a placement."""

    placement: ChannelName
    format: Slug
    language: Language = "en"
    variant: Slug = "a"
    """Of several to be tried against each other."""
    layout: Slug
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    file: AssetRef
    design: AssetRef
    """What it was rendered from (`layout.json`): it can be edited and rendered again."""
    texts: dict[str, str] = Field(default_factory=dict[str, str])
    """What stands on it, by what it is for."""
    dropped: tuple[str, ...] = ()
    """Texts that there was no room for."""
    alt: str = ""
    """What it shows, for those who do not see it."""
    differs: str = ""
    """What sets this variant apart from the first."""
    from_photo: bool = False
    """Whether a picture that the brief brought is in it, rather than a generated one."""
    models: tuple[ModelIdentity, ...] = ()
    """Which made its picture and its words."""
    agreement: float | None = None
    """Cosine of the whole with the campaign's words, where the critic's encoder was asked."""


class CreativeSet(Record):
    """All creatives of a campaign, and what could not be made."""

    creatives: tuple[Creative, ...] = ()
    unmet: tuple[str, ...] = ()
    """What was wanted and is missing, each with its reason."""
