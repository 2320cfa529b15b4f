"""Checkpoints spoilt from within: SQLite still opens them, and rows and schema are absurd."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from random import Random
from typing import Any

import ormsgpack

from benchmarks.torture.mutations import cut, flip
from benchmarks.torture.structures import hostile_value, rebuilt

_COLUMNS = {
    "checkpoints": ("thread_id", "checkpoint_ns", "checkpoint_id", "parent_checkpoint_id", "type",
                    "checkpoint", "metadata"),
    "writes": ("thread_id", "checkpoint_ns", "checkpoint_id", "task_id", "task_path", "idx",
               "channel", "type", "value"),
}  # fmt: skip
_BLOBS = (("checkpoints", "checkpoint"), ("writes", "value"), ("checkpoints", "metadata"))
_TYPES = ("json", "msgpack", "bytes", "bytearray", "null", "pickle", "", "x" * 1000, None, 7, b"m")
_ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
_SCHEMAS = (
    "DROP TABLE writes",
    "DROP TABLE checkpoints",
    "DELETE FROM checkpoints",
    "DELETE FROM writes",
    "ALTER TABLE checkpoints RENAME COLUMN metadata TO other",
    "ALTER TABLE writes ADD COLUMN more TEXT DEFAULT 'x'",
    "ALTER TABLE checkpoints RENAME TO old; CREATE VIEW checkpoints AS SELECT * FROM old",
    f"DROP TABLE checkpoints; CREATE VIEW checkpoints AS {_ENDLESS} SELECT 'campaign' AS thread_id,"
    " '' AS checkpoint_ns, x AS checkpoint_id, NULL AS parent_checkpoint_id, 'msgpack' AS type,"
    " zeroblob(9) AS checkpoint, '{}' AS metadata FROM n",
    "ALTER TABLE writes RENAME TO old; CREATE VIEW writes AS SELECT a.* FROM old a, old b, old c,"
    " old d, old e, old f",
    "CREATE TRIGGER t AFTER INSERT ON checkpoints BEGIN DELETE FROM checkpoints; END",
    "CREATE TRIGGER t BEFORE INSERT ON writes BEGIN SELECT RAISE(ABORT, 'no'); END",
    "CREATE TABLE more (x)",
    "CREATE INDEX i ON checkpoints (hex(checkpoint))",
    "DROP TABLE writes; CREATE TABLE writes (x)",
    "DROP TABLE checkpoints; CREATE TABLE checkpoints (thread_id, checkpoint_ns, checkpoint_id,"
    " parent_checkpoint_id, type, checkpoint AS (zeroblob(100000000)), metadata)",
    "DROP TABLE writes; CREATE VIRTUAL TABLE writes USING fts5(x)",
    "PRAGMA user_version = 99",
    "PRAGMA application_id = 7",
    "UPDATE checkpoints SET checkpoint = zeroblob(3000000)",
    "UPDATE writes SET idx = idx + 9223372036854775000",
    "UPDATE writes SET channel = char(0)",
    "UPDATE writes SET task_id = 'x'",
    "UPDATE checkpoints SET parent_checkpoint_id = checkpoint_id",
    "UPDATE checkpoints SET checkpoint_id = 'ffff' WHERE rowid = 1",
    "UPDATE checkpoints SET checkpoint_id = CAST(checkpoint_id AS BLOB)",
    "UPDATE checkpoints SET metadata = '[' || metadata",
    "INSERT INTO writes SELECT thread_id, checkpoint_ns, checkpoint_id, 'y', task_path, idx,"
    " channel, type, value FROM writes",
)


def spoilt_database(random: Random, good: Sequence[bytes]) -> bytes:
    """A database with one to three changes of its rows, its schema, or its very bytes."""
    data = random.choice(good)
    if random.random() < 0.25:
        return random.choice((flip, flip, cut))(random, data)
    with closing(sqlite3.connect(":memory:")) as there:
        there.deserialize(data)
        changes = random.choices(
            (_cell, _blob, _blob, _value, _value, _value), k=random.randint(1, 3)
        )
        if random.random() < 0.15:
            changes.append(_schema)  # last: some of these tables have no end
        for change in changes:
            with suppress(sqlite3.Error, UnicodeError):
                change(random, there)
        with suppress(sqlite3.Error):
            there.commit()
        data = there.serialize()
    return flip(random, data) if random.random() < 0.1 else data


def _cell(random: Random, there: sqlite3.Connection) -> None:
    """A cell of another type."""
    table = random.choice(tuple(_COLUMNS))
    column = random.choice(_COLUMNS[table])
    new = random.choice(_TYPES) if column == "type" else hostile_value(random)
    if isinstance(new, list | dict):
        new = str(new).encode("utf-8", "replace")[:100_000]
    if isinstance(new, int) and abs(new) >= 2**63:
        new = float(min(new, 10**300))
    there.execute(f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {_some(random)}", (new,))


def _blob(random: Random, there: sqlite3.Connection) -> None:
    """A stored value whose bytes are flipped or cut."""
    table, column, rowid, old = _picked(random, there)
    data = old if isinstance(old, bytes) else str(old).encode("utf-8", "replace")
    new: Any = random.choice((flip, flip, cut))(random, data)
    if isinstance(old, str):
        new = new.decode("utf-8", "replace")
    there.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (new, rowid))


def _value(random: Random, there: sqlite3.Connection) -> None:
    """A stored value that is well-formed, and says something absurd."""
    table, column, rowid, old = _picked(random, there)
    if not isinstance(old, bytes):
        return
    try:
        tree = _tree(old)
    except ValueError:
        return
    with suppress(TypeError, ValueError, OverflowError):
        new = _packed(rebuilt(random, tree))
        there.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (new, rowid))


def _schema(random: Random, there: sqlite3.Connection) -> None:
    there.executescript(random.choice(_SCHEMAS))


def _picked(random: Random, there: sqlite3.Connection) -> tuple[str, str, int, Any]:
    table, column = random.choice(_BLOBS)
    rows = there.execute(f"SELECT rowid, {column} FROM {table}").fetchall()
    if not rows:
        raise sqlite3.DataError("no rows")
    return table, column, *random.choice(rows)


def _some(random: Random) -> str:
    return random.choice(("1", "rowid % 2", f"rowid = {random.randint(1, 9)}"))


_EXTENSION = "an extension of msgpack"


def _tree(data: bytes) -> Any:
    """Msgpack as lists and mappings; LangGraph's extensions, which name a class, as mappings."""
    return ormsgpack.unpackb(
        data,
        ext_hook=lambda code, inner: {_EXTENSION: code, "holds": _tree(bytes(inner))},
        option=ormsgpack.OPT_NON_STR_KEYS,
    )


def _packed(value: Any) -> bytes:
    return ormsgpack.packb(_extended(value), option=ormsgpack.OPT_NON_STR_KEYS)


def _extended(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {_EXTENSION, "holds"} and isinstance(value[_EXTENSION], int):
            return ormsgpack.Ext(value[_EXTENSION], _packed(value["holds"]))
        return {key: _extended(inner) for key, inner in value.items()}
    return [_extended(inner) for inner in value] if isinstance(value, list) else value
