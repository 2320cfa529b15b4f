"""Records that callers write in Python: what is wrong with one is an error of ours, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import ValidationError

from triptych.briefs.check import refused
from triptych.domain import Record


class CallerRecord(Record):
    """Base of what a caller asks for.

    Raises:
        BriefError: when it is made, naming every field that is none or cannot be what is given.
    """

    called: ClassVar[str] = "what is asked"
    """What it is called in messages."""

    if not TYPE_CHECKING:  # type checkers read the fields themselves

        def __init__(self, **fields: object) -> None:
            try:
                super().__init__(**fields)
            except ValidationError as error:
                raise refused(type(self), error, self.called) from error
