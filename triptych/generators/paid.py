"""Calls of paid services: written down before they are sent, so that none is paid twice.

A call has an id, random, made once and on disk before anything is sent. A session that finds a
call without its answer sends the very same id again (services call it an idempotency key), or asks
for the job that the service named; one that finds the answer sends nothing. A generator writes

    def send(call):
        job = call.job or submit(request, idempotency_key=call.id)
        call.pending(job)  # of a service that answers later
        return wait_for(job)

    picture = ask_once(request, send, "image/png")
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from triptych.domain import AssetRef
from triptych.errors import ModelError, NoAnswerError
from triptych.generators.calls import tell_retry
from triptych.store import Store, content_key, ref_of


class CallRecord(BaseModel):
    """A call as it lies on disk, from before it is sent to its answer."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(default_factory=lambda: uuid.uuid4().hex)
    job: str = ""
    answer: AssetRef | None = None


class PaidCall:
    """A call that is about to be sent.

    Attributes:
        id: to send with it, the same in every session.
        job: what the service called it when an earlier session sent it; empty if none did.

    Args:
        record: of the call.
        keep: writes the record down.
    """

    def __init__(self, record: CallRecord, keep: Callable[[CallRecord], None]) -> None:
        self.id, self.job = record.id, record.job
        self._record, self._keep = record, keep

    def pending(self, job: str) -> None:
        """Note what the service calls the job that it has begun, to ask for it and no other."""
        if job != self.job:
            self.job = self._record.job = job
            self._keep(self._record)


Send = Callable[[PaidCall], bytes]
"""Sends a call, or asks for its job; returns the answer."""


class _Ledger:
    """The paid calls of one step of a run.

    Args:
        store: the run's.
        step: the step's key.
    """

    def __init__(self, store: Store, step: str) -> None:
        self._store, self._step = store, step
        self._asked = Counter[str]()
        self._keys: list[str] = []

    def ask(self, request: JsonValue, send: Send, media_type: str) -> bytes:
        key = self._key(request)
        try:
            record, known = CallRecord.model_validate(self._store.recall(key)), True
        except ValidationError:  # nothing was written down, or it is damaged
            record, known = CallRecord(), False
        if record.answer is not None and self._store.holds(record.answer):
            return self._store.get(record.answer)
        if known:
            tell_retry(f"asked again under its id {record.id}: a session ended before the answer")
        else:
            self._keep(key, record)
        answer = send(PaidCall(record, lambda changed: self._keep(key, changed)))
        record.answer = ref_of(answer, media_type)
        self._keep(key, record)  # first: with the answer's file, the call is answered
        self._store.put(answer, media_type)
        return answer

    def forget(self) -> None:
        """Let the next try of the step ask anew: what the services answered was of no use."""
        for key in self._keys:
            self._store.forget(key)

    def _key(self, request: JsonValue) -> str:
        """Of the step, the request, and how often the step has asked the very same."""
        same = content_key(request)
        self._asked[same] += 1
        self._keys.append(content_key("call", self._step, same, self._asked[same]))
        return self._keys[-1]

    def _keep(self, key: str, record: CallRecord) -> None:
        self._store.remember(key, record.model_dump(mode="json"))


_ledger: ContextVar[_Ledger | None] = ContextVar("triptych_paid_calls", default=None)


@contextmanager
def asking_once(store: Store, step: str) -> Iterator[None]:
    """Within the block, keep every paid call of one step in a run's store.

    A `ModelError` that leaves the block makes them forgotten: the step's next try asks anew. Not a
    `NoAnswerError`, for a silent service may have done the work.

    Args:
        store: the run's.
        step: a key of all that the step depends on.
    """
    ledger = _Ledger(store, step)
    token = _ledger.set(ledger)
    try:
        yield
    except NoAnswerError:
        raise
    except ModelError:
        ledger.forget()
        raise
    finally:
        _ledger.reset(token)


def ask_once(request: JsonValue, send: Send, media_type: str = "application/json") -> bytes:
    """The answer of a paid service to a request: of an earlier session, if one got it.

    Outside of a run nothing is kept, and the call is sent.

    Args:
        request: all that the answer depends on; requests that are alike are told apart by their
            order within the step.
        send: sends it. What it raises is raised; the call's id stays for the next session.
        media_type: of the answer, as a store knows it.

    Raises:
        StoreError: if the disk does not take the record; nothing was sent then.
    """
    ledger = _ledger.get()
    if ledger is None:
        return send(PaidCall(CallRecord(), lambda _: None))
    return ledger.ask(request, send, media_type)
