"""What a placement is: a place where a campaign is published, and what it takes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from triptych.channels.counting import Counting
from triptych.domain import Line, Record, Slug, TextKind

ROOMY: tuple[TextKind, ...] = ("body", "social_post")
"""Texts with room for all that a campaign has to say."""


class Source(Record):
    """Where a figure was read."""

    about: Line
    """Which figures it gives."""
    page: Line
    """The document and where in it; no address that may move."""
    read: date
    primary: bool
    """Whether it is the platform's own word; else it is second-hand, and worth checking."""


class TextField(Record):
    """One text of a placement."""

    name: Slug
    writes: TextKind
    limit: int | None = Field(default=None, ge=1, le=50_000)
    """Most characters, as the platform counts them; None where it sets no limit."""
    shown: int | None = Field(default=None, ge=1)
    """Characters that are seen before the text is folded away."""
    least: int = Field(default=1, ge=0)
    """How many texts of this field are wanted at least; 0 where the field may be left out."""
    most: int = Field(default=1, ge=1)
    short: int | None = Field(default=None, ge=1)
    """Of several texts, one may be no longer than this."""
    given: Literal["brand", "link", "disclaimer"] | None = None
    """What the brief gives word for word, so that no model writes it."""

    @model_validator(mode="after")
    def _in_order(self) -> TextField:
        if self.least > self.most:
            raise ValueError(f"{self.name}: at least {self.least} and at most {self.most}")
        if self.limit and self.shown and self.shown > self.limit:
            raise ValueError(f"{self.name}: {self.shown} shown, but {self.limit} allowed")
        return self


class SafeZone(Record):
    """What a platform's own buttons and texts cover, as shares of the picture's sides."""

    top: float = Field(default=0, ge=0, lt=1)
    right: float = Field(default=0, ge=0, lt=1)
    bottom: float = Field(default=0, ge=0, lt=1)
    left: float = Field(default=0, ge=0, lt=1)

    @model_validator(mode="after")
    def _leaves_room(self) -> SafeZone:
        if self.top + self.bottom >= 1 or self.left + self.right >= 1:
            raise ValueError("a safe zone that covers everything")
        return self


class Format(Record):
    """One size of picture or film that a placement takes."""

    name: Slug
    media: Literal["image", "clip", "logo"]
    width: int = Field(ge=16, le=8192)
    height: int = Field(ge=16, le=8192)
    required: bool = False
    kilobytes: int | None = Field(default=None, ge=1)
    """Most kilobytes (1,000 bytes) of a file."""
    types: tuple[Literal["jpg", "png", "gif", "webp", "mp4", "mov"], ...] = ()
    seconds: tuple[float, float] | None = None
    """Shortest and longest film."""
    safe: SafeZone = SafeZone()
    sound: bool | None = None
    """Whether a film needs sound (true) or may not begin with it (false)."""

    @model_validator(mode="after")
    def _film_alone_lasts(self) -> Format:
        if self.media != "clip" and (self.seconds is not None or self.sound is not None):
            raise ValueError(f"{self.name}: only a clip has seconds and sound")
        if self.seconds is not None and not 0 <= self.seconds[0] <= self.seconds[1]:
            raise ValueError(f"{self.name}: seconds are shortest and longest")
        return self


class Placement(Record):
    """A place to publish."""

    name: Slug
    title: Line
    platform: Line
    aliases: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9 _&+-]*$")], ...] = ()
    """Other names, in lower case."""
    fields: tuple[TextField, ...] = Field(min_length=1)
    counting: Counting = "characters"
    formats: tuple[Format, ...] = ()
    sources: tuple[Source, ...] = ()
    notes: tuple[Line, ...] = ()

    @model_validator(mode="after")
    def _names_once(self) -> Placement:
        for what, names in (
            ("field", [one.name for one in self.fields]),
            ("format", [one.name for one in self.formats]),
        ):
            if twice := {name for name in names if names.count(name) > 1}:
                raise ValueError(f"two {what}s are called {min(twice)}")
        if not any(one.given is None for one in self.fields):
            raise ValueError("at least one field must be written")
        has_figures = any(one.limit or one.shown for one in self.fields) or self.formats
        if has_figures and not self.sources:
            raise ValueError("limits and sizes need a source")
        return self

    @property
    def written(self) -> tuple[TextField, ...]:
        """The fields that a model writes."""
        return tuple(one for one in self.fields if one.given is None)

    @property
    def roomy(self) -> bool:
        """Whether one of its texts has room for all that a campaign has to say."""
        return any(one.writes in ROOMY for one in self.written)
