"""Checkpoints in the run folder: SQLite, and only our own types may come back out of it."""

from __future__ import annotations

import os

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")  # read when langgraph is imported

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from triptych import domain
from triptych.domain import Record
from triptych.errors import StoreError
from triptych.graph import state

FILE = "checkpoint.sqlite"


def own_types() -> list[tuple[str, ...]]:
    """Module and name of every type that a checkpoint may hold."""
    return [
        (module.__name__, name)
        for module in (domain, state)
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, Record)
        and value.__module__ == module.__name__
    ]


def serializer() -> JsonPlusSerializer:
    """A serialiser that restores domain records and nothing else of anyone's code."""
    return JsonPlusSerializer(allowed_msgpack_modules=own_types())


@contextmanager
def checkpointer(folder: Path) -> Iterator[SqliteSaver]:
    """The run's checkpoints, all of which can be read.

    Raises `StoreError` if the file is no database of ours, or damaged, or cannot be written.
    """
    connection = None
    try:
        connection = sqlite3.connect(folder / FILE, check_same_thread=False)
        saver = SqliteSaver(connection, serde=serializer())
        saver.setup()
        _check(saver, folder)
        yield saver
    except sqlite3.OperationalError as error:
        raise StoreError(
            f"The checkpoint {folder / FILE} cannot be written: {error}.",
            "Free some space or see that no other program uses it, then `triptych resume` the run.",
        ) from error
    except sqlite3.DatabaseError as error:
        raise _damaged(folder, error) from error
    finally:
        if connection is not None:
            connection.close()


def _check(saver: SqliteSaver, folder: Path) -> None:
    """Read everything once: met later, damage would look like the fault of one deliverable."""
    (found,) = saver.conn.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise _damaged(folder, found)
    try:
        for _ in saver.list(None):
            pass
    except (ValueError, TypeError, KeyError, AttributeError) as error:  # of msgpack and pydantic
        raise _damaged(folder, f"{type(error).__name__}: {error}") from error


def _damaged(folder: Path, why: object) -> StoreError:
    return StoreError(
        f"The checkpoint {folder / FILE} is damaged: {why}.",
        f"Delete it, then `triptych resume {folder}`: finished assets are found again.",
    )
