"""Checkpoints from elsewhere: read as a whole, and refused in words where they are not ours."""

import sqlite3
from contextlib import closing

import pytest

from triptych.errors import StoreError
from triptych.graph.serializer import checkpoint_serializer
from triptych.runs.checkpoints import open_checkpoints

ENDLESS = """DROP TABLE checkpoints;
CREATE VIEW checkpoints AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)
SELECT 'campaign' AS thread_id, '' AS checkpoint_ns, x AS checkpoint_id,
NULL AS parent_checkpoint_id, 'msgpack' AS type, x'80' AS checkpoint, '{}' AS metadata FROM n"""
GENERATED = """DROP TABLE checkpoints; CREATE TABLE checkpoints (thread_id, checkpoint_ns,
checkpoint_id, parent_checkpoint_id, type, checkpoint AS (zeroblob(100000000)), metadata)"""
TRIGGER = "CREATE TRIGGER t AFTER INSERT ON writes BEGIN DELETE FROM checkpoints; END"


@pytest.fixture
def run(run_folder):
    return run_folder


def change(run, script, given=None):
    with closing(sqlite3.connect(run / "checkpoint.sqlite")) as there:
        there.executescript(script) if given is None else there.execute(script, given)
        there.commit()


def opened(run):
    with open_checkpoints(run):
        return True


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (ENDLESS, "the view “checkpoints”"),
        (GENERATED, "the table “checkpoints”"),
        (TRIGGER, "the trigger “t”"),
        ("CREATE TABLE more (x)", "the table “more”"),
        ("CREATE INDEX i ON checkpoints (hex(checkpoint))", "the index “i”"),
        ("DROP TABLE writes; CREATE VIRTUAL TABLE writes USING fts5(x)", "which is not ours"),
        ("ALTER TABLE checkpoints RENAME COLUMN metadata TO other", "no such column"),
        ("UPDATE checkpoints SET thread_id = CAST(x'b2' AS TEXT)", "is damaged"),
    ],
)
def test_a_database_of_another_shape_is_refused(run, script, said):
    assert opened(run)
    change(run, script)
    with pytest.raises(StoreError, match=said):
        opened(run)


@pytest.mark.parametrize("asked", [None, "x", [7], [{"value": {"what": "plan"}}]])
def test_a_question_that_is_none_is_damage(run, asked):
    kind, value = checkpoint_serializer().dumps_typed(asked)
    (key,) = _rows(run, "SELECT thread_id, checkpoint_ns, checkpoint_id FROM checkpoints LIMIT 1")
    change(
        run,
        "INSERT INTO writes VALUES (?, ?, ?, 'task', '', -3, '__interrupt__', ?, ?)",
        (*key, kind, value),
    )
    with pytest.raises(StoreError, match="is damaged"):
        opened(run)


@pytest.mark.parametrize(
    ("key", "value"), [("id", None), ("id", "no number"), ("channel_versions", {"plan": {}})]
)
def test_a_checkpoint_that_the_graph_cannot_work_with_is_damage(run, key, value):
    serializer = checkpoint_serializer()
    query = "SELECT rowid, type, checkpoint FROM checkpoints ORDER BY checkpoint_id DESC LIMIT 1"
    ((row, *stored),) = _rows(run, query)
    content = serializer.loads_typed(tuple(stored))
    content = {name: one for name, one in content.items() if name != key}
    if value is not None:
        content[key] = value
    _, data = serializer.dumps_typed(content)
    change(run, "UPDATE checkpoints SET checkpoint = ? WHERE rowid = ?", (data, row))
    with pytest.raises(StoreError, match="is damaged"):
        opened(run)


def _rows(run, query):
    with closing(sqlite3.connect(run / "checkpoint.sqlite")) as there:
        return there.execute(query).fetchall()
