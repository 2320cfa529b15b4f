import contextvars
import json
import math
import re
import threading
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triptych.domain import PairScore, Spend, Verdict
from triptych.errors import StoreError
from triptych.tracing.event import VERSION, Event, EventKind
from triptych.tracing.events import Tracer, encode, json_of, read_trace
from triptych.tracing.records import RetryEvent, VerdictEvent, VerdictInputs
from triptych.tracing.work import (
    PartInputs,
    PartStep,
    SessionResumed,
    WorkflowEvent,
    WorkflowInputs,
)

ASKED = PartInputs(deliverable="body", attempt=1, plan="c" * 64)


def step(name="image", **fields):
    return PartStep(name=name, inputs=ASKED, **fields)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run" / "trace.jsonl"


@pytest.fixture
def tracer(path):
    tracer = Tracer(path, "run")
    yield tracer
    tracer.close()


def test_nested_spans_find_their_parents(tracer, path):
    with tracer.span(WorkflowEvent()), tracer.span(step("copy", seed=7)) as inner:
        tracer.note(RetryEvent(name="copy", message="busy"))
        inner.spend = Spend(tokens_out=5)
    retry, agent, workflow = read_trace(path)
    assert (retry.parent, agent.parent, workflow.parent) == (agent.id, workflow.id, None)
    assert agent.seed == 7
    assert agent.spend.tokens_out == 5
    assert workflow.started <= agent.started <= agent.ended <= workflow.ended


def test_every_line_names_the_version(tracer, path):
    tracer.note(SessionResumed())
    assert json.loads(path.read_text())["version"] == VERSION


def test_an_error_and_a_stop_are_told_apart(tracer, path):
    with pytest.raises(ZeroDivisionError), tracer.span(step()):
        _ = 1 / 0
    with pytest.raises(KeyboardInterrupt), tracer.span(step()):
        raise KeyboardInterrupt
    failed, stopped = read_trace(path)
    assert (failed.status, failed.message) == ("error", "ZeroDivisionError: division by zero")
    assert stopped.status == "interrupted"


def test_a_status_may_be_said_by_hand(tracer, path):
    with tracer.span(WorkflowEvent()) as span:
        span.status = "interrupted"
    assert read_trace(path)[0].status == "interrupted"


def test_a_torn_last_line_is_left_out_and_not_glued_to(tracer, path):
    tracer.note(RetryEvent(name="one"))
    with open(path, "ab") as file:
        file.write(b'{"version": 2, "run": "run", "id": "half')
    with_more = Tracer(path, "run")
    with_more.note(RetryEvent(name="two"))
    with_more.note(RetryEvent(name="three"))
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
        tracer.note(RetryEvent(name="one"))


def test_threads_write_whole_lines(tracer, path):
    def work(number):
        for count in range(50):
            tracer.note(RetryEvent(name=f"{number}-{count}", message="x" * 3000))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({event.name for event in read_trace(path)}) == 200


def test_a_span_held_open_by_a_generator_may_end_in_another_context(tracer, path):
    def work():
        with tracer.span(WorkflowEvent()):
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
    tracer.note(RetryEvent(name="one"))
    tracer.note(RetryEvent(name="two"))
    assert [event.name for event in heard] == ["one", "two"]
    assert caplog.text.count("hears no more") == 1


def test_what_json_lacks_comes_back_as_it_was(tracer, path):
    numbers = {"cosine": float("nan"), "loss": float("inf"), "threshold": float("-inf")}
    score = PairScore(pair="text-image", passed=False, **numbers)
    verdict = Verdict(deliverable="body", status="failed", scores=(score,))
    inputs = VerdictInputs(deliverable="body", attempt=1, parts={})
    tracer.note(VerdictEvent(inputs=inputs, outputs=verdict))
    json.loads(path.read_text(), parse_constant=pytest.fail)
    (found,) = read_trace(path)[0].outputs.scores
    assert math.isnan(found.cosine)
    assert (found.loss, found.threshold) == (math.inf, -math.inf)
    json.dumps(json_of(read_trace(path)[0]), allow_nan=False)


