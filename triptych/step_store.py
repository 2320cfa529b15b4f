"""What a step makes: found again by the next session whole, or made again; nothing in between.

A step's files are held in memory until all are there. Then its note is written, which names them,
and after it the files: the last of them finishes the step, and there is no moment at which its
work lies on disk and is not found.
"""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from triptych.domain import AssetRef, Record, Spend
from triptych.store import Store, ref_of

Made = TypeVar("Made", bound=BaseModel)


class StepNote(Record):
    """What a step made, under a key of its inputs. It counts once all its files are whole."""

    made: JsonValue
    spend: Spend = Spend()
    files: tuple[AssetRef, ...] = ()


class StepStore(Store):
    """A run's store as one step sees it: reads all of it, and holds back what it puts.

    Args:
        store: the run's.
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store.folder)
        self._held: dict[AssetRef, bytes] = {}

    def put(self, data: bytes, media_type: str) -> AssetRef:
        """Hold bytes until `keep`."""
        ref = ref_of(data, media_type)
        self._held[ref] = data
        return ref

    def get(self, ref: AssetRef) -> bytes:
        """As of `Store`, what is held included."""
        held = self._held.get(ref)
        return super().get(ref) if held is None else held

    def keep(self, key: str, made: BaseModel, spend: Spend = Spend()) -> None:  # noqa: B008
        """Write the note, then all that was held. Raises `StoreError` if the disk does not take it.

        Args:
            key: of the step's inputs.
            made: by the step; what it names is held, or stored already.
            spend: what that cost.
        """
        held, self._held = self._held, {}
        note = StepNote(made=made.model_dump(mode="json"), spend=spend, files=tuple(held))
        self.remember(key, note.model_dump(mode="json"))
        for ref, data in held.items():
            super().put(data, ref.media_type)


def find_made(store: Store, key: str, model_type: type[Made]) -> tuple[Made, Spend] | None:
    """What a step made and what that cost, if it and all its files are whole; else None."""
    try:
        note = StepNote.model_validate(store.recall(key))
        made = model_type.model_validate(note.made)
    except ValidationError:  # nothing was remembered, or the note of it is damaged
        return None
    return (made, note.spend) if all(store.holds(ref) for ref in note.files) else None
