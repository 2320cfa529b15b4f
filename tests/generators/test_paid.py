"""Calls of paid services in sessions that end before, while and after they are answered."""

import pytest

from tests.generators.chat_server import GOOD_COPY, GOOD_PLAN, fails, says
from triptych.domain import Brief
from triptych.errors import ModelError, NoAnswerError
from triptych.generators.calls import hear_retries
from triptych.generators.chat import ChatText
from triptych.generators.paid import ask_once, asking_once
from triptych.generators.parts import Chat
from triptych.protocols import TextRequest
from triptych.store import Store

BRIEF = Brief(description="A bright red mug.")


class Killed(BaseException):
    pass


class Service:
    """Answers, and remembers under which ids it was asked."""

    def __init__(self, kills=0):
        self.ids, self.jobs, self.kills = [], [], kills

    def send(self, call):
        self.ids.append(call.id)
        if len(self.ids) <= self.kills:
            raise Killed
        return f"answer {len(self.ids)}".encode()

    def send_job(self, call):
        self.jobs.append(call.job)
        call.pending(call.job or "job 7")
        return self.send(call)


def ask(folder, send, request="a lantern", times=1, step="step"):
    """One session of one step."""
    with asking_once(Store(folder), step):
        return [ask_once(request, send) for _ in range(times)]


def test_an_answered_call_is_not_sent_again(tmp_path):
    service = Service()
    first = ask(tmp_path, service.send)
    assert ask(tmp_path, service.send) == first == [b"answer 1"]
    assert len(service.ids) == 1


def test_a_call_without_an_answer_is_sent_under_its_very_id_and_that_is_told(tmp_path):
    service, told = Service(kills=2), []
    for _ in range(2):
        with pytest.raises(Killed):
            ask(tmp_path, service.send)
    with hear_retries(told.append):
        ask(tmp_path, service.send)
    assert len(service.ids) == 3
    assert len(set(service.ids)) == 1
    assert service.ids[0] in told[0]


def test_the_id_is_on_disk_before_the_call_is_sent(tmp_path):
    def send(call):
        notes = [path.read_text() for path in (tmp_path / "assets/index").glob("*.json")]
        assert any(call.id in note for note in notes)
        return b""

    ask(tmp_path, send)


def test_a_pending_job_is_asked_for_by_its_name(tmp_path):
    service = Service(kills=1)
    with pytest.raises(Killed):
        ask(tmp_path, service.send_job)
    ask(tmp_path, service.send_job)
    assert service.jobs == ["", "job 7"]


def test_calls_that_are_alike_are_two_and_so_are_those_of_other_steps(tmp_path):
    service = Service()
    assert ask(tmp_path, service.send, times=2) == [b"answer 1", b"answer 2"]
    assert ask(tmp_path, service.send, times=2) == [b"answer 1", b"answer 2"]
    assert ask(tmp_path, service.send, step="other") == [b"answer 3"]
    assert len(set(service.ids)) == 3


@pytest.mark.parametrize(("error", "asked"), [(ModelError, 2), (NoAnswerError, 1)])
def test_answers_of_no_use_are_forgotten_and_a_silent_service_keeps_its_id(tmp_path, error, asked):
    service = Service()

    def fail(call):
        raise error("no use")

    with pytest.raises(error), asking_once(Store(tmp_path), "step"):
        ask_once(ask_once("a lantern", service.send).decode(), fail)
    ask(tmp_path, service.send)
    assert len(set(service.ids)) == asked


def test_an_answer_that_is_damaged_is_asked_for_again_under_the_same_id(tmp_path):
    service = Service()
    ask(tmp_path, service.send)
    next((tmp_path / "assets").glob("*.json")).write_bytes(b"x")
    assert ask(tmp_path, service.send) == [b"answer 2"]
    assert len(set(service.ids)) == 1


def test_outside_of_a_run_nothing_is_kept(tmp_path):
    service = Service()
    assert [ask_once("a", service.send), ask_once("a", service.send)] == [b"answer 1", b"answer 2"]
    assert len(set(service.ids)) == 2


@pytest.mark.parametrize("structured", ["schema", "json"])
def test_a_chat_model_is_asked_once_and_sends_its_id_with_every_try(server, tmp_path, structured):
    part = Chat(
        kind="chat",
        model="openai:m",
        options={"base_url": server.url, "api_key": "none"},
        backoff=0.01,
        price_out=10.0,
        structured=structured,
    )
    server.script = [fails(503), says(GOOD_PLAN), says(GOOD_COPY)]
    sessions = []
    for _ in range(2):
        chat = ChatText(part)
        with asking_once(Store(tmp_path), "step"):
            drafted = chat.draft(BRIEF)
            (written,) = chat.write([TextRequest(BRIEF, "headline", "playful")])
        sessions.append((drafted.draft, written.text, drafted.spend.cost, written.spend.cost))
    assert sessions[0] == sessions[1]
    assert sessions[0][2] > 0
    assert len(server.asked) == 3
    first, again, other = (one["idempotency-key"] for one in server.headers)
    assert first == again != other
