"""Spans as a real OTLP/HTTP receiver on this machine gets them."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.traced import BRIEF, SETTINGS
from triptych.domain import AssetRef, Candidate, ModelIdentity, PairScore, Spend, Verdict
from triptych.errors import TriptychError
from triptych.graph.person import Answer
from triptych.runs.campaign import Campaign
from triptych.runs.stream import run_campaign, stream_campaign
from triptych.tracing.calls import CopyCall, CopyCallInputs, CopyCallOutputs, CopyRequest
from triptych.tracing.otel import send
from triptych.tracing.records import RetryEvent, VerdictEvent, VerdictInputs
from triptych.tracing.runs import Run
from triptych.tracing.sessions import session_tracer
from triptych.tracing.work import PartInputs, PartStep, SessionResumed, WorkflowEvent

SECRET = "Emberlite"


class Receiver:
    """Keeps what it is sent."""

    def __init__(self):
        receiver, self.spans, self.resources = self, [], []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    import gzip

                    body = gzip.decompress(body)
                request = ExportTraceServiceRequest.FromString(body)
                for one in request.resource_spans:
                    receiver.resources.append(_plain(one.resource.attributes))
                    receiver.spans += [s for scope in one.scope_spans for s in scope.spans]
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.end_headers()
                self.wfile.write(ExportTraceServiceResponse().SerializeToString())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def tree(self):
        """Names of spans under the names of their parents, with how many there are."""
        by_id = {span.span_id: span for span in self.spans}
        assert len(by_id) == len(self.spans), "no span came twice"
        for span in self.spans:
            assert not span.parent_span_id or span.parent_span_id in by_id, "no span lacks a parent"
        return Counter(
            (by_id[s.parent_span_id].name if s.parent_span_id else None, s.name) for s in self.spans
        )

    def named(self, name):
        return [span for span in self.spans if span.name == name]


def _plain(attributes):
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in attributes}


@pytest.fixture
def receiver(monkeypatch):
    receiver = Receiver()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    yield receiver
    receiver.server.shutdown()


def _tell(tracer):
    model = ModelIdentity(name="openai:gpt-x", revision="2025-01-01")
    request = CopyRequest(kind="body", tone="playful", key_message=SECRET)
    step = PartInputs(deliverable="body", attempt=1, plan="c" * 64)
    with tracer.span(WorkflowEvent()):
        tracer.note(RetryEvent(name="copy", message=f"busy with {SECRET}"))
        with (
            tracer.span(PartStep(name="copy", inputs=step, seed=7)) as agent,
            tracer.span(CopyCall(model=model, inputs=CopyCallInputs(requests=(request,)))) as call,
        ):
            call.outputs = CopyCallOutputs(texts=(f"Meet the {SECRET}.",))
            call.spend = Spend(tokens_in=11, tokens_out=5, cost=0.002)
            asset = AssetRef(digest="a" * 64, media_type="text/plain", path="assets/a", size=1)
            agent.outputs = Candidate(
                deliverable="body", part="copy", attempt=1, asset=asset, copy_text=SECRET
            )
        inputs = VerdictInputs(deliverable="body", attempt=1, parts={"copy": "a" * 64})
        with tracer.span(VerdictEvent(inputs=inputs)) as verdict:
            score = PairScore(pair="text-image", cosine=0.2, loss=0.8, threshold=0.3, passed=False)
            verdict.outputs = Verdict(
                deliverable="body", status="failed", scores=(score,), reason=SECRET
            )


def small_run(folder):
    """A trace without models: an agent that was retried, a model call, and a verdict."""
    with session_tracer(folder / "trace.jsonl", folder.name) as tracer:
        _tell(tracer)


def test_a_run_over_an_interrupt_and_a_resume_is_one_right_tree(receiver, tiny, critic, tmp_path):
    critic("image")
    settings = SETTINGS.model_copy(update={"profile": tiny.profile, "approve": True})
    folder = tmp_path / "run"
    run_campaign(Campaign.start(BRIEF, folder, settings), tiny.models)
    list(stream_campaign(Campaign.open(folder), tiny.models, answer=Answer(accept=True)))
    list(stream_campaign(Campaign.open(folder), tiny.models, answer=Answer(accept=True)))
    tree = receiver.tree()
    top, image, video = "invoke_workflow campaign", "invoke_agent image", "invoke_agent clip"
    assert tree[None, top] == 3
    assert tree[top, "plan plan"] == 1
    assert tree["plan plan", "chat starter/text"] == 1
    assert tree[top, "invoke_agent copy"] == 2
    assert tree["invoke_agent copy", "chat starter/text"] == 2
    assert (tree[top, image], tree[top, video], tree[top, "invoke_agent verdict"]) == (2, 2, 3)
    assert tree[image, "execute_tool search"] == 2
    assert tree["execute_tool search", "generate_content starter/image"] >= 2
    assert tree["execute_tool search", "generate_content starter/video"] >= 2
    assert len({span.trace_id for span in receiver.spans}) == 1
    assert {_plain(s.attributes)["gen_ai.conversation.id"] for s in receiver.spans} == {"run"}
    first, second, third = sorted(receiver.named(top), key=lambda s: s.start_time_unix_nano)
    assert [event.name for event in first.events] == ["triptych.approval"]
    assert [event.name for event in second.events] == [
        "triptych.resume", "triptych.approval", "triptych.regeneration",
        "triptych.regeneration", "triptych.approval",
    ]  # fmt: skip
    assert [link.span_id for link in second.links] == [first.span_id]
    assert [link.span_id for link in third.links] == [second.span_id]
    nfe = sum(_plain(s.attributes).get("triptych.nfe", 0) for s in receiver.named(image))
    painted = receiver.named("generate_content starter/image")
    assert nfe == sum(_plain(span.attributes).get("triptych.nfe", 0) for span in painted) == 8


def test_the_critic_s_scores_are_evaluations(receiver, tmp_path):
    small_run(tmp_path / "run")
    (critic,) = receiver.named("invoke_agent verdict")
    results = [_plain(event.attributes) for event in critic.events]
    assert {event.name for event in critic.events} == {"gen_ai.evaluation.result"}
    assert results[0] == {
        "gen_ai.evaluation.name": "text-image",
        "gen_ai.evaluation.score.value": 0.2,
        "gen_ai.evaluation.score.label": "failed",
        "triptych.evaluation.threshold": 0.3,
    }
    assert results[1]["gen_ai.evaluation.score.label"] == "failed"


def test_models_tokens_and_seeds_are_told(receiver, tmp_path):
    small_run(tmp_path / "run")
    (call,) = receiver.named("chat openai:gpt-x")
    told = _plain(call.attributes)
    assert told["gen_ai.provider.name"] == "openai"
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (11, 5)
    (agent,) = receiver.named("invoke_agent copy")
    assert _plain(agent.attributes)["gen_ai.request.seed"] == 7
    assert receiver.resources[0]["service.name"] == "triptych"


@pytest.mark.parametrize("wanted", [None, "false", "SPAN_ONLY"])
def test_contents_are_sent_only_on_request(receiver, monkeypatch, tmp_path, wanted):
    if wanted:
        monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", wanted)
    small_run(tmp_path / "run")
    sent = b"".join(span.SerializeToString() for span in receiver.spans)
    assert (SECRET.encode() in sent) == (wanted == "SPAN_ONLY")
    if wanted == "SPAN_ONLY":
        told = _plain(receiver.named("chat openai:gpt-x")[0].attributes)
        (message,) = json.loads(told["gen_ai.output.messages"])
        assert message["parts"] == [{"type": "text", "content": f"Meet the {SECRET}."}]


def test_after_a_kill_the_spans_that_were_cut_short_are_stood_in_for(receiver, tmp_path):
    folder = tmp_path / "run"
    small_run(folder)
    path = folder / "trace.jsonl"
    whole = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in whole if '"kind": "workflow"' not in line))
    receiver.spans = [s for s in receiver.spans if not s.name.startswith("invoke_workflow")]
    with session_tracer(path, "run") as again:
        again.note(SessionResumed())
        with again.span(WorkflowEvent()):
            pass
    tree = receiver.tree()
    assert tree[None, "invoke_workflow (unfinished)"] == 1
    assert tree["invoke_workflow (unfinished)", "invoke_agent copy"] == 1
    assert tree[None, "invoke_workflow campaign"] == 1
    assert len({span.trace_id for span in receiver.spans}) == 1


def test_a_finished_run_can_be_sent_afterwards_and_comes_out_the_same(receiver, tmp_path):
    small_run(tmp_path / "run")
    live, receiver.spans = receiver.spans, []
    run = Run.read(tmp_path / "run")
    assert send(run) == len(run.events)

    def told(spans):
        return sorted(span.SerializeToString() for span in spans)

    assert told(receiver.spans) == told(live)


def test_a_silent_collector_neither_ends_nor_holds_up_a_run(monkeypatch, tmp_path):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    began = time.monotonic()
    small_run(tmp_path / "run")
    assert time.monotonic() - began < 20
    assert len(Run.read(tmp_path / "run").events) == 5


def test_without_the_extra_it_is_said_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with (
        pytest.raises(TriptychError, match="is not installed") as caught,
        session_tracer(tmp_path / "trace.jsonl", "run"),
    ):
        pass
    assert "triptych[otel]" in caught.value.hint


def test_switched_off_it_costs_nothing(tmp_path):
    code = (
        "import sys; from pathlib import Path;"
        "from triptych.tracing.records import Writing;"
        "from triptych.tracing.sessions import session_tracer;"
        f"tracing = session_tracer(Path({str(tmp_path)!r}) / 'trace.jsonl', 'run');"
        "tracing.__enter__().note(Writing(name='report'));"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    clean = {key: value for key, value in os.environ.items() if not key.startswith("OTEL_")}
    for extra in (
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
    ):
        run = subprocess.run(
            [sys.executable, "-c", code],
            env=clean | extra,
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.strip() == "[]"