def test_times_that_are_no_times_are_no_event(path):
    path.parent.mkdir()
    line = {"version": VERSION, "run": "r", "id": "a", "kind": "resume", "name": "campaign"}
    for started in (math.nan, math.inf, "nan", None, "soon"):
        path.write_text(json.dumps({**line, "started": started, "ended": 1}))
        assert read_trace(path) == []
    path.write_text(json.dumps({**line, "started": 0, "ended": 1}))
    assert len(read_trace(path)) == 1


@pytest.mark.parametrize("name", ["version", "run", "id", "kind", "name", "started", "ended"])
def test_a_line_that_lacks_what_every_event_has_is_left_out(tracer, path, name):
    tracer.note(RetryEvent(name="copy"))
    line = json.loads(path.read_text())
    assert len(read_trace(path)) == 1
    del line[name]
    path.write_text(json.dumps(line))
    assert read_trace(path) == []


def test_what_an_event_holds_is_of_its_kind_or_it_is_left_out(tracer, path):
    tracer.note(step("copy"))
    line = json.loads(path.read_text())
    inputs = line["inputs"]
    for wrong in (
        {"kind": "verdict"},
        {"name": "plan"},
        {"name": "critic"},
        {"inputs": {**inputs, "deliverable": "<b>"}},
        {"inputs": {**inputs, "plan": "../plan"}},
        {"inputs": {**inputs, "parents": {"copy": "x"}}},
        {"inputs": {**inputs, "more": 1}},
        {"outputs": {"deliverable": "body"}},
        {"more": 1},
    ):
        path.write_text(json.dumps(line | wrong))
        assert read_trace(path) == [], wrong


def test_a_newer_trace_is_refused_not_misread(path):
    path.parent.mkdir()
    path.write_text('{"version": 3, "run": "run"}\n')
    with pytest.raises(StoreError, match="newer version"):
        read_trace(path)


def test_an_older_trace_is_said_to_be_one(path):
    path.parent.mkdir()
    path.write_text('{"version": 1, "run": "run", "id": "a", "kind": "tool", "name": "search"}\n')
    with pytest.raises(StoreError, match="older version"):
        read_trace(path)


def test_the_schema_in_the_docs_is_the_one_that_is_written():
    text = (Path(__file__).parents[2] / "docs" / "tracing.md").read_text(encoding="utf-8")
    fields, _, kinds = text.partition("### Kinds")
    rows = [line.split("|")[1] for line in fields.splitlines() if line.startswith("| `")]
    assert set(re.findall("`(\\w+)`", "".join(rows))) == {
        *Event.model_fields,
        "kind",
        "name",
        "inputs",
        "outputs",
    }
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


@given(run=TEXT, message=TEXT, told=st.dictionaries(TEXT, TEXT | st.integers(), max_size=4))
@settings(max_examples=60)
def test_any_text_comes_back_as_it_was(tmp_path_factory, run, message, told):
    inputs = WorkflowInputs(settings=told)
    event = WorkflowEvent(run=run, id="a", started=1, ended=2, message=message, inputs=inputs)
    line = encode(event)
    assert line.isascii()
    assert line.count(b"\n") == 1
    path = tmp_path_factory.mktemp("trace") / "trace.jsonl"
    path.write_bytes(line)
    assert read_trace(path) == [event]


def test_a_megabyte_in_one_event_comes_back(tracer, path):
    text = "<script>\u202e\x1b[31m" * 80_000
    tracer.note(WorkflowEvent(inputs=WorkflowInputs(settings={"brief": text})))
    assert read_trace(path)[0].inputs.settings == {"brief": text}


def test_a_lone_surrogate_does_not_end_a_run(tracer, path):
    with tracer.span(WorkflowEvent()) as span:
        span.message = "\udcff.png is damaged"
    tracer.note(RetryEvent(name="next"))
    assert [event.name for event in read_trace(path)][-1] == "next"
