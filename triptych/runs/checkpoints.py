"""Checkpoints in the run folder: SQLite, and only our own types may come back out of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import get_type_hints

from langgraph.checkpoint.sqlite import SqliteSaver
from pydantic import TypeAdapter

from triptych.errors import StoreError
from triptych.graph.serializer import checkpoint_serializer
from triptych.graph.state import CampaignState, DeliverableState
from triptych.run_files import check_database
from triptych.run_folder import CHECKPOINTS

_PARTS = ("channel_values", "channel_versions", "versions_seen")
"""What every checkpoint holds, as mappings."""
_MAPPINGS = TypeAdapter(list[dict[str, object]])


@contextmanager
def open_checkpoints(folder: Path) -> Generator[SqliteSaver]:
    """The run's checkpoints, all of which can be read.

    Raises `StoreError` if the file is no database of ours, or damaged, a link, or cannot be
    written.
    """
    connection = None
    try:
        path = check_database(folder, CHECKPOINTS)
        connection = sqlite3.connect(path, check_same_thread=False)
        connection.execute("PRAGMA trusted_schema = OFF")  # it may come from elsewhere
        saver = SqliteSaver(connection, serde=checkpoint_serializer())
        saver.setup()
        _check(saver, folder)
        yield saver
    except sqlite3.OperationalError as error:
        raise StoreError(
            f"The checkpoint {folder / CHECKPOINTS} cannot be written: {error}.",
            "Free some space or see that no other program uses it, then `triptych resume` the run.",
        ) from error
    except sqlite3.DatabaseError as error:
        raise _damaged(folder, error) from error
    finally:
        if connection is not None:
            connection.close()


def _check(saver: SqliteSaver, folder: Path) -> None:
    """Read everything once: met later, damage would look like the fault of one deliverable."""
    (finding,) = saver.conn.execute("PRAGMA quick_check(1)").fetchone()
    if finding != "ok":
        raise _damaged(folder, finding)
    try:
        for entry in saver.list(None):
            _MAPPINGS.validate_python([entry.checkpoint.get(part) for part in _PARTS])
            _check_values(entry.checkpoint["channel_values"].items())
            _check_values((name, value) for _, name, value in entry.pending_writes or ())
    except sqlite3.Error:
        raise
    except Exception as error:  # whatever msgpack, pydantic and LangGraph trip over
        raise _damaged(folder, f"{type(error).__name__}: {error}") from error


def _check_values(values: Iterable[tuple[str, object]]) -> None:
    """Raise `ValidationError` if a value of our state is not what the graph works with."""
    types = _types()
    for name, value in values:
        if name in types:
            types[name].validate_python(value)


@cache
def _types() -> dict[str, TypeAdapter[object]]:
    hints = get_type_hints(DeliverableState) | get_type_hints(CampaignState)
    return {name: TypeAdapter(hint) for name, hint in hints.items()}


def _damaged(folder: Path, why: object) -> StoreError:
    return StoreError(
        f"The checkpoint {folder / CHECKPOINTS} is damaged: {why}.",
        f"Delete it, then `triptych resume {folder}`: finished assets are found again.",
    )
