import contextvars
import json
import re
import threading
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triptych.domain import EventKind, Spend, TraceEvent
from triptych.errors import StoreError
from triptych.tracing.events import VERSION, Tracer, encode, read_trace


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run" / "trace.jsonl"


@pytest.fixture
def tracer(path):
    tracer = Tracer(path, "run")
    yield tracer
    tracer.close()


def test_nested_spans_find_their_parents(tracer, path):
    with tracer.span("workflow", "campaign") as outer:
        with tracer.span("agent", "text", seed=7) as inner:
            tracer.note("retry", "text", message="busy")
            inner.spend = Spend(tokens_out=5)
        outer.outputs = {"results": {}}
    retry, agent, workflow = read_trace(path)
    assert (retry.parent, agent.parent, workflow.parent) == (agent.id, workflow.id, None)
    assert agent.seed == 7
    assert agent.spend.tokens_out == 5
    assert workflow.started <= agent.started <= agent.ended <= workflow.ended


def test_every_line_names_the_version(tracer, path):
    tracer.note("resume", "campaign")
    assert json.loads(path.read_text())["version"] == 1


def test_an_error_and_a_stop_are_told_apart(tracer, path):
    with pytest.raises(ZeroDivisionError), tracer.span("agent", "image"):
        _ = 1 / 0
    with pytest.raises(KeyboardInterrupt), tracer.span("agent", "image"):
        raise KeyboardInterrupt
    failed, stopped = read_trace(path)
    assert (failed.status, failed.message) == ("error", "ZeroDivisionError: division by zero")
    assert stopped.status == "interrupted"


def test_a_status_may_be_said_by_hand(tracer, path):
    with tracer.span("workflow", "campaign") as span:
        span.status = "interrupted"
    assert read_trace(path)[0].status == "interrupted"


def test_a_torn_last_line_is_left_out_and_not_glued_to(tracer, path):
    tracer.note("tool", "one")
    with open(path, "ab") as file:
        file.write(b'{"version": 1, "run": "run", "id": "half')
    with_more = Tracer(path, "run")
    with_more.note("tool", "two")
    with_more.note("tool", "three")
    with_more.close()
    assert [event.name for event in read_trace(path)] == ["one", "two", "three"]
    assert b"\n\n" not in path.read_bytes()


def test_a_full_disk_is_an_error_for_people(path):
    class Full:
        def write(self, data):
            raise OSError(28, "No space left on device")

        def close(self):
            pass

    tracer = Tracer(path, "run")
    tracer._file.close()
    tracer._file = Full()
    with pytest.raises(StoreError, match="No space left"):
        tracer.note("tool", "one")


def test_threads_write_whole_lines(tracer, path):
    def work(number):
        for count in range(50):
            tracer.note("tool", f"{number}-{count}", message="x" * 3000)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({event.name for event in read_trace(path)}) == 200


def test_a_span_held_open_by_a_generator_may_end_in_another_context(tracer, path):
    def work():
        with tracer.span("workflow", "campaign"):
            yield

    running = work()
    contextvars.copy_context().run(next, running)
    contextvars.copy_context().run(running.close)
    assert read_trace(path)[0].status == "interrupted"


def test_a_listener_that_fails_ends_nothing(tracer, path, caplog):
    heard = []

    def broken(event):
        raise RuntimeError("broken")

    tracer.listen(broken)
    tracer.listen(heard.append)
    tracer.note("tool", "one")
    tracer.note("tool", "two")
    assert [event.name for event in heard] == ["one", "two"]
    assert caplog.text.count("hears no more") == 1


def test_what_json_lacks_is_still_written(tracer, path):
    tracer.note("verdict", "critic", outputs={"cosine": float("nan"), "at": path})
    assert "NaN" not in path.read_text()
    assert read_trace(path)[0].outputs == {"cosine": None, "at": str(path)}


def test_a_newer_trace_is_refused_not_misread(path):
    path.parent.mkdir()
    path.write_text('{"version": 2, "run": "run"}\n')
    with pytest.raises(StoreError, match="newer version"):
        read_trace(path)


def test_the_schema_in_the_docs_is_the_one_that_is_written():
    text = (Path(__file__).parents[2] / "docs" / "tracing.md").read_text(encoding="utf-8")
    fields, _, kinds = text.partition("### Kinds")
    rows = [line.split("|")[1] for line in fields.splitlines() if line.startswith("| `")]
    assert set(re.findall("`(\\w+)`", "".join(rows))) == set(TraceEvent.model_fields)
    assert f"of this schema: **{VERSION}**" in fields
    for name in Spend.model_fields:
        assert f"`{name}`" in fields
    rows = [line.split("|")[1] for line in kinds.splitlines() if line.startswith("| `")]
    told = [name for row in rows for name in re.findall("`(\\w+)`", row)]
    assert {*told} >= set(get_args(EventKind))


def test_no_trace_is_an_error_for_people(tmp_path):
    with pytest.raises(StoreError, match="no trace"):
        read_trace(tmp_path / "trace.jsonl")


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(name=TEXT, message=TEXT, inputs=st.dictionaries(TEXT, TEXT | st.integers(), max_size=4))
@settings(max_examples=60)
def test_any_text_comes_back_as_it_was(tmp_path_factory, name, message, inputs):
    event = TraceEvent(
        run="r", id="a", kind="tool", name=name, started=1, ended=2, message=message, inputs=inputs
    )
    line = encode(event)
    assert line.isascii()
    assert line.count(b"\n") == 1
    path = tmp_path_factory.mktemp("trace") / "trace.jsonl"
    path.write_bytes(line)
    assert read_trace(path) == [event]


def test_a_megabyte_in_one_event_comes_back(tracer, path):
    text = "<script>\u202e\x1b[31m" * 80_000
    tracer.note("tool", "brief", inputs={"brief": text})
    assert read_trace(path)[0].inputs == {"brief": text}


def test_a_lone_surrogate_does_not_end_a_run(tracer, path):
    tracer.note("tool", "name", outputs={"file": "\udcff.png"})
    tracer.note("tool", "next")
    assert [event.name for event in read_trace(path)][-1] == "next"
