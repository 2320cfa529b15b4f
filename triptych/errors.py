"""The one family of exceptions that Triptych raises on purpose."""

from __future__ import annotations

from collections.abc import Iterable


class TriptychError(Exception):
    """Something a person can mend: a message that says what and where, and a hint what to do.

    Library exceptions are translated into this at the border where they enter, so that the
    command line never shows a traceback for bad input.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class BriefError(TriptychError):
    """The brief or plan cannot be used as it is."""


class ChannelError(TriptychError):
    """A placement is not in the catalogue, or a file of the catalogue is wrong."""


class CreativeError(TriptychError):
    """A creative cannot be made of what is there: a font, logo, layout or size that does not do."""


class CaseError(TriptychError):
    """A case folder breaks the documented format."""


class ProfileError(TriptychError):
    """A profile names something that does not exist or does not fit together."""


class ModelError(TriptychError):
    """A model could not be loaded, or answered something unusable."""

    cost: float = 0.0
    """US dollars that were paid for it all the same."""


class NoAnswerError(ModelError):
    """A service stayed silent: it may have done the work all the same."""


class BudgetError(TriptychError):
    """The work asked for does not fit the budget given."""


class StoreError(TriptychError):
    """An asset or run folder is missing, corrupt or cannot be written."""


def did_you_mean(said: str, known: Iterable[str]) -> str:
    """The name most like what was said, as the beginning of a hint; empty if none is like it."""
    from difflib import get_close_matches

    near = get_close_matches(said[:100], known, 1, 0.6)
    return f"Did you mean {near[0]}? " if near else ""
