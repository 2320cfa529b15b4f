"""Checkpoints in the run folder: SQLite, and only our own types may come back out of it."""

# LangGraph leaves types of its own open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import cast, get_type_hints

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.serde.types import INTERRUPT
from langgraph.types import Interrupt
from pydantic import BaseModel, TypeAdapter

from triptych.errors import StoreError
from triptych.graph.build import build_graph
from triptych.graph.person import read_question
from triptych.graph.serializer import checkpoint_serializer
from triptych.graph.state import CampaignState, DeliverableState
from triptych.run_files import check_database
from triptych.run_folder import CHECKPOINTS
from triptych.runs.saver import Saver
from triptych.safe_text import visible

THREAD: RunnableConfig = {"configurable": {"thread_id": "campaign"}}
"""Under which a run's graph keeps its state."""
_TABLES = ("checkpoints", "writes")
_Versions = dict[str, str | int | float]


class _Whole(BaseModel):
    """What every checkpoint holds."""

    channel_values: dict[str, object]
    channel_versions: _Versions
    versions_seen: dict[str, _Versions]


@contextmanager
def open_checkpoints(folder: Path) -> Generator[Saver]:
    """The run's checkpoints, all of which can be read.

    Raises `StoreError` if the file is no database of ours, or damaged, a link, or cannot be
    written.
    """
    connection = None
    try:
        path = check_database(folder, CHECKPOINTS)
        connection = sqlite3.connect(path, check_same_thread=False)
        yield _checked(connection, folder)
    except sqlite3.OperationalError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)  # Python's own has none
        if code == sqlite3.SQLITE_ERROR:  # no such column, text that is no UTF-8
            raise _damaged(folder, error) from error
        raise StoreError(
            f"The checkpoint {folder / CHECKPOINTS} cannot be written: {error}.",
            "Free some space or see that no other program uses it, then `triptych resume` the run.",
        ) from error
    except sqlite3.DatabaseError as error:
        raise _damaged(folder, error) from error
    finally:
        if connection is not None:
            connection.close()


def _checked(connection: sqlite3.Connection, folder: Path) -> Saver:
    """The checkpoints, read once as a whole: damage met later would look like a step's fault."""
    try:
        connection.execute("PRAGMA trusted_schema = OFF")  # it may come from elsewhere
        _check_tables(connection)
        saver = Saver(connection, serde=checkpoint_serializer())
        saver.setup()
        (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if finding != "ok":
            raise ValueError(finding)
        for entry in saver.list(None):
            _Whole.model_validate(entry.checkpoint)
            _check_values(entry.checkpoint["channel_values"].items())
            _check_values((name, value) for _, name, value in entry.pending_writes or ())
        graph = build_graph().compile(checkpointer=saver)  # pyright: ignore[reportUnknownMemberType]
        for interrupt in graph.get_state(THREAD).interrupts:  # ids, versions, tasks, questions
            read_question(interrupt.value)
    except sqlite3.Error:
        raise
    except Exception as error:  # whatever msgpack, pydantic, SQLite and LangGraph trip over
        raise _damaged(folder, f"{type(error).__name__}: {error}") from error
    return saver


def _check_tables(connection: sqlite3.Connection) -> None:
    """Raise `ValueError` unless a database holds nothing but the checkpointer's plain tables.

    A view in the place of a table may have no end, a generated column no size, and a trigger would
    change what is written.
    """
    schema = connection.execute("SELECT type, name, sql FROM sqlite_schema").fetchall()
    for kind, name, sql in schema:
        if kind == "index" and sql is None:  # of a table's primary key
            continue
        plain = kind == "table" and name in _TABLES and str(sql).upper().startswith("CREATE TABLE")
        columns = connection.execute("SELECT hidden FROM pragma_table_xinfo(?)", (name,))
        if not plain or any(hidden for (hidden,) in columns):
            raise ValueError(f"it holds the {kind} “{visible(str(name))}”, which is not ours")


def _check_values(values: Iterable[tuple[str, object]]) -> None:
    """Raise an error if a value of our state, or a question, is not what the graph works with."""
    types = _types()
    for name, value in values:
        if name in types:
            types[name].validate_python(value)
        elif name == INTERRUPT:
            for asked in cast("Iterable[Interrupt]", value):
                read_question(asked.value)


@cache
def _types() -> dict[str, TypeAdapter[object]]:
    hints = get_type_hints(DeliverableState) | get_type_hints(CampaignState)
    return {name: TypeAdapter(hint) for name, hint in hints.items()}


def _damaged(folder: Path, why: object) -> StoreError:
    return StoreError(
        f"The checkpoint {folder / CHECKPOINTS} is damaged: {why}.",
        f"Delete it, then `triptych resume {folder}`: finished assets are found again.",
    )
