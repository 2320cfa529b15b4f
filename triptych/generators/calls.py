"""Calls of paid services: tried again when the service is busy or silent, and counted."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from triptych.errors import ModelError
from triptych.generators.parts import Chat

T = TypeVar("T")
MOST_WAIT = 30.0
_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_GARBLED = ("jsondecodeerror", "attributeerror", "indexerror")
"""What client libraries stumble into when a reply is torn, or a web page instead of an answer."""
_LOST = ("timeout", "connection", "connecterror", "readerror", "remoteprotocolerror")

_heard: ContextVar[Callable[[str], None] | None] = ContextVar("triptych_retries", default=None)


@contextmanager
def hear_retries(listener: Callable[[str], None]) -> Iterator[None]:
    """Within the block, tell `listener` in words of every call that is about to be tried again."""
    token = _heard.set(listener)
    try:
        yield
    finally:
        _heard.reset(token)


def patiently(call: Callable[[], T], part: Chat, sleep: Callable[[float], None] = time.sleep) -> T:
    """Run `call` until it answers, at most `part.retries` more times, waiting longer each time.

    A server's own `Retry-After` is obeyed up to half a minute. Raises `ModelError` when the
    service stays away, and at once for errors that another try cannot mend.
    """
    for attempt in range(part.retries + 1):
        try:
            return call()
        except ModelError:
            raise
        except Exception as error:
            if not may_pass(error):
                raise ModelError(
                    f"The chat model {part.model} refused the call: {in_words(error)}",
                    "Check the profile's `model`, `options` and the service's key.",
                ) from error
            if attempt == part.retries:
                raise ModelError(
                    f"The chat model {part.model} did not answer in {attempt + 1} tries: "
                    f"{in_words(error)}",
                    "Try later, or raise `retries` or `timeout` in the profile.",
                ) from error
            wait = wait_before(attempt, part.backoff, error)
            heard = _heard.get()
            if heard is not None:
                heard(f"try {attempt + 1} failed, again in {wait:.1f} s: {in_words(error)}")
            sleep(wait)
    raise AssertionError("unreachable: every way out of the loop is above")


def may_pass(error: BaseException) -> bool:
    """Whether an error may pass: the service is busy, broken for now, silent or unreachable."""
    status = status_of(error)
    if status is not None and status >= 400:  # a reply of 200 may still be torn
        return status in _BUSY
    names = [kind.__name__.lower() for kind in type(error).__mro__]
    garbled = any(name in _GARBLED for name in names) or "unexpected response" in str(error).lower()
    return garbled or any(word in name for name in names for word in _LOST)


def status_of(error: BaseException) -> int | None:
    """The HTTP status in a library's exception, if it has one."""
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "status", "code"):
            value = getattr(holder, name, None)
            if isinstance(value, int):
                return value
    return None


def wait_before(attempt: int, backoff: float, error: BaseException) -> float:
    """Seconds before the next try: doubled each time, with jitter, or what the server says."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        asked = float(headers.get("retry-after", ""))
    except (TypeError, ValueError):
        asked = 0.0
    own = backoff * 2**attempt * random.uniform(0.75, 1.25)
    return min(MOST_WAIT, max(asked, own))


def in_words(error: BaseException) -> str:
    """An exception in one line, cut at a length that fits a screen."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
